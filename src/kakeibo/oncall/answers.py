"""Answers: somebody takes a matter, or says that it is over. One transaction writes who, how and when, and stops every
call and letter about it that has not gone out yet."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from kakeibo.alerts.acknowledgements import Acknowledgement, acknowledge, acknowledgements
from kakeibo.alerts.record import standings
from kakeibo.oncall import pages
from kakeibo.store import outbox


@dataclass(frozen=True, slots=True)
class Answered:
    """`first`: the earliest answer, which counts; `now`: the one just written. `over`: it was said to be over."""

    first: Acknowledgement
    now: Acknowledgement
    over: bool

    @property
    def is_first(self) -> bool:
        return self.first.id == self.now.id


def cause_of(group: str) -> str:
    """The cause that letters about a matter have in the outbox."""
    return f"matter:{group}"


def answer(connection: Connection, new: Acknowledgement, *, over: bool = False) -> Answered:
    """Write an answer down, within the caller's writing transaction. Every answer is kept; the first one counts.

    Letters of a matter that is over already tell of its end: these are not stopped.
    """
    first = acknowledgements(connection, [new.group]).get(new.group)
    written = acknowledge(connection, new)
    for page in pages.pages(connection, subject=new.group):
        if page.state == "open" or over:
            pages.answer(connection, page.id or 0, new.author, new.at, "resolved" if over else "answered")
    if burns(connection, new.group):
        outbox.call_off(connection, [cause_of(new.group)])
    return Answered(first or written, written, over)


def burns(connection: Connection, group: str) -> bool:
    """Whether any alert of the group still fires, or did when its events ceased."""
    return any(one.group == group and one.state != "quiet" for one in standings(connection).values())


def open_groups(connection: Connection) -> list[str]:
    """What can be answered now: matters that burn and pages that nobody has answered, each once."""
    burning = [one.group for one in standings(connection).values() if one.group and one.state != "quiet"]
    return list(dict.fromkeys([*burning, *(page.subject for page in pages.pages(connection, state="open"))]))
