"""How a drill went, in seconds since the trouble began, and how earlier ones of the same scenario did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from kakeibo.practice.drills.records import Kind, Run

STEPS: Final = ("detect", "acknowledge", "hypothesis", "resolve")


@dataclass(frozen=True, slots=True)
class Measures:
    """Seconds to each step; None: it was not reached. `hypothesis`: to the first one that was right."""

    detect: int | None
    acknowledge: int | None
    hypothesis: int | None
    resolve: int | None

    def of(self, step: str) -> int | None:
        found: int | None = getattr(self, step)
        return found


def measures(run: Run) -> Measures:
    """What a run took. Detection is the first alert, or the first note that somebody saw it; what is said to be over
    has been acknowledged by then."""
    detected = [alert.at for alert in run.alerts] + _noted(run, "detected")
    taken = ([run.answered] if run.answered is not None else []) + _noted(run, "acknowledged")
    return Measures(
        detect=_since(run, detected),
        acknowledge=_since(run, taken),
        hypothesis=_since(run, _noted(run, "right")),
        resolve=_since(run, _noted(run, "resolved")),
    )


def earlier(run: Run, runs: Sequence[Run]) -> list[Run]:
    """The runs of the same scenario that were over before this one began, the newest first. Scripted ones and others
    are different tasks and not compared."""
    alike = (one for one in runs if one.scenario == run.scenario and one.scripted == run.scripted)
    return [one for one in alike if one.ended is not None and one.began < run.began]


def median(runs: Sequence[Run], step: str) -> Fraction | None:
    """The usual number of seconds to a step, of those runs that reached it; None when none did."""
    reached = sorted(found for run in runs if (found := measures(run).of(step)) is not None)
    if not reached:
        return None
    half = len(reached) // 2
    return Fraction(
        reached[half] if len(reached) % 2 else reached[half - 1] + reached[half], 1 + (1 - len(reached) % 2)
    )


def _noted(run: Run, kind: Kind) -> list[int]:
    return [note.at for note in run.notes if note.kind == kind]


def _since(run: Run, moments: Sequence[int]) -> int | None:
    """What took place before the trouble began took no time."""
    return max(0, min(moments) - run.trouble) if moments else None
