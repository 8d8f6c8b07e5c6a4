"""The pages as their readers ask for them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.app.conftest import Site, event
from tests.app.web.conftest import EVIL, TOKEN

from kakeibo import clock
from kakeibo.alerts import record
from kakeibo.alerts.record import Alert, Change
from kakeibo.app.web.frame import page_modules
from kakeibo.store import Store, rounds

PAGES = [
    "/",
    "/?team=player&kind=cuj&state=healthy&q=video",
    "/journeys",
    "/journeys/play-video",
    "/journeys/search",
    "/journeys/play-video?range=6h",
    "/journeys/play-video?from=2026-10-01T09:00&to=2026-10-02T09:00",
    "/journeys/play-video/events?slo=play-video/availability",
    "/statement",
    "/statement?month=2026-10&team=player",
    "/alerts",
    "/alerts?at=2026-10-02T05:30",
    "/?rows=1000",
    "/support",
    "/support?complaint=1",
    "/teams",
    "/teams/journeys/search",
    "/fleet",
    "/lab",
    "/lab/play-video/latency?target=60&incidents=charged",
    "/lab/search/availability",
    "/lab/search/availability/answer",
    "/incidents",
    "/incidents/1",
    "/postmortems",
    f"/postmortems?q={EVIL}",
    "/postmortems/digest",
    "/postmortems/PM-1",
    "/postmortems/PM-1/edit",
    "/postmortems/PM-1/sheet",
    "/advice",
    "/drills",
    "/account",
    "/tokens",
    "/audit",
    "/glossary",
    f"/nothing/{EVIL}",
    f"/?q={EVIL}&team={EVIL}",
]


SCRIPTS = {"/support": 2, "/tokens": 2, "/lab/": 2}
"""Beside the one of every page, those of some."""


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_text_stays_text(client: TestClient, told: Site, lang: str) -> None:
    """Whatever a book, a log, another tool or a person says, the page has the tags of its templates alone."""
    evil_everywhere(client, told)
    for path in PAGES:
        answer = client.get(path, headers={"accept-language": lang})
        assert answer.status_code == (404 if "nothing" in path else 200), path
        part = path.endswith("/answer")
        assert part or f'<html lang="{lang}">' in answer.text
        scripts = 0 if part else next((n for start, n in SCRIPTS.items() if path.startswith(start)), 1)
        assert len(re.findall("<script", answer.text)) == scripts, path
        assert not re.findall(r"<img|href=.javascript| on[a-z]+=\"|style=", answer.text), path


def test_no_page_was_forgotten() -> None:
    """Every address of a page is among those that are looked at, here or (a device) in test_fleet.py, or is a step of
    signing in."""
    asked = {re.sub(r"[?].*", "", path) for path in PAGES}
    for module in page_modules():
        for route in module.router.routes:
            pattern = re.compile(re.sub(r"{[a-z]+}", "[^/]+", route.path))
            known = any(pattern.fullmatch(path) for path in asked) or route.path.startswith(("/sign-", "/fleet/"))
            assert known or "GET" not in route.methods, route.path


def evil_everywhere(client: TestClient, told: Site) -> None:
    """Text that would like to be markup, in every place where people and tools write."""
    hour = ("--from", "2026-10-02T05:00", "--to", "2026-10-02T06:00", "--reason", EVIL, "--author", EVIL)
    for command in (
        ("adjust", "add", "play-video/availability", *hour),
        ("charge", "add", "play-video", "--category", "incident", "--name", EVIL, *hour),
        ("release", "learning", EVIL, "--at", "2026-10-02T05:00", "--note", EVIL, "--by", EVIL),
        ("stage", "play-video/latency", "ticket", "--by", EVIL, "--reason", EVIL),
        ("postmortem", "draft", "--title", EVIL, "--author", EVIL),
        ("postmortem", "comment", "PM-1", "--question", EVIL, "--quote", EVIL, "--author", EVIL),
        ("incident", "open", EVIL, "--about", "play-video", "--at", "2026-10-02T05:00", "--author", EVIL),
        ("incident", "note", "1", EVIL, "--author", EVIL),
        ("incident", "update", "1", "--text", EVIL, "--author", EVIL),
        ("incident", "role", "1", "scribe", EVIL, "--author", EVIL),
        ("incident", "task", "1", EVIL, "--owner", EVIL, "--author", EVIL),
    ):
        assert told.run(*command).code == 0, command
    alert = {"status": "firing", "labels": {"alertname": EVIL, "severity": EVIL}, "annotations": {"summary": EVIL},
             "startsAt": "2026-10-02T05:00:00+09:00", "fingerprint": EVIL}  # fmt: skip
    told_of = client.post(
        "/api/v1/incoming/alertmanager",
        json={"version": "4", "alerts": [alert]},
        headers={"authorization": f"Bearer {TOKEN}"},
    )
    assert told_of.status_code == 200
    minute = clock.minute_of(datetime(2026, 10, 1, 20, 0, tzinfo=UTC))
    subjects = [f"source:{EVIL}", f"policy:{EVIL}/{EVIL}:{EVIL}/x", EVIL, "play-video/availability", "worker", "store"]
    with desk_store(client).writing() as connection:
        rounds.reach(connection, "decided", minute)
        record.record(
            connection, [Change(Alert(one, "page", "x"), "firing", minute, "burning") for one in subjects], 60 * minute
        )
    client.post("/support", data={"text": EVIL, "journey": "search"})
    client.post("/teams/journeys/search/votes", data={"role": "product", "score": "5", "voter": EVIL, "note": EVIL})
    client.post("/teams/journeys/search/decisions", data={"ruling": "critical", "by": EVIL, "reason": EVIL})


def desk_store(client: TestClient) -> Store:
    app: Any = client.app
    store: Store = app.app.app.desk.store
    return store


def test_alerts_that_nobody_looked_for_are_not_said_to_be_none(client: TestClient) -> None:
    page = client.get("/alerts?lang=en").text
    assert "Nobody has looked yet" in page
    assert "No alert is raised." not in page
    with desk_store(client).writing() as connection:
        rounds.reach(connection, "decided", 29_700_000)
    assert "No alert is raised." in client.get("/alerts?lang=en&at=2026-10-02T05:31").text


def test_alerts_are_in_plain_words_at_any_moment(client: TestClient, told: Site) -> None:
    evil_everywhere(client, told)
    then = client.get("/alerts?at=2026-10-02T05:30&lang=en").text
    assert "the worker of kakeibo" in then
    assert "the disk of the store" in then
    assert re.search(r'<a href="/journeys/play-video[^"]*#availability">Play a video \(success\)</a>', then)
    before = client.get("/alerts?at=2026-10-02T04:59&lang=en").text
    assert "No alert is raised." in before
    assert "Nothing was raised." in before
    assert "Nothing was received." in before


def test_the_book_s_own_words_are_shown(client: TestClient) -> None:
    page = client.get("/journeys/search?lang=en").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "javascript:" not in page


def names(page: str) -> list[tuple[str, str]]:
    """(journey, objective) of each row of an overview."""
    found: list[tuple[str, str]] = re.findall(r'href="/journeys/([a-z-]+)(?:\?[^"#]*)?#([a-z]+)"', page)
    return found


def test_the_worst_stands_first_and_filters_choose(client: TestClient) -> None:
    assert names(client.get("/").text) == [
        ("search", "availability"),
        ("play-video", "availability"),
        ("play-video", "latency"),
    ]
    assert names(client.get("/?q=動画 速さ&lang=ja").text) == [("play-video", "latency")]
    assert names(client.get("/?kind=cmc").text) == [("search", "availability")]
    assert names(client.get("/?team=other&kind=cuj").text) == []
    assert names(client.get("/?service=learning&page=99").text) == [
        ("play-video", "availability"),
        ("play-video", "latency"),
    ]


def test_links_keep_the_language_and_the_moment(client: TestClient) -> None:
    page = client.get("/?lang=en&at=2026-10-01T12:00&q=video").text
    assert 'href="/statement?lang=en&amp;at=2026-10-01T12%3A00"' in page
    assert 'href="/?lang=ja&amp;at=2026-10-01T12%3A00&amp;q=video"' in page
    assert "As of Oct 1, 2026, 12:00 JST" in page


def test_the_same_page_is_not_sent_twice_until_something_was_counted(client: TestClient, told: Site) -> None:
    first = client.get("/?lang=en")
    tag = first.headers["etag"]
    assert client.get("/?lang=en", headers={"if-none-match": tag}).status_code == 304
    assert client.get("/?lang=ja", headers={"if-none-match": tag}).status_code == 200
    told.write("access.json", *(event(60 * 30, status=500) for _ in range(50)))
    assert told.run("ingest").code == 0
    again = client.get("/?lang=en", headers={"if-none-match": tag})
    assert again.status_code == 200
    assert again.text != first.text


def test_a_wrong_book_leaves_the_last_good_one_on_the_page(client: TestClient) -> None:
    book = Path("kakeibo.yaml")
    good = book.read_text(encoding="utf-8")
    book.write_text(good.replace("target: 50%", "target: 150%"), encoding="utf-8")
    page = client.get("/?lang=en").text
    assert "The book as it is now has errors" in page
    assert re.search(r"kakeibo.yaml:[0-9]+:[0-9]+: .*target", page)
    assert len(names(page)) == 3
    assert client.get("/healthz").json() == {
        "store": "ok",
        "book": "the book on disk has errors; the last good one is in use",
    }
    book.write_text(good.replace("      latency: {good", "      speed: {good"), encoding="utf-8")
    page = client.get("/?lang=en").text
    assert "has errors" not in page
    assert ("play-video", "speed") in names(page)


REFUSED = [
    ("/?at=yesterday", 400, "is not a time"),
    ("/?at=9999-12-31", 400, "is too far away"),
    ("/statement?month=2026-13", 400, "is not a month"),
    ("/statement?month=2030-01", 400, "has not begun"),
    ("/journeys/play-video?range=9d", 400, "there is no range"),
    ("/journeys/play-video?from=2026-10-02&to=2026-10-01", 400, "from is not before to"),
    ("/journeys/play-video?from=1970-01-01", 400, "from is not before to"),
    ("/journeys/nobody", 404, "There is no such page"),
    ("/journeys/nobody/events", 404, "no events of that name"),
    ("/journeys/play-video/events?slo=search/availability", 404, "no events of that name"),
]


def test_what_cannot_be_shown_is_said_plainly(client: TestClient) -> None:
    for path, status, said in REFUSED:
        answer = client.get(path, headers={"accept-language": "en"})
        assert answer.status_code == status, path
        assert said in answer.text
        assert "Traceback" not in answer.text


def test_what_was_left_out_and_charged_is_on_the_pages(client: TestClient, told: Site) -> None:
    hour = ("--from", "2026-10-02T05:00", "--to", "2026-10-02T06:00", "--reason", "moved <b>", "--author", "sre")
    assert told.run("adjust", "add", "play-video/availability", *hour).code == 0
    page = client.get("/journeys/play-video?range=1d&lang=en").text
    assert 'class="gap out"' in page
    assert "moved &lt;b&gt;" in page


def test_an_incident_is_tinted_on_the_chart_and_linked_but_a_private_one_is_not(client: TestClient, told: Site) -> None:
    for title, private in (("videos <b>", ()), ("secret", ("--private",))):
        opened = ("--about", "play-video", "--at", "2026-10-02T04:30", "--author", "sre", *private)
        assert told.run("incident", "open", title, *opened).code == 0
    page = client.get("/journeys/play-video?range=1d&lang=en").text
    assert '<rect class="incident"' in page
    assert '<a href="/incidents/1?lang=en">Incident 1: videos &lt;b&gt;</a>' in page
    assert "secret" not in page


def test_a_store_without_a_count_shows_what_it_has(client: TestClient) -> None:
    assert "2026" in client.get("/?at=now").text
    assert client.get("/journeys/play-video?at=2020-01-01").status_code == 200
