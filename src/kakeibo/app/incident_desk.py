"""Incidents as people work on them, whichever door they come by: the shell, the pages, the API, the chat."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from kakeibo import clock
from kakeibo.app import incident_impact, incident_telling
from kakeibo.app.incident_watch import service_of
from kakeibo.app.names import mend_of
from kakeibo.app.reporting import parsed
from kakeibo.app.slips import author_of, worded
from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.incidents import changes, records
from kakeibo.incidents.changes import Act, Opening
from kakeibo.incidents.durations import Durations, durations
from kakeibo.incidents.likeness import alike
from kakeibo.incidents.nouns import Incident, Origin, Register, State, Typed
from kakeibo.letters.incidents import View
from kakeibo.model import Book
from kakeibo.store import Store

SHOWN = 40
"""Lines of a timeline that are shown unless more are asked for."""


@dataclass(frozen=True, slots=True)
class New:
    """What an incident is opened with: `about` name journeys, objectives or services; `at`: a time, "" for now."""

    title: str
    about: Sequence[str] = ()
    at: str = ""
    private: bool = False
    origin: Origin = "hand"


@dataclass(frozen=True)
class Desk:
    """Where somebody called `who` works on the incidents of a book; None: the user of this machine."""

    book: Book
    store: Store
    who: str | None = None

    # -- looking --------------------------------------------------------------------------------------------------

    def view(self, number: int, entries: int | None = SHOWN) -> View:
        """An incident with all that belongs to it. Raises UsageError."""
        with self.store.reading() as connection:
            one = records.incident(connection, number, entries=entries)
            length = records.length(connection, number)
            past = records.incidents(connection) if one.measured else []
        similar = alike(one, [other for other in past if not other.private], self.book.organisation.timezone)
        return View(self.book, one, length, similar, self.now)

    def listed(self, *, every: bool = False, team: str | None = None) -> list[Incident]:
        """Those that are not over, or all, of every team or one; the newest first. Raises UsageError."""
        states: tuple[State, ...] | None = None if every else ("open", "acknowledged", "mitigated")
        found = records.incidents(self.store, states=states)
        if team is None:
            return found
        self._known(team, self.book.teams, t("team"))
        return [one for one in found if team in teams_of(self.book, one)]

    def statistics(self, team: str | None, since: str | None, change: str | None) -> dict[str, Durations]:
        """How long incidents took: all, before and from the day `change` on, and by team where no team is named."""
        found = self.listed(every=True, team=team)
        zone = self.book.organisation.timezone
        if since:
            start = clock.second_of(parsed(since, zone))
            found = [one for one in found if one.opened_at >= start]
        groups = {t("all"): durations(found)}
        if change:
            day = clock.second_of(parsed(change, zone))
            groups[t("before {day}", day=change)] = durations([one for one in found if one.opened_at < day])
            groups[t("from {day} on", day=change)] = durations([one for one in found if one.opened_at >= day])
        for key, each in {} if team else self.book.teams.items():
            mine = [one for one in found if key in teams_of(self.book, one)]
            if mine:
                groups[each.name] = durations(mine)
        return groups

    # -- doing ----------------------------------------------------------------------------------------------------

    def open(self, new: New) -> Incident:
        """Open an incident, and measure it by what was counted. Raises UsageError."""
        slos = [name for what in new.about for name in self._slos(what)]
        services = dict.fromkeys(service_of(self.book, name) for name in slos)
        opening = Opening(worded(new.title, "--title"), new.origin, dict.fromkeys(slos), services, (), new.private)
        act = self._act(new.at)
        with self.store.writing() as connection:
            number = changes.open_(connection, opening, act).id
        return self.measure(number)

    def measure(self, number: int) -> Incident:
        """Ask the counts again, as of now."""
        return incident_impact.keep(self.book, self.store, number, self.now // 60, Act.ours(self.now))

    def acknowledge(self, number: int) -> Incident:
        return self._write(lambda connection: changes.acknowledge(connection, number, self._act()))

    def mitigate(self, number: int, text: str = "", at: str = "") -> Incident:
        return self._write(lambda connection: changes.mitigate(connection, number, self._act(at), _line(text)))

    def resolve(self, number: int, text: str = "", at: str = "") -> Incident:
        found = self._write(lambda connection: changes.resolve(connection, number, self._act(at), _line(text)))
        return self.measure(found.id)

    def reopen(self, number: int, reason: str) -> Incident:
        why = worded(reason, "--reason")
        return self._write(lambda connection: changes.reopen(connection, number, self._act(), why))

    def merge(self, number: int, into: int, reason: str = "") -> Incident:
        self._write(lambda connection: changes.merge(connection, number, into, self._act(), _line(reason)))
        return self.measure(into)

    def update(self, number: int, text: str, register: Register) -> Incident:
        """Say how it stands; those who are told of the team's matters get it."""
        words, now = worded(text, "--text"), self.now

        def write(connection: Connection) -> Incident:
            changes.say(connection, number, words, self._act(), register)
            found = records.incident(connection, number, entries=SHOWN)
            entry = changes.latest_entry(connection, number)
            if entry is not None:
                incident_telling.update(connection, self.book, found, register, entry, now)
            return found

        return self._write(write)

    def note(self, number: int, text: str, at: str = "", *, milestone: bool = False) -> Incident:
        words = worded(text, "TEXT")

        def write(connection: Connection) -> Incident:
            found = changes.say(connection, number, words, self._act(at))
            entry = changes.latest_entry(connection, number)
            if milestone and entry is not None:
                changes.mark(connection, number, entry, self._act())
            return found

        return self._write(write)

    def mark(self, number: int, entry: int, *, milestone: bool = True) -> Incident:
        return self._write(lambda connection: changes.mark(connection, number, entry, self._act(), milestone=milestone))

    def assign(self, number: int, role: str, person: str, seen: int | None = None) -> Incident:
        return self._write(lambda one: changes.assign(one, number, role, _line(person), self._act(), seen))

    def add_task(self, number: int, text: str, owner: str = "", due: str = "") -> Incident:
        words, when = worded(text, "TEXT"), self._second(due) if due else None
        return self._write(lambda one: changes.add_task(one, number, words, self._act(), _line(owner), when)[0])

    def finish_task(self, number: int, task: int) -> Incident:
        return self._write(lambda connection: changes.finish_task(connection, number, task, self._act()))

    def rename(self, number: int, title: str, seen: int | None = None) -> Incident:
        words = worded(title, "--title")
        return self._write(lambda connection: changes.rename(connection, number, words, self._act(), seen))

    def show_to(self, number: int, *, private: bool, seen: int | None = None) -> Incident:
        return self._write(lambda one: changes.show_to(one, number, self._act(), private=private, seen=seen))

    def type_times(self, number: int, start: str, end: str, reason: str, seen: int | None = None) -> Incident:
        """Write down when it began or ended as somebody says; "" leaves what is there. Raises UsageError."""
        held = records.incident(self.store, number, entries=0).typed
        first, last = (self._second(text) // 60 if text else before
                       for text, before in ((start, held.start), (end, held.end)))  # fmt: skip
        if first is not None and last is not None and last <= first:
            raise UsageError(t("it ends at {end}, not after its start", end=end or clock.iso(last)),
                             t("the end must be later than the start"))  # fmt: skip
        why = worded(reason, "--reason")
        typed = Typed(first, last)
        return self._write(lambda one: changes.type_times(one, number, typed, self._act(), why, seen))

    # -- within ---------------------------------------------------------------------------------------------------

    @property
    def now(self) -> int:
        return clock.second_of(clock.now())

    def _act(self, at: str = "") -> Act:
        return Act.here(author_of(self.who), self.now, self._second(at) if at else None)

    def _second(self, text: str) -> int:
        """A time as people write it; not one that is yet to come, but for what is due."""
        return clock.second_of(parsed(text, self.book.organisation.timezone))

    def _write(self, work: Callable[[Connection], Incident]) -> Incident:
        with self.store.writing() as connection:
            return work(connection)

    def _slos(self, what: str) -> list[str]:
        """The objectives that a name stands for: an SLO, a journey's or a service's. Raises UsageError."""
        every = [(journey, slo) for journey in self.book.journeys.values() for slo in journey.slos]
        found = [slo.name for journey, slo in every if what in (slo.name, journey.key, journey.service)]
        if not found:
            self._known(what, [*self.book.journeys, *self.book.services, *(slo.name for _, slo in every)],
                        t("journey, objective or service"))  # fmt: skip
        return found

    def _known(self, name: str, names: Iterable[str], what: str) -> None:
        known = list(names)
        if name not in known:
            raise UsageError(t("there is no {what} {name}", what=what, name=name), mend_of(name, known))


def teams_of(book: Book, one: Incident) -> set[str]:
    """The teams that operate the services of an incident."""
    return {team for key in one.services if key in book.services and (team := book.services[key].team)}


def of_journey(store: Store, journey: str, start: int, end: int) -> list[Incident]:
    """The incidents that hit a journey in the minutes [start, end), the oldest first, no private ones."""
    found = []
    for one in records.incidents(store):
        first, last = span(one)
        hit = {name.partition("/")[0] for name in one.slos}
        if journey in hit and not one.private and first < end and (last is None or last > start):
            found.append(one)
    return found[::-1]


def span(one: Incident) -> tuple[int, int | None]:
    """The minutes of an incident: as measured, or else from opening to the end that somebody declared."""
    if one.measured and one.measured.start:
        return one.measured.start.minute, one.measured.end.minute if one.measured.end else None
    over = one.mitigated_at or one.resolved_at
    return one.opened_at // 60, None if over is None else over // 60


def _line(text: str) -> str:
    """Text on one line, or nothing."""
    return worded(text, "TEXT") if text.strip() else ""
