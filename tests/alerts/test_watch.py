"""The watch says what the ledger's sums, the report and the replay say, whatever happened between two looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from tests.emptying import empty_out

from kakeibo import ledger
from kakeibo.alerts.decide import Decision, decide, terms_of
from kakeibo.alerts.replay import Series, replay
from kakeibo.alerts.watch import Watch
from kakeibo.alerts.windows import rules_of, short_minutes
from kakeibo.budgets import arithmetic
from kakeibo.budgets.methods import Slices
from kakeibo.errors import StoreError
from kakeibo.ledger import Posting
from kakeibo.model import BurnRule, Composite, Count, Events, Method, Revocation, SliceShares, Slip, Slo
from kakeibo.predicates import parse
from kakeibo.store import Store, open_store, tables
from kakeibo.windows import Window

NOON = 29_700_000
TRUE = parse("true", {})
ACCOUNTS = ("pay/success/users", "pay/success/probes")
NAMES = (*ACCOUNTS, "play/availability", "play/latency", "buy/availability", "encode/freshness")

PLAIN = Slo("play/availability", Events("web", TRUE, TRUE), Fraction(999, 1000), Window("28d", 40_320))

Row = tuple[int, str, int, int, int, int]

minutes = st.one_of(st.integers(NOON - 30, NOON + 30), st.integers(NOON - 4_000, NOON + 200))
numbers = st.one_of(st.integers(0, 4), st.integers(0, 4), st.integers(0, 10**12))
rows = st.tuples(minutes, st.sampled_from(NAMES), numbers, numbers, numbers, st.just(0))
rules = st.lists(
    st.builds(BurnRule, st.sampled_from([Fraction(1, 50), Fraction(1, 3)]), st.sampled_from([12, 60, 360, 1440]),
              st.sampled_from(["page", "ticket"])),
    max_size=3,
)  # fmt: skip
windows = st.sampled_from(
    [Window("1d", 1440), Window("2h", 120), Window("1M", months=1),
     Window("day", calendar="day", timezone="Asia/Tokyo"), Window("week", calendar="week", timezone="America/New_York")]
)  # fmt: skip
methods = st.sampled_from(
    [Method(), Method(), Method("slices", 5, Fraction(1, 2)), Method("ratio_slices", 15), Method("ratio_slices", 60)]
)
targets = st.one_of(
    st.sampled_from([Fraction(9, 10), Fraction(999, 1000)]),
    st.fractions(0, 1, max_denominator=10**15).filter(lambda target: 0 < target < 1),
)
slo = st.builds(
    lambda name, *terms: Slo(name, Events("web", TRUE, TRUE), *terms),
    st.sampled_from(NAMES[len(ACCOUNTS) :]), targets, windows, methods, st.none() | rules.map(tuple),
    st.none() | st.integers(1, 5),
)  # fmt: skip


@st.composite
def books(draw: st.DrawFn) -> list[Slo]:
    """SLOs, sometimes one that is put together from them, and one that is the sum of two accounts."""
    slos = draw(st.lists(slo, min_size=1, max_size=3, unique_by=lambda one: one.name))
    if draw(st.booleans()):
        parts = tuple((one.name, Fraction(number + 1)) for number, one in enumerate(slos))
        ways = [Composite("worst", parts), Composite("weighted", parts), Composite("product", parts)]
        slos.append(replace(draw(slo), name="all/health", measure=draw(st.sampled_from(ways)), method=Method()))
    if draw(st.booleans()):
        accounts = tuple(replace(PLAIN, name=name) for name in ACCOUNTS)
        summed = Composite("sum", tuple((name, Fraction(1)) for name in ACCOUNTS))
        slos.append(replace(draw(slo), name="pay/success", measure=summed, accounts=accounts))
    return slos


steps = st.one_of(
    st.tuples(st.just("post"), st.sampled_from(["web", "jobs"]), st.lists(rows, max_size=8)),
    st.tuples(st.just("adjust"), minutes, st.integers(1, 300), st.sampled_from(["play", "buy/availability"])),
    st.tuples(st.just("revoke"), st.integers(0, 3)),
    st.tuples(st.just("recount"), st.sampled_from(["web", "jobs"]), st.sets(st.sampled_from(NAMES))),
    st.tuples(st.just("advance"), st.one_of(st.just(1), st.just(1), st.integers(-90, 90), st.integers(-2000, 2000))),
    st.tuples(st.just("edit"), books()),
    st.tuples(st.just("restart")),
)


@pytest.fixture(params=["sqlite", "postgresql"])
def emptied(request: pytest.FixtureRequest) -> Iterator[Callable[[], Store]]:
    """One store for all examples of a test, emptied before each."""
    store = open_store(request.getfixturevalue(f"{request.param}_url"))

    def empty() -> Store:
        empty_out(store)
        return store

    yield empty
    store.close()


@dataclass
class Site:
    """A store with things happening to it, a watch over it, and what the watch has said so far."""

    store: Store
    slos: list[Slo]
    at: int = NOON
    said: dict[tuple[str, BurnRule], Decision] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.watch = Watch(self.store, self.slos)

    def post(self, source: str, batch: list[Row]) -> None:
        ledger.post(self.store, Posting(source, ledger.cursor(self.store, source).version, batch))

    def adjust(self, start: int, length: int, scope: str) -> None:
        slip = Slip("adjustment", "maintenance", scope, (scope,), start, start + length, "lead", "works", self.at)
        ledger.enter(self.store, slip)

    def revoke(self, number: int) -> None:
        held = [slip for slip in ledger.slips(self.store, "adjustment") if slip.revoked is None and slip.id]
        if held:
            slip_id = held[number % len(held)].id or 0
            ledger.revoke(self.store, "adjustment", slip_id, Revocation("lead", "wrong", self.at))

    def recount(self, source: str, names: set[str]) -> None:
        ledger.forget(self.store, source, names, ledger.cursor(self.store, source).version)

    def edit(self, slos: list[Slo]) -> None:
        self.slos = slos
        self.watch.follow(slos)
        self.advance(0)

    def restart(self) -> None:
        self.watch, self.said = Watch(self.store, self.slos), {}
        self.advance(0)

    def advance(self, minutes: int) -> None:
        self.at += minutes
        self.said |= {(one.slo, one.decision.rule): one.decision for one in self.watch.advance(self.at)}
        check(self)


def check(site: Site) -> None:
    """Everything the watch can be asked, against counts read anew, minute by minute."""
    expected = {}
    for slo in site.slos:
        known = {one.name: one for one in site.slos}
        total = totals_of(site.store, slo, known)
        for rule in dict.fromkeys(rules_of(slo)):
            long, short = (total(site.at - length, site.at) for length in (rule.minutes, short_minutes(rule)))
            expected[slo.name, rule] = decide(rule, long, short, terms_of(slo))
            assert site.watch.decision(slo.name, rule) == expected[slo.name, rule]
        window = total(*slo.window.bounds(site.at))
        assert same(site.watch.count(slo.name), window)
        assert site.watch.left(slo.name) == arithmetic.left_ratio(window, slo.target)
    assert site.watch.reasons() == {key: decision.reason for key, decision in expected.items()}
    # What was said along the way adds up to that: a change of reason is never kept back.
    assert {key: site.said[key].reason for key in expected} == site.watch.reasons()


def totals_of(store: Store, slo: Slo, known: dict[str, Slo]) -> Callable[[int, int], Count]:
    """What an SLO counts in a window."""
    if isinstance(slo.measure, Composite) and slo.measure.how != "sum":
        parts = [totals_of(store, known[name], known) for name, _ in slo.measure.parts]
        weights = [weight for _, weight in slo.measure.parts]
        how = slo.measure.how
        return lambda start, end: put_together(how, weights, [part(start, end) for part in parts])
    counts = counts_of(store, slo)
    return lambda start, end: total(counts, start, end)


def put_together(how: str, weights: list[Fraction], counts: list[Count]) -> Count:
    if not all(count.valid for count in counts):
        return Count()
    good = [1 - Fraction(count.spent) / count.valid for count in counts]
    weighed = sum((w * g for w, g in zip(weights, good, strict=True)), Fraction(0)) / sum(weights)
    sli = {"worst": min(good), "weighted": weighed, "product": prod(good, start=Fraction(1))}[how]
    valid, bad = sum(count.valid for count in counts), sum(count.bad for count in counts)
    return SliceShares(valid - bad, bad, lost=(1 - sli) * valid)


def counts_of(store: Store, slo: Slo) -> dict[int, Count]:
    """What counts in which minute, by the words of the documentation; a slice counts in its last minute."""
    table = tables.minute_counts.c
    chosen = select(table.minute, table.good, table.bad).join(tables.slos, tables.slos.c.id == table.slo_id)
    with store.reading() as connection:
        found = connection.execute(
            chosen.where(tables.slos.c.name.in_([one.name for one in slo.accounts or (slo,)]))
        ).all()
    method, length = slo.method, slo.method.slice_minutes
    if not length:
        each: dict[int, Count] = {}
        for minute, good, bad in found:
            each[minute] = each.get(minute, Count()) + Count(good, bad)
        return each
    sums: dict[int, Count] = {}
    for minute, good, bad in found:
        last = minute // length * length + length - 1
        sums[last] = sums.get(last, Count()) + Count(good, bad)
    return {last: judged(events, method) for last, events in sums.items() if events.valid}


def judged(events: Count, method: Method) -> Count:
    if method.slice_target is None:
        return SliceShares(int(not events.bad), int(events.bad > 0), lost=Fraction(events.bad, events.valid))
    met = Fraction(events.good, events.valid) >= method.slice_target
    return Count(int(met), int(not met))


def total(counts: dict[int, Count], start: int, end: int) -> Count:
    found = Count()
    for minute, count in counts.items():
        if start <= minute < end:
            found = count + found
    return found


def same(one: Count, other: Count) -> bool:
    return (one.good, one.bad, one.spent) == (other.good, other.bad, other.spent)


def run(store: Store, slos: list[Slo], happened: list[tuple[Any, ...]]) -> None:
    site = Site(store, slos)
    site.advance(0)
    for name, *arguments in happened:
        getattr(site, name)(*arguments)
    site.advance(1)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(slos=books(), happened=st.lists(steps, max_size=10))
def test_the_watch_says_what_is_so(
    emptied: Callable[[], Store], slos: list[Slo], happened: list[tuple[Any, ...]]
) -> None:
    run(emptied(), slos, happened)


@pytest.mark.long
@settings(max_examples=1_500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(slos=books(), happened=st.lists(steps, max_size=30))
def test_the_watch_at_length(emptied: Callable[[], Store], slos: list[Slo], happened: list[tuple[Any, ...]]) -> None:
    run(emptied(), slos, happened)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(slo=slo, batch=st.lists(rows, max_size=30), length=st.integers(1, 90))
def test_the_past_replayed_is_what_was_said_live(
    emptied: Callable[[], Store], slo: Slo, batch: list[Row], length: int
) -> None:
    """Minute by minute: each row is posted in the minute after its own."""
    store = emptied()
    site = Site(store, [slo])
    live = []
    site.post("web", [row for row in batch if row[0] < NOON])
    before: dict[BurnRule, str] = {}
    for at in range(NOON, NOON + length):
        site.post("web", [row for row in batch if row[0] == at - 1 and at > NOON])
        for one in site.watch.advance(at):
            if before.get(one.decision.rule) != one.decision.state:
                live.append((at, one.decision))
            before[one.decision.rule] = one.decision.state
    rules = list(dict.fromkeys(rules_of(slo)))
    flips = replay(series_of(store, slo), rules, NOON, NOON + length, terms_of(slo))
    key = lambda flip: (flip[0], repr(flip[1].rule))  # noqa: E731
    assert sorted(live, key=key) == sorted(((flip.minute, flip.decision) for flip in flips), key=key)


def series_of(store: Store, slo: Slo) -> Series:
    start, end = NOON - 10_080, NOON + 1440
    length = slo.method.slice_minutes or 1
    columns = ledger.slices(store, [slo.name], start // length * length, end // length * length, length)[slo.name]
    if slo.method.slice_minutes:
        return Series.of_slices(Slices(slo.method, *columns))
    return Series.of_events(*columns)


def test_an_outage_is_said_once_when_it_begins_and_once_when_it_ends(store: Store) -> None:
    site = Site(store, [PLAIN])
    site.post("web", [(NOON - minute, PLAIN.name, 100, 0, 0, 0) for minute in range(1, 4000)])
    page = rules_of(PLAIN)[0]
    heard = {}
    for minute in range(30):
        bad = 100 if 5 <= minute < 15 else 0
        site.post("web", [(NOON + minute, PLAIN.name, 100 - bad, bad, 0, 0)])
        for one in site.watch.advance(NOON + minute + 1):
            if one.decision.rule == page:
                heard[minute + 1] = one.decision.reason
    assert heard == {1: "slow", 6: "burning", 20: "over"}


def test_two_watches_of_one_store_do_not_disturb_each_other(store: Store) -> None:
    one, other = Site(store, [PLAIN]), Site(store, [PLAIN])
    for minute in range(20):
        one.post("web", [(NOON + minute - 3, PLAIN.name, 5, minute % 2, 0, 0)])
        one.advance(1)
        if minute % 5 == 0:
            other.advance(5)


def test_after_an_error_of_the_store_it_starts_anew(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site(store, [PLAIN])
    site.post("web", [(NOON - 1, PLAIN.name, 5, 1, 0, 0)])
    site.advance(0)

    def fails(*_: object) -> None:
        raise StoreError("the disk is full")

    site.post("web", [(NOON - 2, PLAIN.name, 5, 1, 0, 0)])
    with monkeypatch.context() as broken:
        broken.setattr("kakeibo.ledger.ends._columns", fails)
        with pytest.raises(StoreError):
            site.advance(1)
    site.advance(1)


def test_a_store_put_back_from_a_copy_is_noticed(store: Store) -> None:
    site = Site(store, [PLAIN])
    for minute in (1, 2, 3):
        site.post("web", [(NOON - minute, PLAIN.name, 5, 1, 0, 0)])
    site.advance(0)
    with store.writing() as connection:  # as it was before the last posting
        connection.execute(delete(tables.minute_counts).where(tables.minute_counts.c.minute == NOON - 3))
        connection.execute(delete(tables.touches).where(tables.touches.c.id > 2))
        hours = tables.hour_totals
        connection.execute(hours.update().values(good=hours.c.good - 5, bad=hours.c.bad - 1))
    site.advance(1)


def test_what_it_says_of_a_budget(store: Store) -> None:
    site = Site(store, [PLAIN])
    assert site.watch.advance(NOON)[0].decision.reason == "silent"
    assert (site.watch.left(PLAIN.name), site.watch.state(PLAIN.name, None)) == (None, "no_data")
    site.post("web", [(NOON - 10, PLAIN.name, 99_950, 50, 0, 0)])
    site.advance(0)
    assert site.watch.left(PLAIN.name) == Fraction(1, 2)
    start = NOON - 40_320
    assert [site.watch.state(PLAIN.name, since) for since in (None, start + 1, start)] == [
        "filling",
        "filling",
        "healthy",
    ]
    assert len(list(site.watch.decisions())) == 4


def test_counts_beyond_64_bits_of_products(store: Store) -> None:
    """spent x denominator passes 2^63: the comparison is made in Python's integers, and is still exact."""
    target = 1 - Fraction(1, 10**15)
    slo = Slo(PLAIN.name, PLAIN.measure, target, PLAIN.window, alerts=(BurnRule(Fraction(1, 50), 60, "page"),))
    limit = Fraction(1, 50) * 40_320 / 60 * (1 - target)
    valid = limit.denominator * 3
    bad = limit.numerator * 3
    site = Site(store, [slo])
    site.post("web", [(NOON - 1, slo.name, valid - bad, bad, 0, 0)])
    site.advance(0)
    assert set(site.watch.reasons().values()) == {"slow"}
    site.post("web", [(NOON - 1, slo.name, 0, 1, 0, 0)])
    site.advance(0)
    assert set(site.watch.reasons().values()) == {"burning"}
    assert np.int64(valid) * 1 == valid
