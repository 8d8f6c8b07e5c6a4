"""What an SLO's alert rules cannot do, or do too easily: told before they are relied on, with the numbers."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from kakeibo.alerts.windows import can_fire, enough_to_fire, minimum_of, rules_of, short_minutes, threshold
from kakeibo.i18n import t
from kakeibo.letters import decisions, figures, phrases
from kakeibo.model import BurnRule, Slo

Caution = tuple[str, str]
"""(what is to be cautioned against, the mend)"""


def cautions(slo: Slo, per_hour: Fraction | None) -> list[Caution]:
    """What to be cautious of. `per_hour`: the usual valid events an hour, None when nothing has been counted."""
    rules = rules_of(slo)
    return [*_too_late(slo, rules), *_impossible(slo, rules), *_sliced(slo, rules), *_scarce(slo, rules, per_hour)]


def _impossible(slo: Slo, rules: tuple[BurnRule, ...]) -> Iterator[Caution]:
    """Rules that nothing but failures would not set off."""
    period = slo.window.nominal_minutes
    for rule in rules:
        if can_fire(rule, slo.target, period):
            continue
        most = 1 / (1 - slo.target)
        limit = threshold(rule, period)
        message = t(
            "alert '{rule}' can never fire at a target of {target}: even if everything fails the budget goes {most}x "
            "as fast as it lasts, and the alert needs more than {limit}x",
            rule=decisions.rule(rule),
            target=figures.exact_percent(slo.target),
            most=figures.decimal(most, limit, digits=1),
            limit=figures.decimal(limit, most, digits=1),
        )
        bound = figures.decimal(100 * most * rule.minutes / period, 0, digits=1, rounding="down")
        mend = t("in alerts: write burn: below {bound}%, or a longer within:", bound=bound)
        yield message, mend


def _too_late(slo: Slo, rules: tuple[BurnRule, ...]) -> Iterator[Caution]:
    """Rules that look back further than the budget does."""
    if late := [rule for rule in rules if rule.minutes > slo.window.nominal_minutes]:
        message = t("alerts that look back further than the window of the objective: {rules}", rules=_named(late))
        yield message, t("write alerts: with a shorter within:, or a longer window:")


def _sliced(slo: Slo, rules: tuple[BurnRule, ...]) -> Iterator[Caution]:
    """Rules whose short window is shorter than a slice, so that most of the time no slice ends in it."""
    slice_minutes = slo.method.slice_minutes
    if blind := [rule for rule in rules if short_minutes(rule) < slice_minutes]:
        message = t(
            "alerts whose short window (a twelfth) is shorter than a slice of {span}, hence mostly empty: {rules}",
            span=figures.span(slice_minutes),
            rules=_named(blind),
        )
        yield message, t("write within: of at least {span}, or shorter slices", span=figures.span(12 * slice_minutes))


def _scarce(slo: Slo, rules: tuple[BurnRule, ...], per_hour: Fraction | None) -> Iterator[Caution]:
    """Rules that one failure sets off at the usual traffic."""
    if slo.method.slice_minutes or not per_hour:
        return
    period, hourly = slo.window.nominal_minutes, per_hour / 60
    possible = [rule for rule in rules if can_fire(rule, slo.target, period)]
    touchy = [rule for rule in possible if enough_to_fire(rule, slo.target, period, hourly * rule.minutes) == 1]
    if not touchy:
        return
    shortest = min(touchy, key=lambda rule: rule.minutes)
    message = t(
        "at the usual {traffic} events an hour one failure in {span} burns {burn}x, above the limit of: {rules}; "
        "only the minimum of bad events ({minimum}) decides then",
        traffic=figures.decimal(per_hour, 0, digits=1),
        span=figures.span(shortest.minutes),
        burn=figures.decimal(1 / max(hourly * shortest.minutes, Fraction(1)) / (1 - slo.target), 0, digits=1),
        rules=_named(touchy),
        minimum=minimum_of(slo),
    )
    yield (
        message,
        t("choose one of three ways: a longer window:, a higher minimum_bad:, or probes: beside the events of users"),
    )


def _named(rules: list[BurnRule]) -> str:
    return phrases.listed([decisions.rule(rule) for rule in rules])
