"""Escalations in the store. Each function works within the caller's transaction (seconds since 1970).

A worker's round, every part in a writing transaction of its own, so that a kill loses nothing that was decided:

1. `advance`: what is due begins; what somebody took and never finished is unknown.
2. `take`: legs to send. A conditional update decides between two workers; the lease ends by itself.
3. `confirm`, right before a leg is sent: nobody has answered meanwhile, and it is still ours. Then send.
4. `record`: what became of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row, insert, select, update

from kakeibo.duties import Contact, Duty, Person
from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.oncall import escalation
from kakeibo.oncall.contacts import ways
from kakeibo.oncall.escalation import LIMITS, MINUTE, Leg, Outcome, Page
from kakeibo.oncall.rotas import Rosters, reached
from kakeibo.store import audit, tables

_PAGE: Final = (
    *("team", "severity", "subject", "state", "answered_by", "trouble"),
    *("began", "seen", "step", "step_due", "lap", "lap_began", "answered", "version"),
)
KAKEIBO: Final = "kakeibo"
"""The author of what no person does: a matter that is over ends its page."""
_LEG: Final = ("person", "channel", "state", "worker", "lap", "step", "due", "leased_until", "done")
_COUNTED: Final = ("sending", "sent", "missed", "unknown")
_BATCH: Final = 100
_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Directory:
    """All that says who is called: the book's sections, and the rotas ready to be asked."""

    people: Mapping[str, Person]
    duties: Mapping[str, Duty]
    rosters: Rosters


def begin(connection: Connection, policy: Duty, severity: str, subject: str, now: int) -> Page:
    """A new page; `advance` sends it on its way. Returns it with its number."""
    page = escalation.begin(policy, severity, subject, now)
    new = insert(tables.pages).values(_values(page, _PAGE)).returning(tables.pages.c.id)
    return _read(connection, int(connection.execute(new).scalar_one()))


def advance(connection: Connection, directory: Directory, now: int, only: int | None = None) -> list[Page]:
    """One round of every open page, or of the one numbered `only`. Returns those that changed or are in `trouble`.

    A page that cannot be advanced (its team is no longer in the book, its row is damaged) is left as it was, with its
    trouble written into it, and is tried again in the next round; the others go on.
    """
    table = tables.pages.c
    found = []
    open_ = select(table.id).where(table.state == "open", *((table.id == only,) if only else ())).order_by(table.id)
    for number in connection.scalars(open_).all():
        try:
            with connection.begin_nested():
                found += _advance(connection, directory, number, now)
        except Exception as error:  # whatever it is, the pages behind it must be reached
            trouble = f"{type(error).__name__}: {error}"[:_SHOWN]
            connection.execute(update(tables.pages).where(table.id == number).values(trouble=trouble))
    return found


def troubled(connection: Connection) -> list[tuple[int, str]]:
    """Open pages that could not be advanced, with the reason."""
    table = tables.pages.c
    rows = select(table.id, table.trouble).where(table.state == "open", table.trouble != "").order_by(table.id)
    return [(row.id, row.trouble) for row in connection.execute(rows)]


def take(
    connection: Connection, worker: str, now: int, most: int = 20, only: int | None = None
) -> list[tuple[int, Leg]]:
    """At most so many legs to send (of the page numbered `only`), each with the number of its page; they are `worker`'s
    until their lease ends.

    A contact that got too many messages lately is put off; the steps go on meanwhile.
    """
    legs, pages = tables.legs, tables.pages
    due = select(legs).join(pages, pages.c.id == legs.c.page_id)
    due = due.where(pages.c.state == "open", legs.c.state == "waiting", legs.c.due <= now)
    if only:
        due = due.where(pages.c.id == only)
    taken: list[tuple[int, Leg]] = []
    while rows := connection.execute(due.order_by(legs.c.due, legs.c.id).limit(_BATCH)).all():
        for row in rows:
            leg = _leg(row)
            if later := escalation.postponed(_lately(connection, leg, now), leg.channel, now):
                _change_leg(connection, leg, due=later)
                continue
            lease = now + escalation.LEASE
            if _change_leg(connection, leg, state="sending", worker=worker, leased_until=lease, done=now):
                taken.append((row.page_id, _leg_of(connection, row.id)))
            if len(taken) == most:
                return taken
    return taken


def confirm(connection: Connection, leg: Leg, worker: str, now: int) -> bool:
    """Whether a leg is still to be sent: nobody has answered, and the lease holds."""
    legs, pages = tables.legs, tables.pages
    held = select(legs.c.id).join(pages, pages.c.id == legs.c.page_id).where(legs.c.id == leg.id)
    held = held.where(pages.c.state == "open", legs.c.state == "sending", legs.c.worker == worker)
    return connection.scalar(held.where(legs.c.leased_until > now)) is not None


def record(connection: Connection, leg: Leg, worker: str, result: Outcome, now: int) -> Page:
    """What became of a leg; unless it was sent, the next contact comes at once."""
    page = _read(connection, _page_of(connection, leg))
    return _write(connection, page, escalation.outcome(page, leg.id, worker, result, now))


def missed(connection: Connection, leg_id: int, now: int) -> Page | None:
    """A call was not taken; None when there is no such leg."""
    if (number := connection.scalar(select(tables.legs.c.page_id).where(tables.legs.c.id == leg_id))) is None:
        return None
    page = _read(connection, number)
    return _write(connection, page, escalation.missed(page, leg_id, now))


