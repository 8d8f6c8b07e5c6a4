"""A month in postmortems: what is new, what is worth reading, causes, actions, and whether the habit is alive. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

from kakeibo.postmortems import actions
from kakeibo.postmortems.actions import Promised
from kakeibo.postmortems.adoption import Adoption, Owed, adoption
from kakeibo.postmortems.pareto import Pareto, pareto
from kakeibo.postmortems.records import Postmortem

WORTH_READING: Final = 3
"""So many are named: being told too many things breaks hearts."""


@dataclass(frozen=True, slots=True)
class Worth:
    """One that is worth reading. `same`: other postmortems with a root cause of it, the newest first."""

    postmortem: Postmortem
    same: tuple[Postmortem, ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """One month, from `first` to `last`. Causes are those of the twelve months that end with it."""

    first: date
    last: date
    new: tuple[Postmortem, ...]
    worth: tuple[Worth, ...]
    triggers: Pareto
    root_causes: Pareto
    overdue: tuple[Promised, ...]
    due: tuple[Promised, ...]
    done: tuple[Promised, ...]
    adoption: Adoption
    waiting: tuple[Postmortem, ...]


def digest(
    month: tuple[date, date],
    postmortems: Sequence[Postmortem],
    published_on: Mapping[int, date],
    owed: Sequence[Owed],
    readers: dict[int, int],
) -> Digest:
    """The digest of a month (its first and last day). `published_on`: the day of the calendar on which each was.

    Worth reading are the new ones that burnt most of a budget, of those that burnt the same the ones whose root cause
    has come most often; what is not measured comes last.
    """
    first, last = month
    known = [one for one in postmortems if one.state == "published" and published_on[one.id] <= last]
    new = [one for one in known if published_on[one.id] >= first]
    year = [one for one in known if _a_year_up_to(first) <= one.date <= last]
    worth = sorted((Worth(one, same_causes(one, known)) for one in new), key=_weight)
    promised = actions.promised(known)
    return Digest(
        first=first,
        last=last,
        new=tuple(new),
        worth=tuple(worth[:WORTH_READING]),
        triggers=pareto(year, "trigger"),
        root_causes=pareto(year, "root_cause", "budget"),
        overdue=tuple(actions.overdue(promised, last)),
        due=tuple(actions.due_within(promised, last + timedelta(days=1), last + timedelta(days=31))),
        done=tuple(actions.done_within(promised, first, last)),
        adoption=adoption(owed, postmortems, readers),
        waiting=tuple(one for one in postmortems if one.state in ("draft", "ready")),
    )


def same_causes(one: Postmortem, others: Sequence[Postmortem]) -> tuple[Postmortem, ...]:
    """The others that share a root cause with it; a cause called "another" is none that is shared."""
    own = set(one.root_causes) - {"other_root_cause"}
    return tuple(other for other in others if other.id != one.id and own & set(other.root_causes))


def _weight(worth: Worth) -> tuple[bool, Fraction, int]:
    burnt = worth.postmortem.most_burnt
    return burnt is None, -(burnt or Fraction(0)), -len(worth.same)


def _a_year_up_to(first: date) -> date:
    """The first day of the twelve months that end with the month of `first`."""
    return date(first.year - 1 + first.month // 12, first.month % 12 + 1, 1)
