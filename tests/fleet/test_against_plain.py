"""Whatever happens - duplicates, reordering, clocks that jump, restarts, locks - a fleet is as the plain one says."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import count
from pathlib import Path
from unittest import TestCase

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.fleet.plain import PlainFleet

from kakeibo.devices import REASONS, BatteryRule, BreakerRule, ErrorRule, Fleet, HeartbeatRule
from kakeibo.fleet import fleets
from kakeibo.fleet.messages import Message
from kakeibo.fleet.orders import Order
from kakeibo.fleet.records import Records
from kakeibo.fleet.seconds import split_up
from kakeibo.store import Store, open_store

RULES = Fleet(
    "fleet",
    "telemetry",
    HeartbeatRule(20, 2, 6),
    BreakerRule(Fraction(1), 60, 5, at_least=1000),
    stall_after=30,
    errors={"E1": ErrorRule(1, 5, 12), "E2": ErrorRule(2, 9, 4)},
    battery=BatteryRule(50_000, 150_000),
)
NAMES = ["a", "b", "c", "d"]
COLUMNS = pytest.MonkeyPatch()
NUMBERS = count()


@cache
def one_store() -> Store:
    """Migrating costs more than all that an example does."""
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return open_store(f"sqlite:///{Path(folder) / 'k.db'}")


class Days(RuleBasedStateMachine):
    quick = False

    def __init__(self) -> None:
        super().__init__()
        COLUMNS.setattr(fleets, "_FEW", 0 if self.quick else 1_000_000)
        self.store = one_store()
        self.fleet = replace(RULES, key=f"fleet-{next(NUMBERS)}")
        self.records = Records(self.store, self.fleet)
        self.running = self.records.load()
        self.plain = PlainFleet(RULES)
        self.now = 1_000_000
        self.sequences = dict.fromkeys(NAMES, 0)
        self.seconds = [0, 0]

    def teardown(self) -> None:
        COLUMNS.undo()

    @rule(
        said=st.lists(
            st.tuples(
                st.sampled_from(NAMES),
                st.integers(1, 4_000),
                st.sampled_from([None, 1, 1, 1, 2, 0, -1, -3, -70, 100]),
                st.sampled_from([(), (), (), ("E1",), ("E2",), ("E9",), ("E1", "E2")]),
                st.sampled_from([None, None, 49_999, 50_000, 149_999, 150_000]),
                st.sampled_from([None, None, None, True, False]),
                st.sampled_from([False, False, False, True]),
                st.sampled_from(["", "", "", "", "disabled", "usable", "gone"]),
            ),
            max_size=8,
        ),
        split=st.booleans(),
    )
    def messages(
        self, said: list[tuple[str, int, int | None, tuple[str, ...], int | None, bool | None, bool, str]], split: bool
    ) -> None:
        """Four seconds in which something is said; a sequence goes on, is repeated, comes late or begins anew."""
        heard = []
        for device, ms, step, errors, battery, on_trip, retained, word in sorted(said, key=lambda one: one[1]):
            number = None if step is None else max(self.sequences[device] + step, 0)
            self.sequences[device] = number if number is not None and (step or 0) > 0 else self.sequences[device]
            at = self.now * 1000 + ms
            disabled = {"disabled": True, "usable": False}.get(word)
            more = (on_trip, retained, disabled, word == "gone")
            heard.append(Message(device, at, ms * ms, number, battery, errors, *more))
        self.now += 4
        half = len(heard) // 2 if split else 0
        self.running.advance(heard[:half])
        self.running.advance(heard[half:], self.now)
        self.plain.live(heard, self.now)

    @rule(seconds=st.sampled_from([1, 5, 19, 25, 30, 31, 200]))
    def silence(self, seconds: int) -> None:
        """Nobody says anything; beyond 30 s it was us who did not look."""
        self.now += seconds
        self.running.advance((), self.now)
        self.plain.live([], self.now)

    @rule(device=st.sampled_from(NAMES), back=st.integers(1, 5_000))
    def clock_back(self, device: str, back: int) -> None:
        """Our own clock goes back by up to five seconds: the message is taken as received now."""
        if self.running.clock is None:
            return
        self.running.advance([Message(device, self.now * 1000 - back)], self.now + 1)
        self.plain.live([Message(device, self.now * 1000 + 1)], self.now + 1)
        self.now += 1

    @rule(device=st.sampled_from(NAMES), verb=st.sampled_from(["lock", "release", "retire"]))
    def by_hand(self, device: str, verb: str) -> None:
        if self.running.clock is None:
            return
        self.running.advance((), self.now, [Order(1, verb, device, "manual", "why", "who")])  # type: ignore[arg-type]
        if plain := self.plain.devices.get(device):
            if verb == "retire":
                plain.leave()
                plain.retired = True
                return
            plain.causes = [cause for cause in plain.causes if cause != "manual"]
            if verb == "release" and plain.retired:
                plain.away = plain.retired = False
                plain.last = max(plain.last, self.now * 1000)
            if verb == "lock":
                plain.causes.insert(0, "manual")
            plain.second(RULES, self.now, self.plain.grace)

    @rule(kept=st.booleans())
    def restart(self, kept: bool) -> None:
        """The process ends and another one goes on from the store; or it is only written."""
        self._take()
        changes, _ = self.running.taken()
        with self.store.writing() as connection:
            self.records.save(connection, self.running, changes, 0)
        self.records.saved(self.running, 0)
        if not kept:
            self.records = Records(self.store, self.fleet)
            self.running = self.records.load()

    def _take(self) -> None:
        for _, found in self.running.seconds.taken():
            good, bad, void = split_up(found, np.ones(99, np.bool_), np.ones(len(REASONS), np.bool_))
            self.seconds[0] += good
            self.seconds[1] += bad
            assert void == 0

    @invariant()
    def same(self) -> None:
        columns = self.running.columns
        said = {}
        for name, number in columns.numbers.items():
            out = columns.device(number).out
            said[name] = None if out is None else out.detail if out.reason == "error" else out.reason
        plain = {name: device.out for name, device in self.plain.devices.items()}
        assert said == plain, (said, plain)
        self._take()
        assert self.seconds == [self.plain.in_service, self.plain.out]


class QuickDays(Days):
    """The same, where messages that say nothing special go through the columns."""

    quick = True


OFTEN = settings(max_examples=80, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
TestOneByOne: type[TestCase] = Days.TestCase
TestOneByOne.settings = OFTEN  # type: ignore[attr-defined]
TestInColumns: type[TestCase] = QuickDays.TestCase
TestInColumns.settings = OFTEN  # type: ignore[attr-defined]
