"""On-call held against the coming weeks: when nobody would be called, or somebody who cannot be reached."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Final

from kakeibo import clock
from kakeibo.app.channel_checks import ONCALL
from kakeibo.app.oncall import rosters_at
from kakeibo.definitions.marks import Marks
from kakeibo.duties import Contact, Duty
from kakeibo.errors import Problem
from kakeibo.i18n import t
from kakeibo.letters import figures
from kakeibo.letters.rosters import way, who
from kakeibo.model import Book
from kakeibo.oncall.contacts import address, ways
from kakeibo.oncall.rotas import Roster, Shift
from kakeibo.oncall.turns import Calendars
from kakeibo.store import Store

AHEAD: Final = 28 * clock.MINUTES_PER_DAY
"""How far ahead a look is taken."""


def problems_of(book: Book, marks: Marks, store: Store | None) -> Iterator[Problem]:
    """Gaps, one person twice, absences during a shift, a team that is never called, people that cannot be reached,
    calendars that cannot be read.

    A moment at which a team has nobody at all is a warning; a gap of one rota that another one covers is a note.
    """
    if not book.oncall:
        return
    now = clock.minute_of(clock.now())
    rosters, complaints = rosters_at(book, store, now)
    for complaint in complaints:
        yield Problem(*marks.locate(complaint.keys), complaint.message, complaint.mend, "warning")
    calendars = next(iter(rosters.values())).calendars if rosters else {}
    for duty in book.oncall.values():
        shifts = {key: rosters[rota.name].shifts(now, now + AHEAD) for key, rota in duty.rotas.items()}
        yield from _gaps(duty, shifts, marks)
        yield from _twice(book, duty, shifts, marks)
        yield from _away(book, duty, shifts, calendars, marks)
        yield from _never_called(book, duty, marks)
    yield from _unreachable(book, rosters, marks)


def _gaps(duty: Duty, shifts: Mapping[str, list[Shift]], marks: Marks) -> Iterator[Problem]:
    covered = [(shift.start, shift.end) for found in shifts.values() for shift in found if shift.person]
    for key, found in shifts.items():
        gaps = [(shift.start, shift.end) for shift in found if shift.person is None]
        if not gaps:
            continue
        bare = [gap for gap in gaps if not _covered(gap, covered)]
        first = (bare or gaps)[0]
        message = t(
            "nobody is on call in {rota} from {start} to {end} (gaps in the next {days} days: {n})",
            rota=f"{duty.team}/{key}",
            start=figures.moment(first[0], duty.timezone),
            end=figures.moment(first[1], duty.timezone),
            n=len(bare or gaps),
            days=AHEAD // clock.MINUTES_PER_DAY,
        )
        mend = t("add a layer, or enter somebody: kakeibo oncall override")
        if not bare:
            mend = t("another rota of the team has somebody then; a page goes on to it at once")
        place = marks.locate(("oncall", duty.team, "rotas", key), key=True)
        yield Problem(*place, message, mend, "warning" if bare else "note")


def _covered(gap: tuple[int, int], covered: list[tuple[int, int]]) -> bool:
    """Whether somebody is on duty in another rota all through a gap."""
    reached = gap[0]
    for start, end in sorted(covered):
        if start <= reached < end:
            reached = end
    return reached >= gap[1]


def _twice(book: Book, duty: Duty, shifts: Mapping[str, list[Shift]], marks: Marks) -> Iterator[Problem]:
    """The same person in two rotas of a team: the second step would call somebody who has not answered."""
    for (one, its), (other, theirs) in combinations(shifts.items(), 2):
        both = [
            (max(a.start, b.start), a.person)
            for a in its
            for b in theirs
            if a.person and a.person == b.person and a.start < b.end and b.start < a.end
        ]
        if both:
            start, person = both[0]
            message = t(
                "{who} is on call in {one} and in {other} at once, first from {when} (times: {n})",
                who=who(book, person),
                one=one,
                other=other,
                when=figures.moment(start, duty.timezone),
                n=len(both),
            )
            place = marks.locate(("oncall", duty.team, "rotas", other), key=True)
            yield Problem(*place, message, t("move the order of one rota, or swap: kakeibo oncall swap"), "warning")


def _away(
    book: Book, duty: Duty, shifts: Mapping[str, list[Shift]], calendars: Calendars, marks: Marks
) -> Iterator[Problem]:
    """Who has a shift while away. Nobody is moved by that: people swap, and enter it."""
    for key, found in shifts.items():
        for shift in found:
            person = book.people.get(shift.person or "")
            away = calendars.get(person.absences, ()) if person and person.absences else ()
            clash = next((span for span in away if span.start < shift.end and shift.start < span.end), None)
            if clash and person:
                message = t(
                    "{who} is away from {when} and on call in {rota}",
                    who=who(book, person.key),
                    when=figures.moment(max(clash.start, shift.start), duty.timezone),
                    rota=f"{duty.team}/{key}",
                )
                place = marks.locate(("people", person.key, "absences"), key=True)
                yield Problem(*place, message, t("enter who stands in: kakeibo oncall override"), "warning")


def _never_called(book: Book, duty: Duty, marks: Marks) -> Iterator[Problem]:
    """A team whose alerts go to everybody but whoever is on duty."""
    team, policy = book.teams.get(duty.team), book.policies.get(duty.team)
    told = [name for names in team.notify.values() for name in names] if team else []
    told += [name for rule in policy.rules for name in rule.notify] if policy else []
    if ONCALL not in told:
        message = t("no alert calls whoever is on duty for {team}", team=duty.team)
        mend = t("write notify: {example} at the team", example="{page: [oncall]}")
        yield Problem(*marks.locate(("oncall", duty.team), key=True), message, mend, "warning")


def _unreachable(book: Book, rosters: Mapping[str, Roster], marks: Marks) -> Iterator[Problem]:
    """Who can be called and has no way to be reached, or one whose address is not set where this runs."""
    layers = [layer for roster in rosters.values() for layer in roster.rota.layers]
    called = {person for layer in layers for person in layer.participants}
    called |= {name for duty in book.oncall.values() for step in duty.escalation for name in step.notify}
    kinds = {channel.kind for channel in book.channels.values()}
    for person in book.people.values():
        if person.key not in called:
            continue
        if not ways(person, "page"):
            message = t("{who} is called, but cannot be reached", who=who(book, person.key))
            mend = t("add slack:, phone: or email:, and the channel to contact:")
            yield Problem(*marks.locate(("people", person.key), key=True), message, mend, "warning")
        missing = next((one for one in ways(person, "page") if one.channel not in kinds), None)
        if missing:
            message = t(
                "{who}: the book has no channel of type {kind}", who=who(book, person.key), kind=missing.channel
            )
            mend = t("add one to channels:, or leave it out of contact:")
            yield Problem(*marks.locate(("people", person.key), key=True), message, mend, "warning")
        unset = [one for one in ways(person, "page") if address(person, one.channel, os.environ) is None]
        if unset:
            message = t(
                "{who}: the address for {what} is not set here",
                who=who(book, person.key),
                what=way(Contact(unset[0].channel)),
            )
            mend = t("set {variable} where kakeibo runs", variable=person.address(unset[0].channel))
            yield Problem(*marks.locate(("people", person.key), key=True), message, mend, "note")
