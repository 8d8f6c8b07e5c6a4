"""Targets to begin with, from what a log shows: the strictest usual one that was met and still allows some failures."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

TARGETS: Final = tuple(
    Fraction(text) / 100 for text in ("90", "95", "97", "98", "99", "99.5", "99.9", "99.95", "99.99")
)
SECONDS: Final = (
    *(Fraction(tenths, 10) for tenths in (1, 2, 3, 5)),
    *map(Fraction, (1, 2, 3, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400)),
)
"""Round times, to choose the limit of a latency objective from."""
ALLOWED_AT_LEAST: Final = 5
"""A target that allows fewer failures in its window is missed by accident."""
_COMFORT: Final = Fraction(95, 100)


def target(good: int, events: int, *, per_window: Fraction) -> tuple[Fraction, bool]:
    """The target to propose, and whether it is backed: met by the log, and allowing failures enough.

    `per_window`: how many events one window of the objective has.
    """
    backed = [
        target
        for target in TARGETS
        if events and Fraction(good, events) >= target and (1 - target) * per_window >= ALLOWED_AT_LEAST
    ]
    return (backed[-1], True) if backed else (TARGETS[0], False)


def rung(reached: Sequence[int]) -> int | None:
    """Which of some limits is just above what 95 % of the measured events took. `reached`: events within each limit.

    None when no event took less than the last limit.
    """
    if not reached or not reached[-1]:
        return None
    return next(i for i, n in enumerate(reached) if Fraction(n, reached[-1]) >= _COMFORT)
