"""Composites against an oracle that knows only lists of events: exact, over any stretch, and never added up."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kakeibo.budgets import arithmetic
from kakeibo.budgets.composites import Composed, added_up, composed, lost_share, pooled, steps
from kakeibo.model import Composite, Count

Event = tuple[int, bool]  # minute, good
children = st.lists(st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=30), min_size=1, max_size=4)
weights = st.lists(st.fractions(Fraction(1, 100), 100, max_denominator=100), min_size=4, max_size=4)
edges = st.lists(st.integers(0, 31), min_size=2, max_size=6, unique=True).map(sorted)


def counted(events: Sequence[Event], start: int, end: int) -> Count:
    judged = [good for minute, good in events if start <= minute < end]
    return Count(judged.count(True), judged.count(False))


def measure(how: str, number: int, weighed: Sequence[Fraction]) -> Composite:
    return Composite(how, tuple((f"j/{n}", weighed[n]) for n in range(number)))  # type: ignore[arg-type]


def expected(
    how: str, every: Sequence[Sequence[Event]], weighed: Sequence[Fraction], start: int, end: int
) -> Fraction | None:
    """The SLI by its words, from the events one by one."""
    inside = [[good for minute, good in events if start <= minute < end] for events in every]
    if not all(inside):
        return None
    shares = [Fraction(sum(judged), len(judged)) for judged in inside]
    if how == "worst":
        return sorted(shares)[0]
    if how == "product":
        whole = Fraction(1)
        for share in shares:
            whole *= share
        return whole
    top, bottom = Fraction(0), Fraction(0)
    for share, weight in zip(shares, weighed, strict=False):
        top, bottom = top + share * weight, bottom + weight
    return top / bottom


def check(how: str, every: list[list[Event]], weighed: list[Fraction], cuts: list[int]) -> None:
    target = Fraction(9, 10)
    whole = measure(how, len(every), weighed)
    for start, end in [*pairwise(cuts), (cuts[0], cuts[-1])]:
        counts = [counted(events, start, end) for events in every]
        found, sli = composed(whole, counts), expected(how, every, weighed, start, end)
        assert arithmetic.sli(found) == sli
        if sli is None:
            assert (found.valid, found.spent) == (0, 0)
            continue
        valid = sum(start <= minute < end for events in every for minute, _ in events)
        assert (found.valid, found.spent) == (valid, (1 - sli) * valid)
        assert arithmetic.burn(found, target) == (1 - sli) / (1 - target)


@given(st.sampled_from(["worst", "weighted", "product"]), children, weights, edges)
@settings(max_examples=150)
def test_a_composite_is_what_its_words_say(
    how: str, every: list[list[Event]], weighed: list[Fraction], cuts: list[int]
) -> None:
    check(how, every, weighed, cuts)


@pytest.mark.long
@given(st.sampled_from(["worst", "weighted", "product"]), children, weights, edges)
@settings(max_examples=10_000, deadline=None)
def test_ten_thousand_composites(how: str, every: list[list[Event]], weighed: list[Fraction], cuts: list[int]) -> None:
    check(how, every, weighed, cuts)


@given(children, weights)
@settings(max_examples=50)
def test_a_sum_goes_on_with_what_there_is(every: list[list[Event]], weighed: list[Fraction]) -> None:
    counts = [counted(events, 0, 31) for events in every]
    assert composed(measure("sum", len(every), weighed), counts) == counted(
        [e for events in every for e in events], 0, 31
    )


def test_while_a_part_has_no_events_the_whole_is_unmeasured() -> None:
    for how in ("worst", "weighted", "product"):
        found = composed(measure(how, 2, [Fraction(1)] * 2), [Count(5, 5, 2, 1), Count(void=3)])
        assert (arithmetic.sli(found), found.valid, found.void) == (None, 0, 5)
        assert arithmetic.state(found, Fraction(9, 10), measured_throughout=True) == "no_data"


def test_what_does_not_add_up_refuses_to_be_added() -> None:
    one = composed(measure("product", 2, [Fraction(1)] * 2), [Count(9, 1), Count(8, 2)])
    assert isinstance(one, Composed)
    for other in (one, Count(1)):
        with pytest.raises(TypeError, match="asked anew"):
            one + other
        with pytest.raises(TypeError, match="asked anew"):
            one - other
    with pytest.raises(TypeError, match="asked anew"):
        sum([one], Count())
    assert pooled(one) + pooled(one) == pooled(
        composed(measure("product", 2, [Fraction(1)] * 2), [Count(18, 2), Count(16, 4)])
    )
    assert pooled(Count(3, 2)) == Count(3, 2)


def test_an_example_by_hand() -> None:
    """The worked example of docs/budgets.md."""
    counts = [Count(9_980, 20), Count(1_998, 2)]
    for how, sli, spent in (("worst", "0.998", "24"), ("weighted", "0.99825", "21"), ("product", "0.997002", "35.976")):
        found = composed(measure(how, 2, [Fraction(3), Fraction(1)]), counts)
        assert (arithmetic.sli(found), found.spent) == (Fraction(sli), Fraction(spent))


@given(children, weights, edges)
@settings(max_examples=50)
def test_steps_lead_to_the_end(every: list[list[Event]], weighed: list[Fraction], cuts: list[int]) -> None:
    whole = measure("product", len(every), weighed)
    totals = [composed(whole, [counted(events, 0, cut) for events in every]) for cut in cuts]
    found = steps(totals)
    assert sum(step.spent for step in found) == totals[-1].spent
    assert sum(step.valid for step in found) == totals[-1].valid


def test_accounts_added_up_have_every_start_once() -> None:
    def columns(*rows: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        starts, good, bad = np.array(rows, dtype=np.int64).reshape(-1, 3).T
        return starts, good, bad

    found = added_up([columns((0, 1, 2), (10, 5, 0)), columns((5, 1, 1), (10, 0, 7)), columns()])
    assert [column.tolist() for column in found] == [[0, 5, 10], [1, 1, 5], [2, 1, 7]]


def test_the_share_lost() -> None:
    assert lost_share(measure("weighted", 2, [Fraction(3), Fraction(1)]), [Fraction(0), Fraction(1)]) == Fraction(1, 4)
