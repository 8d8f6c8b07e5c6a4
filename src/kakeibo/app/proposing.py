"""What to propose for some logs: which journeys, what is good, which targets, all from what the logs hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Final

from kakeibo import clock
from kakeibo.app.columns import Columns, columns_of, written
from kakeibo.app.logs import Log
from kakeibo.app.subjects import Subject, subjects
from kakeibo.budgets import provisional
from kakeibo.engines.surveys import Asked, Survey
from kakeibo.errors import SourceError
from kakeibo.i18n import t
from kakeibo.model import Source, Title
from kakeibo.predicates import NO_CODE, Predicate, parse
from kakeibo.sources.kinds import reader

OBJECTIVES: Final = 5
"""What one team can look after, and so what a first book has."""
_WINDOW_DAYS: Final = 28
_MEASURED: Final = Fraction(9, 10)
_MOST_CODES: Final = 50
EXAMPLE_CODE: Final = "INTERNAL"
_FAULTS: Final = (
    "SYSTEM", "INTERNAL", "SERVER", "TIMEOUT", "TIMED_OUT", "UNAVAILABLE", "DB_", "DATABASE", "FATAL", "CRASH", "PANIC",
    "UNKNOWN", "UNEXPECTED", "DEADLINE", "OVERLOAD", "EXHAUSTED", "UPSTREAM", "GATEWAY", "CONNECTION", "DOWN", "5XX",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Objective:
    """An SLI with its provisional target. `backed`: the log met it, and it allows failures enough."""

    sli: str
    good: str
    target: Fraction
    events: int
    good_events: int
    backed: bool


@dataclass(frozen=True, slots=True)
class Journey:
    """A journey to propose. `valid`: None when all events of the source are of it."""

    key: str
    title: Title
    valid: str | None
    objectives: tuple[Objective, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """What one log comes to. `period`: its first and last minute. `others`: further candidates with their events;
    `left_out`: events by the reason why no journey was made of them. `columns.fields` are those that journeys use.
    """

    log: Log
    columns: Columns
    lines: int
    readable: int
    period: tuple[int, int]
    journeys: tuple[Journey, ...]
    system_codes: tuple[str, ...] = ()
    client_codes: tuple[str, ...] = ()
    faults_seen: bool = False
    damaged: bool = False
    others: Mapping[str, int] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)


Progress = Callable[[int], None]


def share_out(logs: int) -> list[int]:
    """How many objectives each log gets, so that the book has about as many as one team can look after."""
    return [max(OBJECTIVES // logs + (number < OBJECTIVES % logs), 1) for number in range(logs)]


def look(log: Log, objectives: int, taken: set[str], progress: Progress = lambda _: None) -> Findings:
    """Read a log once and propose at most so many objectives. `taken`: journey keys in use, added to.

    Raises SourceError when nothing in the log tells whether an event went well.
    """
    sniffed = log.sniffed
    columns = columns_of(sniffed)
    options = {**sniffed.options, **({"fields": dict(columns.fields)} if columns.fields else {})}
    source = Source(log.name, sniffed.kind, (), Path(), log.timezone, options=options)
    asked = Asked(
        texts=tuple(c for c in (columns.subject, columns.path, columns.method, columns.error, columns.outcome) if c),
        status=columns.status,
        path=columns.path,
        request=columns.request,
        duration=columns.duration,
        rungs=tuple(float(seconds * columns.per_second) for seconds in provisional.SECONDS),
    )
    with Survey(reader(source), asked) as survey:
        survey.read(log.files, progress)
        if not survey.minutes or not survey.events():
            raise SourceError(
                t("{path} has no event that could be read", path=log.files[0]),
                t("give a log with requests or jobs in it"),
            )
        return _Proposal(log, columns, survey).findings(objectives, taken)


class _Proposal:
    """Turns what a survey holds into journeys."""

    def __init__(self, log: Log, columns: Columns, survey: Survey) -> None:
        self.log = log
        self.columns = columns
        self.survey = survey
        self.period = (min(survey.minutes), max(survey.minutes))
        faults, self.client_codes = self._codes()
        self.faults_seen = bool(faults)
        # Where no fault was seen yet, an example stands for those to come.
        self.system_codes = faults or ((EXAMPLE_CODE,) if self.client_codes else ())
        self.lists = {
            name: codes
            for name, codes in (("system_codes", self.system_codes), ("client_codes", self.client_codes))
            if codes
        }
        self.good = self._good()

    def findings(self, objectives: int, taken: set[str]) -> Findings:
        timed = self.columns.duration is not None and bool(self.survey.reached(parse("true", {}))[-1])
        if self.good is None and not timed:
            raise SourceError(
                t("{path} tells when something happened, but not whether it went well", path=self.log.files[0]),
                t("have a status, an error code or the time taken written with each event"),
            )
        found, left_out = subjects(self.survey, self.columns)
        journeys: dict[Subject, Journey] = {}
        left = objectives
        for subject in found:
            if made := self._objectives(subject)[:left]:
                left -= len(made)
                key = _distinct(subject.key, taken)
                journeys[subject] = Journey(key, subject.title, subject.valid, tuple(made))
        others = [subject for subject in found if subject not in journeys]
        return Findings(
            log=self.log,
            columns=replace(self.columns, fields=self._fields(journeys.values())),
            lines=self.survey.lines,
            readable=self.survey.readable,
            period=self.period,
            journeys=tuple(journeys.values()),
            system_codes=self.system_codes,
            client_codes=self.client_codes,
            faults_seen=self.faults_seen,
            damaged=bool(self.survey.damage),
            others={subject.name: subject.events for subject in others[:OBJECTIVES]},
            left_out=left_out,
        )

    # -- what is good -----------------------------------------------------------------------------------------------

    def _codes(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The error codes seen: those that look like faults of ours, and the others; empty when they are no codes."""
        if self.columns.error is None:
            return (), ()
        codes = [code for code, _ in self.survey.values(self.columns.error) if code not in NO_CODE]
        if not codes or len(codes) > _MOST_CODES or not all(_is_code(code) for code in codes):
            return (), ()
        faults = sorted(code for code in codes if any(word in code.upper() for word in _FAULTS))
        return tuple(faults), tuple(sorted(set(codes) - set(faults)))

    def _good(self) -> str | None:
        """When an event went well; None when the log does not tell."""
        columns = self.columns
        if columns.outcome:
            return f"{written(columns.outcome)} = 'done'"
        tests = [f"{written(columns.status)} < 500"] if columns.status else []
        if columns.error and self.system_codes:
            tests.append(f"{written(columns.error)} not in system_codes")
        return " and ".join(tests) or None

    def _objectives(self, subject: Subject) -> list[Objective]:
        valid = parse(subject.valid or "true", {})
        made = [self._availability(valid), self._latency(valid)]
        return [objective for objective in made if objective and objective.events]

    def _availability(self, valid: Predicate) -> Objective | None:
        if self.good is None:
            return None
        return self._objective("availability", self.good, *self.survey.count(valid, parse(self.good, self.lists)))

    def _latency(self, valid: Predicate) -> Objective | None:
        """None when too few of the events tell how long they took."""
        if self.columns.duration is None:
            return None
        reached, (events, _) = self.survey.reached(valid), self.survey.count(valid)
        rung = provisional.rung(reached)
        if rung is None or reached[-1] < _MEASURED * events:
            return None
        within = f"{written(self.columns.duration)} <= {_number(provisional.SECONDS[rung] * self.columns.per_second)}"
        if self.columns.outcome is None or self.good is None:
            return self._objective("latency", within, events, reached[rung])
        # A job that failed quickly was not quick.
        done = self.survey.reached(valid, parse(self.good, {}))
        return self._objective("latency", f"{self.good} and {within}", events, done[rung])

    def _fields(self, journeys: Iterable[Journey]) -> dict[str, str]:
        """The mapping of those columns that the journeys' conditions look at."""
        texts = [text for j in journeys for text in (j.valid or "true", *(o.good for o in j.objectives))]
        used = {column for text in texts for column in parse(text, self.lists).columns}
        return {column: key for column, key in self.columns.fields.items() if column in used}

    def _objective(self, sli: str, good: str, events: int, good_events: int) -> Objective:
        days = Fraction(self.period[1] - self.period[0] + 1, clock.MINUTES_PER_DAY)
        # A short log is not stretched to a window: nobody knows what the rest of it would have been like.
        per_window = events * min(Fraction(_WINDOW_DAYS) / days, Fraction(1))
        target, backed = provisional.target(good_events, events, per_window=per_window)
        return Objective(sli, good, target, events, good_events, backed)


def _is_code(text: str) -> bool:
    return text.isprintable() and len(text) <= 60 and " " not in text


def _number(limit: Fraction) -> str:
    return str(limit.numerator) if limit.denominator == 1 else str(float(limit))


def _distinct(key: str, taken: set[str]) -> str:
    """A key that no other journey has."""
    found, number = key, 1
    while found in taken:
        number += 1
        found = f"{key[:56]}-{number}"
    taken.add(found)
    return found
