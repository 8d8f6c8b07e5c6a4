"""Where the marks of the web's own pictures lie. Exact counts in, coordinates for the templates' SVG out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final

from kakeibo.budgets.report import Row
from kakeibo.clock import MINUTES_PER_DAY, local
from kakeibo.letters import figures
from kakeibo.letters.pictures import DEEPEST, HEIGHT, LEFT, TOP, WIDTH, days
from kakeibo.model import Count

Step = tuple[int, int, Count]
"""[from, to) in minutes, and what was counted in it."""
Stretch = tuple[int, int]

SPARK_WIDTH: Final = 84
SPARK_HEIGHT: Final = 20

LANES: Final = 20
"""Below the paper, where alerts and what was left out are drawn if there are any."""
CHARGES: Final = 9
"""More of it, for what was charged."""


@dataclass(frozen=True, slots=True)
class Dot:
    """A step below the target; `deep`: so far that it left the paper."""

    x: str
    y: str
    deep: bool
    start: int
    share: Fraction


@dataclass(frozen=True, slots=True)
class Timeline:
    """Share of good events per step. `lines` join neighbouring steps; `gaps` are stretches without an event."""

    lines: tuple[str, ...]
    dots: tuple[Dot, ...]
    target_y: str
    floor: Fraction
    bottom: int
    gaps: tuple[tuple[str, str], ...]
    ticks: tuple[tuple[str, str, str], ...]


def share(count: Count) -> Fraction:
    """What went well of it, exactly. There must be something."""
    return 1 - Fraction(count.spent, count.valid)


def spark(row: Row) -> tuple[str, str]:
    """The window at a glance: a path of the daily share, from what is allowed five times over (below) to 100 %, and the
    height of the target. ("", ...) without a day.

    A hundred of them are on a page: nothing is judged by them, so their places are floating-point numbers.
    """
    judged = [(day.start, day.end, day.count.spent / day.count.valid) for day in days(row) if day.count.valid]
    deepest = min(float(DEEPEST * (1 - row.slo.target)), 1.0) or 1.0
    scale, width = (SPARK_HEIGHT - 2) / deepest, SPARK_WIDTH / (row.to_minute - row.from_minute)
    words, before = [], None
    for start, end, lost in judged:
        x, y = ((start + end) / 2 - row.from_minute) * width, 1 + min(float(lost), deepest) * scale
        words.append(f"{'M' if before is None or before < start else 'L'}{x:.1f},{y:.1f}")
        before = end
    path = "".join(words)
    return (path + "h1" if len(judged) == 1 else path), f"{1 + float(1 - row.slo.target) * scale:.1f}"


def timeline(steps: Sequence[Step], target: Fraction, stretch: Stretch, zone: str, *, lanes: int) -> Timeline:
    """The picture of `steps` over `stretch`, the target a share below 1; `lanes`: so much room below."""
    height = HEIGHT - lanes
    judged = [(start, end, share(count)) for start, end, count in steps if count.valid]
    slack = 1 - target
    worst = min((share for _, _, share in judged), default=Fraction(1))
    depth = min(max(-((worst - 1) // slack), 2), 2 * DEEPEST)
    floor = max(1 - depth * slack, Fraction(0))
    y_of = _scale(floor, Fraction(height), Fraction(TOP))

    def x_of(minute: Fraction | int) -> Fraction:
        return place(minute, stretch)

    points = [(start, end, _text(x_of(Fraction(start + end, 2))), y_of(share)) for start, end, share in judged]
    return Timeline(
        lines=tuple(_lines(points)),
        dots=tuple(
            Dot(x, y, share < floor, start, share)
            for (start, _, share), (_, _, x, y) in zip(judged, points, strict=True)
            if share < target
        ),
        target_y=y_of(target),
        floor=floor,
        bottom=TOP + height,
        gaps=tuple(band(gap, stretch) for gap in _gaps(judged, stretch)),
        ticks=tuple(_ticks(stretch, zone)),
    )


def place(minute: Fraction | int, stretch: Stretch) -> Fraction:
    """Where a minute lies on the paper."""
    start, end = stretch
    return LEFT + WIDTH * (Fraction(minute) - start) / (end - start)


def place_text(minute: int, stretch: Stretch) -> str:
    """The same as text."""
    return _text(place(minute, stretch))


def band(part: Stretch, stretch: Stretch) -> tuple[str, str]:
    """(x, width) of a part of the time that is shown; never so narrow that nobody sees it."""
    left, right = place(max(part[0], stretch[0]), stretch), place(min(part[1], stretch[1]), stretch)
    return _text(left), _text(max(right - left, Fraction(3, 2)))


def _scale(floor: Fraction, height: Fraction, top: Fraction) -> Callable[[Fraction], str]:
    def y_of(share: Fraction) -> str:
        return _text(top + height * (1 - max(share, floor)) / (1 - floor))

    return y_of


def _lines(points: Sequence[tuple[int, int, str, str]]) -> list[str]:
    """Neighbouring points as one line each; a lone point as a short one."""
    runs: list[list[str]] = []
    before = None
    for start, end, x, y in points:
        if before != start:
            runs.append([])
        runs[-1].append(f"{x},{y}")
        before = end
    return [" ".join(run if len(run) > 1 else [run[0], run[0]]) for run in runs]


def _gaps(judged: Sequence[tuple[int, int, Fraction]], stretch: Stretch) -> list[Stretch]:
    edges = [(stretch[0], stretch[0]), *((start, end) for start, end, _ in judged), (stretch[1], stretch[1])]
    return [(end, start) for (_, end), (start, _) in pairwise(edges) if start > end]


def _ticks(stretch: Stretch, zone: str) -> list[tuple[str, str, str]]:
    """(x, label, anchor): the beginning, the middle, the end; days, or times where the whole is short."""
    start, end = stretch
    short = end - start <= 2 * MINUTES_PER_DAY
    found = []
    for minute, anchor in ((start, "start"), ((start + end) // 2, "middle"), (end, "end")):
        label = f"{local(minute, zone):%H:%M}" if short else figures.short_day(min(minute, end - 1), zone)
        found.append((_text(place(minute, stretch)), label, anchor))
    return found


def _text(number: Fraction) -> str:
    return f"{float(number):.1f}".removesuffix(".0")
