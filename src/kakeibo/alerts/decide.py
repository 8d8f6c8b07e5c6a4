"""Decisions: from the counts of two windows to a state and the reason for it.

Pure functions of counts and rules, computed exactly, so that a replay of the past decides what was decided live.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from kakeibo.alerts.windows import minimum_of, threshold
from kakeibo.budgets import arithmetic
from kakeibo.model import BurnRule, Count, Slo

State = Literal["firing", "quiet", "no_data"]
"""no_data: without a valid event in a window that matters nobody can say that all is well."""

Reason = Literal["burning", "slow", "over", "few", "silent", "silent_now"]
"""burning: both windows burn faster than the threshold, and enough is bad.
few: both burn faster, but of fewer bad events than the set minimum.
over: the long window burns faster, the short one does not: it has stopped.
slow: the long window burns no faster.
silent: no valid event in the long window.
silent_now: the long window burns faster, the short one has no valid event."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the rules of an SLO are judged by: its target, the period of its budget, its minimum of bad ones."""

    target: Fraction
    period_minutes: int
    minimum_bad: int


def terms_of(slo: Slo) -> Terms:
    """The terms of an SLO. Calendar months count as 30 days here, so that thresholds stay the same all year."""
    return Terms(slo.target, slo.window.nominal_minutes, minimum_of(slo))


@dataclass(frozen=True, slots=True)
class Decision:
    """What a rule says, why, and the numbers it is made of. A burn is None where its window has no valid event."""

    state: State
    reason: Reason
    rule: BurnRule
    threshold: Fraction
    burn_long: Fraction | None
    burn_short: Fraction | None
    bad: int  # events, or slices, in the long window
    minimum_bad: int


def decide(rule: BurnRule, long: Count, short: Count, terms: Terms) -> Decision:
    """Decide by the counts of the rule's two windows, both of which end at the minute that is decided for.

    A rule fires above its threshold, not at it (the workbook's `>`).
    """
    limit = threshold(rule, terms.period_minutes)
    burn_long, burn_short = arithmetic.burn(long, terms.target), arithmetic.burn(short, terms.target)
    state, reason = _judge(burn_long, burn_short, limit, enough=long.bad >= terms.minimum_bad)
    return Decision(state, reason, rule, limit, burn_long, burn_short, long.bad, terms.minimum_bad)


def _judge(long: Fraction | None, short: Fraction | None, limit: Fraction, *, enough: bool) -> tuple[State, Reason]:
    """The first that holds. The short window matters only once the long one burns faster."""
    if long is None:
        return "no_data", "silent"
    if long <= limit:
        return "quiet", "slow"
    if short is None:
        return "no_data", "silent_now"
    if short <= limit:
        return "quiet", "over"
    return ("firing", "burning") if enough else ("quiet", "few")
