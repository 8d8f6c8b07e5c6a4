"""What was promised in postmortems: which actions are overdue, due soon, done. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from kakeibo.postmortems.form import Action
from kakeibo.postmortems.records import Postmortem


@dataclass(frozen=True, slots=True)
class Promised:
    """An action and the postmortem in which it was promised."""

    action: Action
    postmortem: Postmortem

    def days_late(self, today: date) -> int:
        """Days since it was due; 0 while it is not late, or nobody said when."""
        due = self.action.due
        return 0 if due is None or self.action.done else max(0, (today - due).days)


def promised(postmortems: Iterable[Postmortem]) -> list[Promised]:
    """Every action of published postmortems, in their order."""
    return [Promised(action, one) for one in postmortems if one.state == "published" for action in one.actions]


def overdue(all_: Iterable[Promised], today: date) -> list[Promised]:
    """Those that are not done though their day is over, the latest first."""
    late = [one for one in all_ if one.days_late(today)]
    return sorted(late, key=lambda one: (one.action.due or today, one.postmortem.id))


def due_within(all_: Iterable[Promised], first: date, last: date) -> list[Promised]:
    """Those that are not done and due on one of these days."""
    return [one for one in all_ if not one.action.done and one.action.due and first <= one.action.due <= last]


def done_within(all_: Iterable[Promised], first: date, last: date) -> list[Promised]:
    """Those that were done on one of these days."""
    return [one for one in all_ if one.action.done and first <= one.action.done <= last]
