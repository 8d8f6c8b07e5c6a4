"""Alerts as they stand, and their changes. A change of state is one row (a flip), written in the transaction of the
letters that tell of it.

An alert is known by its subject and severity. Subjects are SLOs ("play-video/availability") and whatever else may be in
trouble: "source:web", "worker", "store". Alerts of one service and severity that burn at the same time form a group:
one matter, told in one thread, acknowledged once, over when the last of them is over.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row, func, insert, select

from kakeibo.alerts.decide import State
from kakeibo.model import Severity
from kakeibo.store import Store, tables
from kakeibo.store.outbox import batched

CALM: Final = 5
"""Minutes that a group has to be quiet before it is over: what burns again sooner is the same matter. As long as the
short window of the usual fastest rule."""


@dataclass(frozen=True, slots=True)
class Alert:
    """What may fire. `service`: what it belongs to; alerts of one service go together."""

    subject: str
    severity: Severity
    service: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Standing:
    """How an alert stands since its last flip, in minute `at`. `group` is the matter it is, or last was, part of."""

    state: State
    group: str
    flip: int
    number: int
    at: int


@dataclass(frozen=True, slots=True)
class Change:
    """An alert is in state `after` from the start of minute `at` on. `facts` are the numbers behind it, as JSON has
    them; fractions as exact texts ("84/5")."""

    alert: Alert
    after: State
    at: int
    reason: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Flip:
    """A change as it was recorded; `noted` is the second in which."""

    id: int
    alert: Alert
    number: int
    at: int
    noted: int
    group: str
    before: State
    after: State
    reason: str
    facts: Mapping[str, Any]


def standings(connection: Connection, at: int | None = None) -> dict[Alert, Standing]:
    """How every alert stands that ever flipped; all others are quiet. `at`: as of the start of that minute."""
    table = tables.flips.c
    last = select(func.max(table.id)).group_by(table.subject, table.severity)
    if at is not None:
        last = last.where(table.at <= at)
    rows = connection.execute(select(tables.flips).where(table.id.in_(last)))
    return {
        Alert(row.subject, row.severity): Standing(row.after, row.alert_group, row.id, row.number, row.at)
        for row in rows
    }


def record(connection: Connection, changes: Collection[Change], now: int) -> dict[Alert, Standing]:
    """Write `changes` that are changes; returns how all alerts stand then. `now` in seconds.

    Raises IntegrityError when another worker recorded the same meanwhile: undo, and look again.
    """
    held = standings(connection)
    groups = _open_groups(held, changes)
    rows = []
    for change in changes:
        before = held.get(change.alert)
        was: State = before.state if before else "quiet"
        if was == change.after:
            continue
        group = before.group if before and was != "quiet" else ""
        if change.after == "firing" and not group:
            place = (change.alert.service or change.alert.subject, change.alert.severity)
            group = groups.setdefault(place, f"{place[0]}:{place[1]}:{change.at}")
        rows.append(_row(change, before, was, group, now))
    if not rows:
        return held
    connection.execute(insert(tables.flips), rows)
    return standings(connection)


def flips(
    store: Store, *, since: int = 0, until: int | None = None, subjects: Collection[str] | None = None
) -> list[Flip]:
    """The flips from minute `since` on, the oldest first; `until`: to the start of that minute."""
    table = tables.flips.c
    rows = select(tables.flips).where(table.at >= since).order_by(table.id)
    if until is not None:
        rows = rows.where(table.at <= until)
    with store.reading() as connection:
        found = [flip_of(row) for row in connection.execute(rows)]
    return [flip for flip in found if subjects is None or flip.alert.subject in subjects]


def flips_of(connection: Connection, ids: Iterable[int]) -> dict[int, Flip]:
    """Some flips by their numbers."""
    found: dict[int, Flip] = {}
    for part in batched(map(str, ids)):
        rows = select(tables.flips).where(tables.flips.c.id.in_([int(number) for number in part]))
        found.update({row.id: flip_of(row) for row in connection.execute(rows)})
    return found


def _open_groups(held: Mapping[Alert, Standing], changes: Collection[Change]) -> dict[tuple[str, str], str]:
    """The group that is open now for a service and severity, which an alert that begins to fire joins."""
    at = min((change.at for change in changes), default=0)
    services = {change.alert: change.alert.service or change.alert.subject for change in changes}
    groups: dict[tuple[str, str], str] = {}
    for alert, standing in held.items():
        if standing.group and (standing.state != "quiet" or at - standing.at < CALM):
            service = services.get(alert) or standing.group.rsplit(":", 2)[0]
            groups.setdefault((service, alert.severity), standing.group)
    return groups


def _row(change: Change, before: Standing | None, was: State, group: str, now: int) -> dict[str, object]:
    return {
        "subject": change.alert.subject,
        "severity": change.alert.severity,
        "number": before.number + 1 if before else 1,
        "at": change.at,
        "noted": now,
        "alert_group": group,
        "before": was,
        "after": change.after,
        "reason": change.reason,
        "facts": msgspec.json.encode(dict(change.facts), order="sorted").decode(),
    }


def flip_of(row: Row[Any]) -> Flip:
    """A row of the table of flips."""
    return Flip(
        id=row.id,
        alert=Alert(row.subject, row.severity),
        number=row.number,
        at=row.at,
        noted=row.noted,
        group=row.alert_group,
        before=row.before,
        after=row.after,
        reason=row.reason,
        facts=msgspec.json.decode(row.facts),
    )
