"""A promise that changed: the one in force at a moment judges the whole window that ends then, and the others that held
within it are shown beside it, each with what would be left by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from kakeibo.budgets import arithmetic
from kakeibo.model import Count, Promise


@dataclass(frozen=True, slots=True)
class Other:
    """Another promise than the one in force: `later`, or one that held in the window until minute `until`.

    `left_ratio`: what would be left by it of the window's counts; None where it counts otherwise, or for a later one.
    """

    promise: Promise
    until: int | None
    left_ratio: Fraction | None

    @property
    def later(self) -> bool:
        return self.until is None


def in_force(history: Sequence[Promise], at: int) -> Promise:
    """The promise that holds at the start of minute `at`; the first one has always held."""
    return [history[0], *(promise for promise in history[1:] if (promise.since or 0) <= at)][-1]


def others(history: Sequence[Promise], start: int, at: int, count: Count) -> tuple[Other, ...]:
    """What else was promised within [start, at), and what is promised after it, in order. `count`: of that window."""
    if len(history) < 2:
        return ()
    present = in_force(history, at)
    found = []
    for promise, following in pairwise(history):
        end = following.since or 0
        held = start < end <= at and (promise.since or start) < end  # one replaced in the minute it began never held
        if held and not promise.same(present):
            left = arithmetic.left_ratio(count, promise.target) if promise.method == present.method else None
            found.append(Other(promise, end, left))
    newest = history[-1]
    if (newest.since or 0) > at and not newest.same(present):
        found.append(Other(newest, None, None))
    return tuple(found)
