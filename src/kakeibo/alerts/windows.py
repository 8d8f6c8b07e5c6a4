"""The rules of burn-rate alerts as data, and what follows from them: windows, thresholds, what they can and cannot do.

A rule says which share of the budget burns within which time. Everything else is derived, never written down:

    threshold = share x period / long window        how fast that is; 1 spends exactly all of the budget in the period
    short window = long window / 12                 so that an alert ends soon after its cause

Source: Beyer et al., The Site Reliability Workbook (2018), chapter 5, "Alerting on SLOs", section 6 and table 5-8.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from kakeibo.clock import MINUTES_PER_DAY, MINUTES_PER_HOUR
from kakeibo.i18n import t
from kakeibo.model import BurnRule, Slo

SHORT_PART: Final = 12
"""The short window is this part of the long one: the workbook's guideline."""

USUAL: Final[tuple[BurnRule, ...]] = (
    BurnRule(Fraction(2, 100), MINUTES_PER_HOUR, "page"),
    BurnRule(Fraction(5, 100), 6 * MINUTES_PER_HOUR, "page"),
    BurnRule(Fraction(10, 100), MINUTES_PER_DAY, "ticket"),
    BurnRule(Fraction(10, 100), 3 * MINUTES_PER_DAY, "ticket"),
)
"""The workbook's rows; 24 h is from its section 5 on several burn rates, and closes the gap between 6 h and 3 d."""

USUAL_MINIMUM: Final = {"events": 3, "slices": 1}
"""So many bad ones before anything fires. One failure is chance, and a user who tries again makes it two; a slice
has been judged by all of its events already."""


def rules_of(slo: Slo) -> tuple[BurnRule, ...]:
    """The rules of an SLO: its own, or else the usual ones."""
    return USUAL if slo.alerts is None else slo.alerts


def minimum_of(slo: Slo) -> int:
    """How many bad events (or slices) there must be in the long window before a rule of an SLO fires."""
    return USUAL_MINIMUM[slo.method.unit] if slo.minimum_bad is None else slo.minimum_bad


def short_minutes(rule: BurnRule) -> int:
    return rule.minutes // SHORT_PART


def threshold(rule: BurnRule, period_minutes: int) -> Fraction:
    """The burn rate above which a rule fires, exactly: 13.44 for 2 % within 1 h of 28 days, 14/15 for 10 % in 3 d."""
    return rule.share * period_minutes / rule.minutes


def can_fire(rule: BurnRule, target: Fraction, period_minutes: int) -> bool:
    """False when even nothing but failures burns no faster than the threshold: 2 % within 1 h at a target of 90 %."""
    return threshold(rule, period_minutes) * (1 - target) < 1


def enough_to_fire(rule: BurnRule, target: Fraction, period_minutes: int, traffic: Fraction) -> int:
    """The fewest bad ones among `traffic` (valid ones in the long window) that burn faster than the threshold."""
    return int(threshold(rule, period_minutes) * (1 - target) * traffic) + 1


def meaning(rule: BurnRule) -> str:
    """What a rule is for, in plain words."""
    if rule.severity == "ticket":
        return t("Failures go on slowly but for long: look into it in working hours.")
    if rule.minutes <= 2 * MINUTES_PER_HOUR:
        return t("Very many users fail right now: somebody must act at once.")
    return t("Users have been failing for hours: somebody must act before the day is over.")
