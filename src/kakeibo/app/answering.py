"""Somebody answers, wherever they do: noted, what has not gone out is stopped, and those who know of it are told."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from kakeibo.alerts import matters
from kakeibo.alerts.acknowledgements import Acknowledgement
from kakeibo.app import incident_watch
from kakeibo.app.telling import tell_taken
from kakeibo.i18n import speaking, t
from kakeibo.model import Book
from kakeibo.oncall.answers import Answered, answer


def note(book: Book, connection: Connection, new: Acknowledgement, *, over: bool = False) -> Answered:
    """Note an answer within the caller's writing transaction; the first one is told to all who were told of the matter.
    `over`: they say that it is over, which ends the calling; whether it is, events say."""
    if over and not new.note:
        with speaking(book.organisation.language):
            new = replace(new, note=t("it is over"))
    done = answer(connection, new, over=over)
    if done.is_first:
        for matter in matters.matters(connection, [new.group]):
            tell_taken(connection, book, matter, done.now)
        incident_watch.taken(connection, new)
    return done
