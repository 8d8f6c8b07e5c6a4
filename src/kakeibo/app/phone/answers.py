"""What people answer by telephone and text message, and what became of calls. From fields to words, without the web."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection

from kakeibo import clock
from kakeibo.alerts.acknowledgements import Acknowledgement
from kakeibo.app.answering import note
from kakeibo.app.escalating import language_of, message_id
from kakeibo.app.phone import twiml
from kakeibo.app.wording import words_of
from kakeibo.duties import Person
from kakeibo.i18n import speaking, t
from kakeibo.letters import calls as letter
from kakeibo.model import Book
from kakeibo.notifiers.phone import ACKNOWLEDGE, RESOLVE, call
from kakeibo.notifiers.sms import code
from kakeibo.oncall import pages
from kakeibo.oncall.answers import group_of, open_groups
from kakeibo.oncall.contacts import address
from kakeibo.oncall.escalation import Leg, Page
from kakeibo.store import Store, requests

_ENDED: Final = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
_TEXT: Final = re.compile(r"\s*([46])\W*([0-9A-Z]{4})\W*", re.ASCII)
_PHONE: Final = "phone"
_SMS: Final = "sms"


def spoken(book: Book, store: Store, fields: Mapping[str, str], leg_id: int | None, base: str) -> str:
    """The message of a leg, to be heard again; to whoever calls our number, that it only calls out."""
    with store.reading() as connection:
        found = pages.page_of(connection, leg_id) if leg_id else None
        if found is not None:
            return _repeated(book, connection, *found, base)
    caller = _by_number(book, fields.get("From", ""))
    with speaking(language_of(book, caller.key if caller else "")):
        return twiml.said(t("This number only calls. Please answer by a text message with the code, or in chat."))


def pressed(book: Book, store: Store, fields: Mapping[str, str], leg_id: int | None, base: str) -> str:
    """Somebody pressed a key: 4 takes it, 6 says that it is over, with any other the message is heard again."""
    digit = fields.get("Digits", "")
    if digit not in (ACKNOWLEDGE, RESOLVE):
        return spoken(book, store, fields, leg_id, base)
    with store.writing() as connection:
        found = pages.page_of(connection, leg_id) if leg_id else None
        if found is None:
            return twiml.said(_unknown())
        page, leg = found
        key = f"twilio:{fields.get('CallSid', '')}:{leg_id}:{digit}"
        with speaking(language_of(book, leg.person)):
            return twiml.said(_answer(book, connection, leg.person, group_of(page.subject), _PHONE, digit, key))


def ended(store: Store, fields: Mapping[str, str], leg_id: int | None) -> None:
    """A call has ended. Whether it was busy, was not taken or reached a mailbox: unless somebody answered, the next
    contact comes at once."""
    if leg_id and fields.get("CallStatus") in _ENDED:
        with store.writing() as connection:
            pages.missed(connection, leg_id, clock.second_of(clock.now()))


def texted(book: Book, store: Store, fields: Mapping[str, str]) -> str:
    """A text message such as "4 K7QX" came in. Strangers get no answer: each would cost."""
    person = _by_number(book, fields.get("From", ""))
    if person is None:
        return twiml.texted()
    text = unicodedata.normalize("NFKC", fields.get("Body", "")).upper()
    with speaking(language_of(book, person.key)), store.writing() as connection:
        match = _TEXT.fullmatch(text)
        if match is None:
            return twiml.texted(t("Please answer with 4 or 6 and the code, such as: 4 K7QX"))
        group = next((one for one in open_groups(connection) if code(one) == match[2]), None)
        if group is None:
            return twiml.texted(t("There is nothing open with the code {code}.", code=match[2]))
        key = f"twilio:{fields.get('MessageSid', '')}"
        return twiml.texted(_answer(book, connection, person.key, group, _SMS, match[1], key))


def _answer(book: Book, connection: Connection, person: str, group: str, origin: str, digit: str, key: str) -> str:
    """Note an answer, once, and say what it came to."""
    found = book.people.get(person)
    now, author, over = clock.second_of(clock.now()), found.name if found else person, digit == RESOLVE
    if not requests.is_new(connection, key, now):
        return letter.taken(author, by_me=True, over=over)
    done = note(book, connection, Acknowledgement(group, author, origin, "", now), over=over)
    return letter.taken(done.first.author, by_me=done.first.author == author, over=over)


def _repeated(book: Book, connection: Connection, page: Page, leg: Leg, base: str) -> str:
    language = language_of(book, leg.person)
    message = words_of(book)(connection, page.subject, message_id(page.id or 0, leg), language)
    with speaking(language):
        return call(message, base, group_of(page.subject)) if message else twiml.said(_unknown())


def _unknown() -> str:
    return t("This call is not known any more.")


def _by_number(book: Book, number: str) -> Person | None:
    """Whose telephone number this is."""
    wanted = _digits(number)
    known = ((person, address(person, "phone", os.environ)) for person in book.people.values())
    return next((person for person, found in known if found and wanted and _digits(found) == wanted), None)


def _digits(number: str) -> str:
    return re.sub(r"[^0-9+]", "", number)
