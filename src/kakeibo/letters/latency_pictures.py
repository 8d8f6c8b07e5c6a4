"""The picture of a distribution: numbers across on a scale of tens, events upwards. Nothing is drawn here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from kakeibo import intervals
from kakeibo.budgets.latency import Latency
from kakeibo.i18n import t
from kakeibo.letters import figures
from kakeibo.letters.trial_latency import number

WIDTH: Final = 692
HEIGHT: Final = 120
_BARS: Final = 120
_ENDS: Final = Fraction(1, 1000)
"""So much of the events at either end is left out of the picture."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Neighbouring intervals, and what they hold in words."""

    x: str
    y: str
    width: str
    height: str
    words: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A threshold."""

    x: str
    label: str
    promised: bool


def bars(one: Latency) -> list[Bar]:
    """From the lowest to the highest number, without the outermost ones."""
    low, high, step = _range(one)
    held = dict.fromkeys(range(low, high + 1, step), 0)
    for n, events in one.histogram:
        if low <= n <= high:
            held[low + (n - low) // step * step] += events
    most, known = max(held.values(), default=0), one.events - one.missing
    return [_bar(one, n, step, events, most, known) for n, events in held.items() if events]


def marks(one: Latency) -> Iterator[Mark]:
    """The thresholds within the picture."""
    low, high, _ = _range(one)
    for threshold in one.thresholds:
        n = intervals.containing(threshold.value)
        if low <= n <= high:
            yield Mark(_across(one, n + 1), number(threshold.value), threshold.origin == "book")


def _bar(one: Latency, n: int, step: int, events: int, most: int, known: int) -> Bar:
    height = HEIGHT * events / most
    left, right = _across(one, n), _across(one, n + step)
    low, high = intervals.lower(n), intervals.upper(n + step - 1)
    words = t(
        "{range}: {share} of the events",
        range=t("more than {low}", low=number(low or Fraction(0)))
        if high is None
        else t("{low} to {high}", low=number(low or Fraction(0)), high=number(high)),
        share=figures.percent(Fraction(events, known), digits=1),
    )
    return Bar(left, f"{HEIGHT - height:.1f}", f"{float(right) - float(left):.1f}", f"{height:.1f}", words)


def _across(one: Latency, n: int) -> str:
    low, high, _ = _range(one)
    return f"{min(WIDTH * (n - low) / (high + 1 - low), WIDTH):.1f}"


def _range(one: Latency) -> tuple[int, int, int]:
    """The first and the last interval shown, and how many are one bar."""
    known = sum(events for _, events in one.histogram)
    within, below = [], 0
    for n, events in one.histogram:
        if below + events > known * _ENDS and below < known * (1 - _ENDS):
            within.append(n)
        below += events
    low, high = (within[0], within[-1]) if within else (0, 0)
    return low, high, -(-(high + 1 - low) // _BARS)
