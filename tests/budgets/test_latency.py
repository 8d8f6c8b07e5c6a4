"""Shares and percentiles from histograms, against the numbers themselves."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from kakeibo import intervals
from kakeibo.budgets.candidates import Day
from kakeibo.budgets.latency import Hours, latency, usual
from kakeibo.model import Count, Window

TARGET = Fraction(9, 10)
WINDOW = Window("2d", 2 * 1440)
FIRST = 20_000 * 24  # a midnight, in hours since 1970
DAYS = [
    Day(start * 60, (start + 24) * 60, Count(), Count() if number else None)
    for number, start in enumerate(range(FIRST, FIRST + 72, 24))
]

thresholds = st.builds(lambda d, e: d * Fraction(10) ** e, st.integers(10, 99), st.integers(-4, 3))
numbers = st.none() | thresholds | st.fractions(0, 2000, max_denominator=10_000)
events = st.lists(st.tuples(st.integers(FIRST, FIRST + 71), numbers), min_size=1, max_size=60)


def histogram(found: list[tuple[int, Fraction | None]]) -> Hours:
    hours: dict[int, dict[int | None, int]] = {}
    for hour, value in found:
        number = None if value is None else intervals.containing(value)
        held = hours.setdefault(hour, {})
        held[number] = held.get(number, 0) + 1
    return hours


@given(events, thresholds)
def test_a_threshold_of_two_digits_is_exact(found: list[tuple[int, Fraction | None]], threshold: Fraction) -> None:
    one = latency("duration", histogram(found), [(threshold, "asked")], DAYS, WINDOW, TARGET)
    (tried,) = one.thresholds

    def count(start: int, end: int) -> Count:
        within = [v is not None and v <= threshold for hour, v in found if start <= hour < end]
        return Count(sum(within), len(within) - sum(within))

    def missed(start: int, end: int) -> bool:
        return count(start, end).bad > (1 - TARGET) * count(start, end).valid

    assert tried.count == count(FIRST, FIRST + 72)
    assert tried.days_below == sum(missed(FIRST + 24 * day, FIRST + 24 * day + 24) for day in range(3))
    assert tried.days_missed == sum(missed(FIRST + 24 * day - 24, FIRST + 24 * day + 24) for day in (1, 2))
    assert (one.events, one.missing) == (len(found), sum(value is None for _, value in found))


@given(events)
def test_a_percentile_lies_in_its_interval(found: list[tuple[int, Fraction | None]]) -> None:
    known = sorted(value for _, value in found if value is not None)
    one = latency("duration", histogram(found), [], DAYS, WINDOW, TARGET)
    assert bool(one.percentiles) == bool(known)
    for percentile in one.percentiles:
        rank = -(-percentile.p.numerator * len(known) // percentile.p.denominator)
        value = known[rank - 1]
        assert percentile.above is None or percentile.above < value
        assert percentile.at_most is None or value <= percentile.at_most
        assert percentile.above is not None or value <= 0


@given(st.integers(intervals.NONE, intervals.BEYOND))
def test_intervals_are_written_and_read_and_touch_each_other(number: int) -> None:
    assert intervals.parsed(intervals.text(number)) == number
    end = intervals.upper(number)
    if end is not None:
        assert (intervals.containing(end), intervals.lower(number + 1)) == (number, end)
        assert intervals.containing(end + Fraction(1, 10**9)) == number + 1
        assert number == intervals.NONE or intervals.number_at(end) == number


def test_a_threshold_of_three_digits_lies_within_an_interval() -> None:
    assert intervals.number_at(Fraction("0.255")) is None
    assert intervals.number_at(Fraction("1e12")) is None


def test_usual_thresholds_are_round_and_around_the_distribution() -> None:
    one = latency("duration", histogram([(FIRST, Fraction(n, 100)) for n in range(1, 101)]), [], [], WINDOW, TARGET)
    assert [float(value) for value in usual(one.percentiles)] == [0.5, 1]
    assert [(t.origin, float(t.value), t.count.good) for t in one.thresholds] == [("usual", 0.5, 50), ("usual", 1, 100)]
    assert one.thresholds[0].days_missed is None
