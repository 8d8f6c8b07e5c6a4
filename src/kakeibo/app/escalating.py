"""Pages -> calls and messages: one round takes what is due, sends it, and notes what became of it.

What comes next is decided by `oncall.pages`; this is the worker that its docstring describes.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from kakeibo import clock
from kakeibo.app import oncall
from kakeibo.duties import Channel as Way
from kakeibo.i18n import t
from kakeibo.model import Book
from kakeibo.notifiers.kinds import Message, Notifier, Outcome, notifier
from kakeibo.oncall import messages, pages
from kakeibo.oncall.contacts import address
from kakeibo.oncall.escalation import MINUTE, Leg, Page
from kakeibo.oncall.escalation import Outcome as Result
from kakeibo.oncall.pages import Directory
from kakeibo.store import Store

AT_ONCE: Final = 8
_RESULTS: Final[Mapping[str, Result]] = {"sent": "sent", "later": "failed", "refused": "failed", "unknown": "unknown"}


@dataclass(frozen=True, slots=True)
class Sent:
    """A leg that a round sent, or tried to."""

    page: int
    leg: Leg
    outcome: Outcome


def directory_of(book: Book, store: Store, minute: int) -> Directory:
    """All that says who is called, as of a minute."""
    rosters, _ = oncall.rosters_at(book, store, minute)
    return Directory(book.people, book.oncall, rosters)


def notifiers_of(book: Book) -> dict[str, Notifier]:
    """Way of reaching somebody (slack, email, sms, phone) -> the first channel of the book of that kind."""
    found: dict[str, Notifier] = {}
    for channel in book.channels.values():
        if channel.kind not in found:
            found[channel.kind] = notifier(channel)
    return found


def escalate(
    book: Book, store: Store, notifiers: Mapping[str, Notifier], holder: str, *, only: int | None = None
) -> list[Sent]:
    """One round of every open page, or of the one numbered `only`, as worker `holder`. Raises StoreBusy, StoreError."""
    now = seconds()
    directory = directory_of(book, store, now // MINUTE)
    with store.writing() as connection:
        pages.advance(connection, directory, now, only)
        taken = pages.take(connection, holder, now, AT_ONCE, only)

    def one(pair: tuple[int, Leg]) -> list[Sent]:
        return _send(book, store, notifiers, holder, *pair)

    with ThreadPoolExecutor(AT_ONCE, "escalation") as pool:
        return [sent for found in pool.map(one, taken) for sent in found]


def _send(
    book: Book, store: Store, notifiers: Mapping[str, Notifier], holder: str, number: int, leg: Leg
) -> list[Sent]:
    with store.writing() as connection:
        if not pages.confirm(connection, leg, holder, seconds()):
            return []
        page = pages.page(connection, number)
        said = messages.message_of(connection, page, leg, language_of(book, leg.person))
    outcome = _carry(book, notifiers, page, leg, said)
    with store.writing() as connection:
        pages.record(connection, leg, holder, _RESULTS[outcome.result], seconds())
    return [Sent(number, leg, outcome)]


def _carry(book: Book, notifiers: Mapping[str, Notifier], page: Page, leg: Leg, said: Message | None) -> Outcome:
    """Send a leg; whatever prevents it is an outcome, so that the next contact comes."""
    if said is None:
        return Outcome("refused", t("page {id} has no words", id=page.id))
    if leg.channel not in notifiers:
        return Outcome("refused", no_channel(leg.channel))
    person = book.people.get(leg.person)
    target = address(person, leg.channel, os.environ) if person else None
    if not target:
        return Outcome("refused", t("there is no address for {person}", person=leg.person))
    try:
        return notifiers[leg.channel].send(target, said)
    except Exception as error:  # a fault of ours: it costs this leg, and the next contact comes
        return Outcome("unknown", f"{type(error).__name__}: {error}")


def no_channel(way: Way) -> str:
    """That the book has no channel of a kind."""
    return t("the book has no channel of type {kind}", kind=way)


def language_of(book: Book, person: str) -> str:
    """In which language somebody is addressed."""
    found = book.people.get(person)
    return (found.language if found else None) or book.organisation.language


def seconds() -> int:
    """The present, in seconds since 1970."""
    return int(clock.now().timestamp())
