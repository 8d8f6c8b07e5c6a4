"""A drill under way: events are written as time goes by, and the worker counts, decides and tells as it does at work.

The clock is the caller's: `step(now)` does all that is due until then. What a drill does stays in its folder, but for
letters to those who take part and the programs that its scenario names.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from kakeibo.alerts import record
from kakeibo.alerts.acknowledgements import acknowledgements
from kakeibo.app.channel_checks import wrong
from kakeibo.app.check import read
from kakeibo.app.delivering import Delivery
from kakeibo.app.escalating import notifiers_of
from kakeibo.app.worker import Worker, holder_here
from kakeibo.definitions.shapes import nearest
from kakeibo.definitions.writing import write
from kakeibo.errors import KakeiboError, UsageError
from kakeibo.i18n import t
from kakeibo.model import Book
from kakeibo.practice.drills import events, records
from kakeibo.practice.drills.events import Traffic
from kakeibo.practice.drills.examples import Examples, examples
from kakeibo.practice.drills.isolation import isolated, log_of
from kakeibo.practice.drills.records import Alert, Ran, Run
from kakeibo.practice.drills.scenarios import Cue, Inject, Scenario, Step
from kakeibo.store import open_store

PROGRAM_SECONDS: Final = 30
"""How long a program of a step may run."""


@dataclass(frozen=True, slots=True)
class Playing:
    """How a scenario is played: by whom (role -> name), with its script or without, and whether programs may run."""

    roles: Mapping[str, str]
    scripted: bool = True
    programs: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """Something that has come to pass: an alert, or what is to be told or expected, or a program that was run."""

    at: int
    what: Alert | Inject | Cue | Ran


class Drill:
    """One drill in `folder`, which has begun at `began`. Use as a context manager: what was started is undone."""

    def __init__(
        self, book: Book, scenario: Scenario, folder: Path, began: datetime, playing: Playing, base: Path
    ) -> None:
        """`base`: the folder that programs are run in. Raises UsageError for a scenario that does not fit the book."""
        self.scenario = fitted(scenario, book)
        self.folder, self._began, self._playing, self._base = folder, began.replace(microsecond=0), playing, base
        began_at = int(self._began.timestamp())
        self.run = Run(
            id=folder.name,
            scenario=scenario.name,
            title=scenario.title,
            scripted=playing.scripted,
            minutes=scenario.minutes,
            began=began_at,
            trouble=began_at + 60 * scenario.trouble_begins,
            roles=playing.roles,
            tell=scenario.tell,
        )
        made = {
            key: found
            for key, one in book.journeys.items()
            if key not in book.fleets and (found := examples(book, one))
        }
        _refuse_impossible(self.scenario, made, book)
        self.book = _written(book, folder, self.scenario, made)
        self._traffic = events.traffic_of(self.scenario, made, _silent(book)) if self.scenario.troubles else []
        self._minute = -self.scenario.history
        self._waiting: list[tuple[datetime, str, bytes]] = []
        self._started: list[Step] = []
        self._told = 0
        self._store = open_store(f"sqlite:///{folder}/kakeibo.db")
        self._worker = Worker(self.book, self._store, lambda _: None)
        self._delivery = Delivery(self._store, notifiers_of(self.book), holder_here(), trouble=lambda _: None)
        records.save(folder, self.run)

    def __enter__(self) -> Drill:
        return self

    def __exit__(self, *_: object) -> None:
        for step in reversed(self._started):
            if step.undo:
                self._execute(step.undo, int(self._began.timestamp()))
        self._worker.close()
        self._store.close()

    @property
    def ends(self) -> datetime:
        return self._began + timedelta(minutes=self.scenario.minutes)

    def step(self, now: datetime) -> list[Due]:
        """Do what is due until `now`; what came to pass since the last step, in order."""
        notes = records.notes(self.folder)
        resolved = min((note.at for note in notes if note.kind == "resolved"), default=None)
        due = self._planned(now)
        if self._traffic:
            self._write(now, resolved)
            self._worker.round(now)
            self._delivery.drain(lambda: int(now.timestamp()))
            due += self._raised(now)
        ran = tuple(one.what for one in due if isinstance(one.what, Ran))
        alerts = tuple(one.what for one in due if isinstance(one.what, Alert))
        self.run = msgspec.structs.replace(
            self.run,
            notes=notes,
            alerts=self.run.alerts + alerts,
            ran=self.run.ran + ran,
            answered=self._answered() if self._traffic else None,
        )
        records.save(self.folder, self.run)
        return sorted(due, key=lambda one: one.at)

    @property
    def is_resolved(self) -> bool:
        return any(note.kind == "resolved" for note in self.run.notes)

    def finish(self, now: datetime) -> Run:
        """The drill is over: its last word."""
        self.run = msgspec.structs.replace(self.run, ended=int(now.timestamp()), notes=records.notes(self.folder))
        records.save(self.folder, self.run)
        return self.run

    # -- what is due ------------------------------------------------------------------------------------------------

    def _planned(self, now: datetime) -> list[Due]:
        """What the scenario has foreseen since the last step."""
        until = int((now - self._began).total_seconds())
        cues = self.scenario.script if self._playing.scripted else ()
        planned: list[Inject | Cue | Step] = [*self.scenario.injects, *cues, *self.scenario.steps]
        ready = [one for one in planned if self._told <= 60 * one.at < until + 1]
        self._told = until + 1
        found = []
        for one in sorted(ready, key=lambda one: one.at):
            at = self.run.began + 60 * one.at
            if isinstance(one, Step):
                found += [Due(at, self._start(one, at))] if self._playing.programs else []
            else:
                found.append(Due(at, one))
        return found

    def _start(self, step: Step, at: int) -> Ran:
        self._started.append(step)
        return self._execute(step.run, at)

    def _execute(self, command: tuple[str, ...], at: int) -> Ran:
        """Run a program to its end, without a shell, in the folder of the scenario."""
        try:
            done = subprocess.run(command, cwd=self._base, timeout=PROGRAM_SECONDS, capture_output=True, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return Ran(at, command, None)
        return Ran(at, command, done.returncode)

    def _raised(self, now: datetime) -> list[Due]:
        """Alerts that began to fire since the last step."""
        known = {(alert.slo, alert.severity, alert.at) for alert in self.run.alerts}
        found = [
            Alert(flip.noted, flip.alert.subject, flip.alert.severity)
            for flip in record.flips(self._store)
            if flip.after == "firing" and "/" in flip.alert.subject
        ]
        del now
        return [Due(one.at, one) for one in found if (one.slo, one.severity, one.at) not in known]

    def _answered(self) -> int | None:
        """When the first alert was taken, by `kakeibo ack` over the drill's store."""
        groups = {flip.group for flip in record.flips(self._store) if flip.group}
        with self._store.reading() as connection:
            taken = acknowledgements(connection, groups)
        return min((one.at for one in taken.values()), default=None)

    # -- events -----------------------------------------------------------------------------------------------------

    def _write(self, now: datetime, resolved: int | None) -> None:
        """Write the events that have happened by `now`. Once it is resolved nothing fails any more."""
        if resolved is not None:
            self._traffic = [(source, replace(one, troubles=())) for source, one in self._traffic]
        while self._began + timedelta(minutes=self._minute) <= now:
            for source, traffic in self._traffic:
                for second, event in traffic.minute(self._minute):
                    at = self._began + timedelta(minutes=self._minute, microseconds=int(second * 1_000_000))
                    line = events.line(event, self._began, self._minute, second, self.run.id)
                    self._waiting.append((at, source, line))
            self._minute += 1
        written: dict[str, list[bytes]] = {}
        for at, source, line in self._waiting:
            if at <= now:
                written.setdefault(source, []).append(line)
        self._waiting = [one for one in self._waiting if one[0] > now]
        for source, lines in written.items():
            with log_of(self.folder, source).open("ab") as log:
                log.write(b"".join(lines))
        self.run = msgspec.structs.replace(self.run, events=self.run.events + sum(map(len, written.values())))


