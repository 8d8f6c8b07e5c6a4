"""Numbers, shares and lengths of time as a book writes them."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Final

from kakeibo.clock import MINUTES_PER_DAY, MINUTES_PER_HOUR

_DIGITS: Final = 15
"""Decimals of a share that the reader takes."""


class Number(str):
    """Digits that are written as they are: a number that no float holds, or a day."""

    __slots__ = ()

    def __new__(cls, digits: str | date) -> Number:
        return super().__new__(cls, digits)


def decimal(ratio: Fraction, most: int = _DIGITS) -> str:
    """A number with all its digits; one without end (1/3) is cut after `most` decimals."""
    digits = next((n for n in range(most) if (ratio * 10**n).denominator == 1), most)
    whole, rest = divmod(abs(round(ratio * 10**digits)), 10**digits)
    sign = "-" if ratio < 0 else ""
    return f"{sign}{whole}.{rest:0{digits}d}" if digits else f"{sign}{whole}"


def share(ratio: Fraction) -> str:
    """A share with its unit: 99.9%; as a ratio where a percentage would have more digits than the reader takes."""
    percent = decimal(ratio * 100)
    return f"{percent}%" if Fraction(percent) == ratio * 100 else decimal(ratio)


def length(minutes: int) -> str:
    """A length of time as people write it: 5m, 1h, 24h, 3d."""
    if minutes > MINUTES_PER_DAY and minutes % MINUTES_PER_DAY == 0:
        return f"{minutes // MINUTES_PER_DAY}d"
    return f"{minutes // MINUTES_PER_HOUR}h" if minutes % MINUTES_PER_HOUR == 0 else f"{minutes}m"
