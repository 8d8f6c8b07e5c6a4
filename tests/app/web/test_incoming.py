"""Alerts of other tools: only with the token, only when kept, once each."""

from __future__ import annotations

import shutil
import subprocess
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp
from tests.app.conftest import Site
from tests.app.web.conftest import EVIL, TOKEN
from tests.prometheus_server import free_port

from kakeibo import clock
from kakeibo.alerts.received import received
from kakeibo.app.web.application import create
from kakeibo.app.web.desk import Desk
from kakeibo.app.web.incoming import AT_ONCE

BEARER = {"authorization": f"Bearer {TOKEN}"}
BEGAN = "2026-10-01T20:00:00.5Z"


def alert(status: str = "firing", fingerprint: str = "f1", began: str = BEGAN, ended: str = "") -> dict[str, Any]:
    return {
        "status": status,
        "labels": {"alertname": "HighErrors", "severity": "page", "evil": EVIL},
        "annotations": {"summary": EVIL},
        "startsAt": began,
        "endsAt": ended or "0001-01-01T00:00:00Z",
        "generatorURL": "",
        "fingerprint": fingerprint,
    }


def webhook(*alerts: dict[str, Any]) -> dict[str, Any]:
    return {"version": "4", "groupKey": "g", "status": "firing", "receiver": "kakeibo", "alerts": list(alerts)}


def page(action: str, key: str = "k", **payload: str) -> dict[str, Any]:
    body: dict[str, Any] = {"routing_key": TOKEN, "event_action": action, "dedup_key": key}
    if action == "trigger":
        body["payload"] = {"summary": "disk full", "source": "db1", "severity": "critical"} | payload
    return body


def post(client: TestClient, body: object, **headers: str) -> int:
    return client.post("/api/v1/incoming/alertmanager", json=body, headers=BEARER | headers).status_code


def states(desk: Desk) -> list[tuple[str, str]]:
    return [(one.key, one.state) for one in received(desk.store)]


def test_an_alert_is_kept_once_however_often_it_is_told(client: TestClient, desk: Desk) -> None:
    for _ in range(3):
        assert post(client, webhook(alert(), alert(fingerprint="f2"))) == 200
    assert sorted(states(desk)) == [("f1", "firing"), ("f2", "firing")]
    assert post(client, webhook(alert("resolved", ended="2026-10-01T21:00:00Z"))) == 200
    assert post(client, webhook(alert())) == 200  # an older message that came late
    assert sorted(states(desk)) == [("f1", "resolved"), ("f2", "firing")]
    assert post(client, webhook(alert(began="2026-10-03T20:00:00Z"))) == 200
    assert sorted(states(desk)) == [("f1", "firing"), ("f1", "resolved"), ("f2", "firing")]


def test_what_is_kept_is_shown_as_text(client: TestClient) -> None:
    post(client, webhook(alert()))
    shown = client.get("/alerts?lang=en&at=now").text
    assert "HighErrors" in shown
    assert "&lt;script&gt;alert(1)" in shown
    [one] = client.get("/api/v1/alerts?at=now&days=400").json()["received"]
    assert (one["name"], one["from"], one["to"]) == ("HighErrors", "2026-10-01T20:00:00Z", None)
    assert one["labels"]["evil"] == EVIL


def test_the_lab_judges_what_was_received(client: TestClient, told: Site) -> None:
    post(client, webhook(alert("resolved", ended="2026-10-01T21:00:00Z")))
    Path("incidents.csv").write_text("start,end\n2026-10-01T20:00Z,2026-10-01T21:00Z\n", encoding="utf-8")
    judged = told.run(
        "try", "play-video/availability", "--incidents", "incidents.csv", "--alerts", "received", "--json"
    )
    assert judged.code == 0, judged.err
    assert '"HighErrors"' in judged.out


def test_without_the_token_nothing_is_taken(client: TestClient, desk: Desk) -> None:
    for header in ("", "Bearer wrong", "Bearer ", "Basic sesame", "bearer sesame2", f"Bearer {TOKEN}x"):
        refused = client.post("/api/v1/incoming/alertmanager", json=webhook(alert()), headers={"authorization": header})
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer"), header
        refused = client.post("/api/v1/incoming/pagerduty", json=page("trigger") | {"routing_key": header})
        assert refused.status_code == 401, header
    assert states(desk) == []


def test_a_server_without_a_token_takes_nothing(desk: Desk) -> None:
    with TestClient(create(desk), base_url="http://localhost") as client:
        assert post(client, webhook(alert()), authorization="Bearer ") == 403
        assert client.post("/api/v1/incoming/pagerduty", json=page("trigger") | {"routing_key": ""}).status_code == 403
    assert states(desk) == []


