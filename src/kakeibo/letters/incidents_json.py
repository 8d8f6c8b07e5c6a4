"""Incidents as JSON: docs/contracts/incident.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

import msgspec

from kakeibo import clock
from kakeibo.incidents.durations import Durations, Spread
from kakeibo.incidents.likeness import Likeness
from kakeibo.incidents.nouns import Edge, Entry, Harm, Incident, Measurement, Task

VERSION: Final = 1


def incident_line(one: Incident) -> dict[str, Any]:
    """An incident without its timeline."""
    return {
        "id": one.id,
        "title": one.title,
        "state": one.state,
        "origin": one.origin,
        "opened_by": one.opened_by,
        "private": one.private,
        "services": list(one.services),
        "slos": list(one.slos),
        "opened": _second(one.opened_at),
        "acknowledged": _second(one.acknowledged_at),
        "mitigated": _second(one.mitigated_at),
        "resolved": _second(one.resolved_at),
        "merged_into": one.merged_into,
        "version": one.version,
        "roles": dict(one.roles),
        "tasks": [_task(task) for task in one.tasks],
        "causes": list(one.causes),
        "typed": {"start": _minute(one.typed.start), "end": _minute(one.typed.end)},
        "impact": _measured(one.measured) if one.measured else None,
        "burnt": _number(one.burnt),
        "seconds_to_detect": one.time_to_detect,
        "seconds_to_acknowledge": one.time_to_acknowledge,
        "seconds_to_restore": one.time_to_restore,
    }


def whole(one: Incident, entries: int, alike: Sequence[tuple[Incident, Likeness]]) -> dict[str, Any]:
    """An incident with the part of its timeline that it comes with, of `entries` in all."""
    return {
        "version": VERSION,
        "incident": incident_line(one),
        "same_pattern": [
            {"id": other.id, "likeness": _number(like.share), "journeys": like.journeys, "marks": like.marks}
            for other, like in alike
        ],
        "entries": entries,
        "timeline": [entry_line(entry) for entry in one.timeline],
    }


def entry_line(one: Entry) -> dict[str, Any]:
    return {
        "id": one.id,
        "incident": one.incident,
        "at": _second(one.at),
        "entered": _second(one.entered),
        "kind": one.kind,
        "author": one.author,
        "door": one.door,
        "text": one.text,
        "detail": dict(one.detail),
        "milestone": one.milestone,
    }


def listed(found: Sequence[Incident]) -> dict[str, Any]:
    return {"version": VERSION, "incidents": [incident_line(one) for one in found]}


def statistics(groups: Mapping[str, Durations], since: Mapping[str, str | None]) -> dict[str, Any]:
    """Durations of groups of incidents: all, before and after a date, by team."""
    return {"version": VERSION, **since, "groups": {name: durations_line(one) for name, one in groups.items()}}


def durations_line(one: Durations) -> dict[str, Any]:
    return {
        "incidents": one.n,
        "to_detect": _spread(one.to_detect),
        "to_acknowledge": _spread(one.to_acknowledge),
        "to_restore": _spread(one.to_restore),
        "burnt": _number(one.burnt),
        "unmeasured": one.unmeasured,
    }


def encoded(found: Mapping[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(found), indent=2)


def _spread(one: Spread | None) -> dict[str, Any] | None:
    return None if one is None else {"n": one.n, "median_seconds": float(one.median), "p90_seconds": one.p90}


def _task(one: Task) -> dict[str, Any]:
    return {
        "id": one.id,
        "text": one.text,
        "owner": one.owner,
        "author": one.author,
        "added": _second(one.added),
        "due": _second(one.due),
        "done": _second(one.done),
    }


def _measured(one: Measurement) -> dict[str, Any]:
    return {
        "as_of": _minute(one.at),
        "start": _edge(one.start),
        "end": _edge(one.end),
        "detected": _second(one.detected),
        "detected_by": one.detection,
        "users": one.users,
        "marks": list(one.marks),
        "slos": [_harm(harm) for harm in one.harms],
    }


def _harm(one: Harm) -> dict[str, Any]:
    return {
        "slo": one.slo,
        "valid": one.valid,
        "bad": one.bad,
        "usual_share": _number(one.usual),
        "above_usual": _number(one.above),
        "spent": _number(one.spent),
        "allowed": _number(one.allowed),
        "burnt": _number(one.share),
    }


def _edge(one: Edge | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {"at": _minute(one.minute), "earliest": _minute(one.earliest), "latest": _minute(one.latest)}


def _minute(minute: int | None) -> str | None:
    return None if minute is None else clock.iso(minute)


def _second(second: int | None) -> str | None:
    return None if second is None else f"{clock.iso(second // 60)[:-3]}{second % 60:02}Z"


def _number(number: Fraction | None) -> float | None:
    return None if number is None else float(number)
