"""What programs ask and enter by the API: kept once, with their role, in the audit log; and all that is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.app.conftest import Site
from tests.app.web.conftest import BOOK, EVIL, yaml

from kakeibo import clock
from kakeibo.access import tokens
from kakeibo.app.web.application import create
from kakeibo.app.web.desk import Desk
from kakeibo.permissions import Role
from kakeibo.store import audit, open_store

VOTE = {"role": "product", "voter": "Product owner", "score": 5}
DECISION = {"decision": "critical", "by": ["Product owner", "Support lead"], "reason": "sales"}
RELEASE = {"service": "learning", "version": "v1", "at": "2026-10-02T05:00"}
QUESTION = {"text": "video does not play", "journey": "play-video", "at": "2026-10-02T05:00", "user": "u-1"}
WRITES = {
    "/api/v1/journeys/play-video/votes": VOTE,
    "/api/v1/journeys/play-video/decisions": DECISION,
    "/api/v1/releases": RELEASE,
    "/api/v1/support/questions": QUESTION,
}


def test_what_is_asked_and_entered_is_what_the_shell_shows(client: TestClient, told: Site) -> None:
    for path, body in WRITES.items():
        answer = client.post(path, json=body)
        assert answer.status_code == 201, (path, answer.text)
        assert answer.headers["cache-control"] == "no-store"
    asked = client.get("/api/v1/support/questions").json()
    assert asked["complaints"] == json.loads(told.run("support", "list", "--json").out)["complaints"]
    assert asked["complaints"][0]["origin"] == "api"
    assert client.get("/api/v1/support/questions/1").json()["journey"] == "play-video"
    listed = json.loads(told.run("journeys", "list", "--json").out)["journeys"]
    voted = client.get("/api/v1/journeys").json()["journeys"]
    assert sorted(voted, key=lambda one: str(one["journey"])) == sorted(listed, key=lambda one: str(one["journey"]))
    assert client.get("/api/v1/journeys/play-video").json()["journeys"][0]["decision"]["by"] == DECISION["by"]
    released = json.loads(told.run("release", "--json").out)["releases"]
    assert client.get("/api/v1/releases").json()["releases"] == released
    teams = client.get("/api/v1/teams").json()["teams"]
    assert [(one["team"], one["services"], len(one["slos"])) for one in teams] == [
        ("other", ["trick"], 1), ("player", ["learning"], 2),
    ]  # fmt: skip


def test_a_target_on_the_past_is_that_of_the_shell(client: TestClient, told: Site) -> None:
    answer = client.get("/api/v1/lab/play-video/availability?target=97").json()
    shell = json.loads(told.run("try", "play-video/availability", "--targets", "97", "--json").out)
    [one] = [each for each in shell["candidates"] if each["target"] == 0.97]
    assert answer["candidates"] == [one]
    assert client.get("/api/v1/lab/play-video/availability?target=100").status_code == 400
    assert client.get("/api/v1/lab/play-video/nothing").status_code == 404


@pytest.mark.parametrize("path", ["/api/v1/releases", "/api/v1/support/questions", "/api/v1/journeys", "/api/v1/teams"])
def test_pages_have_everything_once_and_a_mark(client: TestClient, path: str) -> None:
    for number in range(5):
        client.post("/api/v1/releases", json={**RELEASE, "version": f"v{number}"})
        client.post("/api/v1/support/questions", json={**QUESTION, "text": f"no video {number}"})
    [name] = {"releases", "complaints", "journeys", "teams"} & set(client.get(path).json())
    whole, address, seen = client.get(path).json()[name], f"{path}?limit=1", list[Any]()
    while address:
        page = client.get(address).json()
        assert len(page[name]) == 1
        seen += page[name]
        address = page["next"]
    assert seen == whole
    tag = client.get(path).headers["etag"]
    assert client.get(path, headers={"if-none-match": tag}).status_code == 304


def test_a_pipeline_that_is_run_anew_tells_nothing_new(client: TestClient) -> None:
    assert client.post("/api/v1/releases", json=RELEASE).status_code == 201
    again = client.post("/api/v1/releases", json={**RELEASE, "at": "2026-10-02T05:10"})
    assert again.status_code == 200
    assert again.json()["releases"][0]["at"] == "2026-10-01T20:00:00Z"


WRONG = [
    ("/api/v1/releases", {**RELEASE, "service": "nobody"}, 400),
    ("/api/v1/releases", {**RELEASE, "version": ""}, 400),
    ("/api/v1/releases", {**RELEASE, "version": "  "}, 400),
    ("/api/v1/releases", {**RELEASE, "when": "now"}, 400),
    ("/api/v1/releases", [], 400),
    ("/api/v1/support/questions", {**QUESTION, "journey": "nobody"}, 400),
    ("/api/v1/support/questions", {**QUESTION, "at": "yesterday"}, 400),
    ("/api/v1/journeys/play-video/votes", {**VOTE, "score": 6}, 400),
    ("/api/v1/journeys/play-video/votes", {**VOTE, "score": True}, 400),
    ("/api/v1/journeys/play-video/votes", {**VOTE, "role": "boss"}, 400),
    ("/api/v1/journeys/nobody/votes", VOTE, 404),
    ("/api/v1/journeys/play-video/decisions", {**DECISION, "by": []}, 400),
    ("/api/v1/journeys/..%2F..%2Faudit/votes", VOTE, 404),
    ("/api/v1/journeys/nobody/decisions", DECISION, 404),
]


@pytest.mark.parametrize(("path", "body", "status"), WRONG)
def test_what_cannot_be_kept_is_a_problem_in_words(client: TestClient, path: str, body: object, status: int) -> None:
    answer = client.post(path, json=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"]
    for damaged in (b"", b"{", b"\xff", b"[" * 100_000):
        assert client.post(path, content=damaged).status_code in (400, 404)
    assert client.get("/api/v1/releases").json()["releases"] == []


@pytest.fixture
def guarded(told: Site) -> Iterator[tuple[TestClient, dict[str, str]]]:
    """The site with a sign-in, and tokens by what they may do."""
    book = (BOOK % {"evil": yaml(EVIL)}).replace("language: ja}", "language: ja, sign_in: {}}", 1)
    (told.folder / "kakeibo.yaml").write_text(book, encoding="utf-8")
    store = open_store(f"sqlite:///{told.folder}/kakeibo.db", patience=0.5)
    made: dict[str, tuple[Role, str]] = {
        "viewer": ("viewer", "*"), "editor": ("editor", "player"), "other": ("owner", "other"), "owner": ("owner", "*"),
    }  # fmt: skip
    now = clock.second_of(clock.now())
    shown = {name: tokens.create(store, name, role, "sre", now, team=team) for name, (role, team) in made.items()}
    with TestClient(create(Desk(Path("kakeibo.yaml"), store, "latest")), base_url="https://localhost") as client:
        client.app_state["store"] = store
        yield client, shown
    store.close()


def test_each_token_may_what_its_role_allows_in_its_team(guarded: tuple[TestClient, dict[str, str]]) -> None:
    client, shown = guarded
    may = {
        "/api/v1/journeys/play-video/votes": {"viewer": 403, "editor": 201, "other": 403, "owner": 201},
        "/api/v1/journeys/play-video/decisions": {"viewer": 403, "editor": 403, "other": 403, "owner": 201},
        "/api/v1/releases": {"viewer": 403, "editor": 201, "other": 403, "owner": 200},
        "/api/v1/support/questions": {"viewer": 403, "editor": 201, "other": 201, "owner": 201},
    }
    for path, expected in may.items():
        got = {
            name: client.post(path, json=WRITES[path], headers={"authorization": f"Bearer {shown[name]}"}).status_code
            for name in expected
        }
        assert got == expected, path
    done = audit.entries(client.app_state["store"], 20)
    told = {(one.door, one.visitor, one.action) for one in done if one.door == "api"}
    assert ("api", "token:editor", "release") in told
    assert ("api", "token:owner", "journey.critical") in told
    assert ("api", "token:other", "support.asked") in told
    assert not any("viewer" in one.visitor for one in done)
    [released] = [one for one in done if one.action == "release"]
    assert (released.who, released.subject) == ("token:editor", "learning v1")


def test_without_a_token_or_with_a_wrong_one_nothing_is_taken(guarded: tuple[TestClient, dict[str, str]]) -> None:
    client, shown = guarded
    store = client.app_state["store"]
    tokens.revoke(store, "owner", "sre", clock.second_of(clock.now()))
    before = len(audit.entries(store, 100))
    wrong = ["", "Bearer ", "Bearer kakeibo_x", f"Bearer {shown['owner']}", f"Basic {shown['editor']}", shown["editor"]]
    for path, body in WRITES.items():
        for header in wrong:
            assert client.post(path, json=body, headers={"authorization": header}).status_code == 401, (path, header)
            assert client.get("/api/v1/teams", headers={"authorization": header}).status_code == 401
        for site in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
            assert client.post(path, json=body, headers=site).status_code in (401, 403)
    assert len(audit.entries(store, 100)) == before
