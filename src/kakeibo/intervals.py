"""Numbers by intervals of two significant digits: (0.29, 0.3], (0.3, 0.31], ... The upper end belongs to an interval.

So a threshold of two digits lies between two intervals, and how many numbers are at or under it is known exactly.
Interval n ends at d x 10^e with d in 10..99 and n = 90 e + d - 10. Beneath 10^-6 and above 10^10 there is one interval
each; zero and less is one of its own.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Final

SMALLEST: Final = 1e-6
LARGEST: Final = 1e10
FIRST: Final = -630
"""(0, 0.000001]"""
LAST: Final = 810
"""(9900000000, 10000000000]"""
NONE: Final = FIRST - 1
"""Zero and less."""
BEYOND: Final = LAST + 1
"""More than all others, infinite too."""


def upper(number: int) -> Fraction | None:
    """Where an interval ends, itself included; None for the last one, which has no end."""
    if number <= NONE:
        return Fraction(0)
    return None if number >= BEYOND else _bound(number)


def lower(number: int) -> Fraction | None:
    """Where an interval begins, itself not included; None for that of zero and less."""
    if number <= NONE:
        return None
    return Fraction(0) if number == FIRST else _bound(number - 1)


def number_at(threshold: Fraction) -> int | None:
    """The interval that ends at `threshold`; None when none does: it has more than two digits, or is too far away."""
    number = containing(threshold)
    return number if upper(number) == threshold else None


def containing(value: Fraction) -> int:
    """The interval that `value` lies in."""
    if value <= 0:
        return NONE
    low, high = FIRST, BEYOND
    while low < high:
        middle = (low + high) // 2
        if value <= _bound(middle):
            high = middle
        else:
            low = middle + 1
    return low


@lru_cache(maxsize=2048)
def text(number: int) -> str:
    """An interval as it is stored: the number it ends at, or `more`."""
    end = upper(number)
    if end is None:
        return "more"
    if end.denominator == 1:
        return str(end.numerator)
    return f"{float(end):.7f}".rstrip("0")


@lru_cache(maxsize=2048)
def parsed(stored: str) -> int:
    """What `text` wrote."""
    return BEYOND if stored == "more" else containing(Fraction(stored))


def _bound(number: int) -> Fraction:
    exponent, digits = divmod(number, 90)
    return (digits + 10) * Fraction(10) ** exponent
