"""Time slices: counts of events in slices of time -> counts of slices, by any of the methods that use them.

A slice belongs to the window in which it ends, so that neighbouring windows share none and miss none, and a slice that
is not over yet is in no window. Counts are integers and stay exact: 64 bits where they suffice, Python's beyond.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kakeibo.model import Count, Method, SliceShares

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Slices:
    """The slices of one SLO that had a valid event, in order: the first minute of each, its good and its bad events.

    Slices without a bad event may be left out, as there are so many. `others` then says how many of these end by each
    minute that a window may begin or end at.
    """

    method: Method
    starts: Integers
    good: Integers
    bad: Integers
    others: Mapping[int, int] = field(default_factory=dict)

    def count(self, from_minute: int, to_minute: int) -> Count:
        """The slices that end within (from, to]: good, bad, and what they take from the budget."""
        first, last = np.searchsorted(self.starts + self.method.slice_minutes, (from_minute, to_minute), side="right")
        slices = int(last - first)
        others = self.others[to_minute] - self.others[from_minute] if self.others else 0
        if self.method.kind != "ratio_slices":
            good = int(np.count_nonzero(self.met[first:last]))
            return Count(good + others, slices - good)
        bad = self.bad[first:last]
        touched = int(np.count_nonzero(bad))
        return SliceShares(slices - touched + others, touched, lost=sum_of_shares(bad, self.good[first:last] + bad))

    @cached_property
    def met(self) -> NDArray[np.bool_]:
        """Which slices were good. Only where slices are good or bad."""
        if self.method.kind == "counted_slices":
            return self.good > 0
        target = self.method.slice_target
        if target is None:
            raise ValueError("these slices are weighed by their share: none is simply good or bad")
        return at_least(self.good, self.good + self.bad, target)


@dataclass(frozen=True)
class Deliveries:
    """What tells silence from a gap: where a source can be judged by counts at all.

    Within `stretch` (minutes [from, to)) everything the source delivered was counted in full. `starts` are the first
    minutes of the slices in which it delivered anything; of the `gaps` (minutes [from, to)) nothing can be said.
    """

    stretch: tuple[int, int]
    starts: Integers
    gaps: Collection[tuple[int, int]] = ()


def judged_by_count(method: Method, starts: Integers, good: Integers, delivered: Deliveries) -> Slices:
    """Slices with a verdict each, 1 good or 1 bad, from the good events of those that had any.

    `starts` and `good` must reach back as far as the stretch of `delivered`. A slice is unmeasured, and left out, when
    of the time that it looks back on some lies outside that stretch or in a gap, or the source delivered nothing in it.
    """
    length, reach = method.slice_minutes, method.within_minutes // method.slice_minutes
    start = -(-delivered.stretch[0] // length) * length
    number = max((delivered.stretch[1] - start) // length, 0)
    if number < reach:
        nothing = np.empty(0, dtype=np.int64)
        return Slices(method, nothing, nothing, nothing)

    def looking_back(slices: Integers, amounts: Integers | int) -> Integers:
        """The sum over the `reach` slices up to each, from the first on that has so many before it."""
        place = (slices - start) // length
        inside = (place >= 0) & (place < number)
        dense = np.zeros(number + 1, dtype=np.int64)
        np.add.at(dense, place[inside] + 1, amounts if isinstance(amounts, int) else amounts[inside])
        totals = np.cumsum(dense)
        return totals[reach:] - totals[:-reach]

    unknown = [np.arange(first // length * length, end, length, dtype=np.int64) for first, end in delivered.gaps]
    gaps = np.concatenate([np.empty(0, dtype=np.int64), *unknown])
    measured = (looking_back(delivered.starts, 1) > 0) & (looking_back(gaps, 1) == 0)
    met = (looking_back(starts, good) >= (method.at_least or 0)).astype(np.int64)[measured]
    judged = start + (np.flatnonzero(measured) + reach - 1) * length
    return Slices(method, judged, met, 1 - met)


def at_least(part: Integers, whole: Integers, share: Fraction) -> NDArray[np.bool_]:
    """Where part / whole >= share, compared exactly, by multiplying across; `whole` is not negative."""
    largest = int(whole.max(initial=1)) * max(share.denominator, share.numerator)
    if largest >= 2**63:
        part, whole = part.astype(object), whole.astype(object)
    met: NDArray[np.bool_] = (part * share.denominator >= whole * share.numerator).astype(np.bool_)
    return met


def sum_of_shares(part: Integers, whole: Integers) -> Fraction:
    """The exact sum of part / whole over all; no whole is zero."""
    hit = part > 0
    wholes, place = np.unique(whole[hit], return_inverse=True)
    parts = np.zeros(len(wholes), dtype=np.int64)
    np.add.at(parts, place, part[hit])
    shares = [Fraction(int(some), int(all_)) for some, all_ in zip(parts, wholes, strict=True)]
    while len(shares) > 1:  # by pairs: numbers of like size are added far quicker than one that grows
        shares = [sum(shares[n : n + 2], Fraction(0)) for n in range(0, len(shares), 2)]
    return shares[0] if shares else Fraction(0)
