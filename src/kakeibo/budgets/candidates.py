"""Candidates: what other targets would have meant for the days that were recorded. Exact; nothing is rounded here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from kakeibo.budgets import arithmetic
from kakeibo.model import Count

USUAL: Final = tuple(Fraction(text) / 100 for text in ("90", "95", "99", "99.5", "99.9", "99.95"))
"""The targets to look at unless others are asked for."""

Origin = Literal["book", "asked", "usual", "history", "window"]
"""Why a target is looked at: promised in the book, asked for, a usual one, just met over the whole history or over the
last window."""


@dataclass(frozen=True, slots=True)
class Day:
    """One local day [start, end): its own count, and that of the SLO's window as of its end.

    `window` is None while measuring has not gone on for a whole window.
    """

    start: int
    end: int
    count: Count
    window: Count | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A target, and what it would have meant. `allowed`, `spent` and `left_ratio` are of the last window.

    `days_below`: days whose own share was below the target. `days_missed`: days at whose end the window's share was.
    """

    target: Fraction
    origins: tuple[Origin, ...]
    allowed: Fraction
    spent: int | Fraction
    left_ratio: Fraction | None
    days_below: int
    days_missed: int


def just_met(count: Count) -> Fraction | None:
    """The target that was just met: the share of failures, rounded up to two figures (5.27 % failed: 94.7 %).

    None where no target below 100 % and above 0 % can be told: nothing failed, everything did, nothing was counted.
    """
    share = arithmetic.sli(count)
    if share is None or share in (0, 1):
        return None
    failed, unit = 1 - share, Fraction(1, 10)
    while failed < unit:
        unit /= 10
    step = unit / 10
    target = 1 + (-failed // step) * step
    return target if target > 0 else None


def gathered(
    book: Fraction, asked: Sequence[Fraction], history: Count, window: Count
) -> list[tuple[Fraction, tuple[Origin, ...]]]:
    """The targets to look at, ascending, each once: the promised one, and those asked for or else the default ones."""
    found: dict[Fraction, list[Origin]] = {}

    def note(target: Fraction | None, origin: Origin) -> None:
        if target is not None and origin not in found.setdefault(target, []):
            found[target].append(origin)

    note(book, "book")
    for target in asked:
        note(target, "asked")
    if not asked:
        for target in USUAL:
            note(target, "usual")
        note(just_met(history), "history")
        note(just_met(window), "window")
    return [(target, tuple(found[target])) for target in sorted(found)]


def candidate(target: Fraction, origins: tuple[Origin, ...], days: Sequence[Day], window: Count) -> Candidate:
    """What `target` would have meant over `days`; `window` is the count of the last window."""
    return Candidate(
        target=target,
        origins=origins,
        allowed=arithmetic.allowed(window, target),
        spent=window.spent,
        left_ratio=arithmetic.left_ratio(window, target),
        days_below=sum(below(day.count, target) for day in days),
        days_missed=sum(day.window is not None and below(day.window, target) for day in days),
    )


def below(count: Count, target: Fraction) -> bool:
    """Whether more failed than the target allows. Without a valid event nothing was missed."""
    return count.spent > arithmetic.allowed(count, target)
