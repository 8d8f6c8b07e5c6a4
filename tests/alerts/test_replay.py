"""The replay says what deciding minute by minute says, for any counts, method and rules."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kakeibo.alerts.decide import Decision, Terms, decide
from kakeibo.alerts.replay import Flip, Series, replay
from kakeibo.alerts.windows import USUAL, short_minutes
from kakeibo.budgets.methods import Deliveries, Integers, Slices, judged_by_count
from kakeibo.model import BurnRule, Count, Method, SliceShares

NOON = 29_700_000
DAY = 1440
Events = dict[int, tuple[int, int]]  # minute -> good, bad
Counts = dict[int, Count]  # minute -> what it counted

few = st.integers(0, 4)
numbers = st.one_of(few, few, st.integers(0, 10**13))
events = st.dictionaries(st.integers(NOON - 200, NOON + 120), st.tuples(numbers, numbers), max_size=40)
rules = st.lists(
    st.builds(
        BurnRule, st.sampled_from([Fraction(1, 50), Fraction(1, 3)]), st.sampled_from([12, 36, 120]), st.just("page")
    ),
    max_size=3,
)
targets = st.one_of(st.sampled_from([Fraction(1, 2), Fraction(9, 10)]), st.fractions(0, 1, max_denominator=10**15))
terms = st.builds(
    Terms, targets.filter(lambda target: 0 < target < 1), st.sampled_from([60, DAY, 28 * DAY]), st.integers(1, 4)
)
methods = st.sampled_from(
    [Method(), Method("slices", 5, Fraction(1, 2)), Method("ratio_slices", 5), Method("ratio_slices", 30)]
)


def columns(events: Events) -> tuple[Integers, ...]:
    rows = [(minute, good, bad) for minute, (good, bad) in sorted(events.items()) if good + bad]
    return tuple(np.array(rows, dtype=np.int64).reshape(-1, 3).T)


def sliced(events: Events, minutes: int) -> Events:
    sums: Events = {}
    for minute, (good, bad) in events.items():
        start = minute // minutes * minutes
        before = sums.get(start, (0, 0))
        sums[start] = (before[0] + good, before[1] + bad)
    return sums


def series_of(events: Events, method: Method) -> Series:
    if not method.slice_minutes:
        return Series.of_events(*columns(events))
    starts, good, bad = columns(sliced(events, method.slice_minutes))
    return Series.of_slices(Slices(method, starts, good, bad))


def counts_of(events: Events, method: Method) -> Counts:
    """What counts in which minute, by the words of the documentation."""
    if not method.slice_minutes:
        return {minute: Count(good, bad) for minute, (good, bad) in events.items()}
    found: Counts = {}
    for start, (good, bad) in sliced(events, method.slice_minutes).items():
        if not good + bad:
            continue
        last = start + method.slice_minutes - 1
        if method.slice_target is None:
            found[last] = SliceShares(int(not bad), int(bad > 0), lost=Fraction(bad, good + bad))
        else:
            met = Fraction(good, good + bad) >= method.slice_target
            found[last] = Count(int(met), int(not met))
    return found


def minute_by_minute(counts: Counts, rules: list[BurnRule], start: int, end: int, terms: Terms) -> list[Flip]:
    flips = []
    for rule in rules:
        before: Decision | None = None
        for minute in range(start, end):
            windows = [Count(), Count()]
            for number, length in enumerate((rule.minutes, short_minutes(rule))):
                for counted in (counts[m] for m in range(minute - length, minute) if m in counts):
                    windows[number] = counted + windows[number]
            decision = decide(rule, windows[0], windows[1], terms)
            if before is None or decision.state != before.state:
                flips.append(Flip(minute, decision))
            before = decision
    return sorted(flips, key=lambda flip: flip.minute)


def check(events: Events, rules: list[BurnRule], terms: Terms, method: Method, start: int, length: int) -> None:
    expected = minute_by_minute(counts_of(events, method), rules, start, start + length, terms)
    assert replay(series_of(events, method), rules, start, start + length, terms) == expected


starts = st.integers(NOON - 50, NOON + 50)


@settings(max_examples=200, deadline=None)
@given(events=events, rules=rules, terms=terms, method=methods, start=starts, length=st.integers(0, 60))
def test_the_replay_is_deciding_minute_by_minute(
    events: Events, rules: list[BurnRule], terms: Terms, method: Method, start: int, length: int
) -> None:
    check(events, rules, terms, method, start, length)


@pytest.mark.long
@settings(max_examples=10_000, deadline=None)
@given(events=events, rules=rules, terms=terms, method=methods, start=starts, length=st.integers(0, 60))
def test_the_replay_at_length(
    events: Events, rules: list[BurnRule], terms: Terms, method: Method, start: int, length: int
) -> None:
    check(events, rules, terms, method, start, length)


def test_an_outage_by_hand() -> None:
    """100 events a minute at 99.9 %; at 12:00 all fail for ten minutes. 13.44 x 0.1 % of 6,000 are 80.64 events."""
    minutes = np.arange(NOON - 3 * DAY, NOON + 120)
    bad = np.where((minutes >= NOON) & (minutes < NOON + 10), 100, 0)
    series = Series.of_events(minutes, 100 - bad, bad)
    flips = replay(series, USUAL[:1], NOON - 10, NOON + 120, Terms(Fraction(999, 1000), 28 * DAY, 3))
    assert [(flip.minute - NOON, flip.decision.state, flip.decision.reason) for flip in flips] == [
        (-10, "quiet", "slow"),
        (1, "firing", "burning"),
        (15, "quiet", "over"),
    ]
    assert flips[1].decision.burn_long == Fraction(100, 6_000) * 1000


def test_silence_is_told() -> None:
    minutes = np.arange(NOON - 60, NOON)
    series = Series.of_events(minutes, np.full(60, 10), np.zeros(60, dtype=np.int64))
    flips = replay(series, USUAL[:1], NOON, NOON + 120, Terms(Fraction(999, 1000), 28 * DAY, 3))
    assert [(flip.minute - NOON, flip.decision.reason) for flip in flips] == [(0, "slow"), (60, "silent")]


def test_nothing_to_replay() -> None:
    empty = Series.of_events(*columns({}))
    assert replay(empty, USUAL, NOON, NOON, Terms(Fraction(1, 2), DAY, 1)) == []
    assert replay(empty, (), NOON, NOON + 5, Terms(Fraction(1, 2), DAY, 1)) == []


def test_slices_judged_by_count_are_replayed_by_their_verdicts() -> None:
    method = Method("counted_slices", 5, at_least=2, within_minutes=5)
    delivered = Deliveries((NOON, NOON + 20), np.arange(NOON, NOON + 20, 5))
    slices = judged_by_count(method, np.array([NOON, NOON + 10]), np.array([2, 1]), delivered)
    series = Series.of_slices(slices)
    assert series.minutes.tolist() == [NOON + 4, NOON + 9, NOON + 14, NOON + 19]
    assert [column.tolist() for column in (series.valid, series.bad, series.spent)] == [
        [1, 1, 1, 1], [0, 1, 1, 1], [0, 1, 1, 1],
    ]  # fmt: skip
