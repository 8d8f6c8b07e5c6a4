"""What is said to somebody who is called: about a matter as it is now, about a call as it was asked for."""

from __future__ import annotations

from sqlalchemy import Connection

from kakeibo import clock
from kakeibo.alerts import matters
from kakeibo.app.escalating import Write
from kakeibo.app.routing import Routing
from kakeibo.app.telling import Writer
from kakeibo.i18n import speaking
from kakeibo.letters import calls as letter
from kakeibo.model import Book
from kakeibo.notifiers.kinds import Message
from kakeibo.oncall import calls
from kakeibo.oncall.answers import group_of


def words_of(book: Book) -> Write:
    """What writes the message of a page by its subject, in a language."""

    def write(connection: Connection, subject: str, key: str, language: str) -> Message | None:
        call = calls.call_of(connection, subject)
        if call is not None:
            with speaking(language):
                return letter.call(key, subject, call.author, call.text, call.at)
        found = matters.matters(connection, [group_of(subject)])
        if not found:
            return None
        at = clock.minute_of(clock.now())
        return Writer(Routing.read(connection, book, at), found, at).burning(found[0], key, language)

    return write
