"""A drill under way. The clock is the caller's: `step(now)` does all that is due until then.

What a drill does stays in its folder, but for letters to those who take part and the programs that its scenario names.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from kakeibo.app.channel_checks import wrong
from kakeibo.app.drill_pipeline import Pipeline
from kakeibo.definitions.shapes import nearest
from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.model import Book
from kakeibo.practice.drills import records
from kakeibo.practice.drills.examples import examples
from kakeibo.practice.drills.records import Alert, Ran, Run
from kakeibo.practice.drills.scenarios import Cue, Inject, Scenario, Step
from kakeibo.sources.files import find
from kakeibo.sources.kinds import asked_kinds

PROGRAM_SECONDS: Final = 30
"""How long a program of a step may run."""


@dataclass(frozen=True, slots=True)
class Playing:
    """How a scenario is played: by whom (role -> name), with its script or without, and whether its programs may run,
    which they do in the folder `base`."""

    roles: Mapping[str, str]
    scripted: bool = True
    programs: bool = False
    base: Path = Path()


@dataclass(frozen=True, slots=True)
class Due:
    """Something that has come to pass in second `at`: an alert; what is to be told, or expected; a program that ran."""

    at: int
    what: Alert | Inject | Cue | Ran


class Drill:
    """One drill in `folder`, which has begun at `began`. Use as a context manager: what was started is undone."""

    def __init__(self, book: Book, scenario: Scenario, folder: Path, began: datetime, playing: Playing) -> None:
        """Raises UsageError for a scenario that does not fit the book."""
        self.folder, self._playing = folder, playing
        self._began = began.replace(microsecond=0)
        self.scenario = fitted(scenario, book)
        self._pipeline = self._opened(book) if scenario.troubles else None
        self._started: list[Step] = []
        self._done = -1
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
        records.save(folder, self.run)

    def __enter__(self) -> Drill:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            for step in reversed(self._started):
                if step.undo:
                    self._execute(step.undo, self.run.ended or self.run.began)
        finally:
            if self._pipeline is not None:
                self._pipeline.close()

    @property
    def ends(self) -> datetime:
        return self._began + timedelta(minutes=self.scenario.minutes)

    @property
    def is_resolved(self) -> bool:
        return any(note.kind == "resolved" for note in self.run.notes)

    def step(self, now: datetime) -> list[Due]:
        """Do what is due until `now`; what came to pass since the last step, in order."""
        due = self._planned(now)
        run = msgspec.structs.replace(
            self.run,
            notes=records.notes(self.folder),
            ran=self.run.ran + tuple(one.what for one in due if isinstance(one.what, Ran)),
        )
        if self._pipeline is not None:
            resolved = any(note.kind == "resolved" for note in run.notes)
            events = self._pipeline.round(now, resolved=resolved)
            alerts = self._pipeline.alerts()
            due += [Due(alert.at, alert) for alert in alerts[len(run.alerts) :]]
            answered = self._pipeline.answered()
            run = msgspec.structs.replace(run, events=run.events + events, alerts=alerts, answered=answered)
        self.run = run
        records.save(self.folder, run)
        return sorted(due, key=lambda one: one.at)

    def finish(self, now: datetime) -> Run:
        """The drill is over: its last word."""
        notes = records.notes(self.folder)
        self.run = msgspec.structs.replace(self.run, ended=int(now.timestamp()), notes=notes)
        records.save(self.folder, self.run)
        return self.run

    def _opened(self, book: Book) -> Pipeline:
        """The pipeline of the drill. Raises UsageError for an objective of which no failing event can be made up."""
        made = {key: examples(book, one) for key, one in book.journeys.items() if key not in book.fleets}
        made = {key: found for key, found in made.items() if found}
        slos = (slo for key in made for slo in book.journeys[key].slos)
        silent = frozenset(slo.name for slo in slos if slo.method.kind == "counted_slices")
        possible = {slo for found in made.values() for one in found.values() for slo in one.bad} | silent
        for trouble in self.scenario.troubles:
            if trouble.slo not in possible:
                raise UsageError(
                    t("no event can be made up that is bad for {slo}", slo=trouble.slo),
                    t("choose one that is counted from a log: {names}", names=", ".join(sorted(possible)[:10])),
                )
        pipeline = Pipeline(book, self.scenario, made, self.folder, self._began, silent)
        try:
            _refuse_to_be_counted(book, self.folder)
        except UsageError:
            pipeline.close()
            raise
        return pipeline

    def _planned(self, now: datetime) -> list[Due]:
        """What the scenario has foreseen since the last step."""
        before, self._done = self._done, int((now - self._began).total_seconds())
        cues = self.scenario.script if self._playing.scripted else ()
        steps = self.scenario.steps if self._playing.programs else ()
        planned: list[Inject | Cue | Step] = [*self.scenario.injects, *cues, *steps]
        ready = sorted((one for one in planned if before < 60 * one.at <= self._done), key=lambda one: one.at)
        return [Due(self.run.began + 60 * one.at, self._begin(one) if isinstance(one, Step) else one) for one in ready]

    def _begin(self, step: Step) -> Ran:
        self._started.append(step)
        return self._execute(step.run, self.run.began + 60 * step.at)

    def _execute(self, command: tuple[str, ...], at: int) -> Ran:
        """Run a program to its end, without a shell."""
        where = self._playing.base
        try:
            done = subprocess.run(command, cwd=where, timeout=PROGRAM_SECONDS, capture_output=True, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return Ran(at, command, None)
        return Ran(at, command, done.returncode)


def _refuse_to_be_counted(book: Book, folder: Path) -> None:
    """Raises UsageError where a source of the organisation would count the events of a drill as its own."""
    for source in book.sources.values():
        if source.kind not in asked_kinds() and any(
            folder.resolve() in path.resolve().parents for path in find(source)
        ):
            raise UsageError(
                t("source {name} would count the events of the drill as its own", name=source.name),
                t("narrow its path: in the book, so that it does not reach into {folder}", folder=folder.parent),
            )


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
