"""The sections people, oncall and policies, written: model objects -> what YAML shows. What is usual is left out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kakeibo.clock import MINUTES_PER_DAY, MINUTES_PER_HOUR
from kakeibo.definitions.quantities import Number, length, share
from kakeibo.definitions.roster_texts import DAYS
from kakeibo.definitions.rosters import USUAL_HANDOVER, USUAL_REPEAT, USUAL_REPEAT_AFTER, usual_steps
from kakeibo.duties import Contact, Duty, Handover, Hours, Layer, Person, Step
from kakeibo.policies import USUAL_EXEMPT, USUAL_STALE, Condition, Criterion, Policy, Rule

HOURS_PER_DAY = MINUTES_PER_DAY // MINUTES_PER_HOUR


def person(one: Person, base: Path) -> dict[str, Any]:
    """`base`: the folder from which files are named."""
    return _said({
        "name": one.name if one.name != one.key else None,
        "email": one.email, "phone": one.phone, "slack": one.slack,
        "language": one.language, "timezone": one.timezone,
        "contact": {urgency: [_contact(way) for way in ways] for urgency, ways in one.contact.items()} or None,
        "absences": _file(one.absences, base),
    })  # fmt: skip


def duty(one: Duty, timezone: str, base: Path) -> dict[str, Any]:
    """`timezone` is the organisation's."""
    steps = [_step(step) for step in one.escalation] if one.escalation != usual_steps(one.rotas) else None
    return _said({
        "timezone": one.timezone if one.timezone != timezone else None,
        "rotas": {key: [_layer(layer, one.timezone, base) for layer in rota.layers] for key, rota in one.rotas.items()},
        "escalation": steps,
        "repeat": one.repeat if one.repeat != USUAL_REPEAT else None,
        "repeat_after": length(one.repeat_after) if one.repeat_after != USUAL_REPEAT_AFTER else None,
    })  # fmt: skip


def policy(one: Policy) -> dict[str, Any]:
    return _said({
        "author": one.author or None,
        "reviewers": list(one.reviewers) or None,
        "approvers": list(one.approvers) or None,
        "approved": Number(one.approved) if one.approved else None,
        "revisit": Number(one.revisit) if one.revisit else None,
        "exempt": (list(one.exempt) or "none") if one.exempt != USUAL_EXEMPT else None,
        "stale_after": length(one.stale_after) if one.stale_after != USUAL_STALE else None,
        "postmortem": _criterion(one.postmortem) or None,
        "rules": {rule.key: _rule(rule) for rule in one.rules},
    })  # fmt: skip


def _criterion(one: Criterion) -> dict[str, Any]:
    usual = Criterion()
    return _said({
        "budget": share(one.budget) if one.budget != usual.budget else None,
        "also": (list(one.also) or "none") if one.also != usual.also else None,
    })  # fmt: skip


def _rule(one: Rule) -> dict[str, Any]:
    why = one.why.get("") or dict(one.why) or None
    then = _lone(one.acts)
    return _said({"when": _when(one.when), "then": then, "notify": list(one.notify) or None, "why": why})


def _when(one: Condition) -> dict[str, Any]:
    return _said({
        "sli": _lone(one.sli), "kind": one.kind, "state": _lone(one.state),
        "left_below": None if one.left_below is None else share(one.left_below),
        "burn": None if one.burn is None else share(one.burn),
        "within": length(one.within) if one.within else None,
        "missed_weeks": one.missed_weeks, "exhausted_weeks": one.exhausted_weeks,
    })  # fmt: skip


def _contact(one: Contact) -> str:
    if not one.after:
        return one.channel
    hours, minutes = divmod(one.after, MINUTES_PER_HOUR)
    return f"{one.channel} after {one.after}m" if minutes else f"{one.channel} after {hours}h"


def _step(one: Step) -> dict[str, Any]:
    return _said({"notify": _lone(one.notify), "after": length(one.after) if one.after else None})


def _layer(one: Layer, timezone: str, base: Path) -> dict[str, Any]:
    turns = {
        "participants": list(one.participants),
        "start": Number(one.start),
        "handover": _handover(one.handover) if one.handover != USUAL_HANDOVER else None,
    }
    return _said({
        **(turns if one.from_ical is None else {}),
        "hours": [_hours(hours) for hours in one.hours] or None,
        "timezone": one.timezone if one.timezone != timezone else None,
        "from_ical": _file(one.from_ical, base),
        "except_ical": _file(one.except_ical, base),
    })  # fmt: skip


def _handover(one: Handover) -> str:
    time, days = _time(one.minute), one.hours // HOURS_PER_DAY
    if one.weekday is not None:
        return f"every {days // len(DAYS)}w {DAYS[one.weekday]} {time}"
    return f"every {one.hours}h {time}" if one.hours % HOURS_PER_DAY else f"every {days}d {time}"


def _hours(one: Hours) -> str:
    days = ",".join(DAYS[day] for day in sorted(one.days))
    end = "24:00" if one.end == MINUTES_PER_DAY else _time(one.end % MINUTES_PER_DAY)
    return f"{days} {_time(one.start)}-{end}"


def _time(minute: int) -> str:
    return f"{minute // MINUTES_PER_HOUR:02}:{minute % MINUTES_PER_HOUR:02}"


def _file(path: Path | None, base: Path) -> str | None:
    return None if path is None else os.path.relpath(path, base)


def _lone(values: Iterable[str]) -> str | list[str] | None:
    """One word alone, several as a list, nothing when there is none."""
    found = list(values)
    return found[0] if len(found) == 1 else found or None


def _said(entries: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entries.items() if value is not None}
