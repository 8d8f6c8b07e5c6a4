"""What else belongs to incidents, gathered by the worker after each round: their impact as counts have it by now,
enquiries, calls, releases; reminders of what was promised. Each thing is known by a cause and written once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, select

from kakeibo import clock
from kakeibo.app import incident_access, incident_impact, incident_telling
from kakeibo.app.incident_watch import GOING, service_of, title_of
from kakeibo.incidents import changes, records
from kakeibo.incidents.changes import Act, Opening
from kakeibo.incidents.nouns import ALERT, Incident
from kakeibo.incidents.relations import related_to_any
from kakeibo.ledger.complaints import Complaint
from kakeibo.model import Book
from kakeibo.oncall.answers import subject_of
from kakeibo.store import Store, tables

COMPLAINT: Final = "complaint:"
ENOUGH: Final = 3
"""So many questions about one journey, answered "outage" or "partial", open an incident ..."""
TOGETHER: Final = 30
"""... when they come within so many minutes."""
AFTERWARDS: Final = clock.MINUTES_PER_DAY
"""Minutes after its end for which an incident is still measured: late lines count too."""
RELEASES: Final = 30
"""Minutes around an incident in which releases are told of."""


def gather(book: Book, store: Store, minute: int, now: int) -> None:
    """Everything for the incidents that are not over, and for those that were until a day ago. `now` in seconds.

    One that fails costs only itself; what it raised is raised once the others are done.
    """
    incident_access.close_due(book, store, now)
    with store.writing() as connection:
        _enquiries(connection, book, minute, now)
    ended = [one for one in records.incidents(store, states=["resolved"], since=now - 7 * 86_400)
             if one.resolved_at and now - one.resolved_at < 60 * AFTERWARDS]  # fmt: skip
    failed: list[Exception] = []
    for one in [*records.incidents(store, states=GOING), *ended]:
        try:
            _follow_up(book, store, one, minute, now)
        except Exception as error:
            failed.append(error)
    if failed:
        raise failed[0]


def _follow_up(book: Book, store: Store, one: Incident, minute: int, now: int) -> None:
    found = incident_impact.keep(book, store, one.id, minute, Act.ours(now)) if _may_change(one, minute) else one
    with store.writing() as connection:
        _calls(connection, found, now)
        _releases(connection, found, minute, now)
        incident_telling.remind(connection, book, found, minute, now)


def _may_change(incident: Incident, minute: int) -> bool:
    """Whether counts may still say something new of it: of one that has long ended, they do not."""
    measured = incident.measured
    if measured is None or (measured.start is not None and measured.end is None):
        return True
    last = measured.end.minute if measured.end else incident.opened_at // 60
    return minute - last <= AFTERWARDS


def _enquiries(connection: Connection, book: Book, minute: int, now: int) -> None:
    """Questions to support join the incident of their journey, or open one when there are enough of them."""
    fresh = _fresh(connection, minute)
    left: dict[str, list[Complaint]] = {}
    for one in fresh:
        service = service_of(book, one.journey)
        going = [held for held in records.incidents(connection, states=GOING)
                 if related_to_any(book.services, service, held.services)]  # fmt: skip
        if going:
            _enter(connection, going[0].id, one, now)
        elif one.verdict in ("outage", "partial"):
            left.setdefault(one.journey, []).append(one)
    for journey, asked in left.items():
        if len(asked) >= ENOUGH and journey in book.journeys:
            _open(connection, book, journey, asked, now)


def _fresh(connection: Connection, minute: int) -> list[Complaint]:
    """The questions about some journey of the last minutes that no incident has taken in."""
    table, causes = tables.complaints.c, tables.incident_causes.c
    rows = select(tables.complaints).where(table.entered >= minute - TOGETHER, table.at >= minute - 2 * TOGETHER)
    found = list(connection.execute(rows.where(table.journey != "").order_by(table.id)))
    keys = [f"{COMPLAINT}{row.id}" for row in found]
    known = set(connection.scalars(select(causes.key).where(causes.key.in_(keys))))
    return [
        Complaint(row.journey, row.at, row.text, row.user_hash, row.verdict, row.origin, row.entered, row.id)
        for row in found
        if f"{COMPLAINT}{row.id}" not in known
    ]


def _enter(connection: Connection, number: int, one: Complaint, now: int) -> None:
    detail = {"complaint": one.id, "journey": one.journey, "verdict": one.verdict}
    changes.once(connection, number, f"{COMPLAINT}{one.id}", "enquiry", Act.ours(now, 60 * one.at), one.text, detail)


def _open(connection: Connection, book: Book, journey: str, asked: Sequence[Complaint], now: int) -> None:
    slos = [slo.name for slo in book.journeys[journey].slos]
    opening = Opening(title_of(book, slos), "support", slos, [service_of(book, journey)])
    number = changes.open_(connection, opening, Act.ours(now)).id
    for one in asked:
        _enter(connection, number, one, now)


def _calls(connection: Connection, incident: Incident, now: int) -> None:
    """Who was called for its alerts, and who answered."""
    groups = [cause.removeprefix(ALERT) for cause in incident.causes if cause.startswith(ALERT)]
    table = tables.pages.c
    rows = select(tables.pages).where(table.subject.in_([subject_of(group) for group in groups])).order_by(table.id)
    for row in connection.execute(rows):
        act = Act.ours(now, row.began)
        changes.once(connection, incident.id, f"page:{row.id}", "call", act, row.team, {"page": row.id})
        if row.answered:
            act, detail = Act.ours(now, row.answered), {"page": row.id, "answered": True}
            changes.once(connection, incident.id, f"page:{row.id}:answered", "call", act, row.answered_by, detail)


def _releases(connection: Connection, incident: Incident, minute: int, now: int) -> None:
    """What went live of its services around it, and what the gate was asked about."""
    start = incident.opened_at // 60
    if incident.measured and incident.measured.start:
        start = min(start, incident.measured.start.minute)
    first, last = start - RELEASES, _end(incident, minute) + RELEASES
    live, gate = tables.releases.c, tables.gate_answers.c
    rows = select(tables.releases).where(live.service.in_(incident.services), live.at >= first, live.at <= last)
    for row in connection.execute(rows.order_by(live.id)):
        act, text = Act.ours(now, 60 * row.at), f"{row.service} {row.version}"
        changes.once(connection, incident.id, f"release:{row.id}", "release", act, text, {"by": row.author})
    rows = select(tables.gate_answers).where(gate.service.in_(incident.services))
    rows = rows.where(gate.decided >= 60 * first, gate.decided <= 60 * last)
    for row in connection.execute(rows.order_by(gate.id)):
        detail = {"kind": row.kind, "verdict": row.verdict, "by": row.author}
        changes.once(
            connection, incident.id, f"gate:{row.id}", "release", Act.ours(now, row.decided), row.service, detail
        )


def _end(incident: Incident, minute: int) -> int:
    return minute if incident.resolved_at is None else incident.resolved_at // 60
