"""The report and the watch, from posting to state, against an oracle: random books, windows, zones, methods, events,
adjustments, revocations and changed targets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from tests.emptying import empty_out
from tests.oracle import budgets as oracle
from tests.oracle.calendars import PERIODS, minutes, wall, zones

from kakeibo import ledger
from kakeibo.alerts.watch import Watch
from kakeibo.alerts.windows import minimum_of, rules_of
from kakeibo.app.report import report_of
from kakeibo.budgets.report import BURN_WINDOWS
from kakeibo.budgets.report import Row as ReportRow
from kakeibo.ledger import Posting
from kakeibo.model import Book, BurnRule, Events, Journey, Method, Organisation, Promise, Revocation, Slip, Slo, Source
from kakeibo.predicates import parse
from kakeibo.store import Store, open_store
from kakeibo.windows import Window

EVERY = parse("true", {})
SLOS = ("play/availability", "play/latency", "buy/availability")
SOURCES = {"play": "web", "buy": "shop"}


@dataclass(frozen=True)
class Case:
    """A book, what was posted of each source, what was left out by hand, what was promised before, and a moment.

    `batches`: (source, rows, lines); `slips`: (slip, whether it is revoked, before how many batches it was entered).
    """

    at: int
    zone: str
    slos: tuple[Slo, ...]
    batches: tuple[tuple[str, list[oracle.Row], list[tuple[int, int, int]]], ...]
    slips: tuple[tuple[Slip, bool, int], ...]
    earlier: tuple[tuple[int, Fraction], ...]


methods = st.sampled_from(
    [*[Method()] * 5, Method("slices", 5, Fraction(1, 2)), Method("slices", 30, Fraction(19, 20)),
     Method("ratio_slices", 15), Method("ratio_slices", 240), Method("slices", 1440, Fraction(19, 20))]
)  # fmt: skip
targets = st.one_of(
    st.sampled_from([Fraction(1, 2), Fraction(9, 10), Fraction(999, 1000), Fraction(9995, 10_000)]),
    st.integers(1, 10**12 - 1).map(lambda number: Fraction(number, 10**12)),
)
rules = st.lists(
    st.builds(BurnRule, st.sampled_from([Fraction(1, 50), Fraction(1, 10)]), st.sampled_from([12, 60, 360, 4320]),
              st.sampled_from(["page", "ticket"])),
    max_size=2, unique=True,
)  # fmt: skip
numbers = st.one_of(st.integers(0, 3), st.integers(0, 3), st.integers(0, 10**9))


def windows(zone: str) -> st.SearchStrategy[Window]:
    """Long ones are rare: a report asks for each of their days, and so does the oracle."""
    fixed = [Window(f"{length}m", length) for length in (30, 360, 1440, 4320)]
    calendar = [Window(period, calendar=period, timezone=zone) for period in PERIODS]
    months = {number: Window(f"{number}M", months=number, timezone=zone) for number in (1, 3, 12, 13)}
    often = [*fixed, *calendar[:3], months[1]]
    return st.sampled_from([*often, *often, *often, Window("28d", 40_320), *calendar[3:], *months.values()])


@st.composite
def cases(draw: st.DrawFn) -> Case:
    at, zone = draw(minutes), draw(zones)
    slos = tuple(
        Slo(name, Events(SOURCES[name.split("/")[0]], EVERY, EVERY), draw(targets), draw(windows(draw(zones))),
            draw(methods), draw(st.none() | rules.map(tuple)), draw(st.none() | st.integers(1, 4)))
        for name in SLOS[: draw(st.integers(1, 3))]
    )  # fmt: skip
    starts = [oracle.window_start(slo.window, at) for slo in slos]
    # Around every end that matters: of windows, of the rules' windows, and after the moment itself.
    ends = [at, *starts, *(at - length for length in (5, 30, 60, 360, 1440, 4320))]
    moments = st.builds(int.__add__, st.sampled_from(ends), st.one_of(st.integers(-3, 3), st.integers(-300, 300)))
    batches, slips = [], []
    for _ in range(draw(st.integers(0, 4))):
        source = draw(st.sampled_from(["web", "shop"]))
        names = [name for name in SLOS if SOURCES[name.split("/")[0]] == source]
        rows = draw(
            st.lists(st.tuples(moments, st.sampled_from(names), numbers, numbers, numbers, st.just(0)), max_size=8)
        )
        lines = draw(st.lists(st.tuples(moments, st.integers(1, 3), st.integers(0, 1)), max_size=4))
        batches.append((source, rows, lines))
    for _ in range(draw(st.integers(0, 3))):
        start, length = draw(moments), draw(st.integers(1, 600))
        scope = draw(st.sampled_from([("play",), ("play/latency",), ("buy/availability", "play/availability")]))
        slip = Slip("adjustment", "maintenance", scope[0], scope, start, start + length, "lead", "works", at)
        slips.append((slip, draw(st.booleans()), draw(st.integers(0, len(batches)))))
    changes = draw(st.lists(st.tuples(moments, targets), max_size=2))
    return Case(at, zone, slos, tuple(batches), tuple(slips), tuple(sorted(changes)))


@pytest.fixture(scope="module")
def emptied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Store]]:
    """One store for all examples, emptied before each."""
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('oracle')}/kakeibo.db")

    def empty() -> Store:
        empty_out(store)
        return store

    yield empty
    store.close()


def book_of(case: Case) -> Book:
    sources = {name: Source(name, "ndjson", ("*.json",), Path()) for name in ("web", "shop")}
    journeys = {
        key: Journey(key, {"en": key}, "cuj", None, SOURCES[key], tuple(s for s in case.slos if s.name.startswith(key)))
        for key in SOURCES
    }
    return Book(Path("kakeibo.yaml"), Organisation(timezone=case.zone), {}, {}, sources, journeys, {})


def enter(case: Case, store: Store) -> list[Slip]:
    """Everything that happened, in its order; a slip that is revoked is so at the end."""
    entered = []
    for number in range(len(case.batches) + 1):
        for slip, revoked, before in case.slips:
            if before == number:
                entered.append((ledger.enter(store, slip), revoked))
        if number < len(case.batches):
            source, rows, lines = case.batches[number]
            ledger.post(store, Posting(source, ledger.cursor(store, source).version, rows, lines))
    for place, (slip, revoked) in enumerate(entered):
        if revoked:
            back = ledger.revoke(store, "adjustment", slip.id or 0, Revocation("lead", "wrong", case.at))
            entered[place] = (back, revoked)
    return [slip for slip, _ in entered]


def promised(case: Case, slo: Slo) -> Fraction:
    """The target of the first SLO at the moment; that of the others never changed."""
    if slo is not case.slos[0] or not case.earlier:
        return slo.target
    history = [Fraction(1, 3), *(target for _, target in case.earlier)]
    return history[sum(since <= case.at for since, _ in case.earlier)]


def check(case: Case, store: Store) -> None:
    slips = enter(case, store)
    if case.earlier:
        first = case.slos[0]
        plain = Promise(Fraction(1, 3), first.window, first.method)
        ledger.promise(store, {first.name: plain}, 0)
        for since, target in case.earlier:
            ledger.promise(store, {first.name: replace(plain, target=target)}, since)
        case = replace(case, slos=(replace(first, target=case.earlier[-1][1]), *case.slos[1:]))
    report = report_of(book_of(case), store, case.at)
    found = {row.slo.name: row for row in report.rows}
    assert found.keys() == {slo.name for slo in case.slos}
    watch = Watch(store, case.slos)
    watch.advance(case.at)
    for slo in case.slos:
        rows = oracle.counted((row for _, batch, _ in case.batches for row in batch), slo.name, slips)
        check_row(case, slo, found[slo.name], rows)
        for rule in rules_of(slo):
            expected = oracle.reason(rows, slo, rule, minimum_of(slo), case.at)
            event(expected)
            assert watch.decision(slo.name, rule).reason == expected == watch.reasons()[slo.name, rule]


def check_row(case: Case, slo: Slo, row: ReportRow, rows: list[oracle.Row]) -> None:
    target, start = promised(case, slo), oracle.window_start(slo.window, case.at)
    expected = oracle.count(rows, slo.method, start, case.at)
    source = SOURCES[slo.name.split("/")[0]]
    readable: dict[int, int] = {}
    for name, _, lines in case.batches:
        for minute, delivered, rejected in lines if name == source else []:
            readable[minute] = readable.get(minute, 0) + delivered - rejected
    measured = [minute for minute, lines in readable.items() if lines]
    assert (row.slo.target, row.from_minute, row.to_minute) == (target, start, case.at)
    assert (row.count.good, row.count.bad, row.count.spent) == (expected.good, expected.bad, expected.spent)
    assert (row.count.void, row.count.unknown) == (expected.void, expected.unknown)
    assert row.sli == expected.sli
    assert row.allowed == (expected.good + expected.bad) * (1 - target)
    assert row.left_ratio == expected.left(target)
    assert row.state == oracle.state(expected, target, min(measured, default=None), start)
    event(row.state)
    assert row.measured_minutes == sum(start <= minute < case.at for minute in measured)
    for name, length in BURN_WINDOWS.items():
        assert row.burn[name] == oracle.count(rows, slo.method, case.at - length, case.at).burn(target)
    if not slo.method.slice_minutes:
        days = {wall(day, case.zone).date().isoformat(): (c.good, c.bad, c.void) for day, c in row.days}
        assert days == oracle.days(rows, start, case.at, case.zone)


calm = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=120, deadline=None, suppress_health_check=calm)
@given(case=cases())
def test_the_report_is_that_of_the_oracle(emptied: Callable[[], Store], case: Case) -> None:
    check(case, emptied())


@pytest.mark.long
@pytest.mark.parametrize("part", range(4))  # side by side
@settings(max_examples=2_500, deadline=None, suppress_health_check=calm)
@given(case=cases())
def test_the_report_at_length(emptied: Callable[[], Store], part: int, case: Case) -> None:
    del part
    check(case, emptied())
