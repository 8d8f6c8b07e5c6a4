"""The pages in a real browser: both languages, a telephone and a desk, light and dark, by keyboard.

Screenshots are kept in build/screenshots.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.app.conftest import Site, event
from tests.app.web.browsing import SIZES, fit, opened
from tests.app.web.conftest import EVIL, listening

from kakeibo.alerts.record import Alert, Change, record
from kakeibo.app.web.application import create
from kakeibo.app.web.desk import Desk
from kakeibo.store import open_store

PAGES = {
    "overview": "/",
    "journeys": "/journeys",
    "journey": "/journeys/play-video",
    "zoomed": "/journeys/play-video?range=6h",
    "events": "/journeys/play-video/events?slo=play-video/availability",
    "statement": "/statement",
    "labs": "/lab",
    "lab": "/lab/play-video/latency?target=60&incidents=charged",
    "support": "/support?complaint=1",
    "teams": "/teams",
    "ballot": "/teams/journeys/search",
    "alerts": "/alerts",
    "incidents": "/incidents",
    "incident": "/incidents/1",
    "advice": "/advice",
    "drills": "/drills",
    "alerts-then": "/alerts?at=2026-10-02T05:30",
    "whole": "/?rows=1000",
    "tokens": "/tokens",
    "account": "/account",
    "audit": "/audit",
    "glossary": "/glossary",
    "nothing": "/nothing",
}


def written(page: Page, address: str) -> None:
    """As people write on the pages: a question of support, a vote, a decision."""
    page.goto(f"{address}/support")
    page.locator("[name=text]").fill("play a video " + EVIL)
    page.locator("[name=at]").fill("2026-10-02T05:00")
    page.locator("[name=journey]").select_option("play-video")
    page.locator("form.writing button").click()
    page.locator("#verdict").wait_for()
    page.goto(f"{address}/teams/journeys/search")
    page.locator("[name=voter]").fill(EVIL)
    page.locator("[name=score][value='4']").check()
    page.locator("form.writing button").first.click()
    page.locator("[role=status].notice:not([hidden])").wait_for()
    page.locator("[name=by]").fill("Product owner, support lead")
    page.locator("[name=reason]").fill(EVIL)
    page.locator("form.writing button").last.click()
    page.wait_for_url("**kept=decision**")
    page.goto(f"{address}/incidents")
    page.locator("[name=title]").fill(EVIL)
    page.locator("[name=about]").select_option("play-video")
    page.locator("[name=at]").fill("2026-10-02T05:10")
    page.locator("form.writing button").click()
    page.wait_for_url("**/incidents/*")
    page.locator("[name=do][value=note] ~ label [name=text]").fill(EVIL)
    page.locator("form:has([value=note]) button").click()
    page.locator(".tale li", has_text="<script>").first.wait_for()


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("size", SIZES)
def test_every_page_is_fit_for_everybody(browser: Browser, address: str, told: Site, size: str, lang: str) -> None:
    happened(told)
    page, complaints = opened(browser, size, lang)
    written(page, address)
    for name, path in PAGES.items():
        page.goto(address + path)
        fit(page, name, size, lang)
    expected = [one for one in complaints if "404" in one]
    assert complaints == expected[:1]


def happened(site: Site) -> None:
    """A release, something left out, something charged: what stands beside a chart."""
    assert site.run("release", "learning", "v2", "--at", "2026-10-02T04:50", "--note", EVIL).code == 0
    hour = ("--from", "2026-10-02T05:00", "--to", "2026-10-02T06:00", "--reason", EVIL, "--author", "sre")
    assert site.run("adjust", "add", "play-video/availability", "--kind", "maintenance", *hour).code == 0
    assert site.run("charge", "add", "play-video", "--category", "incident", "--name", EVIL, *hour).code == 0
    store, minute = open_store(f"sqlite:///{site.folder}/kakeibo.db"), 29_848_080
    subjects = ("play-video/availability", "source:web", "policy:player/spent:play-video/availability", "worker")
    burning = [Change(Alert(one, "page", one), "firing", minute, "burning") for one in subjects]
    with store.writing() as connection:
        record(connection, burning, 60 * minute)
        record(connection, [Change(burning[0].alert, "quiet", minute + 9, "over")], 60 * minute)
    store.close()


def test_numbers_refresh_without_reload(browser: Browser, address: str, told: Site) -> None:
    page, complaints = opened(browser, "desk", "en")
    page.clock.install()
    page.goto(f"{address}/?kind=cmc")
    page.evaluate("window.same = true")
    assert "still filling" in page.locator("#rows tbody").inner_text()
    told.write("access.json", *(event(60 * 30, operation="Search", status=500) for _ in range(50)))
    assert told.run("ingest").code == 0
    page.clock.fast_forward(31_000)
    page.locator("#rows tbody").filter(has_text="overspent").wait_for()
    assert page.evaluate("window.same") is True
    assert "kind=cmc" in page.url
    assert complaints == []


def test_what_the_reader_has_open_stays_open(browser: Browser, address: str, told: Site) -> None:
    page, _ = opened(browser, "desk", "en")
    page.clock.install()
    page.goto(f"{address}/journeys/play-video")
    page.locator("summary").first.click()
    told.write("access.json", event(60 * 30, status=500))
    assert told.run("ingest").code == 0
    before = page.locator("#live .pledge + .sentence").first.inner_text()
    page.clock.fast_forward(31_000)
    expect(page.locator("#live .pledge + .sentence").first).not_to_have_text(before)
    assert page.locator("details[open]").count() == 1


LIVE = {
    "/journeys": "#live",
    "/teams": "#charges",
    "/lab": "#live",
    "/lab/play-video/availability": "#answer",
    "/journeys/play-video/events?slo=play-video/availability": "#live",
}


def test_every_page_that_shows_numbers_refreshes(browser: Browser, address: str, told: Site) -> None:
    page, complaints = opened(browser, "desk", "en")
    page.clock.install()
    for number, (path, part) in enumerate(LIVE.items()):
        page.goto(address + path)
        page.evaluate("window.same = true")
        page.locator(part).evaluate("one => { one.firstElementChild.dataset.old = '' }")
        told.write("access.json", *(event(60 * (30 + number) + 1, status=500) for _ in range(20 + number)))
        assert told.run("ingest").code == 0
        page.clock.fast_forward(31_000)
        expect(page.locator(f"{part} [data-old]")).to_have_count(0)
        assert page.evaluate("window.same") is True
    assert complaints == []


def test_what_somebody_writes_is_not_lost(browser: Browser, address: str, told: Site) -> None:
    """While somebody writes in a part of the page it waits; what they wrote elsewhere stays too."""
    page, complaints = opened(browser, "desk", "en")
    page.clock.install()
    page.goto(f"{address}/support")
    page.locator("[name=text]").fill("video does not")
    assert told.run("support", "ask", "--text", "video stops", "--journey", "play-video", "--at", "latest").code == 0
    page.clock.fast_forward(31_000)
    expect(page.locator("#live")).to_contain_text("video stops")
    assert page.locator("[name=text]").input_value() == "video does not"
    assert complaints == []


def test_a_server_that_is_gone_is_said(browser: Browser, desk: Desk) -> None:
    page, _ = opened(browser, "desk", "en")
    page.clock.install()
    with listening(create(desk)) as address:
        page.goto(address)
        assert page.locator("#stale").is_hidden()
    page.clock.fast_forward(31_000)
    page.locator("#stale").wait_for(state="visible", timeout=10_000)


def test_the_keyboard_reaches_everything(browser: Browser, address: str) -> None:
    page, _ = opened(browser, "desk", "en")
    page.goto(address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert re.search("#content$", page.url)
    page.locator("input[type=search]").focus()
    page.keyboard.type("speed")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=speed*")
    assert page.locator("#rows tbody tr").count() == 1
    page.locator("#rows tbody a").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/journeys/play-video#latency")


def test_a_candidate_is_answered_at_once(lab: Page) -> None:
    """Without a new page; the address keeps what was chosen."""
    lab.evaluate("window.same = true")
    lab.locator("[name=target]").fill("97.5")
    expect(lab.locator("#answer")).to_contain_text("97.5%")
    assert lab.evaluate("window.same") is True
    lab.wait_for_url("**target=97.5**")
    lab.reload()
    assert "97.5%" in lab.locator("#answer").inner_text()


def test_without_script_the_button_answers(browser: Browser, address: str) -> None:
    page = browser.new_context(java_script_enabled=False, locale="en").new_page()
    page.goto(f"{address}/lab/play-video/availability")
    page.locator("[name=target]").fill("97.5")
    page.locator("form.lab button").click()
    page.wait_for_url("**target=97.5**")
    assert "97.5%" in page.locator("#answer").inner_text()


def test_a_wrong_candidate_leaves_the_answer_and_complains_of_nothing(lab: Page) -> None:
    before = lab.locator("#answer").inner_text()
    lab.locator("[name=target]").fill("150")
    lab.wait_for_timeout(400)
    assert lab.locator("#answer").inner_text() == before


@pytest.fixture
def lab(browser: Browser, address: str) -> Iterator[Page]:
    page, complaints = opened(browser, "desk", "en")
    page.goto(f"{address}/lab/play-video/availability")
    yield page
    assert complaints == []


def test_a_reply_is_copied(browser: Browser, address: str) -> None:
    page, complaints = opened(browser, "desk", "en")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    written(page, address)
    page.goto(f"{address}/support?complaint=1")
    page.locator("[data-copy=reply-ja]").click()
    page.locator("[data-copy=reply-ja] + .copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#reply-ja").input_value()
    assert complaints == []
