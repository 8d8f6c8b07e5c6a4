"""The onset of a burn: the minute from which on most is lost beyond what is allowed."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from kakeibo.alerts.onset import onset
from kakeibo.model import Count

TARGET = Fraction(99, 100)


def minutes(*bad: int) -> list[tuple[int, Count]]:
    return [(100 + n, Count(100 - lost, lost)) for n, lost in enumerate(bad)]


def test_it_begins_with_the_first_minute_above_the_usual() -> None:
    assert onset(minutes(0, 1, 0, 0, 20, 30, 25), TARGET) == 104
    assert onset(minutes(5, 0, 0, 0, 0, 0, 0, 20), TARGET) == 107  # an early failure is none of it
    assert onset(minutes(20, 30, 0, 0), TARGET) == 100  # it is the last burn, though it has stopped
    assert onset(minutes(0, 1, 0, 1), TARGET) is None
    assert onset([], TARGET) is None


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30), st.fractions(0, 1))
def test_no_other_beginning_loses_more(counts: list[tuple[int, int]], target: Fraction) -> None:
    points = [(minute, Count(good, bad)) for minute, (good, bad) in enumerate(counts)]

    def lost(start: int) -> Fraction:
        return sum((c.bad - (1 - target) * c.valid for minute, c in points if minute >= start), Fraction(0))

    found = onset(points, target)
    best = max((lost(minute) for minute, _ in points), default=Fraction(0))
    assert (lost(found) == best > 0) if found is not None else best <= 0
