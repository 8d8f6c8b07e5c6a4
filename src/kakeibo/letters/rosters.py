"""On-call in words: who is on duty, until when, who is next, how they are reached, what was changed by hand."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import click
import msgspec

from kakeibo.clock import iso
from kakeibo.duties import Channel, Contact, Duty, Rota
from kakeibo.i18n import t
from kakeibo.letters import figures
from kakeibo.letters.lines import Page as Lines
from kakeibo.letters.phrases import joined, listed, printable
from kakeibo.letters.slips import RevocationLine
from kakeibo.model import Book
from kakeibo.oncall.contacts import ways
from kakeibo.oncall.rotas import Change, Roster, Shift

VERSION = 1
_INDENT = 2


@dataclass(frozen=True, slots=True)
class OnDuty:
    """A rota at a moment: the rest of the shift, the one after it, and how who is on duty is reached for a page."""

    rota: Rota
    now: Shift
    next: Shift | None
    ways: tuple[Contact, ...]


@dataclass(frozen=True, slots=True)
class TeamOnDuty:
    """The rotas of a team at a moment."""

    duty: Duty
    rotas: tuple[OnDuty, ...]

    @classmethod
    def of(cls, book: Book, team: str, rosters: Mapping[str, Roster], minute: int) -> TeamOnDuty:
        duty = book.oncall[team]
        found = []
        for rota in duty.rotas.values():
            now, after = rosters[rota.name].now_and_next(minute)
            person = book.people.get(now.person or "")
            found.append(OnDuty(rota, now, after, ways(person, "page") if person else ()))
        return cls(duty, tuple(found))


def tell(text: str | bytes) -> int:
    """Print it; the exit code."""
    if isinstance(text, bytes):
        sys.stdout.buffer.write(text + b"\n")
    else:
        click.echo(text, nl=False)
    return 0


def render(book: Book, teams: Sequence[TeamOnDuty]) -> str:
    """For the terminal."""
    lines = _lines()
    if not teams:
        lines.line(t("Nobody is on call: the book has no section oncall."))
    for number, team in enumerate(teams):
        if number:
            lines.line()
        lines.line(printable(book.teams[team.duty.team].name), style="bold")
        for rota in team.rotas:
            _rota(lines, book, team.duty.timezone, rota)
        lines.line(t("Called for a page: {steps}", steps=steps(team.duty)), indent=_INDENT)
    return lines.text()


def _rota(lines: Lines, book: Book, zone: str, on_duty: OnDuty) -> None:
    shift = on_duty.now
    until = figures.moment(shift.end, zone)
    if on_duty.next is None:
        said = t("{who}, always", who=who(book, shift.person))
    else:
        then = t("then {who}", who=who(book, on_duty.next.person))
        said = listed([t("{who} until {when}", who=who(book, shift.person), when=until), then])
    lines.line(f"{on_duty.rota.key}: {said}", style="" if shift.person else "yellow", indent=_INDENT)
    if shift.change:
        lines.line(t("Changed by hand: {id} of kakeibo oncall list", id=shift.change), indent=2 * _INDENT)
    if shift.person:
        how = listed([way(one) for one in on_duty.ways]) or t("no way is in the book")
        lines.line(t("Reached by: {ways}", ways=how), style="" if on_duty.ways else "yellow", indent=2 * _INDENT)


def who(book: Book, person: str | None) -> str:
    """Somebody by name, with the key that commands take."""
    if person is None:
        return t("nobody")
    name = book.people[person].name if person in book.people else person
    return printable(name) if name == person else t("{name} ({key})", name=printable(name), key=person)


def way(contact: Contact) -> str:
    """A way to reach somebody: "telephone after 5 minutes"."""
    words: dict[Channel, str] = {
        "slack": t("Slack"),
        "email": t("mail"),
        "sms": t("text message"),
        "phone": t("telephone"),
    }
    channel = words[contact.channel]
    return t("{what} after {span}", what=channel, span=figures.span(contact.after)) if contact.after else channel


def steps(duty: Duty) -> str:
    """Who is called, one step after the other."""
    said = []
    for step in duty.escalation:
        names = " + ".join(step.notify)
        said.append(t("{what} after {span}", what=names, span=figures.span(step.after)) if step.after else names)
    return " -> ".join(said)


def summary(book: Book, rota: Rota, shift: Shift) -> str:
    """A shift as the title of a calendar's event; an import recognises the person by what is behind the colon."""
    person = book.people.get(shift.person or "")
    return f"{rota.name}: {person.name if person else shift.person}"


