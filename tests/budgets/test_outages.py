"""An outage or one user's side: every answer of the rule, its edges, and that more failures never make it milder."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kakeibo.budgets.outages import ENOUGH, Look, gravest, judge, raised, usual_share
from kakeibo.model import Count

USUAL = Fraction(1, 100)
GRAVITY = ["unknown", "user", "partial", "outage"]


def look(valid: int, bad: int, *, minutes: int = 30, measured: int | None = None, expected: int | None = None) -> Look:
    wanted = None if expected is None else Fraction(expected)
    return Look(0, minutes, Count(valid - bad, bad), minutes if measured is None else measured, wanted)


@pytest.mark.parametrize(
    ("looks", "verdict", "reason"),
    [
        ([look(100, 50)], "outage", "most_failed"),
        ([look(100, 49)], "partial", "more_failed"),
        ([look(6, 3)], "outage", "most_failed"),
        ([look(100, 1)], "user", "as_usual"),
        ([look(ENOUGH, 0)], "user", "as_usual"),
        ([look(ENOUGH - 1, 0)], "unknown", "few_events"),
        ([look(2, 2)], "unknown", "few_events"),
        ([look(0, 0)], "unknown", "few_events"),
        # Less than half of the narrow look was measured: wider ones do not count.
        ([look(50, 0, measured=14), look(500, 400)], "unknown", "no_data"),
        ([look(50, 0, measured=15), look(500, 0)], "user", "as_usual"),
        # What is too few in the narrow look is told by a wider one; one that was not measured is left out.
        ([look(20, 0), look(40, 0), look(80, 0)], "user", "as_usual"),
        ([look(20, 0), look(40, 20), look(80, 0)], "outage", "most_failed"),
        ([look(20, 0), look(99, 99, minutes=60, measured=29)], "unknown", "few_events"),
        # Whoever does not reach us leaves no trace.
        ([look(20, 0, expected=100), look(200, 0)], "unknown", "few_arrived"),
        ([look(21, 0, expected=100), look(200, 0)], "user", "as_usual"),
        ([look(0, 0, expected=59), look(200, 0)], "user", "as_usual"),
    ],
)
def test_every_answer(looks: list[Look], verdict: str, reason: str) -> None:
    found = judge(looks, USUAL)
    assert (found.verdict, found.reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("valid", "bad", "usual", "expected"),
    [
        (10, 2, Fraction(0), False),  # fewer than three
        (10, 3, Fraction(0), True),
        (301, 3, Fraction(0), False),  # less than one in a hundred
        (300, 3, Fraction(0), True),
        (100, 19, Fraction(1, 10), False),  # less than twice the usual share
        (100, 20, Fraction(1, 10), True),
        (10, 6, Fraction(1, 4), False),  # 2.5 usual, deviation 1.37: 6.6 and more
        (10, 7, Fraction(1, 4), True),
        (10, 10, Fraction(1), False),
    ],
)
def test_the_edges_of_a_rise(valid: int, bad: int, usual: Fraction, *, expected: bool) -> None:
    assert raised(Count(valid - bad, bad), usual) is expected


@given(valid=st.integers(0, 400), data=st.data(), thousandths=st.integers(0, 1000))
def test_more_failures_never_make_it_milder(valid: int, data: st.DataObject, thousandths: int) -> None:
    usual = Fraction(thousandths, 1000)
    bad = data.draw(st.integers(0, valid))
    more = data.draw(st.integers(bad, valid))
    milder, graver = (judge([look(valid, n)], usual).verdict for n in (bad, more))
    assert GRAVITY.index(milder) <= GRAVITY.index(graver)


def test_what_is_usual_is_the_past_or_what_the_target_allows() -> None:
    assert usual_share(Count(90, 10), Fraction(999, 1000)) == Fraction(1, 10)
    assert usual_share(Count(ENOUGH - 1, 0), Fraction(999, 1000)) == Fraction(1, 1000)


def test_of_several_objectives_the_gravest_counts() -> None:
    well, slow, down = judge([look(99, 0)], USUAL), judge([look(100, 30)], USUAL), judge([look(100, 90)], USUAL)
    unknown = judge([look(0, 0)], USUAL)
    assert gravest([well, slow, down, unknown]) == down
    assert gravest([well, unknown]) == unknown
    assert gravest([slow, judge([look(100, 40)], USUAL)]).look.count.bad == 40
