"""What other tools tell of their alerts, kept so that the same news twice is one row.

An alert is known by its origin, its key there and when it began. What has ended stays ended, however late an older
message about it comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Row, and_, insert, select, update

from kakeibo.store import Store, audit
from kakeibo.store.tables import received_alerts

Origin = Literal["alertmanager", "pagerduty"]
Standing = Literal["firing", "acknowledged", "resolved"]


@dataclass(frozen=True, slots=True)
class Received:
    """One alert of another tool. Seconds since 1970; `ended` is 0 while it goes on.

    `began` None: when it began is not told, so it is the one of this key that has not ended, or else a new one.
    """

    origin: Origin
    key: str
    name: str
    severity: str
    state: Standing
    summary: str
    labels: Mapping[str, str]
    began: int | None
    ended: int = 0


def take(connection: Connection, told: Iterable[Received], now: int) -> None:
    """Keep what was told, within the transaction of `connection`. Telling it again changes nothing."""
    news: dict[Origin, list[str]] = {}
    for one in told:
        held = _held(connection, one)
        changed = _changed(held, one, now) if held is not None else _values(one, now)
        if not changed:
            continue
        news.setdefault(one.origin, []).append(f"{one.name or one.key} {one.state}")
        if held is None:
            connection.execute(insert(received_alerts).values(changed | {"received": now, "changes": 1}))
        else:
            row = update(received_alerts).where(received_alerts.c.id == held.id)
            connection.execute(row.values({**changed, "changes": received_alerts.c.changes + 1}))
    for origin, each in news.items():
        audit.note(connection, origin, "alerts.received", str(len(each)), ", ".join(each))


def received(store: Store, *, since: int = 0, until: int | None = None, limit: int | None = 1_000) -> list[Received]:
    """The alerts that went on at second `since` or began later, the newest first; `limit` None: all of them. `until`:
    those that had begun by then; what ended later went on."""
    table = received_alerts.c
    rows = select(received_alerts).where((table.ended == 0) | (table.ended >= since) | (table.began >= since))
    if until is not None:
        rows = rows.where(table.began <= until)
    with store.reading() as connection:
        found = connection.execute(rows.order_by(table.began.desc(), table.id).limit(limit))
        return [_as_of(_alert(row), until) for row in found]


def _as_of(one: Received, until: int | None) -> Received:
    return replace(one, state="firing", ended=0) if until is not None and one.ended > until else one


def _held(connection: Connection, one: Received) -> Row[Any] | None:
    table = received_alerts.c
    same = and_(table.origin == one.origin, table.key == one.key)
    which = table.ended == 0 if one.began is None else table.began == one.began
    rows = select(received_alerts).where(same, which).order_by(table.began.desc()).limit(1)
    found = connection.execute(rows).one_or_none()
    if found is not None or one.began is not None or one.state == "firing":
        return found
    # The end of something that nobody is waiting for: what ended last, told once more, rather than a new alert.
    return connection.execute(select(received_alerts).where(same).order_by(table.began.desc()).limit(1)).one_or_none()


def _values(one: Received, now: int) -> dict[str, object]:
    began = now if one.began is None else one.began
    return {
        "origin": one.origin,
        "key": one.key,
        "name": one.name,
        "severity": one.severity,
        "state": one.state,
        "summary": one.summary,
        "labels": msgspec.json.encode(dict(one.labels), order="sorted").decode(),
        "began": began,
        "ended": _end(one, began, now),
    }


def _changed(held: Row[Any], one: Received, now: int) -> dict[str, object]:
    """The columns that are otherwise now; what has ended is not told of any more."""
    if held.state == "resolved":
        return {}
    values = _values(one, now) | {"began": held.began, "ended": _end(one, held.began, now)}
    if held.state == "acknowledged" and one.state == "firing":
        values["state"] = "acknowledged"
    if one.state != "firing":  # such news may say nothing but which alert it is about
        values = {name: value for name, value in values.items() if value not in ("", "{}")}
    return {name: value for name, value in values.items() if getattr(held, name) != value}


def _end(one: Received, began: int, now: int) -> int:
    return max(one.ended or now, began, 1) if one.state == "resolved" else 0


def _alert(row: Row[Any]) -> Received:
    return Received(
        origin=row.origin,
        key=row.key,
        name=row.name,
        severity=row.severity,
        state=row.state,
        summary=row.summary,
        labels=msgspec.json.decode(row.labels),
        began=row.began,
        ended=row.ended,
    )
