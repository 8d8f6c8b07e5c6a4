"""Calling whoever is on duty: pages begin and end with their matters; their legs are sent by the book's channels."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from kakeibo.alerts.telling import Telling
from kakeibo.app.oncall import rosters_at
from kakeibo.app.routing import Routing
from kakeibo.duties import Channel as Way
from kakeibo.i18n import t
from kakeibo.model import Book
from kakeibo.notifiers.kinds import Message, Notifier, Outcome, notifier
from kakeibo.oncall import contacts, pages
from kakeibo.oncall.answers import MATTER
from kakeibo.oncall.escalation import MINUTE, Leg
from kakeibo.oncall.escalation import Outcome as Result
from kakeibo.oncall.pages import Directory
from kakeibo.store import Store

_RESULTS: Final[Mapping[str, Result]] = {"sent": "sent", "later": "failed", "refused": "failed", "unknown": "unknown"}
_AT_ONCE: Final = 8
"""Messages that are sent side by side: each is done within its lease, with the longest time-out of a channel."""

Write = Callable[[Connection, str, str, str], Message | None]
"""(connection, subject of a page, id, language) -> what is to be said; None when there is nothing to say any more."""


def tell(connection: Connection, book: Book, telling: Telling, routing: Routing, now: int) -> None:
    """Begin to call for a matter that fires, or stop because it is over. Within the caller's transaction."""
    subject = MATTER + telling.matter.group
    under_way = pages.open_pages(connection, subject)
    if telling.kind == "resolved":
        for number in under_way:
            pages.answer(connection, number, pages.KAKEIBO, now, "resolved")
        return
    if telling.kind == "no_data" or under_way:
        return
    alert = telling.flips[0].alert
    for team in routing.teams(alert):
        if team.key in book.oncall:
            severity = routing.severity(alert) or alert.severity
            pages.begin(connection, book.oncall[team.key], severity, subject, now)


@dataclass(frozen=True, slots=True)
class Sent:
    """A leg that was sent, or that it was tried to send; `page` is its number."""

    page: int
    leg: Leg
    outcome: Outcome


def escalate(
    book: Book,
    store: Store,
    notifiers: Mapping[str, Notifier],
    worker: str,
    now: int,
    *,
    write: Write,
    only: int | None = None,
) -> list[Sent]:
    """One round of all pages, or of the one numbered `only`: the next steps begin, and what is due is sent."""
    rosters, _ = rosters_at(book, store, now // MINUTE)
    directory = Directory(book.people, book.oncall, rosters)
    with store.writing() as connection:
        pages.advance(connection, directory, now, only)
        taken = pages.take(connection, worker, now, only=only)
    with ThreadPoolExecutor(_AT_ONCE, "escalation") as pool:
        sender = _Sender(book, store, notifiers, worker, now, write)
        return [sent for sent in pool.map(sender.send, taken) if sent]


def notifiers_of(book: Book) -> dict[str, Notifier]:
    """The channels of a book, by their keys."""
    return {key: notifier(one) for key, one in book.channels.items()}


def channel_of(book: Book, way: Way) -> str | None:
    """The channel by which people are reached in a way: the first one of that kind."""
    return next((key for key, one in book.channels.items() if one.kind == way), None)


def language_of(book: Book, person: str) -> str:
    """In which language somebody is addressed."""
    found = book.people.get(person)
    return (found.language if found else None) or book.organisation.language


class _Sender:
    """Sends legs, each for itself."""

    def __init__(
        self, book: Book, store: Store, notifiers: Mapping[str, Notifier], worker: str, now: int, write: Write
    ) -> None:
        self._book, self._store, self._notifiers = book, store, notifiers
        self._worker, self._now, self._write = worker, now, write

    def send(self, taken: tuple[int, Leg]) -> Sent | None:
        """Send a leg unless somebody has answered meanwhile, and note what became of it."""
        number, leg = taken
        with self._store.writing() as connection:
            if not pages.confirm(connection, leg, self._worker, self._now):
                return None
            message = self._message(connection, number, leg)
        outcome = self._carry(leg, message)
        with self._store.writing() as connection:
            pages.record(connection, leg, self._worker, _RESULTS[outcome.result], self._now)
        return Sent(number, leg, outcome)

    def _message(self, connection: Connection, number: int, leg: Leg) -> Message | None:
        page = pages.one(connection, number)
        return self._write(connection, page.subject, message_id(number, leg), language_of(self._book, leg.person))

    def _carry(self, leg: Leg, message: Message | None) -> Outcome:
        """A leg that cannot be sent has failed: the next contact comes at once."""
        person, channel = self._book.people.get(leg.person), channel_of(self._book, leg.channel)
        target = contacts.address(person, leg.channel, os.environ) if person else None
        if message is None:
            return Outcome("refused", t("there is nothing to say any more"))
        if channel is None:
            return Outcome("refused", t("the book has no channel of type {kind}", kind=leg.channel))
        if not target:
            return Outcome("refused", t("there is no address for {person}", person=leg.person))
        try:
            return self._notifiers[channel].send(target, message)
        except Exception as error:  # a fault of ours: it costs this leg, nothing else
            return Outcome("unknown", f"{type(error).__name__}: {error}")


def message_id(page: int, leg: Leg) -> str:
    """The id of the message that a leg is."""
    return f"page:{page}:{leg.id}"


def leg_number(identity: str) -> int | None:
    """The leg that the id of a message names; None when it names none."""
    match = re.fullmatch(r"page:[0-9]{1,15}:([0-9]{1,15})", identity, re.ASCII)
    return int(match[1]) if match else None