def fitted(scenario: Scenario, book: Book) -> Scenario:
    """A scenario with its objectives named. Raises UsageError for an objective or receiver that the book has not."""
    names = [slo.name for journey in book.journeys.values() for slo in journey.slos]
    troubles = [replace(one, slo=names[0]) if one.slo == "*" and names else one for one in scenario.troubles]
    for trouble in troubles:
        if trouble.slo not in names:
            raise UsageError(t("there is no objective {name}", name=trouble.slo), nearest(trouble.slo, names))
    for receiver in scenario.tell:
        if found := wrong(book, receiver):
            raise UsageError(*found)
    return replace(scenario, troubles=tuple(troubles))


def _refuse_impossible(scenario: Scenario, made: Mapping[str, Mapping[str, Examples]], book: Book) -> None:
    """Raises UsageError for an objective of which no failing event can be made up."""
    possible = {slo for found in made.values() for one in found.values() for slo in one.bad} | _silent(book)
    for trouble in scenario.troubles:
        if trouble.slo not in possible:
            raise UsageError(
                t("no event can be made up that is bad for {slo}", slo=trouble.slo),
                t("choose one that is counted from a log: {names}", names=", ".join(sorted(possible)[:10])),
            )


def _silent(book: Book) -> frozenset[str]:
    """The objectives that fail by too few events."""
    slos = (slo for journey in book.journeys.values() for slo in journey.slos)
    return frozenset(slo.name for slo in slos if slo.method.kind == "counted_slices")


def _written(book: Book, folder: Path, scenario: Scenario, made: Mapping[str, Mapping[str, Examples]]) -> Book:
    """The book of the drill, as it is read back from its file, over logs that are still empty."""
    copy = isolated(book, folder, scenario.tell, made)
    (folder / "logs").mkdir()
    for source in copy.sources:
        log_of(folder, source).touch()
    copy.path.write_text(write(copy), encoding="utf-8")
    read_back, _ = read(copy.path)
    return read_back


def play(drill: Drill, now: datetime) -> Sequence[Due]:
    """A step that survives a store which is held for a moment."""
    try:
        return drill.step(now)
    except KakeiboError as error:
        if not error.transient:
            raise
        return ()


__all__ = ["Drill", "Due", "Playing", "Traffic", "fitted", "play"]
