"""Slices as columns agree with a dictionary, whichever way they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.emptying import empty_out

from kakeibo import ledger
from kakeibo.ledger import Posting
from kakeibo.store import Store, open_store

Row = tuple[int, str, int, int, int, int]
NOON = 29_700_000
NAMES = ("play/availability", "play/latency", "encode/freshness")
numbers = st.integers(0, 3)
rows = st.tuples(st.integers(NOON - 4_000, NOON + 4_000), st.sampled_from(NAMES), numbers, numbers, numbers, numbers)


@pytest.fixture(params=["sqlite", "postgresql"])
def emptied(request: pytest.FixtureRequest) -> Iterator[Callable[[], Store]]:
    store = open_store(request.getfixturevalue(f"{request.param}_url"))

    def empty() -> Store:
        empty_out(store)
        return store

    yield empty
    store.close()


def expected(batch: list[Row], name: str, start: int, end: int, minutes: int) -> list[tuple[int, int, int]]:
    found = []
    for first in range(start, end, minutes):
        inside = [row for row in batch if row[1] == name and first <= row[0] < first + minutes]
        good, bad = sum(row[2] for row in inside), sum(row[3] for row in inside)
        if good + bad:
            found.append((first, good, bad))
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    batch=st.lists(rows, max_size=40),
    first=st.integers(-3_000, 0),
    number=st.integers(0, 200),
    minutes=st.sampled_from([1, 5, 15, 60, 120]),
)
def test_slices_are_those_of_a_dictionary(
    emptied: Callable[[], Store], batch: list[Row], first: int, number: int, minutes: int
) -> None:
    store = emptied()
    ledger.post(store, Posting("web", ledger.cursor(store, "web").version, batch))
    start = (NOON + first) // minutes * minutes
    end = start + number * minutes
    found = ledger.slices(store, [*NAMES[:2], "nobody/posted"], start, end, minutes)
    assert {
        name: list(zip(*(column.tolist() for column in columns), strict=True)) for name, columns in found.items()
    } == {name: expected(batch, name, start, end, minutes) for name in (*NAMES[:2], "nobody/posted")}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    batch=st.lists(rows, max_size=40),
    cuts=st.sets(st.integers(NOON - 3_000, NOON + 3_000), min_size=1, max_size=5),
    minutes=st.sampled_from([1, 5, 15, 60, 120]),
)
def test_slices_that_spent_are_told_apart_from_those_that_did_not(
    emptied: Callable[[], Store], batch: list[Row], cuts: set[int], minutes: int
) -> None:
    store = emptied()
    ledger.post(store, Posting("web", ledger.cursor(store, "web").version, batch))
    asked = [*NAMES[:2], "nobody/posted"]
    found = ledger.spent_slices(store, asked, cuts, minutes)
    start, end = (edge // minutes * minutes for edge in (min(cuts), max(cuts)))
    for name in asked:
        columns, others = found[name]
        all_ = expected(batch, name, start, end, minutes)
        assert list(zip(*(column.tolist() for column in columns), strict=True)) == [row for row in all_ if row[2]]
        assert others == {cut: sum(not bad and first + minutes <= cut for first, _, bad in all_) for cut in cuts}


def test_part_of_a_slice_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="whole slices"):
        ledger.slices(store, NAMES, 0, 7, 5)


def test_more_slos_than_are_named_to_the_database(store: Store) -> None:
    batch = [(NOON, f"play/{n}", n + 1, 0, 0, 0) for n in range(700)]
    ledger.post(store, Posting("web", ledger.cursor(store, "web").version, batch))
    found = ledger.slices(store, [f"play/{n}" for n in range(600)], NOON, NOON + 5, 5)
    assert [columns[1].tolist() for columns in found.values()] == [[n + 1] for n in range(600)]


def test_slices_in_which_a_source_delivered(store: Store) -> None:
    lines = [(NOON, 3, 0), (NOON + 1, 2, 2), (NOON + 7, 1, 0), (NOON + 8, 9, 1), (NOON + 70, 1, 0)]
    ledger.post(store, Posting("web", ledger.cursor(store, "web").version, lines=lines))
    ledger.post(store, Posting("jobs", ledger.cursor(store, "jobs").version, lines=[(NOON + 3, 1, 0)]))
    found = {minutes: ledger.delivered(store, "web", NOON, NOON + 60, minutes).tolist() for minutes in (1, 5, 60)}
    # Of the minute after noon not one line could be read.
    assert found == {1: [NOON, NOON + 7, NOON + 8], 5: [NOON, NOON + 5], 60: [NOON]}
    assert ledger.delivered(store, "nobody", NOON, NOON + 60, 5).tolist() == []
