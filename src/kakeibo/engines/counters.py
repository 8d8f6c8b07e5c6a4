"""Pure: samples of counters -> how many events there were in each minute.

A counter only grows, so that each rise between two samples is so many events, however long nobody looked. A rise is
put into the minute of the later sample. docs/sources.md goes through an example.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Final

from kakeibo.engines.prometheus_api import Labels, Series

MINUTE: Final = 60_000
BRIDGED_MINUTES: Final = 5
"""Between two samples no further apart the time counts as measured: Prometheus, too, holds a value for so long."""

Target = tuple[str | None, str | None]
Spans = Mapping[Target, Sequence[tuple[int, int]]]
"""For each target, when each of its series was first and last seen, in milliseconds; 0: long before."""


@dataclass(slots=True)
class Rises:
    """Events by minute, and what else was noticed.

    `samples`: by minute. `measured`: minutes of which the counters tell. `resets`: how often a counter began anew.
    `born`: series that began while their target was watched, counted from 0. `unseen`: events of targets from before
    they were first seen, which nobody can date: not counted.
    """

    minutes: dict[int, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    samples: Counter[int] = field(default_factory=Counter)
    measured: set[int] = field(default_factory=set)
    resets: int = 0
    born: int = 0
    unseen: Fraction = Fraction(0)


def spacing(found: Iterable[Series]) -> int | None:
    """Milliseconds that usually lie between two samples of a series; None when no series has two."""
    steps = sorted(
        later - earlier for series in found for (earlier, _), (later, _) in pairwise(series.samples) if later > earlier
    )
    return steps[len(steps) // 2] if steps else None


def target_of(labels: Labels) -> Target:
    """What was scraped: Prometheus gives every series of a target the same job and instance."""
    named = dict(labels)
    return named.get("job"), named.get("instance")


def spans_of(found: Iterable[Series], earlier: Mapping[Labels, float]) -> dict[Target, list[tuple[int, int]]]:
    """When the series of each target were seen. `earlier`: values of those that were seen before all samples."""
    spans: dict[Target, list[tuple[int, int]]] = defaultdict(list)
    for series in found:
        if series.samples:
            first = 0 if series.labels in earlier else series.samples[0][0]
            spans[target_of(series.labels)].append((first, series.samples[-1][0]))
    return spans


def rises(found: Iterable[Series], start: int, earlier: Mapping[Labels, float], spans: Spans) -> Rises:
    """The events from minute `start` on. Samples from before `start` tell only where a counter stood.

    `earlier`: where series stood that have no such sample. A series without either began within the stretch: from 0
    when its target was watched by then, that is when another of its series goes on; else its first sample is taken as
    where it stood.
    """
    result = Rises()
    for series in found:
        before = earlier.get(series.labels)
        seen: int | None = None
        for at, value in series.samples:
            if at >= start * MINUTE:
                if before is None:
                    watched = any(first < at <= last for first, last in spans.get(target_of(series.labels), ()))
                    before = 0.0 if watched else value
                    result.born += watched
                    result.unseen += 0 if watched else Fraction(value)
                _enter(result, at, before, value, seen)
            before, seen = value, at
    return result


def _enter(result: Rises, at: int, before: float, value: float, seen: int | None) -> None:
    """One sample at `at`, after a value of `before` that was seen at `seen`, if we know when."""
    minute = at // MINUTE
    if value < before:  # the program was started anew: it counts from 0
        result.resets += 1
        before = 0.0
    if rise := Fraction(value) - Fraction(before):
        result.minutes[minute] += rise
    result.samples[minute] += 1
    result.measured.add(minute)
    if seen is not None and at - seen <= BRIDGED_MINUTES * MINUTE:
        result.measured.update(range(seen // MINUTE + 1, minute))


def from_points(found: Iterable[Series], step: int) -> Rises:
    """The events of an expression over stretches of `step` minutes, each put into the last minute of its stretch.

    A point without a value is no data, and a negative one no number of events.
    """
    result = Rises()
    for series in found:
        for at, value in series.samples:
            if value < 0:
                continue
            minute = at // MINUTE
            result.minutes[minute] += Fraction(value)
            result.samples[minute] += 1
            result.measured.update(range(minute - step + 1, minute + 1))
    return result


@dataclass(slots=True)
class Whole:
    """Good and bad events in whole numbers: rows of (minute, good, bad).

    `carried`: the parts of an event (good, bad) that were left for later. `excess`: events of the good or bad query
    that the valid query does not know of: not counted.
    """

    rows: list[tuple[int, int, int]]
    carried: tuple[Fraction, Fraction]
    excess: Fraction


def whole(
    valid: Mapping[int, Fraction], part: Mapping[int, Fraction], *, good: bool, carried: tuple[Fraction, Fraction]
) -> Whole:
    """Events of the valid query, of which those of `part` are the good ones (else the bad ones).

    What is left of an event is carried to the next minutes, so that however many there are, the good and the bad ones
    are each off by less than one. The carried parts of whole counters stay 0.
    """
    rows, excess = [], Fraction(0)
    carried_good, carried_bad = carried
    for minute in sorted(valid.keys() | part.keys()):
        all_of_it, some = valid.get(minute, Fraction(0)), part.get(minute, Fraction(0))
        excess += max(some - all_of_it, Fraction(0))
        some = min(some, all_of_it)
        rest = all_of_it - some
        carried_good += some if good else rest
        carried_bad += rest if good else some
        good_ones, bad_ones = int(carried_good), int(carried_bad)
        carried_good -= good_ones
        carried_bad -= bad_ones
        if good_ones or bad_ones:
            rows.append((minute, good_ones, bad_ones))
    return Whole(rows, (carried_good, carried_bad), excess)
