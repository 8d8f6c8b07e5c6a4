"""Which causes come again and again: postmortems added up by cause, by number and by the budget they burnt. Pure.

A postmortem with several causes counts with each of them in full; `covered` says what share has at least one of the
causes so far, so that it ends at 1 where every postmortem names a cause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from kakeibo.postmortems.causes import ROOT_CAUSES, TRIGGERS, Axis, Cause
from kakeibo.postmortems.records import Postmortem

By = Literal["count", "budget"]


@dataclass(frozen=True, slots=True)
class Bar:
    """One cause: the postmortems that name it, and the budget they burnt, in whole budgets; those whose share nobody
    knows add nothing to it. `covered`: see above."""

    cause: Cause
    postmortems: tuple[int, ...]
    burnt: Fraction
    covered: Fraction | None

    @property
    def count(self) -> int:
        return len(self.postmortems)


@dataclass(frozen=True, slots=True)
class Pareto:
    """The causes of one axis, the heaviest first. `unnamed`: postmortems that name none on it; `unmeasured`: those of
    which nobody knows what they burnt; `burnt`: what all of them burnt together, by the hardest hit SLO of each."""

    axis: Axis
    by: By
    total: int
    burnt: Fraction
    unnamed: int
    unmeasured: int
    bars: tuple[Bar, ...]


def pareto(postmortems: Iterable[Postmortem], axis: Axis, by: By = "count") -> Pareto:
    """The causes of `postmortems` on an axis, the heaviest first; of two that weigh the same, as in causes.py."""
    all_ = list(postmortems)
    known = TRIGGERS if axis == "trigger" else ROOT_CAUSES
    own = {cause: [one for one in all_ if key in _named(one, axis)] for key, cause in known.items()}
    weigh: Callable[[Sequence[Postmortem]], int | Fraction] = len if by == "count" else _burnt
    heaviest = sorted((pair for pair in own.items() if pair[1]), key=lambda pair: -weigh(pair[1]))
    whole = weigh(all_)
    seen, sum_ = set[int](), Fraction(0)
    bars = []
    for cause, found in heaviest:
        sum_ += weigh([one for one in found if one.id not in seen])
        seen |= {one.id for one in found}
        covered = sum_ / whole if whole else None
        bars.append(Bar(cause, tuple(one.id for one in found), _burnt(found), covered))
    return Pareto(
        axis=axis,
        by=by,
        total=len(all_),
        burnt=_burnt(all_),
        unnamed=sum(not _named(one, axis) for one in all_),
        unmeasured=sum(one.most_burnt is None for one in all_),
        bars=tuple(bars),
    )


def _named(one: Postmortem, axis: Axis) -> tuple[str, ...]:
    return one.triggers if axis == "trigger" else one.root_causes


def _burnt(postmortems: Sequence[Postmortem]) -> Fraction:
    return sum((one.most_burnt or Fraction(0) for one in postmortems), Fraction(0))
