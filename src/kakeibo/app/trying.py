"""Book, ledger and what happened outside -> a trial of an SLO: other targets, quiet days, alerts against incidents."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from kakeibo import ledger
from kakeibo.alerts import backtest, windows
from kakeibo.alerts.backtest import Alarm, Case, Incident, Verdict
from kakeibo.alerts.composites import ComposedSeries
from kakeibo.alerts.counted import counted_slices
from kakeibo.alerts.decide import Terms, terms_of
from kakeibo.alerts.replay import AnySeries, Series, replay
from kakeibo.alerts.trial import Backtest, Trial, Tried
from kakeibo.app import happenings, old_alerts
from kakeibo.app.counts import Counter, Deliveries, History, counter, source_of
from kakeibo.app.happenings import Enquiries
from kakeibo.app.latencies import Asked, latencies
from kakeibo.app.old_alerts import OldAlerts
from kakeibo.app.report import days_of
from kakeibo.budgets.candidates import Day, Origin, candidate, gathered
from kakeibo.budgets.composites import added_up, pooled
from kakeibo.budgets.crosscheck import cross_check
from kakeibo.budgets.methods import Slices
from kakeibo.budgets.quiet import quiet
from kakeibo.clock import MINUTES_PER_DAY, local
from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.model import Book, BurnRule, Composite, Count, Journey, Slo
from kakeibo.store import Store
from kakeibo.windows import midnight

Stretch = tuple[int, int]
MOST_TARGETS = 20
KEPT = "store"
"""In place of a file of enquiries: the complaints that support asked about."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a user wants tried: targets and thresholds (none: the usual ones), and what is noted of events outside."""

    targets: tuple[Fraction, ...] = ()
    enquiries: Enquiries | None = None
    churn: Enquiries | None = None
    incidents: list[Incident] | None = None
    alerts: OldAlerts | None = None
    thresholds: tuple[Asked, ...] = ()


@dataclass(frozen=True, slots=True)
class Files:
    """Where it is noted what happened. `column`: which one of the enquiries has their number.

    `alerts`: files and addresses of servers; `match`: LABEL=VALUE of the alerts that are meant.
    """

    enquiries: Path | None = None
    column: str | None = None
    churn: Path | None = None
    incidents: Path | None = None
    alerts: tuple[str, ...] = ()
    match: tuple[str, ...] = ()


def asked(targets: str | None, files: Files, zone: str, *, kept: bool = False) -> Question:
    """Understand what a user wrote, and read the files; times without a zone are in `zone`. Raises UsageError.

    `kept`: enquiries are not in a file, but will be taken from the store.
    """
    if files.column and files.enquiries is None:
        raise UsageError(t("--column is about --enquiries"), t("give the file of enquiries too"))
    if files.churn and files.enquiries is None and not kept:
        raise UsageError(t("--churn stands beside --enquiries"), t("give churn alone as --enquiries"))
    if files.alerts and files.incidents is None:
        raise UsageError(t("old alerts are judged by incidents"), t("give --incidents too"))
    if files.match and not files.alerts:
        raise UsageError(t("--alert-match is about --alerts"), t("give the old alerts too"))
    return Question(
        targets=() if targets is None else parsed_targets(targets),
        enquiries=happenings.read_enquiries(files.enquiries, zone, files.column) if files.enquiries else None,
        churn=happenings.read_churn(files.churn, zone) if files.churn else None,
        incidents=happenings.read_incidents(files.incidents, zone) if files.incidents else None,
        alerts=old_alerts.gathered(files.alerts, files.match, zone) if files.alerts else None,
    )


def parsed_targets(text: str) -> tuple[Fraction, ...]:
    """Percentages between commas: "99,99.9%". Raises UsageError for what is none, 0, or 100 and more."""
    found = []
    for word in text.replace("、", ",").split(","):
        number = re.fullmatch(r"([0-9]{1,3}(\.[0-9]{1,10})?)%?", word.strip())
        if number is None:
            raise UsageError(
                t("{text} is no target", text=repr(word.strip())), t("write percentages, like --targets 99,99.9")
            )
        target = Fraction(number[1]) / 100
        if not 0 < target < 1:
            raise UsageError(
                t("a target of {text} cannot be", text=repr(word.strip())),
                t("it must lie between 0 and 100, both excluded; 100 would allow no failure at all"),
            )
        found.append(target)
    if len(found) > MOST_TARGETS:
        raise UsageError(t("too many targets: {n}", n=len(found)), t("give at most {n}", n=MOST_TARGETS))
    return tuple(dict.fromkeys(found))


