"""Messages of devices by HTTP: 200 only when they are kept, 503 otherwise; only from who may; judged as everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.app.fleet_site import FleetSite, message

from kakeibo import clock
from kakeibo.access import tokens
from kakeibo.app.fleet_received import ReceivedIngest
from kakeibo.app.web.application import create
from kakeibo.app.web.desk import Desk
from kakeibo.app.web.manners import LARGEST_BODY
from kakeibo.fleet import inbox
from kakeibo.permissions import Role
from kakeibo.store import open_store

PATH = "/api/v1/fleets/scooters/messages"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[FleetSite]:
    found = FleetSite(tmp_path, "{type: http}")
    yield found
    found.store.close()


def client_of(site: FleetSite) -> TestClient:
    app = create(Desk(site.path, site.store, "latest"))
    return TestClient(app, base_url="http://localhost", raise_server_exceptions=False)


def judge(site: FleetSite) -> None:
    with ReceivedIngest(site.book, site.store, site.book.sources["telemetry"]) as ingest:
        ingest.run()


def post(client: TestClient, *lines: bytes, path: str = PATH, **headers: str) -> Any:
    return client.post(path, content=b"\n".join(lines), headers=headers)


def test_what_was_answered_is_judged(site: FleetSite, monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of(site)
    said = [message(device=f"d{n}", sequence=s, errors=["E42"] * n) for n in range(7) for s in range(2)]
    answered = post(client, *said, b"", b"nothing", b'{"battery": 5}', b"")
    assert answered.status_code == 200
    assert answered.json() == {
        "version": 1,
        "taken": 14,
        "rejected": 2,
        "reasons": {"not a JSON object": 1, "no device is named": 1},
    }
    assert post(client, *said).status_code == 200  # their answer was lost: they send it again
    monkeypatch.setattr("kakeibo.app.fleet_received.LATE", -1_500)
    judge(site)
    assert site.lines() == (30, 2)
    assert {name: one[1] for name, one in site.standing().items()} == {
        f"d{n}": "error" if 2 * n > 4 else None for n in range(7)
    }
    assert inbox.waiting(site.store, "telemetry", 10) == []


def test_judged_by_two_at_once_it_counts_once(site: FleetSite) -> None:
    first = ReceivedIngest(site.book, site.store, site.book.sources["telemetry"])
    second = ReceivedIngest(site.book, site.store, site.book.sources["telemetry"])
    for number in range(3):
        assert post(client_of(site), message(device="a", sequence=number)).status_code == 200
        first.run()
        second.run()
    assert site.lines() == (3, 0)


def test_what_is_not_kept_is_to_come_again(site: FleetSite, monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of(site)
    monkeypatch.setattr(inbox, "FULL", 100)
    answered = [post(client, *[message(device=f"d{n}") for n in range(20)]) for _ in range(2)]
    assert [one.status_code for one in answered] == [200, 503]
    assert answered[1].headers["retry-after"] == "5"
    assert "kakeibo work" in answered[1].json()["title"]
    monkeypatch.undo()
    hasty = open_store(site.url, patience=0.1)
    busy = TestClient(create(Desk(site.path, hasty, "latest")), base_url="http://localhost")
    with site.store.writing():
        assert post(busy, message(device="late")).status_code == 503
    hasty.close()
    judge(site)
    assert "late" not in site.standing()


def test_what_cannot_be_taken_is_answered_in_words(site: FleetSite, tmp_path: Path) -> None:
    client = client_of(site)
    assert post(client, b"{}", path="/api/v1/fleets/cars/messages").status_code == 404
    assert post(client, b"x" * (LARGEST_BODY + 1)).status_code == 413
    assert post(client).json()["taken"] == 0
    files = FleetSite(tmp_path / "files", "{type: ndjson, path: '*.ndjson'}")
    refused = post(client_of(files), b"{}")
    assert (refused.status_code, "type http" in refused.json()["detail"]) == (409, True)
    files.store.close()


@pytest.mark.parametrize(
    ("role", "team", "status"), [("viewer", "*", 403), ("editor", "other", 403), ("editor", "operations", 200)]
)
def test_only_a_token_of_the_fleets_team_may(tmp_path: Path, role: Role, team: str, status: int) -> None:
    site = FleetSite(tmp_path, "{type: http}")
    text = site.path.read_text(encoding="utf-8").replace("language: en}", "language: en, sign_in: {}}")
    site.path.write_text(text, encoding="utf-8")
    client = client_of(site)
    secret = tokens.create(site.store, "gateway", role, "admin", clock.second_of(clock.now()), team=team)
    assert post(client, b"{}").status_code == 401
    assert post(client, b"{}", authorization="Bearer kakeibo_wrong").status_code == 401
    assert post(client, message(device="a"), authorization=f"Bearer {secret}").status_code == status
    site.store.close()
