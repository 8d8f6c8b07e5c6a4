"""What objectives of every kind are written with: titles, windows, methods, rules of alerts. What is usual is None."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from kakeibo.definitions.native import DEFAULT_WINDOW
from kakeibo.definitions.quantities import Number, length, share
from kakeibo.i18n import LANGUAGES
from kakeibo.model import BurnRule, Method, Title, Window


def without(entries: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is left out."""
    return {key: value for key, value in entries.items() if value is not None}


def title(of: Title) -> Any:
    """One text where every language has the same."""
    if not of:
        return None
    texts = set(of.values())
    return texts.pop() if len(texts) == 1 and set(of) == set(LANGUAGES) else dict(of)


def window(of: Window, timezone: str) -> Any:
    if of == DEFAULT_WINDOW:
        return None
    if of.calendar and of.timezone != timezone:
        return {"calendar": of.calendar, "timezone": of.timezone}
    return of.text


def method(of: Method) -> Any:
    if of.kind == "occurrences":
        return None
    if of.kind == "ratio_slices":
        return {"ratio_slices": length(of.slice_minutes)}
    if of.kind == "counted_slices":
        within = None if of.within_minutes == of.slice_minutes else length(of.within_minutes)
        at_least = Number(str(of.at_least))
        return without({"slices": length(of.slice_minutes), "at_least": at_least, "within": within})
    return {"slices": length(of.slice_minutes), "slice_target": share(of.slice_target or Fraction(0))}


def rules(found: Sequence[BurnRule] | None) -> Any:
    """Rules of alerts; "none" where there shall be none."""
    return None if found is None else [_rule(rule) for rule in found] or "none"


def _rule(rule: BurnRule) -> dict[str, str]:
    return {"burn": share(rule.share), "within": length(rule.minutes), "severity": rule.severity}