def test_what_is_no_such_message_is_refused_whole(client: TestClient, desk: Desk) -> None:
    wrong: list[object] = [
        {},
        [],
        None,
        {"version": "3", "alerts": []},
        webhook({}),
        webhook(alert(), alert(status="burning")),
        webhook(alert(), alert(began="yesterday")),
        webhook(alert(), alert(fingerprint="")),
        webhook(alert() | {"labels": {"a": 1}}),
        webhook(alert() | {"labels": {"a": "x" * 30_000}}),
    ]
    for body in wrong:
        assert post(client, body) == 400, body
    for raw in (b"", b"{", b"\xff\xfe", b"[" * 10_000):
        answer = client.post("/api/v1/incoming/alertmanager", content=raw, headers=BEARER)
        assert answer.status_code == 400, raw
    for body in ({}, page("resolve", ""), page("trigger", severity="bad"), {**page("trigger"), "payload": None}):
        answer = client.post("/api/v1/incoming/pagerduty", json=body)
        assert (answer.status_code, answer.json()["status"]) == (400, "invalid event"), body
    assert states(desk) == []


def test_events_of_pagerduty_open_and_close_an_alert(client: TestClient, desk: Desk) -> None:
    def send(body: dict[str, Any]) -> Any:
        answer = client.post("/api/v1/incoming/pagerduty/v2/enqueue", json=body)
        assert answer.status_code == 202
        return answer.json()

    assert send(page("trigger")) == {"status": "success", "message": "Event processed", "dedup_key": "k"}
    send(page("trigger", summary="disk fuller"))
    assert [(one.state, one.summary) for one in received(desk.store)] == [("firing", "disk fuller")]
    send(page("acknowledge"))
    send(page("trigger"))
    assert [(one.state, one.severity) for one in received(desk.store)] == [("acknowledged", "critical")]
    send(page("resolve"))
    send(page("resolve"))
    [one] = received(desk.store)
    assert (one.state, one.name, one.ended > 0) == ("resolved", "disk full", True)
    keys = {send(page("trigger", ""))["dedup_key"] for _ in range(2)}
    assert len(keys) == 2
    assert len(received(desk.store)) == 3


def test_while_the_store_is_held_the_sender_is_asked_to_come_again(client: TestClient, desk: Desk) -> None:
    with desk.store.writing():
        held = client.post("/api/v1/incoming/alertmanager", json=webhook(alert()), headers=BEARER)
        assert (held.status_code, held.headers["retry-after"]) == (503, "5")
        assert client.get("/").status_code == 200  # readers need not wait
    assert states(desk) == []
    assert post(client, webhook(alert())) == 200


def test_too_many_at_once_are_asked_to_come_again(app: ASGIApp, client: TestClient, desk: Desk) -> None:
    inner: Any = app
    while not hasattr(inner, "state"):  # below what guards it
        inner = inner.app
    gate = inner.state.gate
    for _ in range(AT_ONCE):
        assert gate._free.acquire(blocking=False)
    assert post(client, webhook(alert())) == 503
    gate._free.release()
    assert post(client, webhook(alert())) == 200
    assert len(states(desk)) == 1


def test_a_real_alertmanager_delivers(address: str, desk: Desk, tmp_path: Path) -> None:
    if shutil.which("prometheus-alertmanager") is None:
        pytest.fail("this test needs Alertmanager: apt-get install prometheus-alertmanager", pytrace=False)
    (tmp_path / "am.yml").write_text(
        "route: {receiver: kakeibo, group_wait: 0s, group_interval: 1s}\n"
        "receivers:\n- name: kakeibo\n  webhook_configs:\n"
        f"  - url: {address}/api/v1/incoming/alertmanager\n"
        f"    http_config: {{authorization: {{credentials: {TOKEN}}}}}\n",
        encoding="utf-8",
    )
    port = free_port()
    command = ["prometheus-alertmanager", f"--config.file={tmp_path}/am.yml", f"--storage.path={tmp_path}/am",
               f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="]  # fmt: skip
    with (tmp_path / "am.log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _until(lambda: _posted(port, []), server)
        ends = (clock.now() + timedelta(seconds=2)).isoformat()
        sent = {
            "labels": {"alertname": "Real", "severity": "page"},
            "annotations": {"summary": "日本語"},
            "endsAt": ends,
        }
        assert _posted(port, [sent])
        _until(lambda: bool(states(desk)), server)
        _until(lambda: states(desk)[0][1] == "resolved", server)
    finally:
        server.terminate()
        server.wait(timeout=30)
    [one] = received(desk.store)
    assert (one.name, one.severity, one.summary) == ("Real", "page", "日本語")
    assert one.ended >= (one.began or 0) > 0


def _posted(port: int, alerts: list[dict[str, Any]]) -> bool:
    import httpx2

    try:
        return httpx2.post(f"http://127.0.0.1:{port}/api/v2/alerts", json=alerts).status_code == 200
    except httpx2.TransportError:
        return False


def _until(done: Any, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while not done():
        assert server.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
