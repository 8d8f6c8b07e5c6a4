"""Whether an incident looks like an earlier one. Pure and exact.

Three things are compared, as far as both incidents have them: which journeys were hit, what the failures had in
common (operation, error code, status), and the hour of the day at which it began. Of sets, the likeness is that of
Jaccard: what both have, of what either has. Of hours, 1 less the distance by the clock in parts of three hours, at
least 0. The whole is the mean of the three, weighted 2 : 2 : 1. From SAME on it is called the same pattern: a hint to
read what was learnt then, no proof of the same cause.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from kakeibo import clock
from kakeibo.incidents.nouns import Incident

SAME: Final = Fraction(3, 5)
_NEAR: Final = 180
_DAY: Final = clock.MINUTES_PER_DAY


@dataclass(frozen=True, slots=True)
class Pattern:
    """What is compared. `began`: the minute of the local day; None: not measured."""

    journeys: frozenset[str]
    marks: frozenset[str]
    began: int | None

    @classmethod
    def of(cls, incident: Incident, zone: str) -> Pattern:
        hit = {harm.slo for harm in incident.measured.harms if harm.above > 0} if incident.measured else set()
        start = incident.measured.start if incident.measured else None
        moment = clock.local(start.minute, zone) if start else None
        return cls(
            frozenset(name.partition("/")[0] for name in {*hit, *incident.slos}),
            frozenset(incident.measured.marks) if incident.measured else frozenset(),
            60 * moment.hour + moment.minute if moment else None,
        )


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike, from 0 to 1, and what both have."""

    share: Fraction
    journeys: tuple[str, ...]
    marks: tuple[str, ...]
    same_hour: bool


def likeness(one: Pattern, other: Pattern) -> Likeness:
    parts: list[tuple[int, Fraction]] = []
    if one.journeys and other.journeys:
        parts.append((2, _jaccard(one.journeys, other.journeys)))
    if one.marks and other.marks:
        parts.append((2, _jaccard(one.marks, other.marks)))
    near = Fraction(0)
    if one.began is not None and other.began is not None:
        apart = abs(one.began - other.began)
        near = max(Fraction(0), 1 - Fraction(min(apart, _DAY - apart), _NEAR))
        parts.append((1, near))
    weight = sum(weight for weight, _ in parts)
    share = sum((weight * part for weight, part in parts), Fraction(0)) / weight if weight else Fraction(0)
    return Likeness(
        share,
        tuple(sorted(one.journeys & other.journeys)),
        tuple(sorted(one.marks & other.marks)),
        near >= Fraction(1, 2),
    )


def alike(incident: Incident, others: Iterable[Incident], zone: str) -> list[tuple[Incident, Likeness]]:
    """Earlier incidents of the same pattern, the most alike first; of equals, the later one."""
    mine = Pattern.of(incident, zone)
    if not mine.journeys:
        return []
    found = [(one, likeness(mine, Pattern.of(one, zone))) for one in others
             if one.opened_at < incident.opened_at and one.id != incident.id and one.state != "merged"]  # fmt: skip
    same = [(one, like) for one, like in found if like.share >= SAME and like.journeys]
    return sorted(same, key=lambda pair: (-pair[1].share, -pair[0].opened_at))


def _jaccard(one: frozenset[str], other: frozenset[str]) -> Fraction:
    return Fraction(len(one & other), len(one | other))
