"""What a fleet sends: commands to devices, by the outbox; and a page when the breaker holds, to who is on call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import Connection

from kakeibo.devices import Fleet
from kakeibo.fleet.orders import Change, Sending
from kakeibo.i18n import t
from kakeibo.model import Book
from kakeibo.notifiers.kinds import Message
from kakeibo.oncall import pages
from kakeibo.store import outbox
from kakeibo.store.outbox import Letter


def send(
    connection: Connection, book: Book, fleet: Fleet, sendings: Sequence[Sending], changes: Iterable[Change], now: int
) -> None:
    """Enter commands and pages, within the transaction of the decisions they are about."""
    if fleet.act is not None:
        outbox.put(connection, [_command(fleet, one, now) for one in sendings], now)
    duty = book.oncall.get(team.key) if (team := book.team_of(book.journeys[fleet.key])) else None
    for change in changes:
        if change.what == "breaker_holds" and duty is not None:
            pages.begin(connection, duty, "page", breaker_sentence(fleet, change), now)


def breaker_sentence(fleet: Fleet, change: Change) -> str:
    """Why nothing goes out."""
    return t(
        "{fleet}: {n} of {size} devices would go out of service at once: the fault is probably ours. Nothing goes out.",
        fleet=fleet.key,
        n=change.fact,
        size=change.detail,
    )


def _command(fleet: Fleet, sending: Sending, now: int) -> Letter:
    """A letter for every try: what was sent once is sent again under another key, with the same id inside."""
    assert fleet.act is not None, fleet.key
    command = sending.command
    key = command.key(fleet.key, sending.device)
    words = {
        "out": t("{device}: out of service", device=sending.device),
        "back": t("{device}: back in service", device=sending.device),
    }
    message = Message(
        id=key,
        group=f"{fleet.key}/{sending.device}",
        kind="notice",
        severity=None,
        subject=words[command.verb],
        summary=words[command.verb],
        at=command.at,
        data={"version": 1, "id": key, "fleet": fleet.key, "device": sending.device, "command": command.verb,
              "at": command.at},
    )  # fmt: skip
    encoded = msgspec.json.encode(message).decode()
    letter_key = f"fleet:{key}:{command.tries}"
    return Letter(letter_key, f"fleet:{key}", fleet.act.channel, fleet.act.target, encoded, now)
