"""Alert policies of OpenSLO -> the burn-rate rules of a book."""

from __future__ import annotations

import contextlib
from fractions import Fraction
from typing import Final

from kakeibo.alerts.windows import SHORT_PART, threshold
from kakeibo.definitions import amounts
from kakeibo.definitions.amounts import AmountError
from kakeibo.definitions.openslo import annotation
from kakeibo.definitions.quantities import decimal, share
from kakeibo.i18n import t
from kakeibo.imports.documents import Part
from kakeibo.imports.openslo_objects import Objects
from kakeibo.model import BurnRule, Severity, Window

_PAGES: Final = ("page", "critical", "high", "sev1", "sev-1", "p1", "emergency")
_TICKETS: Final = ("ticket", "warning", "low", "medium", "sev2", "sev3", "p2", "p3", "info")
DIGITS: Final = 6
"""Decimals of a percentage of the budget that was reckoned from a burn rate without end."""


def rules_of(part: Part, window: Window, objects: Objects) -> tuple[BurnRule, ...] | None:
    """The rules of an SLO; None, the usual ones, when it has none or none that a book can express."""
    notes = part.part("metadata").get("annotations", {})
    if notes.get(annotation("alerts")) == "none":
        return ()
    rules: list[BurnRule] = []
    for policy in part.part("spec").parts("alertPolicies"):
        rules += _rules(policy, window, objects, ours=annotation("journey") in notes)
    return tuple(rules) or None


def _rules(policy: Part, window: Window, objects: Objects, *, ours: bool) -> list[BurnRule]:
    spec = (
        objects.referred(policy, "alertPolicyRef", "AlertPolicy")
        if policy.has("alertPolicyRef")
        else policy.part("spec")
    )
    if spec is None:
        return []
    conditions = spec.parts("conditions")
    if len(conditions) != 1:
        spec.error("conditions", t("an alert policy has exactly one condition"), t("write a policy for each condition"))
        return []
    _say_left_out(spec, objects, ours=ours)
    condition = conditions[0]
    found = (
        objects.referred(condition, "conditionRef", "AlertCondition")
        if condition.has("conditionRef")
        else condition.part("spec")
    )
    if not spec.get("alertWhenBreaching", True):
        spec.warn("alertWhenBreaching", t("this policy does not alert when budget burns: it is left out"))
        return []
    inline = condition.part("metadata").get("annotations", {}).get(annotation("burn"))
    rule = _rule(found, window, inline) if found is not None else None
    return [rule] if rule else []


def _say_left_out(spec: Part, objects: Objects, *, ours: bool) -> None:
    for key in ("alertWhenNoData", "alertWhenResolved"):
        if spec.get(key):
            spec.warn(key, t("a rule of a book has no {key}: it is left out", key=key))
    for target in spec.parts("notificationTargets"):
        name = target.get("targetRef") or target.part("metadata").get("name", "")
        found = objects.find("AlertNotificationTarget", name)
        if not ours and (found is None or annotation("team") not in found.part("metadata").get("annotations", {})):
            message = t("a rule of a book does not say whom it tells: {name} is left out", name=name)
            target.warn("targetRef", message, t("write the channel into the book as chat: of the team"))


def _rule(spec: Part, window: Window, burn: str | None) -> BurnRule | None:
    """One condition as a rule: share = burn rate x look-back / window."""
    condition = spec.part("condition")
    if condition.get("op", "gt") not in ("gt", "gte"):
        message = t("an alert on a burn rate that is low has no place in a book: it is left out")
        condition.warn("op", message, t("write op: gt"))
        return None
    try:
        minutes = amounts.alert_window(condition.get("lookbackWindow"))
    except AmountError as error:
        condition.warn("lookbackWindow", t("{reason}: this alert is left out", reason=error.message), error.mend)
        return None
    rate: Fraction = condition.get("threshold")
    part = _share(condition, rate, minutes, window, burn)
    if part is None:
        return None
    after = condition.get("alertAfter")
    if after and not after.startswith("0") and not _is_short(after, minutes):
        message = t("a rule of a book waits by a short window, a twelfth of the long one: alertAfter is left out")
        condition.warn("alertAfter", message)
    return BurnRule(part, minutes, _severity(spec))


def _is_short(after: str, minutes: int) -> bool:
    try:
        return amounts.window(after).minutes * SHORT_PART == minutes
    except AmountError:
        return False


def _share(condition: Part, rate: Fraction, minutes: int, window: Window, burn: str | None) -> Fraction | None:
    """The share of the budget, None where a rule cannot say it. What our export noted holds while the rate says the
    same."""
    if burn:
        with contextlib.suppress(AmountError):
            noted = amounts.burn_share(burn)
            if Fraction(decimal(threshold(BurnRule(noted, minutes, "page"), window.nominal_minutes))) == rate:
                return noted
    exact = rate * minutes / window.nominal_minutes
    if not 0 < exact <= 1:
        message = t(
            "this burn rate spends {share} of the budget in the look-back window: the alert is left out",
            share=share(round(exact, 4)),
        )
        condition.warn("threshold", message, t("write a burn rate that spends up to 100 %"))
        return None
    rounded = round(exact * 100, DIGITS) / 100
    if rounded != exact:
        message = t("this burn rate is {share} of the budget, rounded", share=share(rounded))
        condition.warn("threshold", message, t("write the share that is meant into the book"))
    return rounded


def _severity(spec: Part) -> Severity:
    word = spec.get("severity").lower()
    if word in _PAGES:
        return "page"
    if word not in _TICKETS:
        message = t(
            "the severity '{text}' is taken as ticket: it can wait for working hours", text=spec.get("severity")
        )
        spec.warn("severity", message, t("write page if somebody must be woken up"))
    return "ticket"
