"""Pages and API of incidents: people work on them, see what they may, and lose nothing of each other's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.app.conftest import Site
from tests.app.web.conftest import BOOK, EVIL, yaml
from tests.app.web.test_writing import only_templates

from kakeibo import clock
from kakeibo.access import tokens
from kakeibo.app.incident_desk import Desk as IncidentDesk
from kakeibo.app.incident_desk import New
from kakeibo.app.web.application import create
from kakeibo.app.web.desk import Desk
from kakeibo.incidents import records
from kakeibo.store import open_store

AT = "2026-10-02T05:10"


def opened(client: TestClient, title: str = "Videos do not play", **more: str) -> str:
    """The address of a new incident."""
    sent = {"title": title, "about": "play-video", "at": AT, "author": "support", **more}
    answer = client.post("/incidents?lang=en", data=sent, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_an_incident_is_opened_measured_and_worked_on(client: TestClient, desk: Desk) -> None:
    address = opened(client)
    assert address == "/incidents/1?lang=en"
    page = client.get(address).text
    assert "The counts show no impact so far." in page  # three events an hour tell nothing
    for sent in (
        {"do": "ack"}, {"do": "update", "text": "Videos play again.", "register": "everyone"},
        {"do": "note", "text": "load at 90", "at": AT}, {"do": "role", "role": "commander", "person": "lead"},
        {"do": "task", "text": "stop the reports", "owner": "engineer"}, {"do": "done", "task": "1"},
        {"do": "mark", "entry": "1"}, {"do": "rename", "title": "Database overloaded"},
        {"do": "times", "start": AT, "text": "as support says"}, {"do": "mitigate", "text": "reports stopped"},
        {"do": "resolve", "text": ""}, {"do": "reopen", "text": "errors again"},
    ):  # fmt: skip
        answer = client.post(address, data={**sent, "author": "lead"}, follow_redirects=False)
        assert answer.status_code == 303, (sent, answer.text)
    one = records.incident(desk.store, 1)
    assert (one.state, one.title, one.roles) == ("open", "Database overloaded", {"commander": "lead"})
    assert {entry.door for entry in one.timeline if entry.author != "kakeibo"} == {"web"}
    page = client.get(address).text
    assert "Database overloaded" in page
    assert 'class="milestone"' in page
    assert "Database overloaded" in client.get("/incidents?lang=en").text


def test_what_was_changed_meanwhile_is_told_and_what_was_typed_is_kept(client: TestClient, desk: Desk) -> None:
    address = opened(client)
    seen = str(records.incident(desk.store, 1).version)
    first = {"do": "rename", "title": "Database", "seen": seen, "author": "first"}
    assert client.post(address, data=first, follow_redirects=False).status_code == 303
    late = client.post(address, data={"do": "rename", "title": "Network", "seen": seen, "author": "second"})
    assert late.status_code == 409
    assert "was changed meanwhile by first" in late.text
    assert 'value="Network"' in late.text
    assert records.incident(desk.store, 1).title == "Database"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"do": "dance"}, 400),
        ({"do": "note", "text": " "}, 400),
        ({"do": "done", "task": "x"}, 400),
        ({"do": "merge", "into": "1"}, 400),
        ({"do": "mark", "entry": "99"}, 400),
        ({"do": "task", "text": "x", "due": "noon"}, 400),
    ],
)
def test_what_cannot_be_done_is_said(client: TestClient, sent: dict[str, str], status: int) -> None:
    address = opened(client)
    assert client.post(address, data=sent).status_code == status
    assert client.post("/incidents/9", data=sent).status_code == 404
    assert client.get("/incidents/9").status_code == 404
    assert client.get("/incidents/x").status_code == 422
    assert client.post(address, data={"do": "ack"}, headers={"sec-fetch-site": "cross-site"}).status_code == 403


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_what_people_write_stays_text(client: TestClient, lang: str) -> None:
    address = opened(client, EVIL, author=EVIL)
    for sent in (
        {"do": "note", "text": EVIL},
        {"do": "role", "role": "scribe", "person": EVIL},
        {"do": "task", "text": EVIL},
    ):
        client.post(address, data={**sent, "author": EVIL})
    for path in ("/incidents/1", "/incidents"):
        page = client.get(path, headers={"accept-language": lang})
        assert page.status_code == 200
        only_templates(page.text)
        assert "&lt;script&gt;" in page.text


def test_the_api_tells_incidents_and_timelines_page_by_page(client: TestClient) -> None:
    address = opened(client)
    for number in range(7):
        client.post(address, data={"do": "note", "text": f"line {number}"})
    listed = client.get("/api/v1/incidents").json()
    assert [one["id"] for one in listed["incidents"]] == [1]
    whole = client.get("/api/v1/incidents/1?limit=2").json()
    assert (whole["version"], whole["entries"], len(whole["timeline"])) == (1, 8, 2)
    texts: list[str] = []
    before = ""
    while True:
        part = client.get(f"/api/v1/incidents/1/timeline?limit=3{before}").json()
        texts[:0] = [entry["text"] for entry in part["timeline"]]
        if part["before"] is None:
            break
        before = f"&before={part['before']}"
    assert texts == ["Videos do not play", *(f"line {number}" for number in range(7))]
    for path in ("/api/v1/incidents/9", "/api/v1/incidents/9/timeline"):
        assert client.get(path).status_code == 404
    assert client.get("/api/v1/incidents/1/timeline?before=999").status_code == 400


def test_programs_open_incidents_and_write_into_timelines(client: TestClient, desk: Desk) -> None:
    opened = client.post("/api/v1/incidents", json={"title": "Videos", "about": ["play-video"], "at": AT})
    assert (opened.status_code, opened.json()["incident"]["slos"][0]) == (201, "play-video/availability")
    for line in ({"text": "load at 90", "at": AT}, {"text": "Videos may stop.", "register": "everyone"}):
        assert client.post("/api/v1/incidents/1/timeline", json=line).status_code == 201
    last = records.incident(desk.store, 1).timeline[-1]
    assert (last.kind, last.door, last.detail) == ("update", "api", {"register": "everyone"})
    for path, sent, status in (
        ("", {"title": ""}, 422), ("", {"title": "x", "about": ["nothing"]}, 400),
        ("", {"title": "x", "at": "noon"}, 400),
        ("/9/timeline", {"text": "x"}, 404), ("/1/timeline", {"text": "x", "register": "loud"}, 422),
    ):  # fmt: skip
        assert client.post(f"/api/v1/incidents{path}", json=sent).status_code == status, sent


@pytest.fixture
def signed_in(told: Site) -> Iterator[TestClient]:
    """A site to which people sign in; a private incident of the player team is there."""
    book = (BOOK % {"evil": yaml("Testers")}).replace("language: ja}", "language: en, sign_in: {}}", 1)
    (told.folder / "kakeibo.yaml").write_text(book, encoding="utf-8")
    store = open_store(f"sqlite:///{told.folder}/kakeibo.db", patience=0.5)
    desk = Desk(Path("kakeibo.yaml"), store, "latest")
    IncidentDesk(desk.book(), store, "lead").open(New("Accounts", ["play-video"], AT, private=True))
    with TestClient(create(desk), base_url="http://localhost", raise_server_exceptions=False) as client:
        client.app_state["store"] = store
        yield client
    store.close()


def test_private_incidents_are_for_those_who_work_for_their_team(signed_in: TestClient) -> None:
    store, now = signed_in.app_state["store"], clock.second_of(clock.now())
    mine = tokens.create(store, "mine", "editor", "tester", now, team="player")
    other = tokens.create(store, "other", "editor", "tester", now, team="other")
    for secret, status, shown in ((mine, 200, True), (other, 404, False)):
        headers = {"authorization": f"Bearer {secret}"}
        for path in ("/incidents/1", "/api/v1/incidents/1", "/api/v1/incidents/1/timeline"):
            assert signed_in.get(path, headers=headers).status_code == status
        assert ("Accounts" in signed_in.get("/incidents", headers=headers).text) is shown
        assert (signed_in.get("/api/v1/incidents", headers=headers).json()["incidents"] != []) is shown
    line = signed_in.post(
        "/api/v1/incidents/1/timeline", json={"text": "x"}, headers={"authorization": f"Bearer {other}"}
    )
    assert line.status_code == 404
    post = signed_in.post("/incidents/1", data={"do": "ack"}, headers={"authorization": f"Bearer {other}"})
    assert post.status_code == 404


def test_others_read_what_is_not_private_and_change_nothing(signed_in: TestClient) -> None:
    store, now = signed_in.app_state["store"], clock.second_of(clock.now())
    book = Desk(Path("kakeibo.yaml"), store, "latest").book()
    IncidentDesk(book, store, "lead").show_to(1, private=False)
    other = tokens.create(store, "other", "editor", "tester", now, team="other")
    headers = {"authorization": f"Bearer {other}"}
    page = signed_in.get("/incidents/1", headers=headers)
    assert page.status_code == 200
    assert "I look after it" not in page.text
    assert signed_in.post("/incidents/1", data={"do": "ack"}, headers=headers).status_code == 403
    opened = {"title": "x", "about": "play-video", "at": AT}
    assert signed_in.post("/incidents", data=opened, headers=headers).status_code == 403
