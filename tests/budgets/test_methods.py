"""Slices of time against an oracle that goes through the events one by one, with fractions alone."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kakeibo.budgets import arithmetic
from kakeibo.budgets.methods import Slices, at_least, sum_of_shares
from kakeibo.model import Count, Method, SliceShares

Events = dict[int, tuple[int, int]]  # minute -> good, bad

NOON = 29_700_000
lengths = st.sampled_from([1, 2, 5, 15, 30, 60, 120, 1440])
shares = st.fractions(0, 1, max_denominator=10**15)
numbers = st.one_of(st.integers(0, 5), st.integers(0, 10**6))
events = st.dictionaries(st.integers(NOON - 300, NOON + 300), st.tuples(numbers, numbers), max_size=40)
ends = st.tuples(st.integers(NOON - 400, NOON + 400), st.integers(0, 500)).map(lambda w: (w[0], w[0] + w[1]))


def slices_of(events: Events, method: Method) -> Slices:
    """As the ledger delivers them: per slice with a valid event."""
    sums: dict[int, list[int]] = {}
    for minute, (good, bad) in sorted(events.items()):
        slice_ = sums.setdefault(minute - minute % method.slice_minutes, [0, 0])
        slice_[0] += good
        slice_[1] += bad
    rows = [(start, good, bad) for start, (good, bad) in sums.items() if good + bad]
    return Slices(method, *np.array(rows, dtype=np.int64).reshape(-1, 3).T)


def judged(events: Events, minutes: int, window: tuple[int, int]) -> list[Fraction]:
    """The share of good events of every slice that ends within the window: minute by minute, then slice by slice."""
    start, end = window
    found = []
    for over in range(start + 1, end + 1):  # the minute at whose start a slice may be over
        if over % minutes:
            continue
        inside = [events.get(minute, (0, 0)) for minute in range(over - minutes, over)]
        good, bad = sum(g for g, _ in inside), sum(b for _, b in inside)
        if good + bad:
            found.append(Fraction(good, good + bad))
    return found


def check(events: Events, minutes: int, target: Fraction, window: tuple[int, int]) -> None:
    shares = judged(events, minutes, window)
    met = slices_of(events, Method("slices", minutes, target)).count(*window)
    assert met == Count(sum(share >= target for share in shares), sum(share < target for share in shares))
    mean = slices_of(events, Method("ratio_slices", minutes)).count(*window)
    assert (mean.valid, mean.bad) == (len(shares), sum(share < 1 for share in shares))
    assert mean.spent == sum((1 - share for share in shares), Fraction(0))
    assert arithmetic.sli(mean) == (sum(shares, Fraction(0)) / len(shares) if shares else None)


@settings(max_examples=300, deadline=None)
@given(events=events, minutes=lengths, target=shares, window=ends)
def test_slices_are_those_of_the_oracle(
    events: Events, minutes: int, target: Fraction, window: tuple[int, int]
) -> None:
    check(events, minutes, target, window)


@pytest.mark.long
@settings(max_examples=10_000, deadline=None)
@given(events=events, minutes=lengths, target=shares, window=ends)
def test_slices_at_length(events: Events, minutes: int, target: Fraction, window: tuple[int, int]) -> None:
    check(events, minutes, target, window)


@settings(deadline=None)
@given(events=events, minutes=lengths, window=ends, cut=st.fractions(0, 1))
def test_windows_side_by_side_share_no_slice_and_miss_none(
    events: Events, minutes: int, window: tuple[int, int], cut: Fraction
) -> None:
    slices = slices_of(events, Method("ratio_slices", minutes))
    middle = window[0] + int((window[1] - window[0]) * cut)
    parts = slices.count(window[0], middle) + slices.count(middle, window[1])
    assert parts == slices.count(*window)
    assert slices.count(*window) - slices.count(middle, window[1]) == slices.count(window[0], middle)


@settings(deadline=None)
@given(events=events, minutes=lengths, target=shares, window=ends)
def test_slices_without_a_bad_event_may_be_left_out(
    events: Events, minutes: int, target: Fraction, window: tuple[int, int]
) -> None:
    for method in (Method("slices", minutes, target), Method("ratio_slices", minutes)):
        whole = slices_of(events, method)
        touched = whole.bad > 0
        over = (whole.starts + minutes)[~touched]
        others = {cut: int(np.count_nonzero(over <= cut)) for cut in window}
        sparse = Slices(method, whole.starts[touched], whole.good[touched], whole.bad[touched], others)
        assert sparse.count(*window) == whole.count(*window)


wide = st.integers(0, 2**62)
columns = st.lists(st.tuples(wide, wide).map(lambda pair: (min(pair), max(*pair, 1))), min_size=1, max_size=20)


@given(pairs=columns, share=st.fractions(0, 1))
def test_comparisons_are_exact_beyond_64_bits(pairs: list[tuple[int, int]], share: Fraction) -> None:
    part, whole = np.array(pairs, dtype=np.int64).T
    assert at_least(part, whole, share).tolist() == [Fraction(p, w) >= share for p, w in pairs]


@given(pairs=columns)
def test_sums_of_shares_are_exact(pairs: list[tuple[int, int]]) -> None:
    pairs = [(p >> 5, w) for p, w in pairs]  # together the parts of one whole stay within 64 bits
    part, whole = np.array(pairs, dtype=np.int64).T
    assert sum_of_shares(part, whole) == sum((Fraction(p, w) for p, w in pairs), Fraction(0))


def test_a_share_exactly_at_the_target_is_good() -> None:
    slices = slices_of({0: (19, 1), 5: (18, 1)}, Method("slices", 5, Fraction(95, 100)))
    assert slices.count(0, 10) == Count(1, 1)


def test_an_unfinished_slice_counts_once_it_is_over() -> None:
    slices = slices_of({10: (1, 0), 15: (0, 1)}, Method("slices", 5, Fraction(1, 2)))
    assert [slices.count(0, minute) for minute in (14, 15, 19, 20)] == [Count(), Count(1), Count(1), Count(1, 1)]


def test_shares_that_are_weighed_have_no_good_and_bad() -> None:
    with pytest.raises(ValueError, match="none is simply good"):
        _ = slices_of({0: (1, 0)}, Method("ratio_slices", 5)).met


def test_counts_of_shares_add_up_with_what_they_lost() -> None:
    one, other = SliceShares(3, 1, lost=Fraction(1, 3)), SliceShares(2, 2, lost=Fraction(1, 6))
    assert one + other == SliceShares(5, 3, lost=Fraction(1, 2))
    assert one + other - one == other
    assert arithmetic.left_ratio(one, Fraction(9, 10)) == 1 - Fraction(1, 3) / Fraction(4, 10)
