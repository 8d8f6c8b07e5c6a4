"""Where the marks of a picture lie: exact counts in, coordinates for the template's SVG out. Nothing is drawn here.

Both pictures share the paper: x is time over the row's window, and time without data stays an empty, hatched band.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from kakeibo.budgets.report import Row
from kakeibo.clock import MINUTES_PER_DAY, MINUTES_PER_HOUR
from kakeibo.model import Count

LEFT, TOP, WIDTH, HEIGHT = 54, 12, 296, 108
"""The paper inside the axes, in the units of the viewBox."""

DEEPEST = 5
"""The daily picture shows failures up to this multiple of what is allowed; deeper days stand at its lower edge."""

Point = tuple[Fraction, Fraction]


@dataclass(frozen=True, slots=True)
class Day:
    """One measured stretch, normally a day: [start, end) in minutes, its counts, its share of good events, and what it
    added to what is spent."""

    start: int
    end: int
    count: Count
    share: Fraction | None
    spent: int | Fraction


@dataclass(frozen=True, slots=True)
class Mark:
    """A day in the daily picture. `missed`: below the target. `deep`: so far below that it left the paper."""

    x: str
    y: str
    missed: bool
    deep: bool
    day: Day


@dataclass(frozen=True, slots=True)
class Daily:
    """Share of good events per day. `lines` join neighbouring days; `floor` is the share at the bottom."""

    marks: tuple[Mark, ...]
    lines: tuple[str, ...]
    target_y: str
    floor: Fraction
    radius: str
    gaps: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class BurnDown:
    """The budget over the window. `above` and `below` are polygons: what was left, what was overspent."""

    lines: tuple[str, ...]
    above: tuple[str, ...]
    below: tuple[str, ...]
    zero_y: str
    floor: Fraction
    end: tuple[str, str]
    gaps: tuple[tuple[str, str], ...]


def bar(ratio: Fraction) -> str:
    """How much of a bar of 100 is filled; overspent fills nothing."""
    return _text(100 * min(max(ratio, Fraction(0)), Fraction(1)))


def days(row: Row) -> list[Day]:
    """The measured days of a row; each lasts a day, or until the next one or the window ends."""
    ends = [*(start for start, _ in row.days[1:]), row.to_minute] if row.days else []
    found = []
    for (start, count), (_, step), following in zip(row.days, row.steps or row.days, ends, strict=True):
        end = min(start + MINUTES_PER_DAY, following)
        # A local day is an hour longer or shorter when the clocks change: that hour is no gap.
        end = following if 0 < following - end <= MINUTES_PER_HOUR else end
        share = 1 - Fraction(count.spent, count.valid) if count.valid else None
        found.append(Day(max(start, row.from_minute), end, count, share, step.spent))
    return found


def gaps(row: Row) -> list[tuple[int, int]]:
    """Stretches of the window without a measured day, as [start, end) in minutes."""
    edges = [(row.from_minute, row.from_minute), *((day.start, day.end) for day in days(row))]
    edges.append((row.to_minute, row.to_minute))
    return [(end, start) for (_, end), (start, _) in pairwise(edges) if start > end]


def daily(row: Row) -> Daily:
    """The picture of the days against the target. The row must have a target below 1."""
    judged = [day for day in days(row) if day.share is not None]
    slack = 1 - row.slo.target
    worst = min((day.share for day in judged if day.share is not None), default=Fraction(1))
    depth = min(max(-((worst - 1) // slack), 2), DEEPEST)
    floor = max(1 - depth * slack, Fraction(0))

    def place(day: Day) -> Point:
        share = day.share or Fraction(0)
        return _x(row, Fraction(day.start + day.end, 2)), _y(max(share, floor), floor, Fraction(1))

    return Daily(
        marks=tuple(_mark(row, day, place(day), floor) for day in judged),
        lines=tuple(_path([place(day) for day in run]) for run in _runs(judged) if len(run) > 1),
        target_y=_text(_y(row.slo.target, floor, Fraction(1))),
        floor=floor,
        radius=_text(min(Fraction(3), Fraction(WIDTH * MINUTES_PER_DAY, 3 * (row.to_minute - row.from_minute)))),
        gaps=_bands(row),
    )


def burn_down(row: Row) -> BurnDown:
    """How the budget of the whole window went, from all of it to what is left. `allowed` must not be zero."""
    runs = list(_balances(row))
    lowest = min((left for run in runs for _, left in run), default=Fraction(1))
    floor = min(lowest, Fraction(0))

    def place(point: Point) -> Point:
        return point[0], _y(point[1], floor, Fraction(1))

    def area(run: Sequence[Point], sign: int) -> str:
        tops = [(x, max(left, Fraction(0)) if sign > 0 else min(left, Fraction(0))) for x, left in run]
        return _path([place(p) for p in [(run[0][0], Fraction(0)), *tops, (run[-1][0], Fraction(0))]])

    last = runs[-1][-1] if runs else (Fraction(LEFT), Fraction(1))
    return BurnDown(
        lines=tuple(_path([place(p) for p in run]) for run in runs),
        above=tuple(area(run, 1) for run in runs if any(left > 0 for _, left in run)),
        below=tuple(area(run, -1) for run in runs if any(left < 0 for _, left in run)),
        zero_y=_text(_y(Fraction(0), floor, Fraction(1))),
        floor=floor,
        end=(_text(place(last)[0]), _text(place(last)[1])),
        gaps=_bands(row),
    )


def _balances(row: Row) -> Iterator[list[Point]]:
    """Per stretch of neighbouring days, the budget left at each of its edges and where it crosses zero."""
    left = Fraction(1)
    for run in _runs(days(row)):
        points = [(_x(row, Fraction(run[0].start)), left)]
        for day in run:
            x, before = points[-1]
            left = before - day.spent / row.allowed
            end = _x(row, Fraction(day.end))
            if before > 0 > left:
                points.append((x + (end - x) * before / (before - left), Fraction(0)))
            points.append((end, left))
        yield points


def _runs(found: Sequence[Day]) -> Iterator[list[Day]]:
    """Days that follow each other without a gap."""
    run: list[Day] = []
    for day in found:
        if run and run[-1].end < day.start:
            yield run
            run = []
        run.append(day)
    if run:
        yield run


def _mark(row: Row, day: Day, place: Point, floor: Fraction) -> Mark:
    share = day.share or Fraction(0)
    return Mark(_text(place[0]), _text(place[1]), share < row.slo.target, share < floor, day)


def _bands(row: Row) -> tuple[tuple[str, str], ...]:
    """Gaps as (x, width)."""
    return tuple(
        (_text(_x(row, Fraction(start))), _text(_x(row, Fraction(end)) - _x(row, Fraction(start))))
        for start, end in gaps(row)
    )


def _x(row: Row, minute: Fraction) -> Fraction:
    return LEFT + WIDTH * (minute - row.from_minute) / (row.to_minute - row.from_minute)


def _y(value: Fraction, bottom: Fraction, top: Fraction) -> Fraction:
    return TOP + HEIGHT * (top - value) / (top - bottom)


def _path(points: Sequence[Point]) -> str:
    return " ".join(f"{_text(x)},{_text(y)}" for x, y in points)


def _text(number: Fraction) -> str:
    """A coordinate to a hundredth of a unit, the only rounding of a picture."""
    return f"{float(number):.2f}".rstrip("0").rstrip(".")
