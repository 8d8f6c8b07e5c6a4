"""One person calls another: the telephone rings, rings again, and the answer is noted. From the shell and from chat."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

import msgspec

from kakeibo import clock
from kakeibo.app.escalating import Sent, channel_of, escalate, notifiers_of
from kakeibo.app.names import mend_of
from kakeibo.app.wording import words_of
from kakeibo.clock import iso
from kakeibo.duties import Person
from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.letters import figures
from kakeibo.letters.rosters import who
from kakeibo.model import Book
from kakeibo.oncall import calls, pages
from kakeibo.oncall.contacts import address
from kakeibo.oncall.escalation import MINUTE, Leg, Page
from kakeibo.store import Store

VERSION: Final = 1
_LOOK: Final = 1.0
"""Seconds between two looks at a call that is waited for."""


def person_of(book: Book, name: str) -> Person:
    """Somebody by key, name or Slack id, as they are called in chat. Raises UsageError with the nearest."""
    wanted = name.strip().removeprefix("<").removesuffix(">").partition("|")[0].removeprefix("@").casefold()
    known = {person.key.casefold(): person for person in book.people.values()}
    known |= {person.name.casefold(): person for person in book.people.values()}
    known |= {
        found.casefold(): person
        for person in book.people.values()
        if (found := address(person, "slack", os.environ)) is not None
    }
    if wanted in known:
        return known[wanted]
    mend = mend_of(wanted, [key.casefold() for key in book.people])
    raise UsageError(t("there is no {what} {name} in the book", what=t("person"), name=name), mend)


def call(book: Book, store: Store, person: Person, author: str, origin: str, text: str) -> Page:
    """Enter a call of `person` by `author`; it rings with the next round. Raises UsageError when nobody can be called
    like that."""
    if channel_of(book, "phone") is None:
        message = t("the book has no channel of type {kind}", kind="phone")
        raise UsageError(message, t("add one to channels: docs/telephone.md tells how"))
    if not address(person, "phone", os.environ):
        message = t("there is no telephone number of {who}", who=who(book, person.key))
        raise UsageError(message, t("add phone: to people, or set the environment variable that it names"))
    new = calls.new_call(person.key, author, origin, text, clock.second_of(clock.now()))
    with store.writing() as connection:
        return calls.begin(connection, new)


def ring(book: Book, store: Store, page: Page) -> list[Sent]:
    """One round of a call."""
    now, worker = clock.second_of(clock.now()), f"call:{os.getpid()}"
    return escalate(book, store, notifiers_of(book), worker, now, write=words_of(book), only=page.id)


def read(store: Store, page: Page) -> Page:
    """A call as it stands now."""
    with store.reading() as connection:
        return pages.one(connection, page.id or 0)


def waited(book: Book, store: Store, page: Page) -> Iterator[Page | Sent]:
    """Ring until somebody answers or all was in vain: what was sent, and the call each time that it changed.

    A worker may do the same at the same time: a leg is sent by one of the two.
    """
    before: Page | None = None
    while True:
        yield from ring(book, store, page)
        now = read(store, page)
        if before is None or (now.state, now.legs) != (before.state, before.legs):
            yield now
        if now.state != "open":
            return
        before = now
        clock.sleep(_LOOK)


def line(book: Book, page: Page) -> str:
    """How a call stands, in a sentence."""
    person = who(book, page.legs[-1].person) if page.legs else ""
    if page.state == "open":
        return _ringing(page.legs[-1], person) if page.legs else t("nobody could be called yet")
    if page.state == "unanswered":
        return t("{who} did not answer", who=person)
    zone = book.organisation.timezone
    return t("{name} answered, {when}", name=page.answered_by, when=figures.moment(page.answered // MINUTE, zone))


def _ringing(leg: Leg, person: str) -> str:
    return {
        "waiting": t("{who} is called soon", who=person),
        "sending": t("the telephone of {who} is being called", who=person),
        "sent": t("the telephone of {who} rings", who=person),
        "missed": t("{who} did not take the call; it is tried again", who=person),
        "failed": t("{who} could not be called; it is tried again", who=person),
        "unknown": t("nobody knows whether the telephone of {who} rang; it is tried again", who=person),
        "stopped": t("the call to {who} was stopped", who=person),
    }[leg.state]


def to_json(page: Page) -> bytes:
    """For programs: docs/contracts/page.md."""
    legs = [
        {
            "person": leg.person,
            "by": leg.channel,
            "state": leg.state,
            "at": iso(leg.done // MINUTE) if leg.done else None,
        }
        for leg in page.legs
    ]
    answered = iso(page.answered // MINUTE) if page.answered else None
    document = {
        "version": VERSION,
        "page": page.id,
        "state": page.state,
        "answered_by": page.answered_by or None,
        "answered_at": answered,
        "legs": legs,
    }
    return msgspec.json.encode(document)
