"""Adjustments, in any order with postings and revocations: the ledger agrees with a list of events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text
from tests.emptying import empty_out

from kakeibo import ledger
from kakeibo.errors import UsageError
from kakeibo.ledger import Posting
from kakeibo.ledger.totals import carry
from kakeibo.model import Count, Revocation, Slip
from kakeibo.store import Store, open_store, tables

NOON = 29_700_000
MISTAKE = Revocation("Team lead", "a mistake", NOON)
SLOS = ("play/availability", "play/latency", "encode/freshness", "play-live/availability")

Row = tuple[int, str, int, int, int, int]


def adjustment(what: str, start: int, end: int, kind: str = "maintenance") -> Slip:
    return Slip("adjustment", kind, what, (what,), NOON + start, NOON + end, "Operator", "new disks", NOON)


def post(store: Store, *rows: Row, source: str = "web") -> None:
    ledger.post(store, Posting(source, ledger.cursor(store, source).version, rows))


def sums(store: Store, start: int = -10_000, end: int = 10_000) -> dict[str, Count]:
    window = (NOON + start, NOON + end)
    return ledger.sums(store, [window])[window]


def test_events_in_the_adjusted_time_are_left_out_and_come_back(store: Store) -> None:
    post(store, *[(NOON + n, "play/latency", 10, 3, 2, 1) for n in (-1, 0, 59, 60)])
    slip = ledger.enter(store, adjustment("play", 0, 60))
    assert sums(store) == {"play/latency": Count(20, 6, 34, 2)}
    assert sums(store, 0, 60) == {"play/latency": Count(0, 0, 30, 0)}
    assert ledger.moved(store) == {slip.id: {"play/latency": Count(20, 6, 0, 2)}}
    assert ledger.moved(store, NOON + 1, NOON + 60) == {slip.id: {"play/latency": Count(10, 3, 0, 1)}}
    ledger.revoke(store, "adjustment", slip.id or 0, MISTAKE)
    assert sums(store) == {"play/latency": Count(40, 12, 8, 4)}
    assert sums(store, 0, 60) == {"play/latency": Count(20, 6, 4, 2)}
    [listed] = ledger.slips(store, "adjustment")
    assert listed == replace(slip, revoked=MISTAKE)


def test_an_announced_adjustment_takes_events_as_they_come(store: Store) -> None:
    slip = ledger.enter(store, adjustment("play/latency", 0, 60))
    post(store, (NOON + 5, "play/latency", 4, 2, 1, 2), (NOON + 5, "play/availability", 6, 0, 0, 0))
    post(store, (NOON + 5, "play/latency", 1, 0, 0, 0))
    assert sums(store) == {"play/latency": Count(0, 0, 8, 0), "play/availability": Count(6)}
    assert ledger.moved(store) == {slip.id: {"play/latency": Count(5, 2, 0, 2)}}


def test_a_journey_is_not_one_whose_name_begins_alike(store: Store) -> None:
    post(store, (NOON, "play-live/availability", 1, 1, 0, 0), (NOON, "play/availability", 1, 1, 0, 0))
    ledger.enter(store, adjustment("play", 0, 1))
    assert sums(store) == {"play-live/availability": Count(1, 1), "play/availability": Count(0, 0, 2)}


def test_of_two_that_overlap_the_second_holds_on_when_the_first_is_revoked(store: Store) -> None:
    post(store, *[(NOON + n, "play/latency", 1, 1, 0, 0) for n in (0, 30, 60)])
    first = ledger.enter(store, adjustment("play", 0, 60))
    second = ledger.enter(store, adjustment("play", 30, 90))
    assert ledger.moved(store)[second.id or 0] == {"play/latency": Count(1, 1)}
    ledger.revoke(store, "adjustment", first.id or 0, MISTAKE)
    assert sums(store) == {"play/latency": Count(1, 1, 4)}
    assert ledger.moved(store)[second.id or 0] == {"play/latency": Count(2, 2)}
    ledger.revoke(store, "adjustment", second.id or 0, MISTAKE)
    assert sums(store) == {"play/latency": Count(3, 3)}


def test_what_is_revoked_stays_revoked(store: Store) -> None:
    slip = ledger.enter(store, adjustment("play", 0, 60))
    ledger.revoke(store, "adjustment", slip.id or 0, MISTAKE)
    with pytest.raises(UsageError, match="revoked already, by Team lead"):
        ledger.revoke(store, "adjustment", slip.id or 0, MISTAKE)
    with pytest.raises(UsageError, match="no charge"):
        ledger.revoke(store, "charge", slip.id or 0, MISTAKE)
    post(store, (NOON, "play/latency", 1, 1, 0, 0))
    assert sums(store) == {"play/latency": Count(1, 1)}


def test_counting_again_leaves_out_again(store: Store) -> None:
    rows = [(NOON + n, name, 1, 1, 0, 1) for n in range(3) for name in ("play/latency", "play/availability")]
    post(store, *rows)
    slip = ledger.enter(store, adjustment("play", 1, 3))
    before = sums(store), ledger.moved(store)
    ledger.forget(store, "web", ["play/latency", "play/availability"], 1)
    assert ledger.moved(store) == {}
    post(store, *rows)
    assert (sums(store), ledger.moved(store)) == before
    ledger.revoke(store, "adjustment", slip.id or 0, MISTAKE)
    assert sums(store)["play/latency"] == Count(3, 3, 0, 3)


def test_a_long_adjustment_moves_every_minute_in_small_pieces(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kakeibo.ledger.adjustments._AT_ONCE", 7)
    post(store, *[(NOON + n, name, 1, 2, 0, 0) for n in range(20) for name in SLOS])
    slip = ledger.enter(store, adjustment("play", -5, 5_000))
    other = ledger.enter(store, adjustment("play/latency", 10, 12))
    assert sums(store)["play/latency"] == Count(0, 0, 60)
    ledger.revoke(store, "adjustment", slip.id or 0, MISTAKE)
    assert sums(store)["play/latency"] == Count(18, 36, 6)
    assert sums(store)["play/availability"] == Count(20, 40)
    assert ledger.moved(store)[other.id or 0] == {"play/latency": Count(2, 4)}


# Any postings, adjustments and revocations, in any order -----------------------------------------------------------


@dataclass
class Events:
    """Events of one posted row, and the number of the adjustment that holds them."""

    row: Row
    holder: int | None = None


@dataclass
class Oracle:
    """A list of events, and who holds which. Shares no code with the ledger."""

    events: list[Events] = field(default_factory=list)
    slips: dict[int, Slip] = field(default_factory=dict)
    before: dict[int, dict[str, Count]] = field(default_factory=dict)  # what revoked ones had moved

    def holder(self, minute: int, slo: str) -> int | None:
        fitting = (
            number
            for number, slip in sorted(self.slips.items())
            if slip.from_minute <= minute < slip.to_minute and (slo == slip.what or slo.startswith(f"{slip.what}/"))
        )
        return next(fitting, None)

    def post(self, row: Row) -> None:
        self.events.append(Events(row, self.holder(row[0], row[1])))

    def adjust(self, number: int, slip: Slip) -> None:
        self.slips[number] = slip
        for event in self.events:
            if event.holder is None:
                event.holder = self.holder(event.row[0], event.row[1])

    def revoke(self, number: int) -> None:
        self.before[number] = self.moved().get(number, {})
        del self.slips[number]
        for event in self.events:
            if event.holder == number:
                event.holder = self.holder(event.row[0], event.row[1])

    def sums(self, start: int, end: int) -> dict[str, Count]:
        found: dict[str, Count] = defaultdict(Count)
        for event in self.events:
            minute, slo, good, bad, void, unknown = event.row
            if start <= minute < end:
                whole = Count(good, bad, void, unknown) if event.holder is None else Count(0, 0, good + bad + void)
                found[slo] += whole
        return {slo: count for slo, count in found.items() if count != Count()}

    def moved(self) -> dict[int, dict[str, Count]]:
        found: dict[int, dict[str, Count]] = defaultdict(lambda: defaultdict(Count))
        for event in self.events:
            _, slo, good, bad, _, unknown = event.row
            if event.holder is not None and (good or bad):
                found[event.holder][slo] += Count(good, bad, 0, unknown)
        return {number: dict(slos) for number, slos in (*found.items(), *self.before.items()) if slos}


minutes = st.one_of(
    st.integers(NOON - 5, NOON + 65), st.sampled_from([NOON - 70, NOON + 130, NOON - 3_000, NOON + 3_000])
)
rows = st.tuples(minutes, st.sampled_from(SLOS), st.integers(0, 3), st.integers(0, 2), st.integers(0, 1)).map(
    lambda r: (r[0], r[1], r[2], r[3], r[4], r[3] // 2)
)
spans = st.tuples(st.integers(-80, 60), st.integers(1, 90))
steps = st.one_of(
    st.tuples(st.just("post"), st.sampled_from(["web", "jobs"]), st.lists(rows, min_size=1, max_size=10)),
    st.tuples(st.just("adjust"), st.sampled_from(["play", "encode", *SLOS[:2]]), spans),
    st.tuples(st.just("revoke"), st.integers(0, 5), st.none()),
)
examples = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(params=["sqlite", "postgresql"])
def emptied(request: pytest.FixtureRequest) -> Iterator[Callable[[], Store]]:
    """One store for all examples of a test, emptied before each."""
    store = open_store(request.getfixturevalue(f"{request.param}_url"))

    def empty() -> Store:
        empty_out(store)
        return store

    yield empty
    store.close()


@examples
@given(story=st.lists(steps, max_size=14), asked=st.tuples(minutes, minutes).map(sorted))
def test_any_story_ends_as_with_a_list_of_events(
    emptied: Callable[[], Store], story: list[tuple[str, object, object]], asked: list[int]
) -> None:
    store, oracle = emptied(), Oracle()
    for step in story:
        _do(store, oracle, *step)
    start, end = asked
    everything = (NOON - 10_000, NOON + 10_000)
    found = ledger.sums(store, [(start, end), everything])
    assert found[start, end] == oracle.sums(start, end)
    assert found[everything] == oracle.sums(*everything)
    assert ledger.moved(store) == oracle.moved()
    assert_totals_are_those_of_the_minutes(store)


def _do(store: Store, oracle: Oracle, verb: str, one: object, two: object) -> None:
    match verb, one, two:
        case "post", str(source), list(posted):
            post(store, *posted, source=source)
            for row in posted:
                oracle.post(row)
        case "adjust", str(what), (int(start), int(length)):
            slip = ledger.enter(store, adjustment(what, start, start + length))
            oracle.adjust(slip.id or 0, slip)
        case "revoke", int(place), _:
            if numbers := sorted(oracle.slips):
                number = numbers[place % len(numbers)]
                ledger.revoke(store, "adjustment", number, MISTAKE)
                oracle.revoke(number)


def assert_totals_are_those_of_the_minutes(store: Store) -> None:
    """The last totals of all sources together are those replayed from the minutes, for every hour there is."""

    def totals() -> dict[int, dict[str, Count]]:
        hours = range(NOON // 60 - 60, NOON // 60 + 60)
        found = ledger.sums(store, [(0, hour * 60) for hour in hours])
        return {window[1]: counts for window, counts in found.items()}

    kept = totals()
    with store.writing() as connection:
        sources = list(connection.scalars(select(tables.sources.c.id)))
        replayed = [tuple(row) for row in connection.execute(tables.minute_counts.select().order_by(text("1, 2")))]
        if sources:
            connection.execute(delete(tables.hour_totals))
            connection.execute(delete(tables.snapshots))
            carry(connection, sources[0], replayed)
    assert totals() == kept
