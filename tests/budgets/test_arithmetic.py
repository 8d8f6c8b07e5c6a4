"""Budgets to the last event."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kakeibo.budgets import arithmetic
from kakeibo.model import Count

TARGET = Fraction(9995, 10_000)

counts = st.builds(Count, *[st.integers(0, 10**12)] * 4)
targets = st.fractions(0, 1).filter(lambda target: 0 < target < 1)


def test_ten_million_events_at_9995_allow_exactly_5000() -> None:
    count = Count(good=9_995_000, bad=5_000)
    assert arithmetic.allowed(count, TARGET) == 5_000
    assert arithmetic.left_ratio(count, TARGET) == 0
    assert arithmetic.burn(count, TARGET) == 1
    assert arithmetic.sli(count) == TARGET


def test_without_a_valid_event_there_is_no_number() -> None:
    nothing = Count(void=5)
    assert arithmetic.allowed(nothing, TARGET) == 0
    assert arithmetic.sli(nothing) is None
    assert arithmetic.left_ratio(nothing, TARGET) is None
    assert arithmetic.burn(nothing, TARGET) is None
    assert arithmetic.state(nothing, TARGET, measured_throughout=True) == "no_data"
    assert arithmetic.state(nothing, TARGET, measured_throughout=False) == "no_data"


@pytest.mark.parametrize(
    ("bad", "state"),
    [
        (0, "healthy"),
        (3_750, "healthy"),
        (3_751, "at_risk"),
        (4_999, "at_risk"),
        (5_000, "exhausted"),
        (9_000, "exhausted"),
    ],
)
def test_states_change_at_the_exact_event(bad: int, state: str) -> None:
    count = Count(good=10_000_000 - bad, bad=bad)
    assert arithmetic.state(count, TARGET, measured_throughout=True) == state
    assert arithmetic.state(count, TARGET, measured_throughout=False) == "filling"


def test_one_failure_among_few_events_is_a_burn_of_a_thousand() -> None:
    assert arithmetic.burn(Count(good=0, bad=1), Fraction(999, 1000)) == 1000


@given(count=counts, target=targets)
def test_the_numbers_agree_with_each_other(count: Count, target: Fraction) -> None:
    sli, left, burn = (
        arithmetic.sli(count), arithmetic.left_ratio(count, target), arithmetic.burn(count, target)
    )  # fmt: skip
    if sli is None or left is None or burn is None:
        assert (sli, left, burn, count.valid) == (None, None, None, 0)
        return
    assert burn == (1 - sli) / (1 - target)
    assert left == 1 - burn
    assert (left >= 0) == (sli >= target)
    assert arithmetic.allowed(count, target) * (1 - left) == count.bad


@given(count=counts, more=counts, target=targets)
def test_budgets_of_two_halves_add_up(count: Count, more: Count, target: Fraction) -> None:
    whole = arithmetic.allowed(count + more, target)
    assert whole == arithmetic.allowed(count, target) + arithmetic.allowed(more, target)
