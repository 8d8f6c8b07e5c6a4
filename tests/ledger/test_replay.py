"""Any postings, in any order, over any windows: the ledger agrees with a dictionary."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import cycle

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text
from tests.emptying import empty_out

from kakeibo import ledger
from kakeibo.ledger import Posting
from kakeibo.ledger.totals import carry
from kakeibo.model import Count
from kakeibo.store import Store, open_store, tables

Row = tuple[int, str, int, int, int, int]

NOON = 29_700_000

minutes = st.one_of(
    st.integers(NOON - 200, NOON + 200),
    st.integers(NOON - 5_000, NOON + 5_000),
    st.sampled_from([-61, 0, 1, 59, 60, NOON - 1, NOON, NOON + 59, NOON + 60, 67_800_000]),
)
names = st.sampled_from(["play/availability", "play/latency", "encode/freshness"])
numbers = st.integers(0, 3)
rows = st.tuples(minutes, names, numbers, numbers, numbers, numbers)
postings = st.lists(st.lists(rows, max_size=12), min_size=1, max_size=6)
windows = st.lists(st.tuples(minutes, minutes).map(lambda ends: (min(ends), max(ends))), min_size=1, max_size=5)


@pytest.fixture(params=["sqlite", "postgresql"])
def emptied(request: pytest.FixtureRequest) -> Iterator[Callable[[], Store]]:
    """One store for all examples of a test, emptied before each."""
    store = open_store(request.getfixturevalue(f"{request.param}_url"))

    def empty() -> Store:
        empty_out(store)
        return store

    yield empty
    store.close()


def expected(batches: list[list[Row]], start: int, end: int) -> dict[str, Count]:
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for batch in batches:
        for minute, name, *events in batch:
            if start <= minute < end:
                sums[name] = [a + b for a, b in zip(sums[name], events, strict=True)]
    return {name: Count(*events) for name, events in sums.items() if any(events)}


def enter(store: Store, batches: list[list[Row]], *more_sources: str) -> None:
    """Post the batches, in turn as from each of the sources (an SLO may move from one to another)."""
    for source, batch in zip(cycle(["web", *more_sources]), batches, strict=False):
        ledger.post(store, Posting(source, ledger.cursor(store, source).version, batch))


examples = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@examples
@given(batches=postings, asked=windows)
def test_sums_are_those_of_a_dictionary(
    emptied: Callable[[], Store], batches: list[list[Row]], asked: list[tuple[int, int]]
) -> None:
    store = emptied()
    enter(store, batches, "jobs", "logs")
    assert ledger.sums(store, asked) == {window: expected(batches, *window) for window in asked}


@examples
@given(
    batches=postings,
    start=st.integers(NOON - 300, NOON),
    length=st.integers(1, 4_000),
    step=st.sampled_from([1, 7, 60, 90, 1440]),
)
def test_series_are_those_of_a_dictionary(
    emptied: Callable[[], Store], batches: list[list[Row]], start: int, length: int, step: int
) -> None:
    store = emptied()
    enter(store, batches, "jobs", "logs")
    end = start + length
    asked = ["play/availability", "encode/freshness", "nobody/posted"]
    points: dict[str, list[tuple[int, Count]]] = defaultdict(list)
    for minute in range(start, end, step):
        for name, events in expected(batches, minute, min(minute + step, end)).items():
            if name in asked:
                points[name].append((minute, events))
    assert ledger.series(store, asked, start, end, step) == points


@examples
@given(batches=postings)
def test_totals_can_be_replayed_from_the_minutes(emptied: Callable[[], Store], batches: list[list[Row]]) -> None:
    store = emptied()
    enter(store, batches)
    posted = stored(store)
    with store.writing() as connection:
        source_id = connection.scalars(select(tables.sources.c.id)).one()
        rows = [tuple(row) for row in connection.execute(tables.minute_counts.select())]
        connection.execute(delete(tables.hour_totals))
        connection.execute(delete(tables.snapshots))
        carry(connection, source_id, rows)
    assert stored(store) == posted


def stored(store: Store) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    with store.reading() as connection:
        totals = connection.execute(tables.hour_totals.select().order_by(text("1, 2, 3")))
        hours = connection.execute(tables.snapshots.select().order_by(text("1, 2")))
        return [tuple(row) for row in totals], [tuple(row) for row in hours]


@examples
@given(first=postings, second=postings, asked=windows)
def test_forgetting_and_counting_again_changes_nothing(
    emptied: Callable[[], Store], first: list[list[Row]], second: list[list[Row]], asked: list[tuple[int, int]]
) -> None:
    store = emptied()
    enter(store, first)
    version = ledger.forget(store, "web", [name for batch in first for _, name, *_ in batch], len(first)).version
    assert not any(ledger.sums(store, asked).values())
    assert version == len(first) + 1
    enter(store, second)
    assert ledger.sums(store, asked) == {window: expected(second, *window) for window in asked}
