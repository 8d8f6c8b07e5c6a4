"""Messages that come to us by a real broker: kept before they are acknowledged, counted once; bad ones harmless."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.app.fleet_site import FleetSite, message, mqtt
from tests.mosquitto import Mosquitto, broker, connected, publish

from kakeibo.app import receiving
from kakeibo.app.fleet_received import ReceivedIngest
from kakeibo.app.fleet_watch import FleetWatch
from kakeibo.errors import KakeiboError, Overtaken
from kakeibo.fleet import inbox
from kakeibo.fleet.inbox import Turn
from kakeibo.ledger import reasons, samples
from kakeibo.sources.mqtt import Mqtt
from kakeibo.sources.mqtt_session import Session


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    with broker(tmp_path_factory.mktemp("broker")) as found:
        yield found


@pytest.fixture
def site(server: Mosquitto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FleetSite]:
    """Each test has a name of its own at the broker."""
    found = FleetSite(tmp_path, mqtt(server.url, f", client_id: {tmp_path.name[:60]}"))
    with monkeypatch.context() as patch:
        patch.setattr(receiving, "_QUIET", 0)
        drain(found)  # subscribed from now on
    yield found
    found.store.close()


def drain(site: FleetSite) -> None:
    with closing(ReceivedIngest(site.book, site.store, site.book.sources["telemetry"])) as ingest:
        ingest.run()


def test_what_waits_at_the_broker_is_drained(site: FleetSite, server: Mosquitto) -> None:
    publish(server.port, [(f"fleet/a{n}/state", message(sequence=s, soc=80)) for s in range(3) for n in range(40)])
    drain(site)
    assert site.lines() == (120, 0)
    standing = site.standing()
    assert len(standing) == 40
    assert set(standing.values()) == {(2, None, None, False)}
    drain(site)
    assert site.lines() == (120, 0)


def test_bad_input_is_counted_and_harmless(site: FleetSite, server: Mosquitto) -> None:
    said = [("fleet/good/state", message(sequence=1, soc=80))]
    said += [("fleet//state", message(soc=80)), ("fleet/x/state", b"\xff\xfe"), ("fleet/x/state", b"[1]")]
    said += [("fleet/odd/state", message(soc=900)), ("fleet/odd/state", message(sent="2099-01-01T00:00:00Z"))]
    said += [("fleet/odd/state", message(sent=1)), ("elsewhere/good/state", message(soc=1))]
    said += [("fleet/odd/state", message(device="good", soc=1, received=1))]
    said += [("fleet/good/state", message(sequence=2, errors=[{"no": "code"}] * 9, on_trip="yes"))]
    publish(server.port, said)
    drain(site)
    assert site.lines() == (9, 3)
    assert site.standing() == {"good": (2, None, None, False), "odd": (-1, "battery", "", False)}
    told = reasons(site.store, "telemetry")
    assert {"no device is named", "not a JSON object"} <= told.keys()
    assert told["a device's clock is off by more than a day: the time of receipt holds"] == 2
    assert told["a battery that is not between 0 and 100 %: taken as not said"] == 1
    assert {one.path for one in samples(site.store, "telemetry")} == {
        "fleet//state",
        "fleet/x/state",
        "fleet/odd/state",
    }


def test_a_retained_message_is_no_sign_of_life(site: FleetSite, server: Mosquitto) -> None:
    """Of a new subscription the broker sends what was said last, however long ago."""
    publish(server.port, [("fleet/kept/state", message(sequence=1))], retain=True)
    drain(site)
    assert site.standing() == {"kept": (1, None, None, False)}
    late = FleetSite(site.folder / "late", mqtt(server.url, f", client_id: late-{site.folder.name[:50]}"))
    drain(late)
    assert late.standing() == {}
    assert late.lines() == (1, 0)
    late.store.close()
    publish(server.port, [("fleet/kept/state", b"")], retain=True)


def test_killed_between_the_commit_and_the_acknowledgement(
    site: FleetSite, server: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker delivers again what we have: by its receipt it is known. No sequence numbers: errors would add up."""
    publish(server.port, [(f"fleet/k{n}/state", message(errors=["E42"])) for n in range(4) for _ in range(n + 2)])
    monkeypatch.setattr(Session, "acknowledge", lambda *_: None)
    drain(site)
    monkeypatch.undo()
    before = site.standing(), site.lines()
    assert before[0] == {
        "k0": (-1, None, None, False), "k1": (-1, None, None, False), "k2": (-1, None, None, False),
        "k3": (-1, "error", "E42", False),
    }  # fmt: skip
    assert before[1] == (14, 0)
    drain(site)
    assert (site.standing(), site.lines()) == before
    publish(server.port, [("fleet/k2/state", message(errors=["E42"]))])  # the same words anew are no repetition
    drain(site)
    assert site.standing()["k2"] == (-1, "error", "E42", False)
    assert site.lines() == (15, 0)


