"""Replay: what a rule would have said in every minute of a stretch of the past, in milliseconds a month.

Numbers in columns find the minutes in which something changed; `decide` says for each what and why. Both compute the
same exact comparison: spent / valid / (1 - target) > threshold, multiplied across, in 64 bits where they suffice and in
Python's integers beyond.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from kakeibo.alerts.columns import REASONS, STATES, Counts, Limits, Numbers, reasons
from kakeibo.alerts.decide import Decision, Terms, decide
from kakeibo.alerts.windows import short_minutes, threshold
from kakeibo.budgets.methods import Integers, Slices
from kakeibo.model import BurnRule, Count, SliceShares

_STATE_OF: Final = np.array([("no_data", "quiet", "firing").index(STATES[reason]) for reason in REASONS], dtype=np.int8)


@dataclass(frozen=True, slots=True)
class Series:
    """What one SLO counted, minute by minute: only `minutes` with a valid event, in order, each once.

    `spent` is in parts of 1 / `scale`, so that it is whole also where slices are spent in parts. A slice counts in its
    last minute.
    """

    minutes: Integers
    valid: Integers
    bad: Integers
    spent: Numbers
    scale: int = 1

    @classmethod
    def of_events(cls, minutes: Integers, good: Integers, bad: Integers) -> Series:
        return cls(minutes, good + bad, bad, bad)

    @classmethod
    def of_slices(cls, slices: Slices) -> Series:
        minutes = slices.starts + slices.method.slice_minutes - 1
        ones = np.ones(len(minutes), dtype=np.int64)
        if slices.method.kind != "ratio_slices":
            bad = ones - slices.met
            return cls(minutes, ones, bad, bad)
        valid = slices.good + slices.bad
        scale = lcm(*np.unique(valid[slices.bad > 0]).tolist())
        parts = [bad * (scale // of) if bad else 0 for bad, of in zip(slices.bad.tolist(), valid.tolist(), strict=True)]
        touched = (slices.bad > 0).astype(np.int64)
        return cls(minutes, ones, touched, np.array(parts, dtype=object), scale)

    def past(self, start: int, end: int) -> Past:
        """Sums over any window of [start, end)."""
        return _Past(self, start, end)


@dataclass(frozen=True, slots=True)
class Flip:
    """From the start of `minute` on, a rule's state is that of `decision`; before it was another."""

    minute: int
    decision: Decision


class Past(Protocol):
    """Sums over any window of a stretch that begins at `start`; spent is in parts of 1 / `scale`."""

    start: int

    @property
    def scale(self) -> int: ...

    def sums(self, from_minute: int, to_minute: int, length: int) -> tuple[Numbers, Numbers, Numbers]: ...

    def count(self, minute: int, length: int) -> Count: ...


class AnySeries(Protocol):
    """What one SLO counted, whatever its measure is."""

    def past(self, start: int, end: int) -> Past: ...


def replay(series: AnySeries, rules: Sequence[BurnRule], from_minute: int, to_minute: int, terms: Terms) -> list[Flip]:
    """Every change of state in [from, to), in order; the first of each rule is its state at `from_minute`.

    `series` should begin a long window earlier: what it does not have was not measured. The same as `decide` minute by
    minute.
    """
    if from_minute >= to_minute:
        return []
    longest = max((rule.minutes for rule in rules), default=0)
    past = series.past(from_minute - longest, to_minute)
    flips = []
    for rule in rules:
        states = _states(past, rule, from_minute, to_minute, terms)
        changes = np.flatnonzero(np.diff(states, prepend=-1))
        flips += [Flip(minute, _decide(past, rule, minute, terms)) for minute in (from_minute + changes).tolist()]
    return sorted(flips, key=lambda flip: flip.minute)


class _Past:
    """Sums over any window of a stretch, by the difference of two running totals."""

    def __init__(self, series: Series, start: int, end: int) -> None:
        first, last = np.searchsorted(series.minutes, (start, end))
        self.start, self.scale = start, series.scale
        self._place = np.searchsorted(series.minutes[first:last], np.arange(start, end + 1))
        self._valid, self._bad, self._spent = (
            np.concatenate([np.zeros(1, column.dtype), np.cumsum(column[first:last])])
            for column in (series.valid, series.bad, series.spent)
        )

    def sums(self, from_minute: int, to_minute: int, length: int) -> tuple[Numbers, Numbers, Numbers]:
        """(valid, bad, spent) in the `length` minutes before each minute of [from, to)."""
        ends = self._place[from_minute - self.start : to_minute - self.start]
        starts = self._place[from_minute - length - self.start : to_minute - length - self.start]
        valid, bad, spent = (column[ends] - column[starts] for column in (self._valid, self._bad, self._spent))
        return valid, bad, spent

    def count(self, minute: int, length: int) -> Count:
        valid, bad, spent = (int(column[0]) for column in self.sums(minute, minute + 1, length))
        if self.scale == 1:
            return Count(valid - bad, bad)
        return SliceShares(valid - bad, bad, lost=Fraction(spent, self.scale))


def _decide(past: Past, rule: BurnRule, minute: int, terms: Terms) -> Decision:
    long, short = (past.count(minute, length) for length in (rule.minutes, short_minutes(rule)))
    return decide(rule, long, short, terms)


def _states(past: Past, rule: BurnRule, start: int, end: int, terms: Terms) -> NDArray[np.int8]:
    """The state in each minute, as `decide` judges."""
    limits = Limits.of([threshold(rule, terms.period_minutes) * (1 - terms.target) * past.scale])
    long, short = (Counts(*past.sums(start, end, length)) for length in (rule.minutes, short_minutes(rule)))
    return _STATE_OF[reasons(long, short, limits, np.array(terms.minimum_bad))]
