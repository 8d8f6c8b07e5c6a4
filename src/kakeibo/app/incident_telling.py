"""Who is told what of incidents: letters in the outbox, put there in the transaction of what they tell of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec
from sqlalchemy import Connection

from kakeibo.app.routing import ONCALL
from kakeibo.i18n import speaking
from kakeibo.incidents.changes import reminder_cause
from kakeibo.incidents.nouns import Incident, Register
from kakeibo.letters import incident_messages
from kakeibo.model import Book
from kakeibo.notifiers.kinds import Message
from kakeibo.store import outbox
from kakeibo.store.outbox import Letter

QUIET: Final = 30
"""Minutes after the end of the impact in which whoever has taken the incident is asked whether it is over."""


def receivers(book: Book, incident: Incident) -> list[str]:
    """The channels of the teams whose services it is about: where what can wait is told. Nobody of a private one."""
    if incident.private:
        return []
    teams = [book.services[key].team for key in incident.services if key in book.services]
    named = [name for key in teams if key and key in book.teams for name in book.teams[key].notify.get("ticket", ())]
    return [name for name in dict.fromkeys(named) if name != ONCALL]


def update(connection: Connection, book: Book, incident: Incident, register: Register, entry: int, now: int) -> None:
    """Tell the update that stands in line `entry` of the timeline."""
    text = next(one.text for one in incident.timeline if one.id == entry)
    with speaking(book.organisation.language):
        for receiver in receivers(book, incident):
            key = f"incident-update:{entry}:{receiver}"
            message = incident_messages.updated(incident, register, text, key, now, _address(book))
            outbox.put(connection, [_letter(receiver, message, f"incident:{incident.id}", now)], now)


def remind(connection: Connection, book: Book, incident: Incident, minute: int, now: int) -> None:
    """Put the reminders that are due into the outbox: of tasks, and of an incident that seems to be over. Each once."""
    with speaking(book.organisation.language):
        outbox.put(connection, _reminders(book, incident, minute, now), now)


def _reminders(book: Book, incident: Incident, minute: int, now: int) -> Iterator[Letter]:
    zone, address = book.organisation.timezone, _address(book)
    for receiver in receivers(book, incident):
        for task in incident.tasks:
            if task.done is None and task.due is not None and task.due <= now:
                key = f"{reminder_cause(task.id)}:{receiver}"
                message = incident_messages.task_due(incident, task, key, now, address, zone)
                yield _letter(receiver, message, reminder_cause(task.id), now)
        end = incident.measured.end if incident.measured else None
        taken = incident.acknowledged_at is not None and not incident.is_over
        if taken and end is not None and minute - end.minute >= QUIET:
            key = f"incident-over:{incident.id}:{end.minute // QUIET}:{receiver}"
            message = incident_messages.seems_over(incident, key, now, address, zone)
            yield _letter(receiver, message, f"incident:{incident.id}", now)


def _address(book: Book) -> str:
    return book.organisation.address or ""


def _letter(receiver: str, message: Message, cause: str, now: int) -> Letter:
    channel, _, target = receiver.partition(":")
    return Letter(message.id, cause, channel, target, msgspec.json.encode(message).decode(), now)
