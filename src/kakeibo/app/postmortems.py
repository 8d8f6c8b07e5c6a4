"""Postmortems as commands, pages and the worker ask for them: drafts of incidents, publishing, digests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sqlalchemy import Connection

from kakeibo import clock
from kakeibo.app import incident_impact
from kakeibo.app.statement import Month
from kakeibo.errors import UsageError
from kakeibo.i18n import speaking, t
from kakeibo.incidents import records as incidents
from kakeibo.incidents.nouns import Incident
from kakeibo.ledger.slips import read_slips
from kakeibo.letters import postmortem_drafts as drafts
from kakeibo.letters.postmortem_drafts import Setting
from kakeibo.model import Book
from kakeibo.policies import Criterion
from kakeibo.postmortems import adoption, changes, records
from kakeibo.postmortems.changes import Act
from kakeibo.postmortems.criterion import Due, judge
from kakeibo.postmortems.digest import Digest, digest
from kakeibo.postmortems.records import Postmortem
from kakeibo.postmortems.writing import write
from kakeibo.store import Store


def draft(book: Book, store: Store, number: int, who: str, now: int) -> Postmortem:
    """Open a draft for an incident by hand; the one that it has where it has one that was not
    withdrawn. Raises UsageError when there is no
    such incident."""
    incident = _measured_now(book, store, incidents.incident(store, number), now)
    with store.writing() as connection:
        return _open(connection, book, incident, Act(who, now))


def blank(book: Book, store: Store, title: str, who: str, now: int) -> Postmortem:
    """Open a draft without an incident: of something that happened elsewhere, or before kakeibo was there."""
    today = clock.local(now // 60, book.organisation.timezone).date()
    with speaking(book.organisation.language):
        empty = Incident(0, title, "resolved", "hand", who, False, (), (), now, None, None, now, None, 1)
        form = drafts.draft(empty, Setting(book, None, today))
    head = replace(form.head, incident=None, measured=replace(form.head.measured, resolved=None))
    form = replace(form, head=head, texts=dict.fromkeys(form.texts, ""))
    with store.writing() as connection:
        return changes.open_(connection, write(form), Act(who, now))


def _open(connection: Connection, book: Book, incident: Incident, act: Act, reasons: str = "") -> Postmortem:
    held = records.of_incident(connection, incident.id)
    if held and held.state != "withdrawn":
        return held
    with speaking(book.organisation.language):
        return changes.open_(connection, write(drafts.draft(incident, _setting(book, incident))), act, detail=reasons)


def _setting(book: Book, incident: Incident) -> Setting:
    found = incident.measured
    minute = found.start.minute if found and found.start else incident.opened_at // 60
    return Setting(book, team_of(book, incident), clock.local(minute, book.organisation.timezone).date())


def team_of(book: Book, incident: Incident) -> str | None:
    """The team of the first of an incident's services that has one."""
    teams = (book.services[key].team for key in incident.services if key in book.services)
    return next(filter(None, teams), None)


