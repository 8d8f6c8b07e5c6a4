"""Stages: how much an SLO's alerts may disturb. Moving one is a decision with an author and a reason, never altered.

provisional   decided and shown, told to nobody
ticket        told as work for working hours, whatever fires
page          told as the rule says: a page wakes somebody up
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select

from kakeibo.model import Severity, Stage
from kakeibo.store import Store, audit, tables


@dataclass(frozen=True, slots=True)
class Move:
    """From second `at` on, `slo` is at `stage`."""

    slo: str
    stage: Stage
    author: str
    reason: str
    at: int


def move(connection: Connection, new: Move) -> None:
    """Write a move down."""
    row = {"slo": new.slo, "stage": new.stage, "author": new.author, "reason": new.reason, "at": new.at}
    connection.execute(insert(tables.stages).values(row))
    audit.note(connection, new.author, f"stage.{new.stage}", new.slo, new.reason)


def moves(store: Store, slo: str | None = None) -> list[Move]:
    """All moves (of one SLO), the oldest first."""
    table = tables.stages.c
    rows = select(table.slo, table.stage, table.author, table.reason, table.at).order_by(table.id)
    with store.reading() as connection:
        return [Move(*row) for row in connection.execute(rows if slo is None else rows.where(table.slo == slo))]


def latest(connection: Connection) -> dict[str, Move]:
    """The last move of every SLO that was ever moved."""
    table = tables.stages.c
    last = select(func.max(table.id)).group_by(table.slo)
    rows = select(table.slo, table.stage, table.author, table.reason, table.at).where(table.id.in_(last))
    return {row.slo: Move(*row) for row in connection.execute(rows)}


def stage_of(slo: str, start: Stage, moved: Mapping[str, Move]) -> Stage:
    """The stage of an SLO that began at `start`."""
    return moved[slo].stage if slo in moved else start


def told_as(severity: Severity, stage: Stage) -> Severity | None:
    """As what an alert is told at a stage; None: not at all."""
    if stage == "provisional":
        return None
    return "ticket" if stage == "ticket" else severity