def trial_of(book: Book, store: Store, journey: Journey, slo: Slo, at: int, question: Question) -> Trial:
    """Try `slo` on everything counted before minute `at`. Raises UsageError when nothing was."""
    past = past_of(book, store, slo, history_of(book, store, slo, at), question.incidents or [])
    return trial_on(book, store, journey, past, question)


def past_of(book: Book, store: Store, slo: Slo, stretch: Stretch, incidents: Sequence[Incident] = ()) -> Past:
    """What was counted over `stretch`, which `history_of` tells, and in each of the incidents."""
    return Past.read(book, store, slo, *stretch, book.organisation.timezone, incidents)


def trial_on(book: Book, store: Store, journey: Journey, past: Past, question: Question) -> Trial:
    """Try the objective of `past` on it; its incidents are those of `question`."""
    zone, slo, start, end = book.organisation.timezone, past.slo, past.start, past.end
    by_day = {local(day.start, zone).date(): pooled(day.count) for day in past.days}
    tried = [
        tried_on(past, target, origins)
        for target, origins in gathered(slo.target, question.targets, past.history, past.window)
    ]
    found = None
    if question.enquiries is not None:
        days = Fraction(slo.window.nominal_minutes, MINUTES_PER_DAY)
        churn = question.churn.days if question.churn else None
        found = quiet(question.enquiries.days, by_day, window_days=days, churn=churn)
    return Trial(
        organisation=book.organisation.name,
        timezone=zone,
        journey=journey,
        slo=slo,
        from_minute=start,
        to_minute=end,
        days=past.days,
        history=past.history,
        window=past.window,
        tried=tuple(tried),
        enquiries=question.enquiries.days if question.enquiries else None,
        quiet=found,
        crosscheck=cross_check(slo.target, question.enquiries.days, found.rises, by_day)
        if question.enquiries and found
        else None,
        backtest=_backtest(store, past, question, zone) if question.incidents is not None else None,
        latencies=latencies(book, store, slo, (start, end), past.days, question.thresholds),
    )


@dataclass(frozen=True)
class Past:
    """What was counted over [start, end): by day, by minute, and in each incident."""

    slo: Slo
    start: int
    end: int
    days: tuple[Day, ...]
    history: Count
    window: Count
    series: AnySeries
    cases: Mapping[Incident, Count]

    @classmethod
    def read(
        cls, book: Book, store: Store, slo: Slo, start: int, end: int, zone: str, incidents: Sequence[Incident]
    ) -> Past:
        days = days_of(start, end, zone)
        full = {day: slo.window.bounds(day[1]) for day in days}
        last = max(start, slo.window.bounds(end)[0]), end
        within = {one: (max(one.start, start), min(one.end, end)) for one in incidents}
        within = {one: stretch for one, stretch in within.items() if stretch[0] < stretch[1]}
        judged = {day: window for day, window in full.items() if window[0] >= start}
        stretches = {(start, end), last, *days, *judged.values(), *within.values()}
        count: Counter = counter(book, store, [slo], stretches, lambda _: start)
        measured = [Day(*day, count(slo, day), count(slo, judged[day]) if day in judged else None) for day in days]
        return cls(
            slo=slo,
            start=start,
            end=end,
            days=tuple(measured),
            history=count(slo, (start, end)),
            window=count(slo, last),
            series=_series(book, store, slo, start, end),
            cases={one: count(slo, stretch) for one, stretch in within.items()},
        )

    def alarms(self, rules: Sequence[BurnRule], terms: Terms) -> dict[BurnRule, list[Alarm]]:
        """When each rule would have fired."""
        flips = replay(self.series, rules, self.start, self.end, terms)
        return {rule: backtest.alarms_of(flips, rule, self.end) for rule in rules}


