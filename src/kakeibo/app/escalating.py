"""Calling whoever is on duty: pages begin and end with their matters; their legs are sent by the book's channels."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection

from kakeibo.alerts.telling import Telling
from kakeibo.app.oncall import rosters_at
from kakeibo.app.routing import Routing
from kakeibo.model import Book
from kakeibo.notifiers.kinds import Message, Notifier
from kakeibo.oncall import contacts, pages
from kakeibo.oncall.escalation import Leg
from kakeibo.oncall.pages import Directory
from kakeibo.store import Store

if TYPE_CHECKING:
    from kakeibo.oncall.escalation import Outcome

_AT_ONCE: Final = 8
"""Messages that are sent side by side: each is done within its lease, with the longest time-out of a channel."""
MATTER: Final = "matter:"

Write = Callable[[Connection, str, str, str], Message | None]
"""(connection, subject of a page, id, language) -> what is to be said; None when there is nothing to say any more."""


def tell(connection: Connection, book: Book, telling: Telling, routing: Routing, now: int) -> None:
    """Begin to call for a matter that fires, or stop because it is over. Within the caller's transaction."""
    subject = MATTER + telling.matter.group
    under_way = pages.open_pages(connection, subject)
    if telling.kind == "resolved":
        for number in under_way:
            pages.answer(connection, number, "kakeibo", now, "resolved")
        return
    if telling.kind == "no_data" or under_way:
        return
    alert = telling.flips[0].alert
    for team in routing.teams(alert):
        if team.key in book.oncall:
            severity = routing.severity(alert) or alert.severity
            pages.begin(connection, book.oncall[team.key], severity, subject, now)


def answered(connection: Connection, group: str, author: str, now: int) -> None:
    """Somebody takes a matter: nobody else is called for it."""
    for number in pages.open_pages(connection, MATTER + group):
        pages.answer(connection, number, author, now)


def escalate(book: Book, store: Store, notifiers: Mapping[str, Notifier], worker: str, now: int, write: Write) -> int:
    """One round of all pages: the next steps begin, and what is due is sent. Returns how many messages were tried."""
    if not book.oncall:
        return 0
    rosters, _ = rosters_at(book, store, now // 60)
    directory = Directory(book.people, book.oncall, rosters)
    with store.writing() as connection:
        pages.advance(connection, directory, now)
        taken = pages.take(connection, worker, now)
    with ThreadPoolExecutor(_AT_ONCE, "escalation") as pool:
        sender = _Sender(book, store, notifiers, worker, now, write)
        list(pool.map(sender.send, taken))
    return len(taken)


class _Sender:
    """Sends legs, each for itself."""

    def __init__(
        self, book: Book, store: Store, notifiers: Mapping[str, Notifier], worker: str, now: int, write: Write
    ) -> None:
        self._book, self._store, self._notifiers = book, store, notifiers
        self._worker, self._now, self._write = worker, now, write

    def send(self, taken: tuple[int, Leg]) -> None:
        """Send a leg unless somebody has answered meanwhile, and note what became of it."""
        number, leg = taken
        with self._store.writing() as connection:
            if not pages.confirm(connection, leg, self._worker, self._now):
                return
            message = self._message(connection, number, leg)
        result = self._carry(leg, message)
        with self._store.writing() as connection:
            pages.record(connection, leg, self._worker, result, self._now)

    def _message(self, connection: Connection, number: int, leg: Leg) -> Message | None:
        language = self._book.people[leg.person].language or self._book.organisation.language
        page = pages.one(connection, number)
        return self._write(connection, page.subject, f"page:{number}:{leg.id}", language)

    def _carry(self, leg: Leg, message: Message | None) -> Outcome:
        """A leg that cannot be sent has failed: the next contact comes at once."""
        channel = next((key for key, one in self._book.channels.items() if one.kind == leg.channel), None)
        target = contacts.address(self._book.people[leg.person], leg.channel, os.environ)
        if message is None or channel is None or not target:
            return "failed"
        try:
            outcome = self._notifiers[channel].send(target, message)
        except Exception:  # a fault of ours: it costs this leg, nothing else
            return "unknown"
        return "sent" if outcome.result == "sent" else "unknown" if outcome.result == "unknown" else "failed"