def render_changes(book: Book, changes: Sequence[Change]) -> str:
    """Overrides and swaps for the terminal, in the order in which they were entered."""
    lines = _lines()
    if not changes:
        lines.line(t("Nothing has been changed by hand."))
    for number, change in enumerate(changes):
        if number:
            lines.line()
        _change(lines, book, change)
    return lines.text()


def _change(lines: Lines, book: Book, change: Change) -> None:
    duty = book.oncall.get(change.rota.partition("/")[0])
    zone = duty.timezone if duty else book.organisation.timezone
    names = {"one": who(book, change.person), "other": who(book, change.other or None), "rota": change.rota}
    if change.kind == "swap":
        head = t("{rota}: {one} and {other} swap their turns", **names)
    else:
        head = t("{rota}: {one} is on call", rota=change.rota, one=names["one"])
    lines.pair(str(change.id), head, style="bold", indent=5)
    start, end = figures.moment(change.start, zone), figures.moment(change.end, zone)
    span = figures.span(change.end - change.start)
    lines.line(t("{start} to {end} ({span})", start=start, end=end, span=span), indent=5)
    entered = t("(entered {when})", when=figures.moment(change.entered, zone))
    lines.line(joined([f"{printable(change.author)}: {printable(change.reason, 500)}", entered]), indent=5)
    if back := change.revoked:
        by, why, when = printable(back.author), printable(back.reason, 500), figures.moment(back.at, zone)
        lines.line(t("Revoked by {who}, {when}: {why}", who=by, when=when, why=why), style="yellow", indent=5)


def _lines() -> Lines:
    return Lines(shutil.get_terminal_size((80, 24)).columns, sys.stdout.isatty())


def to_json(teams: Sequence[TeamOnDuty], minute: int) -> bytes:
    """The same for programs: docs/contracts/oncall.md. No address and no telephone number is in it."""
    return msgspec.json.encode({"version": VERSION, "at": iso(minute), "teams": [_team(team) for team in teams]})


def _team(team: TeamOnDuty) -> dict[str, object]:
    found = []
    for on_duty in team.rotas:
        contact = [{"by": way.channel, "after_minutes": way.after} for way in on_duty.ways]
        now, after = on_duty.now, on_duty.next
        following = (
            None if after is None else {"person": after.person, "from": iso(after.start), "until": iso(after.end)}
        )
        found.append(
            {
                "rota": on_duty.rota.key,
                "person": now.person,
                "until": iso(now.end) if after else None,
                "change": now.change,
                "contact": contact,
                "next": following,
            }
        )
    steps = [{"notify": list(step.notify), "after_minutes": step.after} for step in team.duty.escalation]
    duty = team.duty
    return {"team": duty.team, "timezone": duty.timezone, "rotas": found, "escalation": steps, "repeat": duty.repeat}


def changes_json(changes: Sequence[Change]) -> bytes:
    """Overrides and swaps for programs: docs/contracts/oncall.md."""
    return msgspec.json.encode({"version": VERSION, "changes": [_change_line(change) for change in changes]})


def _change_line(change: Change) -> dict[str, object]:
    back = change.revoked
    return {
        "id": change.id,
        "kind": change.kind,
        "rota": change.rota,
        "person": change.person,
        "other": change.other or None,
        "from": iso(change.start),
        "to": iso(change.end),
        "author": change.author,
        "reason": change.reason,
        "entered": iso(change.entered),
        "revoked": RevocationLine(back.author, back.reason, iso(back.at)) if back else None,
    }