def answer(
    connection: Connection, number: int, author: str, now: int, state: Literal["answered", "resolved"] = "answered"
) -> Page:
    """Somebody answers a page, or it is over: nothing of it that is not on its way is sent. Raises UsageError."""
    if connection.scalar(select(tables.pages.c.id).where(tables.pages.c.id == number)) is None:
        raise UsageError(t("there is no page {id}", id=number))
    page = _read(connection, number)
    if page.state == "open" and state == "answered":
        audit.note(connection, author, "page.answered", page.subject)
    if page.state != "resolved" and state == "resolved" and author != KAKEIBO:
        audit.note(connection, author, "page.resolved", page.subject)
    return _write(connection, page, escalation.answer(page, author, now, state))


def open_pages(connection: Connection, subject: str) -> list[int]:
    """The numbers of the pages about a subject that nobody has answered, or that are answered and not over."""
    table = tables.pages.c
    rows = select(table.id).where(table.subject == subject, table.state != "resolved").order_by(table.id)
    return list(connection.scalars(rows))


def one(connection: Connection, number: int) -> Page:
    """A page that there is, with its legs."""
    return _read(connection, number)


def pages(
    connection: Connection, *, subject: str | None = None, state: escalation.PageState | None = None
) -> list[Page]:
    """All pages with their legs, or those about a `subject` or in a `state`; the oldest first."""
    table = tables.pages.c
    numbers = select(table.id).order_by(table.id)
    if subject is not None:
        numbers = numbers.where(table.subject == subject)
    if state is not None:
        numbers = numbers.where(table.state == state)
    return [_read(connection, number) for number in connection.scalars(numbers).all()]


def page_of(connection: Connection, leg_id: int) -> tuple[Page, Leg] | None:
    """A leg by its number, and the page it belongs to; None when there is none."""
    number = connection.scalar(select(tables.legs.c.page_id).where(tables.legs.c.id == leg_id))
    if number is None:
        return None
    page = _read(connection, number)
    return page, next(leg for leg in page.legs if leg.id == leg_id)


def _advance(connection: Connection, directory: Directory, number: int, now: int) -> list[Page]:
    before = _read(connection, number)
    person = escalation.called(before.team)
    policy = escalation.direct(person) if person else directory.duties[before.team]

    def reach(names: Sequence[str]) -> list[tuple[str, tuple[Contact, ...]]]:
        found = reached(directory.duties, policy.team, names, directory.rosters, now // MINUTE)
        known = [directory.people[person] for person in found if person in directory.people]
        return [(person.key, ways(person, before.severity)) for person in known]

    after = replace(escalation.advance(policy, before, now, reach), trouble="")
    return [] if after == before else [_write(connection, before, after)]


def _write(connection: Connection, before: Page, after: Page) -> Page:
    """Write what changed. When somebody else changed the page meanwhile, theirs holds and nothing is written."""
    if after == before:
        return before
    table = tables.pages
    ours = update(table).where(table.c.id == before.id, table.c.version == before.version)
    written = connection.execute(ours.values(_values(after, _PAGE) | {"version": before.version + 1}))
    if written.rowcount == 1:
        held = {leg.id: leg for leg in before.legs}
        for leg in after.legs:
            if leg.id is None:
                connection.execute(insert(tables.legs).values(page_id=before.id, **_values(leg, _LEG)))
            elif leg != held[leg.id]:
                _change_leg(connection, held[leg.id], **_values(leg, _LEG))
    return _read(connection, before.id or 0)


def _change_leg(connection: Connection, leg: Leg, **values: object) -> bool:
    """Change a leg that is still as it was read; whether it was."""
    table = tables.legs
    ours = update(table).where(table.c.id == leg.id, table.c.state == leg.state, table.c.worker == leg.worker)
    return connection.execute(ours.values(**values)).rowcount == 1


def _lately(connection: Connection, leg: Leg, now: int) -> list[int]:
    """When messages went to the same person by the same channel, of whatever page."""
    table, within = tables.legs.c, LIMITS[leg.channel][1]
    same = (table.person == leg.person, table.channel == leg.channel, table.state.in_(_COUNTED))
    return list(connection.scalars(select(table.done).where(*same, table.done > now - within)))


def _read(connection: Connection, number: int) -> Page:
    row = connection.execute(select(tables.pages).where(tables.pages.c.id == number)).one()
    legs = connection.execute(select(tables.legs).where(tables.legs.c.page_id == number).order_by(tables.legs.c.id))
    fields: dict[str, Any] = {field: getattr(row, field) for field in _PAGE}
    return Page(**fields, id=row.id, legs=tuple(_leg(leg) for leg in legs))


def _page_of(connection: Connection, leg: Leg) -> int:
    return int(connection.execute(select(tables.legs.c.page_id).where(tables.legs.c.id == leg.id)).scalar_one())


def _leg_of(connection: Connection, number: int) -> Leg:
    return _leg(connection.execute(select(tables.legs).where(tables.legs.c.id == number)).one())


def _leg(row: Row[Any]) -> Leg:
    fields: dict[str, Any] = {field: getattr(row, field) for field in _LEG}
    return Leg(**fields, id=row.id)


def _values(noun: Page | Leg, fields: Sequence[str]) -> dict[str, object]:
    return {field: getattr(noun, field) for field in fields}
