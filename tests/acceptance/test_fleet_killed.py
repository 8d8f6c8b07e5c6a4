"""Killed at random: our process, the broker, both. No message is missed, none counts twice."""

from __future__ import annotations

import itertools
import multiprocessing
import random
import time
from collections.abc import Callable, Iterator
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.fleet_listener import listen
from tests.app.fleet_site import FleetSite, message, mqtt
from tests.mosquitto import Mosquitto, publish

from kakeibo.app.fleet_received import ReceivedIngest
from kakeibo.fleet import inbox
from kakeibo.fleet.batches import Batch
from kakeibo.model import Rejection

Said = list[tuple[str, bytes]]
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.acceptance.fleet_listener", "kakeibo.app.fleet_watch"])


class Listener:
    """Our process, to be killed and started again."""

    def __init__(self, site: FleetSite) -> None:
        self._site = site
        self._process: ForkServerProcess | None = None

    def start(self) -> None:
        self._process = _PROCESSES.Process(target=listen, args=(self._site.path, self._site.url), daemon=True)
        self._process.start()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process = None


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Mosquitto]:
    found = Mosquitto(tmp_path / "broker")
    found.start()
    yield found
    found.kill()


def begun(site: FleetSite, server: Mosquitto) -> Listener:
    """A listener that has subscribed: the last of some first messages has come through."""
    listener, said = Listener(site), itertools.count()
    listener.start()

    def heard() -> bool:
        number = next(said)
        publish(server.port, [("fleet/first/state", message(sequence=number))])
        time.sleep(0.2)
        return bool(site.standing().get("first", (-1,))[0] == number)

    until(heard)
    return listener


def until(holds: Callable[[], bool]) -> None:
    for _ in range(1_200):
        if holds():
            return
        time.sleep(0.1)
    pytest.fail("it never came", pytrace=False)


def errors(devices: int, dice: random.Random) -> Said:
    """Of each device three to six messages with an error; five take it out. No sequence numbers: nothing but the
    receipts tells a repetition."""
    said = [(f"fleet/d{n:03}/state", message(errors=["E42"], soc=80)) for n in range(devices) for _ in range(3 + n % 4)]
    dice.shuffle(said)
    return said


@pytest.mark.parametrize("kills", [3, pytest.param(40, marks=pytest.mark.long)])
def test_our_process_is_killed(tmp_path: Path, server: Mosquitto, kills: int) -> None:
    dice, devices = random.Random(kills), 100 * kills
    site = FleetSite(tmp_path / "site", mqtt(server.url))
    listener = begun(site, server)
    before, said = site.lines()[0], errors(devices, dice)
    for number in range(kills):
        publish(server.port, said[number::kills])
        time.sleep(dice.uniform(0.0, 0.3))
        listener.kill()
        listener.start()
    expected = {f"d{n:03}" for n in range(devices) if 3 + n % 4 > 4}
    until(lambda: {name for name, one in site.standing().items() if one[1] == "error"} == expected)
    listener.kill()
    assert site.lines() == (before + len(said), 0)
    site.store.close()


@pytest.mark.parametrize("kills", [3, pytest.param(30, marks=pytest.mark.long)])
def test_the_broker_is_killed_too(tmp_path: Path, server: Mosquitto, kills: int) -> None:
    """A broker forgets what it had not saved: devices say again what they said lately, with its sequence number."""
    dice = random.Random(kills)
    site = FleetSite(tmp_path / "site", mqtt(server.url))
    listener = begun(site, server)
    said = life(devices=40, steps=kills, dice=dice)
    for step in range(kills):
        publish(server.port, said[step])
        time.sleep(dice.uniform(0.0, 0.3))
        victims = dice.choice([(server,), (listener, server), (server, listener)])
        for victim in victims:
            victim.kill()
        for victim in victims:
            victim.start()
        publish(server.port, said[step])
    expected = undisturbed(tmp_path / "undisturbed", [one for step in said for one in step])

    def alike() -> bool:
        return {name: one for name, one in site.standing().items() if name != "first"} == expected

    until(alike)
    assert {one[1] for one in expected.values()} == {None, "error", "battery"}
    listener.kill()
    site.store.close()


def life(devices: int, steps: int, dice: random.Random) -> list[Said]:
    """Step by step what devices say, with a sequence; each of errors, batteries or trips alone: where they meet, it
    matters in which second."""
    found: list[Said] = []
    sequence = dict.fromkeys(range(devices), 0)
    for _ in range(steps):
        step: Said = []
        for number in range(devices):
            for _ in range(dice.randrange(1, 4)):
                sequence[number] += 1
                what = ({"errors": ["E42"]}, {"soc": dice.choice([3, 50, 90])}, {"on_trip": dice.random() < 0.5})
                said = {"sequence": sequence[number], **what[number % 3]}
                step.append((f"fleet/d{number:03}/state", message(**said)))
        found.append(step)
    return found


def undisturbed(folder: Path, said: Said) -> dict[str, Any]:
    """The same messages, received one after the other by a process that nobody kills."""
    site = FleetSite(folder, "{type: http}")
    fleet, batch = site.book.fleets["scooters"], Batch()
    received = int(time.time() * 1000) - 60_000
    for number, (topic, payload) in enumerate(said):
        named = {"device": topic.split("/")[1]}
        batch.take(payload, fleet.fields, Rejection("", 0, "", ""), received=received + number, said=named)
    with site.store.keeping() as connection:
        inbox.put(connection, "telemetry", [inbox.block(batch)])
    with ReceivedIngest(site.book, site.store, site.book.sources["telemetry"]) as ingest:
        ingest.run()
    found = dict(site.standing())
    site.store.close()
    return found
