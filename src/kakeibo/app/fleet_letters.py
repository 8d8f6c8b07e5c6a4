"""What a fleet sends: commands to devices, by the outbox; and a page when the breaker holds, to who is on call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import Connection

from kakeibo.app.channel_checks import ONCALL, receiver
from kakeibo.devices import ActRule, Fleet
from kakeibo.fleet.orders import Change, Sending
from kakeibo.i18n import speaking, t
from kakeibo.model import Book
from kakeibo.notifiers.kinds import Message
from kakeibo.oncall.calls import begin_for, new_call
from kakeibo.store import outbox
from kakeibo.store.outbox import Letter


def send(
    connection: Connection, book: Book, fleet: Fleet, sendings: Sequence[Sending], changes: Iterable[Change], now: int
) -> None:
    """Enter commands and pages, within the transaction of the decisions they are about."""
    if fleet.act is not None:
        outbox.put(connection, [_command(fleet, fleet.act, one, now) for one in sendings], now)
    for change in changes:
        if change.what == "breaker_holds":
            _page(connection, book, fleet, change, now)


def _page(connection: Connection, book: Book, fleet: Fleet, change: Change, now: int) -> None:
    """One page to everybody whom the team of the fleet wants to be told of what is urgent."""
    team = book.team_of(book.journeys[fleet.key])
    if team is None:
        return
    with speaking(book.organisation.language):
        sentence = breaker_sentence(fleet, change)
    key, duty = f"fleet:{fleet.key}:breaker:{change.at}", book.oncall.get(team.key)
    for to in team.notify.get("page", ()):
        if to == ONCALL:
            if duty is not None:
                begin_for(connection, duty, new_call("", "kakeibo", "fleet", sentence, now))
            continue
        channel, target = receiver(to)
        message = Message(key, key, "notice", "page", fleet.key, sentence, change.at, book.organisation.language)
        encoded = msgspec.json.encode(message).decode()
        outbox.put(connection, [Letter(f"{key}:{to}", key, channel, target, encoded, now)], now)


def breaker_sentence(fleet: Fleet, change: Change) -> str:
    """Why nothing goes out."""
    return t(
        "{fleet}: {n} of {size} devices would go out of service at once: the fault is probably ours. Nothing goes out.",
        fleet=fleet.key,
        n=change.fact,
        size=change.detail,
    )


def _command(fleet: Fleet, act: ActRule, sending: Sending, now: int) -> Letter:
    """A letter for every try: what was sent once is sent again under another key, with the same id inside."""
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
    return Letter(letter_key, f"fleet:{key}", act.channel, act.target, encoded, now)
