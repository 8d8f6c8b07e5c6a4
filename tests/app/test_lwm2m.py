"""Devices that register over CoAP: as long as the registration holds they are in service, asleep or not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from aiocoap import DELETE, GET, POST, Code, Context, Message
from hypothesis import given
from hypothesis import strategies as st
from tests.app.fleet_site import FleetSite
from tests.prometheus_server import free_port

from kakeibo.app import registering
from kakeibo.app.check import read
from kakeibo.app.fleet_received import ReceivedIngest
from kakeibo.app.registering import Registry
from kakeibo.errors import KakeiboError
from kakeibo.fleet import records, registrations
from kakeibo.sources.lwm2m import Lwm2m, Registration


@pytest.fixture
def site(tmp_path: Path) -> Iterator[FleetSite]:
    found = FleetSite(tmp_path, f"{{type: lwm2m, listen: '127.0.0.1:{free_port()}', grace: 30s}}", silent_after="3m")
    yield found
    found.store.close()


def kind(site: FleetSite) -> Lwm2m:
    return Lwm2m(site.book.sources["telemetry"])


def ask(site: FleetSite, *asked: tuple[Code, str]) -> list[tuple[str, str]]:
    """(code, location) of each answer; a {place} in a path is the last location."""

    async def all_of_them() -> list[tuple[str, str]]:
        client, found = await Context.create_client_context(), []
        place = ""
        for code, path in asked:
            uri = f"coap://127.0.0.1:{kind(site).port}{path.replace('{place}', place)}"
            answer = await client.request(Message(code=code, uri=uri)).response
            place = "/" + "/".join(answer.opt.location_path) if answer.opt.location_path else place
            found.append((answer.code.dotted, place))
        await client.shutdown()
        return found

    return asyncio.run(all_of_them())


def ingest(site: FleetSite) -> ReceivedIngest:
    return ReceivedIngest(site.book, site.store, site.book.sources["telemetry"])


def serving(site: FleetSite) -> ReceivedIngest:
    running = ingest(site)
    running.begin()
    assert running.receiver is not None
    running.receiver.drain()
    return running


def test_register_update_deregister(site: FleetSite) -> None:
    with closing(serving(site)) as running:
        answers = ask(
            site, (POST, "/rd?ep=urn:imei:1&lt=300&lwm2m=1.1&b=U&Q"), (POST, "{place}?lt=600"), (POST, "{place}")
        )
        assert [code for code, _ in answers] == ["2.01", "2.04", "2.04"]
        again = ask(site, (POST, "/rd?ep=urn:imei:1&lt=300"))
        assert again[0] == answers[0]  # the same device, the same place
        held = registrations.load(site.store, "telemetry")
        assert [(one.device, one.lifetime) for one in held.values()] == [("urn:imei:1", 300)]
        assert ask(site, (DELETE, answers[0][1]), (POST, answers[0][1])) == [("2.02", ""), ("4.04", "")]
        assert registrations.load(site.store, "telemetry") == {}
        running.go_through()
    assert site.lines() == (4, 0)


def test_what_is_no_registration_is_refused(site: FleetSite) -> None:
    with closing(serving(site)):
        asked = [(POST, "/rd"), (POST, "/rd?ep="), (POST, "/rd?ep=a&lt=soon"), (POST, "/rd?ep=a&lt=-1"), (GET, "/rd")]
        asked += [
            (DELETE, "/rd"),
            (POST, "/bs?ep=a"),
            (POST, "/rd/none"),
            (POST, "/rd/a/b"),
            (POST, f"/rd?ep={'x' * 201}"),
        ]
        codes = [code for code, _ in ask(site, *asked)]
        assert codes == ["4.00", "4.00", "4.00", "4.00", "4.05", "4.05", "4.04", "4.04", "4.04", "4.00"]


def test_where_nobody_can_listen_is_said(site: FleetSite) -> None:
    path = site.path.read_text(encoding="utf-8").replace("127.0.0.1", "192.0.2.1")
    site.path.write_text(path, encoding="utf-8")
    site.book = read(site.path)[0]
    running = ingest(site)
    running.begin()
    assert running.receiver is not None
    with pytest.raises(KakeiboError, match=r"nobody can register at 192\.0\.2\.1"):
        running.receiver.drain()
    running.close()


def test_a_place_holds_after_a_crash(site: FleetSite) -> None:
    with closing(serving(site)):
        ((_, place),) = ask(site, (POST, "/rd?ep=a&lt=300"))
    with closing(serving(site)):
        assert ask(site, (POST, place)) == [("2.04", "")]


def test_out_in_the_second_in_which_lifetime_and_grace_are_over(
    site: FleetSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sleeper with a lifetime of an hour and a rule of three minutes, second by second; another one speaks on."""
    now = [1_763_719_200_000]
    monkeypatch.setattr(registering, "now_ms", lambda: now[0])
    registry, running = Registry(site.store, kind(site), site.book.fleets["scooters"]), ingest(site)
    monkeypatch.setattr(running, "_settled", lambda: registry.settled)
    registry._register({"ep": "sleeper", "lt": "3600", "b": "UQ"}, "")
    registry._register({"ep": "awake", "lt": "7200"}, "")
    began = now[0] // 1000
    for second in range(20, 4_000, 20):
        now[0] = (began + second) * 1000 + 7
        registry.go_on(now[0])
        running.run()
        out = site.standing()["sleeper"][1]
        assert out == ("heartbeat" if second >= 3_630 else None), second
    assert site.standing()["awake"][1] is None
    told = [(change.what, change.at - began) for change in records.history(site.store, "scooters", 0)]
    assert told[-1] == ("out", 3_630)
    held = registrations.load(site.store, "telemetry").values()
    assert [one.device for one in held] == ["awake"]


def test_the_only_device_is_out_too(site: FleetSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else says anything: registrations speak for their devices, so this silence is not ours."""
    now = [1_763_719_200_000]
    monkeypatch.setattr(registering, "now_ms", lambda: now[0])
    registry, running = Registry(site.store, kind(site), site.book.fleets["scooters"]), ingest(site)
    monkeypatch.setattr(running, "_settled", lambda: registry.settled)
    registry._register({"ep": "lonely", "lt": "900"}, "")
    began = now[0] // 1000
    for second in range(10, 1_200, 10):
        now[0] = (began + second) * 1000 + 7
        registry.go_on(now[0])
        running.run()
        assert site.standing()["lonely"][1] == ("heartbeat" if second >= 930 else None), second
    told = [(change.what, change.at - began) for change in records.history(site.store, "scooters", 0)]
    assert told == [("registered", 0), ("out", 930)]


def test_what_ended_while_nobody_listened_is_given_the_grace() -> None:
    one = Registration("p", "d", 60, 0)
    assert one.held_until(50_000) == one
    assert one.held_until(500_000).ends(30) == 530_000


@given(st.integers(1, 100_000), st.integers(1, 1_000), st.integers(1, 10_000))
def test_the_last_sign_of_life_and_the_silence_end_with_the_grace(lifetime: int, grace: int, silent_after: int) -> None:
    one = Registration("p", "d", lifetime, 5_000)
    assert one.alive_until(grace, silent_after) + 1000 * silent_after == 5_000 + 1000 * (lifetime + grace)
