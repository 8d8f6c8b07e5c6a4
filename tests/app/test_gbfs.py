"""From public feeds to a judged fleet: files, a real HTTP server, and what the vehicles come to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from kakeibo.app import gbfs
from kakeibo.app.cli.main import cli

AT = 1_791_151_200
BOOK = """
organisation: {name: Norimono, language: en}
services: {sharing: {}}
sources: {feeds: {type: ndjson, path: "messages/*.ndjson"}}
fleets:
  bikes:
    title: Bikes can be hired
    service: sharing
    source: feeds
    heartbeat: {silent_after: 30m, back_after: {messages: 1, within: 10m}}
    battery: {out_below: 10%, back_above: 20%}
    stall_after: 10m
    slos: {in_service: {target: 90%, window: 1d, alerts: none}}
"""


def run(*words: str) -> Result:
    result = CliRunner().invoke(cli, [*words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def document(minute: int, *vehicles: dict[str, Any]) -> dict[str, Any]:
    usual = {"is_reserved": False, "is_disabled": False, "lat": 35.6, "lon": 139.7}
    listed = [{**usual, "last_reported": AT + minute * 60 - 5, **one} for one in vehicles]
    return {"last_updated": AT + minute * 60, "ttl": 60, "version": "2.3", "data": {"bikes": listed}}


def day() -> Iterator[dict[str, Any]]:
    """Fifty minutes: most are well, one breaks, one runs empty, one reports no more, one is rented, one comes back."""
    for minute in range(51):
        seen: list[dict[str, Any]] = [{"bike_id": f"well-{n}"} for n in range(20)]
        seen.append({"bike_id": "broken", "is_disabled": minute >= 10})
        seen.append({"bike_id": "empty", "current_fuel_percent": 0.5 - minute / 100})
        seen.append({"bike_id": "silent", "last_reported": AT + min(minute, 5) * 60 - 5})
        if minute < 20:
            seen.append({"bike_id": "rented-at-20"})
        if minute >= 35:
            seen.append({"bike_id": "with-its-new-id"})
        yield document(minute, *seen)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kakeibo.yaml").write_text(BOOK, encoding="utf-8")
    (tmp_path / "feeds").mkdir()
    for number, one in enumerate(day()):
        (tmp_path / "feeds" / f"{number:02}.json").write_text(json.dumps(one), encoding="utf-8")
    return tmp_path


@pytest.mark.usefixtures("place")
def test_a_folder_of_snapshots_is_judged_like_any_fleet() -> None:
    assert "51 snapshots; 24 vehicles in the last one" in run("fleet", "gbfs", "feeds", "--out", "messages").output
    run("ingest")
    [found] = json.loads(run("fleet", "status", "--json").output)["fleets"]
    out = {one["device"]: (one["reason"], one["since"]) for one in found["shown"]}
    assert out == {
        "broken": ("disabled", "2026-10-04T22:10:00Z"),
        "empty": ("battery", "2026-10-04T22:41:00Z"),
        "silent": ("heartbeat", "2026-10-04T22:35:00Z"),
    }
    assert (found["devices"], found["counts"]["away"]) == (24, 1)
    rented = json.loads(run("fleet", "history", "rented-at-20", "--json").output)
    assert [one["event"] for one in rented["changes"]] == ["registered", "gone"]
    assert "left: not expected any more" in run("fleet", "history", "rented-at-20").output
    assert "h allowed device time" in run("report", "--at", "latest").output


def test_read_again_says_nothing_anew(place: Path) -> None:
    run("fleet", "gbfs", "feeds", "--out", "messages")
    before = {path.name: path.read_bytes() for path in (place / "messages").iterdir()}
    assert ": 0 messages of 0 snapshots" in run("fleet", "gbfs", "feeds", "--out", "messages").output
    assert {path.name: path.read_bytes() for path in (place / "messages").iterdir()} == before


class Feeds(BaseHTTPRequestHandler):
    """gbfs.json and two feeds; every answer a minute later than the one before."""

    asked: int
    broken: set[int]
    server: ThreadingHTTPServer

    def do_GET(self) -> None:
        server = f"http://127.0.0.1:{self.server.server_port}"
        feeds = [
            {"name": "free_bike_status", "url": f"{server}/bikes"},
            {"name": "vehicle_types", "url": f"{server}/types"},
        ]
        body: dict[str, Any]
        if self.path == "/gbfs.json":
            body = {"last_updated": AT, "ttl": 0, "data": {"en": {"feeds": feeds}}}
        elif self.path == "/types":
            body = {
                "last_updated": AT,
                "ttl": 0,
                "data": {"vehicle_types": [{"vehicle_type_id": "s", "max_range_meters": 1_000}]},
            }
        else:
            type(self).asked += 1
            body = document(self.asked, {"bike_id": "a", "vehicle_type_id": "s", "current_range_meters": 250})
        self.send_response(503 if self.path == "/bikes" and self.asked in self.broken else 200)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def address() -> Iterator[str]:
    Feeds.asked, Feeds.broken = 0, set()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Feeds)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/gbfs.json"
    server.shutdown()
    thread.join()
    server.server_close()


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for path in sorted(folder.glob("*.ndjson")) for line in path.read_text().splitlines()]


def test_an_address_is_found_by_gbfs_json_and_asked_once(address: str, tmp_path: Path) -> None:
    run("fleet", "gbfs", address, "--out", str(tmp_path), "--allow-private")
    [one] = lines(tmp_path)
    assert (one["device"], one["battery"], one["model"]) == ("a", 25.0, "s")
    assert one["received"] > one["sent"], "received by our clock"


def test_followed_it_is_asked_at_its_pace_and_a_failure_is_told(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    waits: list[float] = []

    def waited(seconds: float, _stop: object) -> bool:
        waits.append(seconds)
        return len(waits) == 3

    monkeypatch.setattr(gbfs, "_waited", waited)
    Feeds.broken = {2}
    assert gbfs.record_address(address, tmp_path, allow_private=True, stop=lambda: False) == 0
    assert waits == [60, 10, 60], "the feed's ttl; sooner after a failure"
    assert len(lines(tmp_path)) == 2
    assert "answered 503" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nowhere"], "nowhere is not there"),
        (["kakeibo.yaml"], "is no document of GBFS"),
        (["http://127.0.0.1:1/gbfs.json"], "not an address of the public internet"),
        (["http://127.0.0.1:1/gbfs.json", "--allow-private"], "cannot be reached"),
        (["https://a.example/gbfs.json", "feeds"], "an address stands alone"),
        (["ftp://a.example/gbfs.json"], "that is no address"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_mend(place: Path, words: list[str], says: str) -> None:
    result = CliRunner().invoke(cli, ["fleet", "gbfs", *words, "--out", "messages"])
    assert result.exit_code != 0
    assert says in f"{result.exception}{result.output}"
    assert not list((place / "messages").glob("*.ndjson"))
