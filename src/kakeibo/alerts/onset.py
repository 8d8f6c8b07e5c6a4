"""When it began: the minute since which a budget has burnt faster than it can last. Pure and exact.

Of all minutes the one from which on the failures exceed the allowed ones by most: sum(bad - (1 - target) x valid) over
[minute, end) is greatest. This is the change point that a CUSUM chart (Page, 1954) shows, found looking back.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from kakeibo.model import Count


def onset(points: Iterable[tuple[int, Count]], target: Fraction) -> int | None:
    """The first minute of the last burn in `points` ((minute, counts), in order); None: there is none.

    Of several such minutes the last one, so that a lone early failure does not belong to it.
    """
    allowed = 1 - target
    found, most, total = None, Fraction(0), Fraction(0)
    for minute, count in reversed(list(points)):
        total += count.spent - allowed * count.valid
        if total > most:
            found, most = minute, total
    return found
