"""Time slices: counts of events in slices of time -> counts of slices, by either of the two methods that use them.

A slice belongs to the window in which it ends, so that neighbouring windows share none and miss none, and a slice that
is not over yet is in no window. Counts are integers and stay exact: 64 bits where they suffice, Python's beyond.
"""

from __future__ import annotations

from collections.abc import Mapping
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
        if self.method.slice_target is not None:
            good = int(np.count_nonzero(self.met[first:last]))
            return Count(good + others, slices - good)
        bad = self.bad[first:last]
        touched = int(np.count_nonzero(bad))
        return SliceShares(slices - touched + others, touched, lost=sum_of_shares(bad, self.good[first:last] + bad))

    @cached_property
    def met(self) -> NDArray[np.bool_]:
        """Which slices were good. Only where there is a target for slices."""
        target = self.method.slice_target
        if target is None:
            raise ValueError("these slices are weighed by their share: none is simply good or bad")
        return at_least(self.good, self.good + self.bad, target)


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
