"""A fleet in the store, of either kind: what is read is what was written."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from kakeibo.devices import ActRule, BatteryRule, BreakerRule, ErrorRule, Fleet, HeartbeatRule
from kakeibo.fleet import records
from kakeibo.fleet.fleets import Running
from kakeibo.fleet.messages import Message
from kakeibo.fleet.orders import Order
from kakeibo.fleet.records import Records
from kakeibo.store import Store

BEGIN = 1_763_719_200
RULES = Fleet(
    "fleet",
    "telemetry",
    HeartbeatRule(900, 3, 300),
    BreakerRule(Fraction(1, 5), 600, 300),
    stall_after=300,
    errors={"E42": ErrorRule(1, 600, 3600)},
    battery=BatteryRule(50_000, 150_000),
    stage="act",
    act=ActRule("vehicles"),
)


def everything(running: Running) -> object:
    """All that a fleet knows."""
    columns, under_way = running.columns, running.commands.under_way
    numbers = columns.numbers
    devices = {name: (columns.device(n), int(columns.due[n]), int(columns.state[n])) for name, n in numbers.items()}
    groups = list(columns.groups)
    grouped = {name: groups[columns.group[n]] for name, n in numbers.items()}
    population = running.seconds.population.sum(axis=0).tolist()
    return devices, grouped, population, columns.grace, running.clock, running.held, running.waiting, under_way


def lived(store: Store, seconds: int) -> tuple[Records, Running]:
    """Some devices, of which one fails, one is empty, one is on a trip; written every ten seconds."""
    kept = Records(store, RULES)
    running = kept.load()
    for second in range(seconds):
        at = (BEGIN + second) * 1000
        said = [Message(f"d{n}", at + n, at, second, 800_000, region="tokyo") for n in range(40) if n % 7 == second % 7]
        said.append(Message("fails", at + 50, errors=("E42",)))
        said.append(Message("empty", at + 60, battery=10_000, firmware=f"f{second // 20}"))
        said.append(Message("rides", at + 70, on_trip=True, sequence=second))
        running.advance(said)
        if second % 10 == 9:
            write(kept, running)
    return kept, running


def write(kept: Records, running: Running) -> None:
    changes, _ = running.taken()
    with kept.store.writing() as connection:
        kept.save(connection, running, changes, kept.order)
    kept.saved(running, kept.order)


def test_what_is_read_is_what_was_written(store: Store) -> None:
    _, running = lived(store, 60)
    again = Records(store, RULES).load()
    assert everything(again) == everything(running)
    assert len(running.waiting) > 0, "the newest second may not be complete"


def test_beats_are_rewritten_before_they_are_too_many(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "REWRITE", 50)
    _, running = lived(store, 60)
    assert everything(Records(store, RULES).load()) == everything(running)


def test_entries_by_hand_are_read_once_and_in_order(store: Store) -> None:
    kept, running = lived(store, 10)
    for verb in ("lock", "release"):
        records.enter_order(store, "fleet", Order(0, verb, "d1", "manual", "why", "who"), BEGIN)
    records.enter_order(store, "other", Order(0, "lock", "d1", "manual", "why", "who"), BEGIN)
    orders = kept.orders()
    assert [order.verb for order in orders] == ["lock", "release"]
    with store.writing() as connection:
        kept.save(connection, running, (), orders[-1].id)
    kept.saved(running, orders[-1].id)
    fresh = Records(store, RULES)
    fresh.load()
    assert fresh.orders() == []


def test_a_rule_that_left_the_book_keeps_nobody_out(store: Store) -> None:
    _, running = lived(store, 20)
    assert running.columns.device(running.columns.numbers["fails"]).out is not None
    looser = replace(RULES, errors={})
    again = Records(store, looser).load()
    again.advance([], BEGIN + 21)
    assert again.columns.device(again.columns.numbers["fails"]).out is None


def test_what_was_forgotten_begins_anew(store: Store) -> None:
    lived(store, 20)
    with store.writing() as connection:
        records.forget("fleet", connection)
    assert Records(store, RULES).load().clock is None
    assert records.history(store, "fleet", 0) == []
