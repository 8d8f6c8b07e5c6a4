"""Targets and limits to begin with."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from kakeibo.budgets.provisional import ALLOWED_AT_LEAST, SECONDS, TARGETS, rung, target


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.fractions(Fraction(1, 10), 1))
def test_the_target_is_the_strictest_that_was_met_and_allows_failures_enough(
    good: int, bad: int, share: Fraction
) -> None:
    events = good + bad
    found, backed = target(good, events, per_window=events * share)

    def suits(candidate: Fraction) -> bool:
        return events > 0 and good >= candidate * events and (1 - candidate) * events * share >= ALLOWED_AT_LEAST

    assert backed == any(map(suits, TARGETS))
    assert found == max(filter(suits, TARGETS), default=TARGETS[0])


def test_usual_logs() -> None:
    def proposed(good: int, events: int) -> tuple[Fraction, bool]:
        return target(good, events, per_window=Fraction(events))

    assert proposed(8_438, 8_441) == (Fraction("0.999"), True)
    assert proposed(10_000_000, 10_000_000) == (Fraction("0.9999"), True)
    assert proposed(80, 100) == (Fraction("0.9"), False)  # missed
    assert proposed(20, 20) == (Fraction("0.9"), False)  # too few to tell
    assert proposed(0, 0) == (Fraction("0.9"), False)


@given(st.lists(st.integers(0, 1_000), min_size=1, max_size=30))
def test_the_limit_is_the_first_that_95_percent_reach(steps: list[int]) -> None:
    reached = [sum(steps[: i + 1]) for i in range(len(steps))]
    found = rung(reached)
    if reached[-1] == 0:
        assert found is None
    else:
        assert found is not None
        assert 100 * reached[found] >= 95 * reached[-1]
        assert found == 0 or 100 * reached[found - 1] < 95 * reached[-1]


def test_without_limits_there_is_none() -> None:
    assert rung([]) is None


def test_limits_rise() -> None:
    assert list(SECONDS) == sorted(set(SECONDS))
    assert SECONDS[0] == Fraction(1, 10)
