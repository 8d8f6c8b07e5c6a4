"""Slices of time against an oracle that goes through the events one by one, with fractions alone."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kakeibo.budgets import arithmetic
from kakeibo.budgets.methods import Deliveries, Slices, at_least, judged_by_count, sum_of_shares
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


Gaps = list[tuple[int, int]]
stretches = st.tuples(st.integers(NOON - 350, NOON + 350), st.integers(0, 700)).map(lambda s: (s[0], s[0] + s[1]))
gaps_ = st.lists(st.tuples(st.integers(NOON - 400, NOON + 400), st.integers(1, 90)), max_size=3).map(
    lambda found: [(start, start + length) for start, length in found]
)
seen_minutes = st.sets(st.integers(NOON - 300, NOON + 300), max_size=60)


def verdicts(good: dict[int, int], seen: set[int], method: Method, stretch: tuple[int, int], gaps: Gaps) -> Count:
    """The slices that can be judged, each by going through the minutes it looks back on."""
    met = missed = 0
    for end in range(stretch[0], stretch[1] + 1):
        minutes = range(end - method.within_minutes, end)
        if end % method.slice_minutes or minutes.start < stretch[0]:
            continue
        # A gap takes every slice that it touches, the one in which it begins or ends as well.
        length = method.slice_minutes
        slices = {minute // length for minute in minutes}
        in_a_gap = any(minute // length in slices for gap in gaps for minute in range(*gap))
        if in_a_gap or not any(minute in seen for minute in minutes):
            continue
        enough = sum(good.get(minute, 0) for minute in minutes) >= (method.at_least or 0)
        met, missed = met + enough, missed + (not enough)
    return Count(met, missed)


def check_by_count(events: Events, seen: set[int], method: Method, stretch: tuple[int, int], gaps: Gaps) -> None:
    length = method.slice_minutes
    seen = seen | {minute for minute, counts in events.items() if sum(counts)}
    inside = {minute for minute in seen if stretch[0] <= minute < stretch[1]}
    whole = slices_of(events, method)
    starts = np.array(sorted({minute - minute % length for minute in seen}), dtype=np.int64)
    # What the source delivered in the part of a slice before the stretch is of no slice that can be judged.
    found = judged_by_count(method, whole.starts, whole.good, Deliveries(stretch, starts, gaps))
    good = {minute: counts[0] for minute, counts in events.items()}
    assert found.count(stretch[0] - 2000, stretch[1] + 2000) == verdicts(good, inside, method, stretch, gaps)
    assert (found.good + found.bad).tolist() == [1] * len(found.starts)
    assert found.met.tolist() == found.good.tolist()


by_count = st.tuples(st.sampled_from([1, 2, 5, 15, 60]), st.integers(1, 12), st.integers(1, 30)).map(
    lambda m: Method("counted_slices", m[0], at_least=m[2], within_minutes=m[0] * m[1])
)


@settings(max_examples=300, deadline=None)
@given(events=events, seen=seen_minutes, method=by_count, stretch=stretches, gaps=gaps_)
def test_slices_judged_by_count_are_those_of_the_oracle(
    events: Events, seen: set[int], method: Method, stretch: tuple[int, int], gaps: Gaps
) -> None:
    check_by_count(events, seen, method, stretch, gaps)


@pytest.mark.long
@settings(max_examples=10_000, deadline=None)
@given(events=events, seen=seen_minutes, method=by_count, stretch=stretches, gaps=gaps_)
def test_slices_judged_by_count_at_length(
    events: Events, seen: set[int], method: Method, stretch: tuple[int, int], gaps: Gaps
) -> None:
    check_by_count(events, seen, method, stretch, gaps)


def test_silence_is_bad_and_a_gap_is_nothing() -> None:
    method = Method("counted_slices", 5, at_least=2, within_minutes=5)
    starts, good = np.array([0, 10]), np.array([2, 1])
    delivered = Deliveries((0, 25), np.array([0, 5, 10, 20]), gaps=[(22, 23)])
    found = judged_by_count(method, starts, good, delivered)
    # 0: two events. 5: delivered, none of ours. 10: too few. 15: nothing delivered. 20: in a gap.
    assert found.starts.tolist() == [0, 5, 10]
    assert [found.count(minute, minute + 5) for minute in (0, 5, 10, 15)] == [
        Count(1),
        Count(0, 1),
        Count(0, 1),
        Count(),
    ]


def test_fresh_is_the_last_minutes_up_to_each() -> None:
    method = Method("counted_slices", 1, at_least=1, within_minutes=3)
    delivered = Deliveries((0, 10), np.arange(10))
    found = judged_by_count(method, np.array([2, 6]), np.array([1, 1]), delivered)
    assert found.starts.tolist() == [2, 3, 4, 5, 6, 7, 8, 9]
    assert found.good.tolist() == [1, 1, 1, 0, 1, 1, 1, 0]
