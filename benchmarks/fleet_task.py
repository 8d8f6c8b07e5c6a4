"""One fleet, second by second: what a second of heartbeats costs, with and without the store. Prints JSON.

python benchmarks/fleet_task.py DEVICES SECONDS
"""

from __future__ import annotations

import json
import random
import resource
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from statistics import median

from msgspec.structs import replace

from kakeibo.devices import Account, BatteryRule, BreakerRule, ErrorRule, Fleet, HeartbeatRule
from kakeibo.fleet.fleets import Running
from kakeibo.fleet.messages import Message
from kakeibo.fleet.records import Records
from kakeibo.store import open_store

BEGIN = 1_763_719_200
FLEET = Fleet(
    "scooters",
    "telemetry",
    HeartbeatRule(900, 3, 300),
    BreakerRule(Fraction(1, 5), 600, 300),
    stall_after=300,
    errors={"E42": ErrorRule(3, 600, 3600)},
    battery=BatteryRule(50_000, 150_000),
    accounts=(Account("scooters/in_service"),),
)


def main() -> None:
    devices, seconds = int(sys.argv[1]), int(sys.argv[2])
    names = [f"scooter-{number:07}" for number in range(devices)]
    running = Running(FLEET)
    running.advance((), BEGIN)
    for number, name in enumerate(names):
        running.register(name, ("tokyo", "X1", "f1"), BEGIN)
        if number % 10_000 == 0:
            running.taken()
    running.taken()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    dice, cpu, longest = random.Random(1), 0.0, 0.0
    messages = heartbeats(names, seconds, dice)
    for second in range(seconds):
        began, wall = time.process_time(), time.perf_counter()
        running.advance(messages[second], BEGIN + 1 + second)
        cpu += time.process_time() - began
        longest = max(longest, time.perf_counter() - wall)
    scans = []
    for second in range(20):
        began = time.process_time()
        running.advance((), BEGIN + seconds + 1 + second)
        running.columns.overdue(BEGIN + seconds)
        scans.append(time.process_time() - began)
    said = sum(map(len, messages))
    print(
        json.dumps(
            {
                "share": 100 * cpu / seconds,
                "message": 1e6 * cpu / said,
                "longest": 1000 * longest,
                "scan": 1000 * median(scans),
                "memory": before / 1024,
                **stored(running, messages, seconds),
            }
        )
    )


def heartbeats(names: list[str], seconds: int, dice: random.Random) -> list[list[Message]]:
    """A sixtieth of all devices each second; one message in a thousand has an error in it."""
    found = []
    for second in range(seconds):
        at = (BEGIN + second) * 1000
        chosen = names[second % 60 :: 60]
        found.append(
            [
                Message(
                    name, at + dice.randrange(1, 1000), None, second, 800_000, ("E42",) if dice.random() < 0.001 else ()
                )
                for name in chosen
            ]
        )
    return found


def stored(running: Running, messages: list[list[Message]], seconds: int) -> dict[str, float]:
    """The same with a transaction each second; and how long it takes to go on after a restart."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder) / 'fleet.db'}")
        records = Records(store, FLEET)
        records.load()
        save(records, running)
        spent = 0.0
        for second in range(min(seconds, 20)):
            clock = (running.clock or 0) + 1
            again = [replace(m, received=clock * 1000, sequence=1000 + second) for m in messages[second]]
            began = time.process_time()
            running.advance(again, clock)
            save(records, running)
            spent += time.process_time() - began
        share = 100 * spent / min(seconds, 20)
        began = time.process_time()
        Records(store, FLEET).load()
        loading = time.process_time() - began
        store.close()
    return {"stored": share, "loading": loading}


def save(records: Records, running: Running) -> None:
    changes, _ = running.taken()
    with records.store.writing() as connection:
        records.save(connection, running, changes, 0)
    records.saved(running, 0)


if __name__ == "__main__":
    main()