def test_killed_before_the_commit(site: FleetSite, server: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was delivered and not kept is delivered again, and is new."""
    publish(server.port, [(f"fleet/k{n}/state", message(errors=["E42"] * 5)) for n in range(30)])
    failing = [True]

    def fails(self: Turn, *kept: object, put: Callable[..., None] = Turn.put) -> None:
        if failing:
            failing.clear()
            raise OSError("the disk is on fire")
        put(self, *kept)

    monkeypatch.setattr(Turn, "put", fails)
    with pytest.raises(KakeiboError, match="on fire"):
        drain(site)
    assert site.lines() == (0, 0)
    drain(site)
    assert site.lines() == (30, 0)
    assert {one[1] for one in site.standing().values()} == {"error"}


def test_what_finds_no_room_stays_at_the_broker(
    site: FleetSite, server: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(server.port, [("fleet/a/state", message(sequence=n)) for n in range(5)])
    monkeypatch.setattr(inbox, "FULL", -1)
    receiver = receiving.MqttReceiver(site.store, Mqtt(site.book.sources["telemetry"]), site.book.fleets["scooters"])
    receiver.start()
    wait(lambda: receiver._session is not None and receiver._session.oldest() is not None)
    assert inbox.waiting(site.store, "telemetry", 10) == []
    receiver.stop()
    monkeypatch.undo()
    drain(site)
    assert site.lines() == (5, 0)


def test_of_two_readers_the_later_one_has_the_turn(site: FleetSite, server: Mosquitto) -> None:
    first, second = Turn(site.store, "telemetry"), Turn(site.store, "telemetry")
    with pytest.raises(Overtaken):
        first.put([], [b"12345678"])
    second.put([], [b"12345678"])
    assert b"12345678" in Turn(site.store, "telemetry")
    assert server.url in str(site.book.sources["telemetry"].options)


def test_a_broker_that_does_not_answer_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "_PATIENCE", 0.1)
    site = FleetSite(tmp_path, mqtt("mqtt://127.0.0.1:9"))
    with pytest.raises(KakeiboError, match=r"the broker 127\.0\.0\.1:9 does not answer"):
        drain(site)
    site.store.close()


def test_a_silent_device_goes_out_while_nobody_else_needs_to_speak(server: Mosquitto, tmp_path: Path) -> None:
    """The clock goes on by itself; in the history stands the very second."""
    live = FleetSite(tmp_path / "live", mqtt(server.url, f", client_id: live-{tmp_path.name[:50]}"), silent_after="2s",
                     more="stall_after: 1h")  # fmt: skip
    watch = FleetWatch(live.book, live.store, live.book.sources["telemetry"])
    watch.start()
    try:
        wait(lambda: watch._ingest is not None and watch._ingest.receiver is not None and settled(watch))
        publish(server.port, [("fleet/quiet/state", message(sequence=1))])
        wait(lambda: live.standing().get("quiet") == (1, "heartbeat", "", False))
        watch.check()
    finally:
        watch.stop()
    live.store.close()


def settled(watch: FleetWatch) -> bool:
    receiver = watch._ingest.receiver if watch._ingest else None
    return receiver is not None and receiver.settled() is not None


def wait(until: Callable[[], bool]) -> None:
    for _ in range(600):
        if until():
            return
        time.sleep(0.05)
    pytest.fail("it never came", pytrace=False)


def test_the_session_is_kept_while_we_are_away(server: Mosquitto, tmp_path: Path) -> None:
    """Of both versions of MQTT."""
    for version in ("5", "3.1.1"):
        name = f"v{version[0]}-{tmp_path.name[:50]}"
        site = FleetSite(tmp_path / name, mqtt(server.url, f", client_id: {name}, version: '{version}'"))
        drain(site)
        publish(server.port, [("fleet/a/state", message(sequence=1))])
        drain(site)
        assert site.standing() == {"a": (1, None, None, False)}, version
        site.store.close()
    assert connected(server.port).disconnect() == 0
