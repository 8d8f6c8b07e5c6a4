"""Alerts in plain words: what a rule asks for, and why it fires or does not."""

from __future__ import annotations

from kakeibo.alerts.decide import Decision
from kakeibo.alerts.windows import short_minutes
from kakeibo.i18n import t
from kakeibo.letters import figures
from kakeibo.model import BurnRule


def rule(rule: BurnRule) -> str:
    """What a rule watches: "2% of the budget within 1 hour"."""
    share, span = figures.exact_percent(rule.share), figures.span(rule.minutes)
    return t("{share} of the budget within {span}", share=share, span=span)


def reason(decision: Decision) -> str:
    """Why a decision is what it is, with its numbers."""
    long, short = figures.span(decision.rule.minutes), figures.span(short_minutes(decision.rule))
    limit = figures.decimal(decision.threshold, 0, 1, digits=2)
    if decision.burn_long is None:
        return t("No event in {long}: nothing can be said.", long=long)
    values = {
        "long": long,
        "limit": limit,
        "speed": figures.decimal(decision.burn_long, 0, decision.threshold, digits=1),
    }
    if decision.reason == "slow":
        return t(
            "In {long} the budget went {speed}x as fast as it lasts, no more than the limit of {limit}x.", **values
        )
    if decision.burn_short is None:
        return t(
            "In {long} the budget went {speed}x as fast as it lasts, above the limit of {limit}x; "
            "but there was no event in the last {short}: whether it goes on cannot be said.",
            short=short,
            **values,
        )
    now = figures.decimal(decision.burn_short, 0, decision.threshold, digits=1)
    if decision.reason == "over":
        return t(
            "In {long} the budget went {speed}x as fast as it lasts, above the limit of {limit}x; "
            "but in the last {short} {now}x: it has stopped.",
            short=short,
            now=now,
            **values,
        )
    if decision.reason == "few":
        return t(
            "In {long} the budget went {speed}x as fast as it lasts, above the limit of {limit}x; "
            "but only {bad} failed, and fewer than {minimum} raise no alert.",
            bad=figures.whole(decision.bad),
            minimum=figures.whole(decision.minimum_bad),
            **values,
        )
    return t(
        "In {long} the budget went {speed}x as fast as it lasts, and in the last {short} {now}x: "
        "above the limit of {limit}x.",
        short=short,
        now=now,
        **values,
    )
