"""What the worker does for postmortems: drafts open by themselves, and every month the digest is told. Each once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from sqlalchemy import Connection

from kakeibo import clock
from kakeibo.app import postmortems
from kakeibo.app.channel_checks import ONCALL, receiver
from kakeibo.app.incident_watch import GOING
from kakeibo.app.statement import Month
from kakeibo.i18n import speaking
from kakeibo.incidents import records as incidents
from kakeibo.incidents.changes import WORKER
from kakeibo.incidents.nouns import Incident
from kakeibo.letters import postmortem_digest
from kakeibo.letters import postmortems as words
from kakeibo.model import Book
from kakeibo.notifiers.kinds import Message
from kakeibo.policies import PostmortemReason
from kakeibo.postmortems import adoption
from kakeibo.postmortems.changes import Act
from kakeibo.postmortems.records import Postmortem
from kakeibo.store import Store, outbox, rounds
from kakeibo.store.outbox import Letter

LOOKED: Final = "postmortems"
TOLD: Final = "postmortem digest"
EVERY: Final = 5
"""Minutes from one look to the next."""
SETTLED: Final = 7 * 24 * 3600
"""Seconds after which an incident that asked for no postmortem asks for none any more: logs may come late. As long
after its impact ended, one is over that nobody has resolved."""
OLDEST: Final = 60 * 24 * 3600
"""Incidents that were opened earlier are history when kakeibo first looks."""


def follow(book: Book, store: Store, minute: int, seconds: int) -> int:
    """Open the drafts that are due in `minute`, and tell the month before when a new one has begun; returns how many
    letters were written. Of several workers one does it."""
    with store.reading() as connection:
        before = rounds.reached(connection, LOOKED)
        told = rounds.reached(connection, TOLD)
    if before is not None and before <= minute < before + EVERY:
        return 0
    letters = sum(_open(book, store, incident, seconds) for incident in _unjudged(store, seconds))
    letters += _tell_month(book, store, told, minute, seconds)
    with store.writing() as connection:
        rounds.reach(connection, LOOKED, minute)
    return letters


def _unjudged(store: Store, now: int) -> Sequence[Incident]:
    """Incidents that are over and of which nothing was said yet, the oldest first."""
    found = incidents.incidents(store, states=[*GOING, "resolved"], since=now - OLDEST)
    judged = adoption.judged(store)
    over = [one for one in reversed(found) if one.id not in judged and _is_over(one, now)]
    return [incidents.incident(store, one.id) for one in over]


def _is_over(incident: Incident, now: int) -> bool:
    """Whether somebody said so, or its impact ended so long ago that nobody will."""
    end = incident.measured.end if incident.measured else None
    return incident.state == "resolved" or (end is not None and now - 60 * end.minute > SETTLED)


def _open(book: Book, store: Store, incident: Incident, now: int) -> int:
    if not _is_settled(incident, now):
        return 0
    with store.writing() as connection:
        said = postmortems.due(book, connection, incident)
        if not said.reasons and now - (incident.resolved_at or now) < SETTLED:
            return 0
        opened = postmortems.open_due(connection, book, incident, Act(WORKER, now))
        return _tell_draft(connection, book, opened, _words(book, said.reasons), now) if opened else 0


def _is_settled(incident: Incident, now: int) -> bool:
    """Whether it is measured from beginning to end; a day after it was resolved nobody waits for that any longer."""
    measured = incident.measured
    whole = measured is not None and measured.start is not None and measured.end is not None
    return whole or now - (incident.resolved_at or now) >= 60 * clock.MINUTES_PER_DAY


def _words(book: Book, reasons: Iterable[PostmortemReason]) -> str:
    """Reasons in the organisation's language."""
    with speaking(book.organisation.language):
        return words.reasons(reasons)


def _tell_draft(connection: Connection, book: Book, one: Postmortem, why: str, now: int) -> int:
    team = book.teams.get(one.team or "")
    receivers = [name for name in team.notify.get("ticket", ()) if name != ONCALL] if team else []
    with speaking(book.organisation.language):
        message = postmortem_digest.drafted(
            one, why, f"postmortem-draft:{one.id}", now, book.organisation.address or ""
        )
    return _put(connection, message, receivers, now)


def _tell_month(book: Book, store: Store, told: int | None, minute: int, now: int) -> int:
    """The digest of the month before, when the month of the last one told has passed. The first time only the present
    is noted: what was before kakeibo looked is no news."""
    zone = book.organisation.timezone
    present = Month.around(minute, zone)
    if told is not None and told >= present.window[0]:
        return 0
    message = None
    if told is not None and book.organisation.digest:
        with speaking(book.organisation.language):
            found = postmortems.digest_of(book, store, present.before(zone))
            month = present.before(zone).text
            address = book.organisation.address or ""
            message = postmortem_digest.message(found, f"postmortem-digest:{month}", now, address)
    with store.writing() as connection:
        if rounds.reached(connection, TOLD) != told:
            return 0
        rounds.reach(connection, TOLD, minute)
        return _put(connection, message, book.organisation.digest, now) if message else 0


def _put(connection: Connection, message: Message, receivers: Sequence[str], now: int) -> int:
    text = msgspec.json.encode(message).decode()
    outbox.put(
        connection,
        (Letter(f"{message.id}:{name}", message.group, *receiver(name), text, now) for name in receivers),
        now,
    )
    return len(receivers)
