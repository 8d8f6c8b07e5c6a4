"""`decide` for whole columns of counts: the same exact comparisons, thousands at once, as numbers that say the reason.

spent / valid / (1 - target) > threshold is compared multiplied across: spent x denominator > valid x numerator of
threshold x (1 - target), in 64 bits where every product provably fits and in Python's integers beyond. Never in floats.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from kakeibo.alerts.decide import Reason, State

Numbers = NDArray[Any]
"""Integers of 64 bits, or objects that are Python's."""

REASONS: Final[tuple[Reason, ...]] = ("silent", "slow", "silent_now", "over", "few", "burning")
"""What the numbers of `reasons` mean, in the order in which `decide` asks."""

STATES: Final[dict[Reason, State]] = {
    "silent": "no_data",
    "slow": "quiet",
    "silent_now": "no_data",
    "over": "quiet",
    "few": "quiet",
    "burning": "firing",
}

_LIMIT: Final = 2**63


@dataclass(frozen=True, slots=True)
class Counts:
    """What some windows counted, a number for each."""

    valid: Numbers
    bad: Numbers
    spent: Numbers


@dataclass(frozen=True, slots=True)
class Limits:
    """Shares of bad ones above which rules fire, as fractions `numerator` / `denominator`; not necessarily reduced."""

    numerator: Numbers
    denominator: Numbers

    @classmethod
    def of(cls, shares: list[Fraction]) -> Limits:
        return cls(*(_integers([part(share) for share in shares]) for part in (_numerator, _denominator)))


def reasons(long: Counts, short: Counts, limits: Limits, minimum_bad: Numbers) -> NDArray[np.int8]:
    """The reason of each decision, as its place in REASONS: the first condition that holds."""
    conditions = [
        long.valid == 0,
        ~above(long.spent, long.valid, limits),
        short.valid == 0,
        ~above(short.spent, short.valid, limits),
        long.bad < minimum_bad,
    ]
    places = [np.int8(place) for place in range(len(conditions))]
    found: NDArray[np.int8] = np.select([condition.astype(np.bool_) for condition in conditions], places, np.int8(5))
    return found


def above(spent: Numbers, valid: Numbers, limits: Limits) -> NDArray[np.bool_]:
    """Where spent / valid > limit, exactly; False where valid is 0. No number is negative."""
    numerator, denominator = limits.numerator, limits.denominator
    largest = max(_most(spent) * _most(denominator), _most(valid) * _most(numerator))
    if largest >= _LIMIT:
        spent, valid, numerator, denominator = (
            column.astype(object) for column in (spent, valid, numerator, denominator)
        )
    found: NDArray[np.bool_] = (spent * denominator > valid * numerator).astype(np.bool_)
    return found


def _most(column: Numbers) -> int:
    return int(column.max(initial=0))


def _integers(numbers: list[int]) -> Numbers:
    wide = any(number >= _LIMIT for number in numbers)
    return np.array(numbers, dtype=object if wide else np.int64)


def _numerator(share: Fraction) -> int:
    return share.numerator


def _denominator(share: Fraction) -> int:
    return share.denominator
