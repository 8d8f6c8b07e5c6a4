"""Slices judged by how many events they have, carried along, against reading them whole; and the watch over them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from kakeibo import ledger
from kakeibo.alerts.counted import counted_slices
from kakeibo.alerts.recent_counted import RecentCounted
from kakeibo.alerts.watch import Watch
from kakeibo.budgets.methods import Integers, Slices
from kakeibo.ledger import Posting
from kakeibo.ledger.touches import touched_since
from kakeibo.model import Count, Events, Method, Revocation, Slip, Slo
from kakeibo.predicates import parse
from kakeibo.store import Store, open_store
from kakeibo.windows import Window

START = 29_700_000
TRUE = parse("true", {})
SPAN = 400
SLOS = [
    Slo(f"encode/{name}", Events("jobs", TRUE, TRUE), Fraction(9, 10), Window("5h", 300), method)
    for name, method in (
        ("fresh", Method("counted_slices", 1, at_least=1, within_minutes=10)),
        ("steady", Method("counted_slices", 5, at_least=3, within_minutes=5)),
        ("hourly", Method("counted_slices", 15, at_least=9, within_minutes=60)),
    )
]

minutes = st.integers(0, SPAN).map(lambda n: START + n)
stretches = st.tuples(minutes, st.integers(1, 60))
steps = st.one_of(
    st.tuples(st.just("post"), st.lists(st.tuples(minutes, st.sampled_from([*SLOS, None])), min_size=1, max_size=30)),
    st.tuples(st.just("flow"), st.tuples(minutes, st.integers(1, 90))),
    st.tuples(st.just("adjust"), stretches),
    st.tuples(st.just("revoke"), st.integers(1, 3)),
    st.tuples(st.just("define"), stretches),
    st.tuples(st.just("look"), minutes),
)


def posted(store: Store, events: list[tuple[int, Slo | None]]) -> None:
    counts: dict[tuple[int, str], int] = {}
    lines: dict[int, int] = {}
    for minute, slo in events:
        lines[minute] = lines.get(minute, 0) + 1
        if slo:
            counts[minute, slo.name] = counts.get((minute, slo.name), 0) + 1
    rows = [(minute, name, n, 0, 0, 0) for (minute, name), n in sorted(counts.items())]
    version = ledger.cursor(store, "jobs").version
    ledger.post(store, Posting("jobs", version, rows, [(minute, n, 0) for minute, n in sorted(lines.items())]))


def done(store: Store, step: tuple[str, object], slips: list[int]) -> None:
    match step:
        case ("post", list(events)):
            posted(store, events)
        case ("flow", (int(first), int(length))):
            posted(store, [(first + n, slo) for n in range(length) for slo in (SLOS if n % 3 else [None])])
        case ("adjust", (int(first), int(length))):
            slip = Slip("adjustment", "maintenance", "encode", ("encode",), first, first + length, "a", "b", START)
            slips.append(ledger.enter(store, slip).id or 0)
        case ("revoke", int(number)) if number in slips:
            slips.remove(number)
            ledger.revoke(store, "adjustment", number, Revocation("a", "b", START))
        case ("define", (int(at), int(version))):
            ledger.define(store, "jobs", {slo.name: f"text {version % 3}" for slo in SLOS}, at)
        case _:
            pass


def within(slices: Slices, at: int) -> tuple[Integers, ...]:
    """Those of the last 300 minutes; what is before has nothing to look back on."""
    own = slices.starts >= at - 300
    return slices.starts[own], slices.good[own], slices.bad[own]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(steps, min_size=2, max_size=14), minutes)
def test_carried_along_it_is_what_is_read_whole(tmp_path_factory, happens, last) -> None:  # type: ignore[no-untyped-def]
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('store') / 'k.db'}")
    ledger.define(store, "jobs", {slo.name: "text" for slo in SLOS}, START - 1)
    slips: list[int] = []
    recent, mark, watch = RecentCounted(), None, Watch(store, SLOS)
    for step in [*happens, ("look", last)]:
        done(store, step, slips)
        if step[0] != "look":
            continue
        at = step[1]
        with store.reading() as connection:
            touched = touched_since(connection, mark)
            found = dict(recent.move(connection, SLOS, at - 300, at, touched))
        mark = touched.until
        watch.advance(at)
        whole = counted_slices(store, SLOS, at - 300, at)
        for slo in SLOS:
            for one, other in zip(within(found[slo.name], at), within(whole[slo.name], at), strict=True):
                assert np.array_equal(one, other)
            assert watch.count(slo.name) == whole[slo.name].count(at - 300, at)
    store.close()


def test_the_watch_sees_counts_and_adjustments_as_of_one_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'k.db'}")
    ledger.define(store, "jobs", {slo.name: "text" for slo in SLOS}, START - 1)
    done(store, ("flow", (START, 90)), [])
    at, reading = START + 80, store.reading

    def counted() -> dict[str, Count]:
        whole = counted_slices(store, SLOS, at - 300, at)
        return {name: slices.count(at - 300, at) for name, slices in whole.items()}

    @contextmanager
    def adjusted_afterwards() -> Iterator[Connection]:
        with reading() as connection:
            yield connection
        monkeypatch.undo()
        done(store, ("adjust", (START + 20, 40)), [])

    before, watch = counted(), Watch(store, SLOS)
    monkeypatch.setattr(store, "reading", adjusted_afterwards)
    watch.advance(at)
    assert {slo.name: watch.count(slo.name) for slo in SLOS} == before
    watch.advance(at)
    assert {slo.name: watch.count(slo.name) for slo in SLOS} == counted() != before
    store.close()
