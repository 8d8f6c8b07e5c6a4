"""The log of what the gate answered: rows are added, never altered. Who passed a closed gate, and why, stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import insert, select

from kakeibo.alerts.gate import Verdict
from kakeibo.policies import Kind
from kakeibo.store import Store, audit, tables


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer. `decided`: seconds since 1970; `at`: the minute whose counts it rests on. `ruled` is what the policy
    said, `verdict` what came of it: an override makes the two differ. `facts`: the reasons, as the contract has them.
    """

    service: str
    kind: Kind
    at: int
    decided: int
    ruled: Verdict
    verdict: Verdict
    author: str
    reason: str
    facts: Mapping[str, Any]
    id: int | None = None


_FIELDS = ("service", "kind", "at", "decided", "ruled", "verdict", "author", "reason")


def enter(store: Store, entry: Entry) -> Entry:
    """Add an answer; returns it with its number."""
    values = {name: getattr(entry, name) for name in _FIELDS}
    values["facts"] = msgspec.json.encode(dict(entry.facts), order="sorted").decode()
    with store.writing() as connection:
        new = insert(tables.gate_answers).values(values).returning(tables.gate_answers.c.id)
        number = int(connection.execute(new).scalar_one())
        if entry.verdict != entry.ruled:
            audit.note(connection, entry.author, "gate.overridden", entry.service, entry.reason)
    return Entry(**{name: getattr(entry, name) for name in _FIELDS}, facts=entry.facts, id=number)


def entries(store: Store, limit: int | None = None) -> list[Entry]:
    """The answers, the newest first; all of them unless there is a `limit`."""
    rows = select(tables.gate_answers).order_by(tables.gate_answers.c.id.desc()).limit(limit)
    with store.reading() as connection:
        return [
            Entry(**{name: getattr(row, name) for name in _FIELDS}, facts=msgspec.json.decode(row.facts), id=row.id)
            for row in connection.execute(rows)
        ]
