"""On-call as people ask for it: who is on duty, what was changed by hand, calendars to take along."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

import click

from kakeibo import clock
from kakeibo.app.names import mend_of
from kakeibo.app.reporting import parsed
from kakeibo.app.slips import author_of, worded
from kakeibo.duties import Person, Rota
from kakeibo.errors import KakeiboError, UsageError
from kakeibo.i18n import t
from kakeibo.letters import rosters as letter
from kakeibo.model import Book, Revocation
from kakeibo.oncall import calendars, changes, contacts
from kakeibo.oncall.rotas import Change, Roster, Shift, rosters
from kakeibo.oncall.turns import Calendars
from kakeibo.store import Store

_BEFORE: Final = 60 * clock.MINUTES_PER_DAY
_AFTER: Final = 800 * clock.MINUTES_PER_DAY
"""How much of a calendar file is looked at, around the moment in question."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with a calendar file, or with an event in it; `keys` is where the book names the file."""

    keys: tuple[str, ...]
    message: str
    mend: str


def minute(book: Book, text: str | None) -> int:
    """The minute that `--at` names; now when left out. Without a zone of its own, in the organisation's."""
    return clock.minute_of(parsed(text, book.organisation.timezone) if text else clock.now())


def rosters_at(book: Book, store: Store | None, at: int) -> tuple[dict[str, Roster], list[Complaint]]:
    """Every rota, ready to be asked about the time around `at`, and what is wrong with the calendar files.

    A file that cannot be read has no events: the other layers still hold.
    """
    files, complaints = calendars_of(book, at)
    entered: list[Change] = []
    if store:
        with store.reading() as connection:
            entered = changes.changes(connection)
    return rosters(book.oncall.values(), files, entered), complaints


def show(book: Book, store: Store | None, at: str | None, team: str | None, *, as_json: bool) -> int:
    """Print who is on duty; the exit code."""
    moment = minute(book, at)
    known, complaints = rosters_at(book, store, moment)
    for complaint in complaints:
        click.echo(t("warning: {message}", message=f"{complaint.message}; {complaint.mend}"), err=True)
    teams = [_chosen(team, book.oncall, t("team"))] if team else list(book.oncall)
    duties = [letter.TeamOnDuty.of(book, name, known, moment) for name in teams]
    return letter.tell(letter.to_json(duties, moment) if as_json else letter.render(book, duties))


def change(
    book: Book, store: Store, kind: Literal["override", "swap"], rota: str, people: tuple[str, ...], entry: Entry
) -> Change:
    """Enter an override (one of `people`) or a swap (two). Raises UsageError for unknown names and odd times."""
    found = rota_of(book, rota)
    names = [_chosen(person, book.people, t("person")) for person in people]
    if len(set(names)) < len(names):
        raise UsageError(t("nobody swaps with themselves"), t("name two people"))
    zone = book.oncall[found.team].timezone
    start, end = (clock.minute_of(parsed(text, zone)) for text in (entry.from_, entry.to))
    if end <= start:
        raise UsageError(
            t("the end {end} is not after the beginning {start}", end=entry.to, start=entry.from_),
            t("give the later time with --to"),
        )
    author, reason = author_of(entry.author), worded(entry.reason, "--reason")
    new = Change(kind, found.name, names[0], start, end, author, reason, clock.minute_of(clock.now()))
    return changes.enter(store, replace(new, other=names[1]) if kind == "swap" else new)


@dataclass(frozen=True, slots=True)
class Entry:
    """What was typed: times as text (in the team's zone), `author` None for the user of this machine."""

    from_: str
    to: str
    reason: str
    author: str | None


def revoke(store: Store, number: int, reason: str, author: str | None) -> Change:
    """Take a change back. Raises UsageError when there is none, or when it was taken back before."""
    now = clock.minute_of(clock.now())
    return changes.revoke(store, number, Revocation(author_of(author), worded(reason, "--reason"), now))


def list_(book: Book, store: Store, *, as_json: bool, number: int | None = None) -> int:
    """Print the changes, or the one of that number; the exit code."""
    with store.reading() as connection:
        found = [one for one in changes.changes(connection) if number in (None, one.id)]
    return letter.tell(letter.changes_json(found) if as_json else letter.render_changes(book, found))


