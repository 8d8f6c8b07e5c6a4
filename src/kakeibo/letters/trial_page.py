"""A trial in plain words: sections of sentences and tables, which text, Markdown and HTML lay out alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from kakeibo.alerts.trial import Trial, Tried
from kakeibo.budgets import arithmetic
from kakeibo.budgets.quiet import ENOUGH_DAYS, RISE, Churn, Quiet, Typical
from kakeibo.i18n import t
from kakeibo.letters import device_time, figures, phrases, trial_alerts, trial_latency
from kakeibo.letters.trial_tables import Section, Table
from kakeibo.windows import midnight

__all__ = ["Heading", "heading", "sections"]


@dataclass(frozen=True, slots=True)
class Heading:
    """The top of the page."""

    organisation: str
    title: str
    sentences: list[str] = field(default_factory=list)


def heading(trial: Trial) -> Heading:
    """What was tried, on which past, and what came of it in one sentence."""
    zone = trial.timezone
    title = t("{title} ({aspect})", title=phrases.title(trial.journey)[0], aspect=phrases.aspect(trial.slo))
    reached, of_devices = arithmetic.sli(trial.history), device_time.is_device_time(trial.slo)
    promise = t(
        "Promised: {target} in {window}.",
        target=figures.exact_percent(trial.slo.target),
        window=figures.window(trial.slo.window),
    )
    if reached is None:
        nothing = device_time.uncounted() if of_devices else t("No event was counted.")
        return Heading(phrases.printable(trial.organisation), title, [nothing, promise])
    values = {
        "first": figures.day(trial.from_minute, zone),
        "last": figures.day(trial.to_minute - 1, zone),
        "valid": phrases.valid(trial.slo, trial.history.valid),
        "bad": phrases.failed(trial.slo, trial.history.spent),
        "share": figures.percent(reached, trial.slo.target, digits=2),
    }
    found = (
        device_time.tried(values)
        if of_devices
        else t("Tried on {first} to {last}: {valid} counted, {bad} of them failed, {share} reached.", **values)
    )
    return Heading(phrases.printable(trial.organisation), title, [found, promise])


def sections(trial: Trial) -> Iterator[Section]:
    """What the page says, in order."""
    yield _candidates(trial)
    for one in trial.latencies:
        yield trial_latency.section(trial, one)
    if trial.quiet is not None:
        yield _quiet(trial, trial.quiet)
    if trial.backtest is not None:
        yield from trial_alerts.sections(trial, trial.backtest)
    if trial.crosscheck is not None:
        yield _cross_check(trial)
    if missing := list(_missing(trial)):
        yield Section("more", t("What else could be tried"), notes=missing)


def _candidates(trial: Trial) -> Section:
    header = [
        t("Target"),
        t("Time allowed") if device_time.is_device_time(trial.slo) else t("Allowed"),
        t("Left"),
        t("Days missed"),
        t("Bad days"),
        t("Calls"),
        t("Tickets"),
        t("Alert minutes"),
    ]
    rows = [_row(trial, tried) for tried in trial.tried]
    return Section(
        "candidates",
        t("What other targets would have meant"),
        [_best(trial)],
        Table(header, rows),
        list(_candidate_notes(trial)),
    )


def _row(trial: Trial, tried: Tried) -> list[str]:
    one = tried.candidate
    return [
        figures.exact_percent(one.target) + _mark(tried),
        phrases.allowance(trial.slo, one.allowed, one.spent),
        "-" if one.left_ratio is None else figures.percent(one.left_ratio),
        figures.whole(one.days_missed) if trial.judged_days else "-",
        figures.whole(one.days_below),
        figures.whole(tried.pages),
        figures.whole(tried.tickets),
        figures.whole(tried.minutes),
    ]


def _mark(tried: Tried) -> str:
    return " *" if "book" in tried.candidate.origins else ""


def _best(trial: Trial) -> str:
    if not trial.judged_days:
        return t("The record is shorter than one window: no target can be called kept or missed yet.")
    kept = [tried.candidate for tried in trial.tried if not tried.candidate.days_missed]
    if not kept:
        return t("None of these targets was kept on every day.")
    return t(
        "The strictest target here that was kept on every day: {target}.", target=figures.exact_percent(kept[-1].target)
    )


def _candidate_notes(trial: Trial) -> Iterator[str]:
    yield t("* is the target promised now.")
    for origin, words in (
        ("history", t("{target} was just met over the whole record.")),
        ("window", t("{target} was just met over the last window.")),
    ):
        for tried in trial.tried:
            if origin in tried.candidate.origins:
                yield words.format(target=figures.exact_percent(tried.candidate.target))
    window = figures.window(trial.slo.window)
    if device_time.is_device_time(trial.slo):
        yield t("Time allowed and left: out of service in the last window ({window}).", window=window)
    else:
        yield t("Allowed and left: failures in the last window ({window}).", window=window)
    if trial.judged_days:
        yield t(
            "Days missed: of {n} days, those at whose end the window as a whole was below the target; "
            "the {early} days before had no whole window behind them.",
            n=trial.judged_days,
            early=len(trial.days) - trial.judged_days,
        )
    yield t("Bad days: of {n} days, those that were below the target taken alone.", n=len(trial.days))
    yield t(
        "Calls and tickets: how often the alert rules of this objective would have called somebody, or asked to look."
    )
    for tried in trial.tried:
        if tried.cannot_fire:
            yield t(
                "At {target} some alerts can never fire: {rules}.",
                target=figures.exact_percent(tried.candidate.target),
                rules=phrases.listed([trial_alerts.rule(rule) for rule in tried.cannot_fire]),
            )


def _quiet(trial: Trial, found: Quiet) -> Section:
    return Section(
        "quiet",
        t("What was enough on quiet days"),
        [_proposal(trial, found)],
        None,
        list(_quiet_notes(trial, found)),
    )


def _proposal(trial: Trial, found: Quiet) -> str:
    if found.proposal is None:
        return _refusal(found)
    one = found.proposal
    sentences = [
        t(
            "On {n} quiet days customers seemed content, with {share} reached: that just meets {target}.",
            n=found.days,
            share=figures.percent(one.share, one.target, digits=2),
            target=figures.exact_percent(one.target),
        ),
        t(
            "Had other such days come, it could as well have been {low} to {high}.",
            low=figures.percent(one.low, one.share, digits=2),
            high=figures.percent(one.high, one.share, digits=2),
        ),
    ]
    if one.target < trial.slo.target:
        sentences.append(t("The present promise is stricter than customers seem to need."))
    elif one.target > trial.slo.target:
        sentences.append(t("The present promise allows more failures than customers were used to on these days."))
    else:
        sentences.append(t("That is the present promise."))
    return phrases.joined(sentences)


def _refusal(found: Quiet) -> str:
    if found.refusal == "no_overlap":
        return t(
            "No target is proposed: no day has both enquiries and counted events. Give a file about the same time."
        )
    if found.refusal == "few_days":
        return t(
            "No target is proposed: only {n} quiet days were counted, at least {enough} are needed.",
            n=found.days,
            enough=ENOUGH_DAYS,
        )
    return t(
        "No target is proposed: even the lowest usual target was missed on quiet days, or there are too few events."
    )


def _quiet_notes(trial: Trial, found: Quiet) -> Iterator[str]:
    if found.periods:
        spans = [_span(first, last, trial.timezone) for first, last in found.periods]
        yield t("Quiet days: {days}.", days=phrases.listed(spans))
    if found.churn is not None:
        yield t("A day is quiet only when neither enquiries nor churn rose.")
    if found.rises:
        days = [_day(day, trial.timezone) for day in found.rises]
        yield t("Enquiries rose on: {days}.", days=phrases.listed(days))
    for words, typical in ((t("weekdays"), found.weekdays), (t("weekends"), found.weekends)):
        if typical is not None:
            yield _limit(words, typical)
    if found.churn is not None:
        yield from _churn_notes(trial, found.churn)
    if found.proposal is not None:
        yield t("The range holds 95 of 100 outcomes when the quiet days are drawn anew at random, 1,000 times.")


def _churn_notes(trial: Trial, churn: Churn) -> Iterator[str]:
    if churn.rises:
        days = [_day(day, trial.timezone) for day in churn.rises]
        yield t("Churn rose on: {days}.", days=phrases.listed(days))
    for words, typical in ((t("weekdays"), churn.weekdays), (t("weekends"), churn.weekends)):
        if typical is not None:
            yield t(
                "A rise of churn on {days}: more than {limit} customers who left.",
                days=words,
                limit=figures.decimal(typical.limit, digits=1),
            )


def _limit(days: str, typical: Typical) -> str:
    return t(
        "A rise on {days}: more than {limit} enquiries, which is the usual {median} and {n} times the usual "
        "deviation of {deviation}.",
        days=days,
        limit=figures.decimal(typical.limit, digits=1),
        median=figures.decimal(typical.median, digits=1),
        n=RISE,
        deviation=figures.decimal(typical.deviation, digits=1),
    )


def _cross_check(trial: Trial) -> Section:
    check = trial.crosscheck
    assert check is not None
    rows = [
        [words, *(str(check.number(met=met, raised=raised)) for raised in (False, True))]
        for words, met in ((t("Promise kept"), True), (t("Promise missed"), False))
    ]
    hidden = [week for week in check.weeks if week.met and week.raised]
    loud = [week for week in check.weeks if week.raised]
    notes = []
    if hidden:
        days = phrases.listed([_day(week.monday, trial.timezone) for week in hidden])
        notes.append(t("Kept, yet enquiries rose, in the weeks from: {days}.", days=days))
    if check.partial:
        notes.append(t("Weeks with a day without enquiries or events noted are left out: {n}.", n=check.partial))
    notes.append(t("Weeks begin on Monday; each is judged by its own share. One day with a rise makes a week raised."))
    if not check.weeks:
        sentence = t("No whole week has both enquiries and events.")
    elif hidden:
        sentence = t(
            "In {n} of {of} weeks with more enquiries the promise was kept: customers felt something that this "
            "objective does not measure, or that happened elsewhere. Read what they wrote.",
            n=len(hidden),
            of=len(loud),
        )
    elif loud:
        sentence = t("Whenever enquiries rose, the promise was missed: the objective sees what customers feel.")
    else:
        sentence = t("Enquiries never rose: nothing speaks against the objective, nor for it.")
    table = Table([t("Weeks"), t("Enquiries as usual"), t("Enquiries raised")], rows) if check.weeks else None
    return Section("crosscheck", t("Promise and enquiries, week by week"), [sentence], table, notes)


def _missing(trial: Trial) -> Iterator[str]:
    if trial.quiet is None:
        yield t("With --enquiries FILE: which target was enough on days on which customers were content.")
    if trial.backtest is None:
        yield t("With --incidents FILE: which known incidents the alerts would have caught, and how soon.")


def _span(first: date, last: date, zone: str) -> str:
    if first == last:
        return _day(first, zone)
    return t("{first} to {last}", first=_day(first, zone), last=_day(last, zone))


def _day(day: date, zone: str) -> str:
    return figures.short_day(midnight(day, zone), zone)
