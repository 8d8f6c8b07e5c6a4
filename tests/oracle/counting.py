"""What a log comes to, event by event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.oracle.expressions import Row, Tree, judge

Event = tuple[int | None, Row]
"""The minute of a line (None: it cannot be read) and its columns."""


@dataclass(frozen=True)
class Objective:
    """An SLO as trees; `void` None when nothing is left out."""

    valid: Tree
    good: Tree
    void: Tree | None = None


@dataclass
class Counts:
    """`counts`: (minute, objective's number, verdict) -> events; verdicts are good, bad, void, unknown (also bad)."""

    counts: Counter[tuple[int, int, str]] = field(default_factory=Counter)
    lines: Counter[int] = field(default_factory=Counter)
    rejected: int = 0


def count(events: Iterable[Event], objectives: Sequence[Objective]) -> Counts:
    found = Counts()
    for minute, row in events:
        if minute is None:
            found.rejected += 1
            continue
        found.lines[minute] += 1
        for number, objective in enumerate(objectives):
            for verdict in verdicts(objective, row):
                found.counts[minute, number, verdict] += 1
    return found


def verdicts(objective: Objective, row: Row) -> tuple[str, ...]:
    """An event counts when valid is true and void is not; it is good when good is true."""
    if judge(objective.valid, row) is not True:
        return ()
    if objective.void is not None and judge(objective.void, row) is True:
        return ("void",)
    good = judge(objective.good, row)
    return ("good",) if good is True else ("bad",) if good is False else ("bad", "unknown")
