"""The pre-review: comments on a postmortem, each a question, a suggestion or a prevention, with what they answer.

Everybody writes until every question is answered, then suggestions, then preventions; only then the meeting. Rows are
added, never altered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

from sqlalchemy import Connection, insert, select

from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.ledger.deliveries import storable
from kakeibo.postmortems.records import Where, reading
from kakeibo.store import tables

Kind = Literal["question", "suggestion", "prevention", "answer"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)[:3]
"""What begins a thread, in the order in which they are gone through."""
LONGEST: Final = 4_000
"""Characters of a comment that are kept."""


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment. `quote`: the words of the text that it is about, or "". `thread`: the comment that it answers; 0: it
    begins a thread."""

    kind: Kind
    text: str
    quote: str = ""
    thread: int = 0
    author: str = ""
    at: int = 0
    id: int = 0


@dataclass(frozen=True, slots=True)
class Thread:
    """A comment and what was answered to it, in order."""

    first: Comment
    answers: tuple[Comment, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether nobody has answered yet."""
        return not self.answers


def add(connection: Connection, number: int, new: Comment, author: str, at: int) -> int:
    """Keep a comment on a postmortem; returns its number. Raises UsageError for an empty one, or no such thread."""
    words = storable(new.text.strip(), LONGEST)
    if not words:
        raise UsageError(t("the comment is empty"), t("say it in a few words: others will read it"))
    if new.thread:
        known = [one.id for one in comments(connection, number) if not one.thread]
        if new.thread not in known:
            raise UsageError(
                t("PM-{id} has no comment {comment}", id=number, comment=new.thread),
                t("kakeibo postmortem show lists them"),
            )
    row = {"postmortem_id": number, "thread": new.thread, "kind": new.kind, "author": author, "at": at}
    values = {**row, "text": words, "quote": storable(new.quote.strip(), LONGEST)}
    table = tables.postmortem_comments
    return int(connection.execute(insert(table).values(values).returning(table.c.id)).scalar_one())


def comments(where: Where, number: int) -> list[Comment]:
    """Every comment on a postmortem, answers too, in the order in which they were written."""
    table = tables.postmortem_comments.c
    columns = (table.kind, table.text, table.quote, table.thread, table.author, table.at, table.id)
    with reading(where) as connection:
        rows = connection.execute(select(*columns).where(table.postmortem_id == number).order_by(table.id))
        return [Comment(*row) for row in rows]


def threads(where: Where, number: int) -> list[Thread]:
    """The comments on a postmortem with their answers: questions first, then suggestions, then preventions."""
    found = comments(where, number)
    begun = [one for one in found if not one.thread]
    own = [Thread(first, tuple(one for one in found if one.thread == first.id)) for first in begun]
    return sorted(own, key=lambda thread: KINDS.index(thread.first.kind))


def open_of(threads: Sequence[Thread], kind: Kind) -> list[Comment]:
    """The comments of a kind that nobody has answered."""
    return [one.first for one in threads if one.is_open and one.first.kind == kind]