def export(book: Book, store: Store | None, out: Path, team: str | None, person: str | None, days: int) -> int:
    """Write the coming shifts as a calendar: all, those of a team, or those of a person; the exit code."""
    now = clock.now()
    start = clock.minute_of(now)
    end = start + days * clock.MINUTES_PER_DAY
    known, _ = rosters_at(book, store, start)
    team = _chosen(team, book.oncall, t("team")) if team else None
    person = _chosen(person, book.people, t("person")) if person else None
    zone = book.organisation.timezone
    if team:
        zone = book.oncall[team].timezone
    if person:
        zone = book.people[person].timezone or zone
    shifts: list[tuple[str, str, Shift]] = []
    for name, roster in known.items():
        if team in (None, roster.rota.team):
            # Some weeks more on both sides: a shift keeps its beginning, and so its identifier, from export to export.
            found = roster.shifts(start - _BEFORE, end + _BEFORE)
            coming = [shift for shift in found if shift.start < end and shift.end > start]
            mine = [shift for shift in coming if shift.person and person in (None, shift.person)]
            shifts += (
                (letter.summary(book, roster.rota, shift), f"{name.replace('/', '-')}-{shift.person}", shift)
                for shift in mine
            )
    title = t("On call: {whose}", whose=person or team or book.organisation.name or t("everybody"))
    out.write_bytes(calendars.written(title, shifts, zone, now))
    click.echo(t("{path}: {n} shifts in the next {days} days", path=out, n=len(shifts), days=days))
    return 0


def rota_of(book: Book, name: str) -> Rota:
    """A rota by "team/rota", or by its team when that has only one. Raises UsageError with the nearest name."""
    known = {rota.name: rota for duty in book.oncall.values() for rota in duty.rotas.values()}
    duty = book.oncall.get(name)
    if duty and len(duty.rotas) == 1:
        return next(iter(duty.rotas.values()))
    return known[_chosen(name, known, t("rota"))]


def calendars_of(book: Book, at: int) -> tuple[Calendars, list[Complaint]]:
    """What the calendar files of the book say around a moment."""
    window = at - _BEFORE, at + _AFTER
    files: Calendars = {}
    complaints: list[Complaint] = []
    for keys, path, zone, shifts in _files(book):
        strangers: dict[str, None] = {}
        who = _recogniser(book.people, strangers) if shifts else _nobody
        try:
            files[path] = calendars.spans(path.read_bytes(), zone, *window, who)
        except (OSError, KakeiboError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            message = t("{path}: {reason}", path=path, reason=reason)
            complaints.append(Complaint(keys, message, t("until then nothing in it counts")))
        for title in strangers:
            message = t("{path}: the shift '{title}' is of nobody in the book", path=path, title=title)
            complaints.append(
                Complaint(keys, message, t("invite their mail address, or make a key of people the title"))
            )
    return files, complaints


def _files(book: Book) -> Iterator[tuple[tuple[str, ...], Path, str, bool]]:
    """Every calendar file: where the book names it, the file, its zone, and whether it says who is on duty."""
    for person in book.people.values():
        if person.absences:
            zone = person.timezone or book.organisation.timezone
            yield ("people", person.key, "absences"), person.absences, zone, False
    for duty in book.oncall.values():
        for rota in duty.rotas.values():
            for number, layer in enumerate(rota.layers):
                keys = ("oncall", duty.team, "rotas", rota.key, str(number))
                if layer.from_ical:
                    yield (*keys, "from_ical"), layer.from_ical, layer.timezone, True
                if layer.except_ical:
                    yield (*keys, "except_ical"), layer.except_ical, layer.timezone, False


def _nobody(entry: calendars.Entry) -> str:
    del entry
    return ""


def _recogniser(people: Mapping[str, Person], strangers: dict[str, None]) -> Callable[[calendars.Entry], str]:
    """Who an event is about: one who is invited, or else the key or name that is its title or ends it after a colon."""
    mails = {
        str(mail).lower(): key for key, one in people.items() if (mail := contacts.address(one, "email", os.environ))
    }
    names = {word.casefold(): key for key, one in people.items() for word in (one.name, key)}

    def who(entry: calendars.Entry) -> str:
        invited = next((mails[mail] for mail in entry.mails if mail in mails), None)
        title = entry.title.casefold()
        found = invited or names.get(title) or names.get(title.rpartition(":")[2].strip())
        if found is None:
            strangers[entry.title] = None
        return found or ""

    return who


def _chosen(name: str, known: Collection[str], what: str) -> str:
    """A name that the book has. Raises UsageError with the nearest."""
    if name in known:
        return name
    raise UsageError(t("there is no {what} {name} in the book", what=what, name=name), mend_of(name, known))
