"""Postmortems as commands, pages and the worker ask for them: drafts of incidents, publishing, importing, digests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Final

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
from kakeibo.letters.policies import names_of
from kakeibo.letters.postmortem_drafts import Setting
from kakeibo.model import Book
from kakeibo.policies import Criterion
from kakeibo.postmortems import adoption, changes, records
from kakeibo.postmortems.changes import Act
from kakeibo.postmortems.criterion import Due, judge
from kakeibo.postmortems.digest import Digest, digest
from kakeibo.postmortems.importing import Imported, import_text
from kakeibo.postmortems.records import Postmortem
from kakeibo.postmortems.writing import write
from kakeibo.store import Store

SUFFIXES: Final = (".md", ".markdown")
LARGEST: Final = 2_000_000
"""Bytes of a file that is imported."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a file: `how` is new, changed, same, or refused; `doubts`: what was not understood, or why not."""

    name: str
    how: str
    postmortem: Postmortem | None
    doubts: tuple[str, ...] = ()


def draft(book: Book, store: Store, number: int, who: str, now: int) -> Postmortem:
    """Open a draft for an incident by hand; the one that it has where it has one. Raises UsageError when there is no
    such incident."""
    incident = _measured_now(book, store, incidents.incident(store, number), now)
    with store.writing() as connection:
        return _open(connection, book, incident, Act(who, now))


def blank(book: Book, store: Store, title: str, who: str, now: int) -> Postmortem:
    """Open a draft without an incident: of something that happened elsewhere, or before kakeibo was there."""
    today = clock.local(now // 60, book.organisation.timezone).date()
    with speaking(book.organisation.language):
        empty = Incident(0, title, "resolved", "hand", who, False, (), (), now, None, None, now, None, 1)
        form = drafts.draft(empty, Setting(book.organisation.timezone, {}, None, today))
    head = replace(form.head, incident=None, measured=replace(form.head.measured, resolved=None))
    form = replace(form, head=head, texts=dict.fromkeys(form.texts, ""))
    with store.writing() as connection:
        return changes.open_(connection, write(form), Act(who, now))


def _open(connection: Connection, book: Book, incident: Incident, act: Act, reasons: str = "") -> Postmortem:
    if held := records.of_incident(connection, incident.id):
        return held
    with speaking(book.organisation.language):
        return changes.open_(connection, write(drafts.draft(incident, _setting(book, incident))), act, detail=reasons)


def _setting(book: Book, incident: Incident) -> Setting:
    zone, found = book.organisation.timezone, incident.measured
    minute = found.start.minute if found and found.start else incident.opened_at // 60
    return Setting(zone, names_of(book.journeys.values()), team_of(book, incident), clock.local(minute, zone).date())


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
    if held.incident is not None and held.state != "published":
        found = _measured_now(book, store, incidents.incident(store, held.incident), act.at)
        measured = drafts.measured(found)
        if measured.users is None:  # somebody may have found out
            measured = replace(measured, users=held.head.measured.users)
    with store.writing() as connection:
        return changes.publish(connection, number, reviewer, act, measured)


# -- importing --------------------------------------------------------------------------------------------------------


def import_folder(store: Store, folder: Path, who: str, now: int, *, as_drafts: bool = False) -> Iterator[Taken]:
    """Take in the Markdown files of a folder and those below it, one after the other. A file that was taken in before
    and has changed becomes a new version. Raises UsageError when there is none."""
    files = sorted(file for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())
    if not files:
        raise UsageError(t("{folder} has no Markdown files", folder=folder), t("name a folder with *.md files"))
    for file in files:
        name = file.relative_to(folder).as_posix()
        try:
            yield _take(store, file, name, Act(who, now), as_draft=as_drafts)
        except UsageError as error:
            yield Taken(name, "refused", None, (str(error),))


def _take(store: Store, file: Path, name: str, act: Act, *, as_draft: bool) -> Taken:
    if file.stat().st_size > LARGEST:
        raise UsageError(t("this is more than {n} bytes", n=LARGEST), t("put long logs beside it, and a link here"))
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (UnicodeDecodeError, OSError):
        raise UsageError(t("this cannot be read as text in UTF-8"), t("save it in UTF-8")) from None
    day = datetime.fromtimestamp(file.stat().st_mtime, clock.zone("UTC")).date()
    found = import_text(text, name, day)
    with store.writing() as connection:
        return _enter(connection, name, found, act, as_draft=as_draft)


def _enter(connection: Connection, name: str, found: Imported, act: Act, *, as_draft: bool) -> Taken:
    text = write(found.form)
    held = records.of_origin(connection, name)
    if held is None:
        return Taken(name, "new", changes.imported(connection, text, name, act, as_draft=as_draft), found.doubts)
    written = records.versions(connection, held.id)
    if any(one.text == text for one in written):
        return Taken(name, "same", held, found.doubts)  # as it is, or as it was before it was edited here
    if any(one.number > 1 and one.note != name for one in written):
        raise UsageError(
            t("{name} was edited here and in the file", name=held.name),
            t("put them together by hand: kakeibo postmortem edit {name} --file FILE", name=held.name),
        )
    return Taken(name, "changed", changes.revise(connection, held.id, held.version, text, act, name), found.doubts)


# -- the month --------------------------------------------------------------------------------------------------------


def digest_of(book: Book, store: Store, month: Month, team: str | None = None) -> Digest:
    """A month in postmortems; those of a team alone where one is named."""
    zone = book.organisation.timezone
    first, last = (clock.local(minute, zone).date() for minute in (month.window[0], month.window[1] - 1))
    with store.reading() as connection:
        found = records.postmortems(connection, team=team)
        owed = [one for one in adoption.judged(connection).values() if team in (None, one.team)]
        readers = records.readers(connection)
    days = {one.id: _published_on(one, zone) for one in found if one.state == "published"}
    return digest((first, last), found, days, owed, readers)


def _published_on(one: Postmortem, zone: str) -> date:
    """The day of the calendar on which it was published; of an imported one, that on which it happened."""
    return one.date if one.origin or not one.published_at else clock.local(one.published_at // 60, zone).date()


def today(book: Book, now: int) -> date:
    """The day of the organisation's calendar in second `now`."""
    return clock.local(now // 60, book.organisation.timezone).date()
