"""Candidates against plain words: day by day, with fractions."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kakeibo.budgets.candidates import USUAL, Day, below, candidate, gathered, just_met
from kakeibo.model import Count

PROMISED = Fraction(999, 1000)
COUNTS = st.builds(Count, good=st.integers(0, 5000), bad=st.integers(0, 50))
TARGETS = st.integers(1, 9999).map(lambda n: Fraction(n, 10_000))


@given(days=st.lists(st.tuples(COUNTS, COUNTS | st.none()), max_size=40), target=TARGETS, window=COUNTS)
def test_a_candidate_counts_days_as_one_would_by_hand(
    days: list[tuple[Count, Count | None]], target: Fraction, window: Count
) -> None:
    one = candidate(target, ("asked",), [Day(n, n + 1, *day) for n, day in enumerate(days)], window)
    own = [c for c, _ in days if c.good + c.bad and Fraction(c.good, c.good + c.bad) < target]
    rolling = [w for _, w in days if w and w.good + w.bad and Fraction(w.good, w.good + w.bad) < target]
    assert (one.days_below, one.days_missed) == (len(own), len(rolling))
    assert one.allowed == (1 - target) * (window.good + window.bad)
    assert one.spent == window.bad
    if window.valid:
        assert one.left_ratio == 1 - Fraction(window.bad) / ((1 - target) * window.valid)
    else:
        assert one.left_ratio is None


@given(count=COUNTS)
def test_what_was_just_met_was_met_and_little_stricter_was_not(count: Count) -> None:
    target = just_met(count)
    if target is None:
        share = Fraction(count.bad, count.valid) if count.valid else 0
        assert share == 0 or share > Fraction(99, 100)
        return
    failed = Fraction(count.bad, count.valid)
    assert 0 < target < 1
    assert not below(count, target)
    assert 1 - target <= failed * Fraction(11, 10), "two figures are at most a tenth too lenient"


@pytest.mark.parametrize(
    ("bad", "of", "expected"),
    [(527, 10_000, "94.7"), (267, 159_206, "99.83"), (1, 1000, "99.9"), (12, 1_000_000, "99.9988"), (1, 2, "50")],
)
def test_two_figures_of_failures(bad: int, of: int, expected: str) -> None:
    assert just_met(Count(of - bad, bad)) == Fraction(expected) / 100


def test_the_promised_target_is_always_among_them_and_each_stands_once() -> None:
    history = Count(999, 1)
    found = dict(gathered(PROMISED, (), history, Count(989, 11)))
    assert list(found) == sorted({*USUAL, Fraction(989, 1000)})
    assert found[PROMISED] == ("book", "usual", "history")
    assert found[Fraction(989, 1000)] == ("window",)
    asked = gathered(PROMISED, (Fraction(1, 2), PROMISED), history, history)
    assert asked == [(Fraction(1, 2), ("asked",)), (PROMISED, ("book", "asked"))]
