"""The backtest in plain words: what alerts, new and old, would have been worth."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median_low

from kakeibo.alerts.backtest import Case, Catch, Verdict
from kakeibo.alerts.trial import Backtest, Trial
from kakeibo.i18n import t
from kakeibo.letters import decisions, device_time, figures, phrases
from kakeibo.letters.trial_tables import Section, Table
from kakeibo.model import BurnRule


def rule(rule: BurnRule) -> str:
    """A rule in few words, with what it does."""
    words = t("{rule}, call") if rule.severity == "page" else t("{rule}, ticket")
    return words.format(rule=decisions.rule(rule))


def sections(trial: Trial, test: Backtest) -> Iterator[Section]:
    """The worth of each kind of alert, then incident by incident."""
    yield Section("alerts", t("Alerts against known incidents"), [_sentence(test)], _worth(test), list(_notes(test)))
    if test.cases:
        yield Section("incidents", t("Incident by incident"), [], _incidents(trial, test), list(_incident_notes(test)))


def _sentence(test: Backtest) -> str:
    felt = [case for case in test.cases if case.felt]
    if not felt:
        return t("No known incident was felt by this objective: nothing to be caught.")
    one = test.together
    sentences = [
        t(
            "The alerts would have caught {n} of {of} incidents, with {false} false alerts.",
            n=one.caught,
            of=len(felt),
            false=one.false,
        )
    ]
    if test.old is not None:
        sentences.append(
            t("The old ones caught {n}, with {false} false alerts.", n=test.old.caught, false=test.old.false)
        )
    return phrases.joined(sentences)


def _worth(test: Backtest) -> Table:
    header = [
        t("Alerts"),
        t("Caught"),
        t("Missed"),
        t("False"),
        t("Late"),
        t("Minutes to alert"),
        t("Alert minutes"),
    ]
    judged = [(rule(one), verdict) for one, verdict in test.rules]
    judged.append((t("All together"), test.together))
    if test.old is not None:
        judged.append((t("Old alerts"), test.old))
        judged += [("- " + phrases.printable(name), verdict) for name, verdict in test.old_by_name.items()]
    rows = [_row(name, verdict) for name, verdict in judged]
    if test.old is not None and any(case.rise is not None for case in test.cases):
        # To tell which old alert came before the customers; of the new ones it stands below, incident by incident.
        header.append(t("Before enquiries"))
        for row, (_, verdict) in zip(rows, judged, strict=True):
            row.append(_delays(sorted(catch.ahead for catch in verdict.catches if catch.ahead is not None)))
    return Table(header, rows)


def _row(name: str, verdict: Verdict) -> list[str]:
    delays = sorted(catch.delay for catch in verdict.catches if catch.delay is not None)
    return [
        name,
        figures.whole(verdict.caught),
        figures.whole(verdict.missed),
        figures.whole(verdict.false),
        figures.whole(verdict.late),
        _delays(delays),
        figures.whole(verdict.minutes),
    ]


def _delays(delays: list[int]) -> str:
    """All of few, or the middle one and the ends: a mean would hide the worst."""
    if not delays:
        return "-"
    if len(delays) <= 2:
        return ", ".join(map(figures.whole, delays))
    low, middle, high = delays[0], median_low(delays), delays[-1]
    return t("{middle} ({low}-{high})", middle=figures.whole(middle), low=figures.whole(low), high=figures.whole(high))


def _notes(test: Backtest) -> Iterator[str]:
    yield t("Caught: fired during an incident that was felt here. False: had nothing to do with a known incident.")
    if any(verdict.late for _, verdict in test.rules) or test.together.late:
        yield t(
            "Late: fired only after an incident was over, while still looking back at it; neither caught nor false."
        )
    if test.old_outside:
        yield t("Old alerts outside the record are left out: {n}.", n=test.old_outside)
    yield t("Alerts that fire at once, or without a pause, are counted as one under All together.")


def _incidents(trial: Trial, test: Backtest) -> Table:
    lost = t("Out of service") if device_time.is_device_time(trial.slo) else t("Failed")
    header = [t("Incident"), lost, t("Minutes to alert"), t("Before enquiries")]
    if test.old is not None:
        header.insert(3, t("Old alerts"))
    caught = {catch.case: catch for catch in test.together.catches}
    old = {catch.case: catch for catch in test.old.catches} if test.old else {}
    rows = []
    for case in test.cases:
        row = [_name(trial, case), _failed(trial, case), _delay(case, caught.get(case)), _ahead(caught.get(case))]
        if test.old is not None:
            row.insert(3, _delay(case, old.get(case)))
        rows.append(row)
    return Table(header, rows)


def _name(trial: Trial, case: Case) -> str:
    when = figures.short_day(case.incident.start, trial.timezone)
    if not case.incident.name:
        return figures.moment(case.incident.start, trial.timezone)
    return t("{name} ({when})", name=phrases.printable(case.incident.name, 60), when=when)


def _failed(trial: Trial, case: Case) -> str:
    if case.felt is None:
        return t("no data")
    failed, valid = phrases.failed(trial.slo, case.count.spent), phrases.valid(trial.slo, case.count.valid)
    return t("{n} of {of}", n=failed, of=valid)


def _delay(case: Case, catch: Catch | None) -> str:
    if not case.felt or catch is None:
        return t("not felt") if case.felt is False else "-"
    return t("missed") if catch.delay is None else figures.whole(catch.delay)


def _ahead(catch: Catch | None) -> str:
    return "-" if catch is None or catch.ahead is None else figures.whole(catch.ahead)


def _incident_notes(test: Backtest) -> Iterator[str]:
    yield t("Not felt: no more failed during it than the target allows, so there was nothing to alert on.")
    if any(case.rise is not None for case in test.cases):
        yield t(
            "Before enquiries: minutes from the alert to the beginning of the first hour in which more people wrote "
            "than usual; below 0, they came first."
        )
