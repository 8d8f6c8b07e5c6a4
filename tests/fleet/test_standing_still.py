"""When nobody looked: that time is not measured, and no device is out for it."""

from __future__ import annotations

from fractions import Fraction

from kakeibo.devices import BreakerRule, Fleet, HeartbeatRule
from kakeibo.fleet.fleets import Running
from kakeibo.fleet.messages import Message

BEGIN = 1_763_719_200
FLEET = Fleet("f", "s", HeartbeatRule(90, 2, 60), BreakerRule(Fraction(1), 60, 30), stall_after=30)


def heard(name: str, second: float) -> Message:
    return Message(name, int((BEGIN + second) * 1000))


def begun() -> Running:
    running = Running(FLEET)
    running.advance([heard("a", 0), heard("b", 0)], BEGIN)
    return running


def outs(running: Running) -> list[tuple[int, int]]:
    return [(change.number, change.at - BEGIN) for change in running.taken()[0] if change.what == "out"]


def measured(running: Running) -> int:
    return sum(int(found.sum()) for _, found in running.seconds.taken())


def test_a_short_pause_of_ours_gives_each_device_a_little_time() -> None:
    running = begun()
    running.advance([heard("a", 30), heard("a", 60)], BEGIN + 80)
    running.stand_still(BEGIN + 100, FLEET.stall_after)
    running.advance([heard("a", 100)], BEGIN + 129)
    assert outs(running) == []  # b was due at 90, and has until 130
    running.advance([heard("a", 131)], BEGIN + 140)
    assert outs(running) == [(1, 130)]
    assert measured(running) == 2 * (140 - 99 + 80)


def test_a_device_that_is_well_owes_nothing_to_the_pause() -> None:
    running = begun()
    running.advance([heard("a", 20), heard("b", 20)], BEGIN + 21)
    running.stand_still(BEGIN + 30, FLEET.stall_after)
    running.advance([heard("b", 50), heard("b", 75), heard("b", 100)], BEGIN + 120)
    assert outs(running) == [(0, 110)]


def test_what_waited_is_heard_before_the_pause() -> None:
    running = begun()
    running.advance([heard("a", 10.5)])
    assert running.waiting
    running.stand_still(BEGIN + 40, FLEET.stall_after)
    assert not running.waiting
    assert int(running.columns.last[0]) == (BEGIN + 10) * 1000 + 500
    running.stand_still(BEGIN + 5, FLEET.stall_after)  # our clock went back
    assert running.clock == BEGIN + 39


def test_who_was_last_heard_and_what_is_due() -> None:
    assert Running(FLEET).heard() is None
    assert not Running(FLEET).due_by(BEGIN)
    running = begun()
    assert running.heard() == BEGIN
    assert not running.due_by(BEGIN + 89)
    assert running.due_by(BEGIN + 90)
    running.advance([heard("b", 12.5)])
    assert running.heard() == BEGIN + 13
    assert not running.due_by(BEGIN + 12)
    assert running.due_by(BEGIN + 13)
