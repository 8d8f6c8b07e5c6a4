"""Latencies of a trial, in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from kakeibo.alerts.trial import Trial
from kakeibo.budgets.latency import Latency, Percentile, Threshold
from kakeibo.i18n import t
from kakeibo.letters import figures
from kakeibo.letters.trial_tables import Section, Table


def section(trial: Trial, one: Latency) -> Section:
    """The shares under thresholds, and the percentiles."""
    title = t("Other thresholds for {column}", column=one.column)
    if not one.events:
        return Section(f"latency-{one.column}", title, [t("No number of this column was counted in the record.")])
    header = [t("At most"), t("Share of events"), t("Target kept"), t("Days missed"), t("Bad days")]
    rows = [_row(trial, threshold) for threshold in one.thresholds]
    return Section(f"latency-{one.column}", title, [percentiles(one)], Table(header, rows), list(_notes(trial, one)))


def percentiles(one: Latency) -> str:
    """Half of all, 90 of 100, ... as a sentence."""
    if not one.percentiles:
        return t("None of the events has a number.")
    found = "; ".join(
        t("{share}: {range}", share=figures.exact_percent(each.p), range=_range(each)) for each in one.percentiles
    )
    return t("So many of the events took at most: {found}.", found=found)


def number(value: Fraction) -> str:
    """A threshold as it would be written in the book."""
    digits = next(digits for digits in range(12) if (value * 10**digits).denominator == 1)
    return figures.decimal(value, digits=digits)


def _range(one: Percentile) -> str:
    if one.above is None:
        return "0"
    if one.at_most is None:
        return t("more than {low}", low=number(one.above))
    return t("{low} to {high}", low=number(one.above), high=number(one.at_most))


def _row(trial: Trial, one: Threshold) -> list[str]:
    target = trial.slo.target
    share = one.share
    return [
        number(one.value) + (" *" if one.origin == "book" else ""),
        "-" if share is None else figures.percent(share, target, digits=2),
        "-" if share is None else t("yes") if share >= target else t("no"),
        "-" if one.days_missed is None else figures.whole(one.days_missed),
        "-" if trial.slo.method.slice_minutes else figures.whole(one.days_below),
    ]


def _notes(trial: Trial, one: Latency) -> Iterator[str]:
    yield t("* is the threshold in the book. Thresholds are in the unit of the log.")
    yield t("Target kept: over the whole record, beside {target}.", target=figures.exact_percent(trial.slo.target))
    yield t("Shares are exact. Of the numbers themselves only two digits are kept, hence the ranges.")
    yield t("Only the number is looked at, not the other conditions of the objective; days are made of whole hours.")
    if one.missing:
        yield t("{n} events have no number: they are under no threshold.", n=figures.whole(one.missing))
    if (gone := trial.history.valid - one.events) and not trial.slo.method.slice_minutes:
        yield t(
            "{n} events differ from those above: counted before the histogram was kept, or left out by adjustments.",
            n=figures.whole(abs(gone)),
        )
