"""A part of the time, looked at more closely: which one is asked for, and what was counted in its steps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from kakeibo import clock
from kakeibo.app.counts import counter
from kakeibo.app.reporting import parsed
from kakeibo.app.web.charts import Step, Stretch
from kakeibo.budgets.report import Row
from kakeibo.clock import MINUTES_PER_DAY, MINUTES_PER_HOUR
from kakeibo.errors import UsageError
from kakeibo.i18n import marked, t
from kakeibo.letters.pictures import days
from kakeibo.model import Book
from kakeibo.store import Store

RANGES: Final = {
    "7d": (7 * MINUTES_PER_DAY, marked("7 days")),
    "1d": (MINUTES_PER_DAY, marked("1 day")),
    "6h": (6 * MINUTES_PER_HOUR, marked("6 hours")),
}
"""Stretches before the moment that is shown, by the word in the address."""
BEFORE: Final = 90 * MINUTES_PER_DAY
"""How far before a stretch one looks for an alert that was still burning."""
LONGEST: Final = 400 * MINUTES_PER_DAY
_MOST_STEPS: Final = 120
_STEPS: Final = (1, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080)


def asked(name: str, start: str, end: str, at: int, zone: str) -> Stretch | None:
    """The stretch of `?range=` or `?from=&to=`; None: the window of the promise. Raises UsageError."""
    if start:
        found = clock.minute_of(parsed(start, zone)), clock.minute_of(parsed(end, zone)) if end else at
        if not 0 < found[1] - found[0] <= LONGEST:
            days = LONGEST // MINUTES_PER_DAY
            raise UsageError(t("from is not before to, or more than {days} days before it", days=days))
        return found
    if not name:
        return None
    if name not in RANGES:
        raise UsageError(
            t("there is no range {name}", name=repr(name)), t("there are: {names}", names=", ".join(RANGES))
        )
    return at - RANGES[name][0], at


def steps(book: Book, store: Store, rows: Sequence[Row], stretch: Stretch | None) -> dict[str, list[Step]]:
    """What each of `rows` counted in each step of `stretch`, by objective; of the whole window (None), day by day as
    the report has it.

    Slices of time are the shortest step of an objective that counts these.
    """
    if stretch is None:
        return {row.slo.name: [(day.start, day.end, day.count) for day in days(row)] for row in rows}
    cut = {row.slo.name: _parts(stretch, step_of(stretch, row.slo.method.slice_minutes)) for row in rows}
    every = {part for parts in cut.values() for part in parts}
    count = counter(book, store, [row.slo for row in rows], every, lambda _: stretch[0])
    return {row.slo.name: [(*part, count(row.slo, part)) for part in cut[row.slo.name]] for row in rows}


def _parts(stretch: Stretch, step: int) -> list[Stretch]:
    """Steps begin at multiples of their length: the same minutes fall into the same step, whenever one looks."""
    inner = range(stretch[0] // step * step + step, stretch[1], step)
    return list(pairwise([stretch[0], *inner, stretch[1]]))


def step_of(stretch: Stretch, slice_minutes: int) -> int:
    """The length of a step in minutes: so that there are not too many, and no slice is cut."""
    least = max((stretch[1] - stretch[0]) // _MOST_STEPS, slice_minutes, 1)
    step = next((step for step in _STEPS if step >= least), -(-least // MINUTES_PER_DAY) * MINUTES_PER_DAY)
    return -(-step // slice_minutes) * slice_minutes if slice_minutes else step
