"""Answers: somebody takes a matter or a call, or says that it is over. One transaction writes who, how and when, and
stops every call and letter about it that has not gone out yet.

What is answered is known by its group: of a matter the group of its alerts, of a call the subject of its page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from kakeibo.alerts.acknowledgements import Acknowledgement, acknowledge, acknowledgements
from kakeibo.alerts.record import standings
from kakeibo.oncall import pages
from kakeibo.oncall.calls import is_call
from kakeibo.store import outbox

MATTER: Final = "matter:"
"""What the subject of a page and the cause of a letter begin with when they are about a matter."""


@dataclass(frozen=True, slots=True)
class Answered:
    """`first`: the earliest answer, which counts; `now`: the one just written."""

    first: Acknowledgement
    now: Acknowledgement

    @property
    def is_first(self) -> bool:
        return self.first.id == self.now.id


def subject_of(group: str) -> str:
    """The subject that pages about a group have."""
    return group if is_call(group) else MATTER + group


def group_of(subject: str) -> str:
    """The group that a page is about."""
    return subject.removeprefix(MATTER)


def answer(connection: Connection, new: Acknowledgement, *, over: bool = False) -> Answered:
    """Write an answer down, within the caller's writing transaction. Every answer is kept; the first one counts.

    Letters of a matter that is over already tell of its end: these are not stopped.
    """
    first = acknowledgements(connection, [new.group]).get(new.group)
    written = acknowledge(connection, new)
    for number in pages.open_pages(connection, subject_of(new.group)):
        pages.answer(connection, number, new.author, new.at, "resolved" if over else "answered")
    if new.group in burning(connection):
        outbox.call_off(connection, [subject_of(new.group)])
    return Answered(first or written, written)


def burning(connection: Connection) -> dict[str, list[str]]:
    """Matters of which something still fires, or did when its events ceased: group -> the subjects of those alerts."""
    found: dict[str, list[str]] = {}
    for alert, standing in standings(connection).items():
        if standing.group and standing.state != "quiet":
            found.setdefault(standing.group, []).append(alert.subject)
    return found


def open_groups(connection: Connection) -> list[str]:
    """What can be answered now: matters that burn, and pages under way, each once."""
    under_way = [group_of(page.subject) for page in pages.pages(connection, state="open")]
    return list(dict.fromkeys([*burning(connection), *under_way]))
