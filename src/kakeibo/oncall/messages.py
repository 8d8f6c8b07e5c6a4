"""What a page says, kept with it: whoever sends its legs, or repeats one on the telephone, needs nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import msgspec
from sqlalchemy import Connection, insert, select

from kakeibo.notifiers.kinds import Message
from kakeibo.oncall import escalation, pages
from kakeibo.oncall.escalation import CALL, Leg, Page
from kakeibo.store import tables

_LEG = "leg:"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who began a page, and by which way: "chat", "cli"; both are "" when it was an alert."""

    author: str = ""
    origin: str = ""


def attach(connection: Connection, page: Page, messages: Iterable[Message], caller: Caller) -> None:
    """Keep what a page says, in each of its languages; in the transaction in which it begins."""
    rows = [
        {
            "page_id": page.id,
            "language": message.language,
            "author": caller.author,
            "origin": caller.origin,
            "message": msgspec.json.encode(message).decode(),
        }
        for message in messages
    ]
    connection.execute(insert(tables.page_messages), rows)


def call(connection: Connection, person: str, messages: Iterable[Message], caller: Caller, now: int) -> Page:
    """Somebody calls `person` by telephone. `messages` say why, all with the same `group`. Returns the new page."""
    said = list(messages)
    page = pages.begin(connection, escalation.direct(person), CALL, said[0].group, now)
    attach(connection, page, said, caller)
    return page


def message_of(connection: Connection, page: Page, leg: Leg, language: str) -> Message | None:
    """What a leg says, in `language` if it can; its `id` is that of the leg. None when nothing was attached."""
    table = tables.page_messages.c
    rows = connection.execute(select(table.language, table.message).where(table.page_id == page.id)).all()
    if not rows:
        return None
    texts = {row.language: row.message for row in rows}
    text = texts.get(language) or next(iter(texts.values()))
    return replace(msgspec.json.decode(text, type=Message), id=f"{_LEG}{leg.id}")


def caller_of(connection: Connection, page: Page) -> Caller:
    """Who began a page."""
    table = tables.page_messages.c
    row = connection.execute(select(table.author, table.origin).where(table.page_id == page.id).limit(1)).one_or_none()
    return Caller(row.author, row.origin) if row else Caller()


def leg_number(message_id: str) -> int | None:
    """The leg that the `id` of a message names; None when it names none."""
    digits = message_id.removeprefix(_LEG)
    well = message_id.startswith(_LEG) and digits.isascii() and digits.isdecimal() and len(digits) < 16
    return int(digits) if well else None