def history_of(book: Book, store: Store, slo: Slo, at: int) -> Stretch:
    """[from, to) of what is counted by the definition that holds: from a local midnight to the last minute there is.

    Of an SLO put together from others: from where all of them are counted.
    """
    zone = book.organisation.timezone
    counted = book.counted_for(slo)
    lasts = [ledger.health(store, source_of(one), 0, 0).last_minute for one in counted]
    first = Deliveries.of(book, store).source(slo, (0, 0)).first_minute
    measured = [minute for minute in lasts if minute is not None]
    if first is None or not measured:
        raise UsageError(t("nothing has been counted yet"), t("run kakeibo ingest first"))
    history = History(book, ledger.definitions(store))
    every = [(history.held.get(one.name), history.written(one)) for one in counted]
    definitions = [
        held for held, written in every if held and (held.text, held.source) == (written.text, written.source)
    ]
    if len(definitions) < len(every):
        raise UsageError(
            t("{slo} has not been counted as the book has it now", slo=slo.name), t("run kakeibo ingest first")
        )
    since = max(minute or 0 for held in definitions for minute in (held.redefined, held.counted_since))
    until = max(measured) + 1
    if since >= until:
        raise UsageError(
            t("{slo} is new or was changed, and nothing has been counted since", slo=slo.name),
            t("run kakeibo ingest again when there are new events"),
        )
    start, end = max(midnight(local(first, zone).date(), zone), since), min(at, until)
    if start >= end:
        raise UsageError(
            t("nothing was counted before that time"), t("choose a later --at; --at latest is the last minute counted")
        )
    return start, end


def _series(book: Book, store: Store, slo: Slo, start: int, end: int) -> AnySeries:
    """What an SLO counted, minute by minute. Of a sum the accounts are added up first, also within slices."""
    length, measure = slo.method.slice_minutes, slo.measure
    if isinstance(measure, Composite) and measure.how != "sum":
        known = book.slos()
        parts = [_series(book, store, known[name], start, end) for name, _ in measure.parts]
        return ComposedSeries(measure, tuple(parts))
    if slo.method.kind == "counted_slices":
        return Series.of_slices(counted_slices(store, [slo], start, end)[slo.name])
    stretch = -(-start // (length or 1)) * (length or 1), end // (length or 1) * (length or 1)
    if stretch[0] >= stretch[1]:
        stretch = (stretch[0], stretch[0])
    names = [one.name for one in book.counted_for(slo)]
    columns = added_up(ledger.slices(store, names, *stretch, length or 1).values())
    return Series.of_slices(Slices(slo.method, *columns)) if length else Series.of_events(*columns)


def tried_on(past: Past, target: Fraction, origins: tuple[Origin, ...] = ("asked",)) -> Tried:
    """What a target would have meant, and the alerts it would have raised."""
    rules = windows.rules_of(past.slo)
    alarms = alarms_at(past, target)

    def number(severity: str) -> int:
        return len(backtest.together(a for rule, found in alarms.items() if rule.severity == severity for a in found))

    every = backtest.together(alarm for found in alarms.values() for alarm in found)
    return Tried(
        candidate=candidate(target, origins, past.days, past.window),
        pages=number("page"),
        tickets=number("ticket"),
        minutes=sum(alarm.end - alarm.start for alarm in every),
        cannot_fire=tuple(
            rule for rule in rules if not windows.can_fire(rule, target, terms_of(past.slo).period_minutes)
        ),
    )


def alarms_at(past: Past, target: Fraction) -> dict[BurnRule, list[Alarm]]:
    """When each of the objective's rules would have fired at a target."""
    usual = terms_of(past.slo)
    return past.alarms(windows.rules_of(past.slo), Terms(target, usual.period_minutes, usual.minimum_bad))


def _backtest(store: Store, past: Past, question: Question, zone: str) -> Backtest:
    cases: list[Case] = []
    for incident in question.incidents or []:
        rise = happenings.first_rise(question.enquiries, incident, zone) if question.enquiries else None
        cases.append(backtest.case(incident, past.cases.get(incident, Count()), past.slo.target, rise))
    alarms = past.alarms(windows.rules_of(past.slo), terms_of(past.slo))
    every = backtest.together(alarm for found in alarms.values() for alarm in found)
    old: Verdict | None = None
    by_name: Mapping[str, Verdict] = {}
    known = question.alerts.over(past.start, past.end, store) if question.alerts else []
    # One that still fires, fires until the end of the record.
    counted = [
        replace(one, end=min(one.end, past.end)) for one in known if one.start < past.end and one.end > past.start
    ]
    if question.alerts is not None:
        old = backtest.judge(backtest.together(counted), cases)
        by_name = _by_name(counted, cases)
    return Backtest(
        cases=tuple(cases),
        rules=tuple((rule, backtest.judge(found, cases)) for rule, found in alarms.items()),
        together=backtest.judge(every, cases),
        old=old,
        old_by_name=by_name,
        old_outside=len(known) - len(counted),
    )


def _by_name(alarms: Sequence[Alarm], cases: Sequence[Case]) -> Mapping[str, Verdict]:
    names = sorted({alarm.name for alarm in alarms} - {""})
    return {name: backtest.judge([alarm for alarm in alarms if alarm.name == name], cases) for name in names}
