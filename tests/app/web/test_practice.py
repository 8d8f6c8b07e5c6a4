"""/advice and /drills: with something on them, for everybody, and text stays text."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser
from starlette.testclient import TestClient
from tests.app.lessons import published
from tests.app.web.browsing import SIZES, fit, opened
from tests.app.web.conftest import EVIL

from kakeibo.app.web.desk import Desk
from kakeibo.practice.drills import records
from kakeibo.practice.drills.records import Alert, Note, Run

BEGAN = 1_790_000_000
MANIFEST = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template: {metadata: {labels: {a: b}}, spec: {containers: [{name: "<b>x", image: a, ports: [{containerPort: 80}]}]}}
"""


@pytest.fixture
def learned(desk: Desk) -> Desk:
    """The desk after an incident with two lessons, and two drills, one of which goes on."""
    book = desk.glance().book.path
    book.write_text(book.read_text(encoding="utf-8") + "advice: {paths: [web.yaml]}\n", encoding="utf-8")
    (book.parent / "web.yaml").write_text(MANIFEST, encoding="utf-8")
    published(desk.store, EVIL, ("release", "design"), text="SIGTERM")
    drills = records.folder_of(book)
    for number, ended in ((0, BEGAN + 600), (1, None)):
        name, folder = records.begin(drills, "overload")
        began = BEGAN + 10_000 * number
        notes = (Note(began + 200, "hypothesis", EVIL, EVIL), Note(began + 400, "right", "commander", "The batch"))
        alerts = (Alert(began + 150, "play-video/availability", "page"),)
        run = Run(name, "overload", {"en": EVIL, "ja": EVIL}, True, 30, began, began + 60, {}, ended=ended, notes=notes,
                  alerts=alerts)  # fmt: skip
        records.save(folder, run)
    return desk


def only_templates(page: str) -> None:
    assert len(re.findall("<script", page)) == 1
    assert not re.findall(r"<img|<b>x|href=.javascript| on[a-z]+=\"|style=", page)


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_advice_is_shown_with_what_it_has_cost(client: TestClient, learned: Desk, lang: str) -> None:
    page = client.get(f"/advice?lang={lang}&at=2026-11-22T09:00").text
    only_templates(page)
    for words in ("web.yaml:5", "PM-1", "132%", "&lt;b&gt;x"):
        assert words in page
    assert ("There is only one of it" in page) is (lang == "en")
    del learned


def test_advice_for_programs(client: TestClient, learned: Desk) -> None:
    found = client.get("/api/v1/advice?at=2026-11-22T09:00").json()
    kinds = {one["check"] for one in found["advice"] if one["findings"]}
    assert kinds >= {"one-replica", "no-graceful-stop"}
    assert found["burnt"][0]["exact"] == "33/25"
    del learned


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_drills_are_shown_with_what_they_took(client: TestClient, learned: Desk, lang: str) -> None:
    page = client.get(f"/drills?lang={lang}").text
    only_templates(page)
    assert page.index("overload-2") < page.index("overload-1")
    for words in {"en": ("1.5 min", "not reached", "going on"), "ja": ("1.5分", "到達せず", "進行中")}[lang]:
        assert words in page
    del learned


def test_a_book_with_errors_is_told_of(client: TestClient, learned: Desk) -> None:
    book = learned.glance().book.path
    book.write_text("teams: [", encoding="utf-8")
    answer = client.get("/advice?lang=en")
    assert answer.status_code == 503
    assert "The book as it is now has errors" in answer.text


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("size", SIZES)
def test_both_pages_are_fit_for_everybody(browser: Browser, address: str, learned: Desk, size: str, lang: str) -> None:
    page, complaints = opened(browser, size, lang)
    for name, path in (("advice", "/advice?at=2026-11-22T09:00"), ("drills", "/drills")):
        page.goto(address + path)
        assert page.locator("main section").count() > 1
        fit(page, f"full-{name}", size, lang)
    assert complaints == []
    del learned