def _measured_now(book: Book, store: Store, incident: Incident, now: int) -> Incident:
    """The incident with what counts say now, which may be more than when it was resolved."""
    if not incident.slos:
        return incident
    return replace(incident, measured=incident_impact.measure(book, store, incident, now // 60))


# -- what is due ------------------------------------------------------------------------------------------------------


def due(book: Book, connection: Connection, incident: Incident) -> Due:
    """What the criterion of its team's policy says of an incident."""
    policy = book.policies.get(team_of(book, incident) or "")
    durable = {slo.name for journey in book.journeys.values() for slo in journey.slos if slo.sli_type == "durability"}
    criterion = policy.postmortem if policy else Criterion()
    return judge(incident, criterion, durable, external=_is_external(connection, incident))


def _is_external(connection: Connection, incident: Incident) -> bool:
    """Whether somebody charged the impact to a dependency."""
    found = incident.measured
    if found is None or found.start is None:
        return False
    start, end = found.start.minute, found.end.minute if found.end else found.at
    return any(
        slip.kind == "dependency" and slip.revoked is None and slip.from_minute < end and slip.to_minute > start
        and any(slip.covers(name) for name in incident.slos)
        for slip in read_slips(connection, "charge")
    )  # fmt: skip


def open_due(connection: Connection, book: Book, incident: Incident, act: Act) -> Postmortem | None:
    """Keep what is due for an incident, and open its draft, once: whoever comes later finds it done. Private incidents
    get theirs by hand: a postmortem is open to all. Returns the draft where one was opened now."""
    if adoption.judged(connection, [incident.id]):
        return None
    said, opened = due(book, connection, incident), None
    if said.reasons and not said.exempt and not incident.private and not records.of_incident(connection, incident.id):
        opened = _open(connection, book, incident, act, ", ".join(said.reasons))
    held = records.of_incident(connection, incident.id)
    owed = adoption.Owed(incident.id, said, team_of(book, incident), act.at, held.id if held else None)
    adoption.note(connection, owed)
    return opened


# -- publishing -------------------------------------------------------------------------------------------------------


def publish(book: Book, store: Store, number: int, reviewer: str, act: Act) -> Postmortem:
    """Publish one, its numbers as they are now. Raises UsageError with all that is missing."""
    held = records.postmortem(store, number)
    measured = None
    if held.incident is not None and held.state == "ready":
        found = _measured_now(book, store, incidents.incident(store, held.incident), act.at)
        measured = drafts.measured(found)
        if measured.users is None:  # somebody may have found out
            measured = replace(measured, users=held.head.measured.users)
    with store.writing() as connection:
        return changes.publish(connection, number, reviewer, act, measured)


def done(book: Book, store: Store, number: int, action: int, act: Act, day: str = "", seen: int = 0) -> Postmortem:
    """Action `action` (the first is 1) is done: on `day` (2026-10-20), today where none is given. Raises UsageError for
    an action that is none or done before, and for a day that is none or has not come yet; EditConflict when the list
    was another in version `seen`."""
    present = today(book, act.at)
    try:
        on = date.fromisoformat(day) if day else present
    except ValueError:
        raise UsageError(t("'{day}' is no day", day=day[:40]), t("write it as 2026-10-20")) from None
    if on > present:
        raise UsageError(t("{day} has not come yet", day=on), t("say so when it is done"))
    with store.writing() as connection:
        return changes.done(connection, number, action, on, act, seen)


# -- the month --------------------------------------------------------------------------------------------------------


def digest_of(book: Book, store: Store, month: Month, team: str | None = None) -> Digest:
    """A month in postmortems, as far as its end; those of a team alone where one is named."""
    zone = book.organisation.timezone
    first, last = (clock.local(minute, zone).date() for minute in (month.window[0], month.window[1] - 1))
    end = 60 * month.window[1]
    with store.reading() as connection:
        found = [one for one in records.postmortems(connection, team=team) if one.origin or one.opened_at < end]
        owed = [one for one in adoption.judged(connection).values() if team in (None, one.team) and one.at < end]
        readers = records.readers(connection)
    days = {one.id: _published_on(one, zone) for one in found if one.state == "published"}
    return digest((first, last), found, days, owed, readers)


def _published_on(one: Postmortem, zone: str) -> date:
    """The day of the calendar on which it was published; of an imported one, that on which it happened."""
    return one.date if one.origin or not one.published_at else clock.local(one.published_at // 60, zone).date()


def today(book: Book, now: int) -> date:
    """The day of the organisation's calendar in second `now`."""
    return clock.local(now // 60, book.organisation.timezone).date()


def month_of(book: Book, text: str | None, now: int) -> Month:
    """The month that was asked for; the last one that is over where none was. Raises UsageError for what is none."""
    zone = book.organisation.timezone
    return Month.named(text, zone) if text else Month.around(now // 60, zone).before(zone)
