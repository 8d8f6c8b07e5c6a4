"""Votes on which journeys are critical, and what was ruled. Rows are added, never altered: all stays on show."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final, Literal

from sqlalchemy import insert, select

from kakeibo.store import Store, audit, tables

Role = Literal["product", "support", "engineering"]
ROLES: Final[tuple[Role, ...]] = ("product", "support", "engineering")
"""Who votes. Each role answers a question of its own, which letters put into words."""
SCORES: Final = range(1, 6)
"""From "not at all" to "entirely"."""

Ruling = Literal["critical", "not_critical", "later"]
RULINGS: Final[tuple[Ruling, ...]] = ("critical", "not_critical", "later")


@dataclass(frozen=True, slots=True)
class Vote:
    """One answer on a journey: `voter` is the name of a role, such as "Product owner, video"."""

    journey: str
    role: Role
    voter: str
    score: int
    note: str
    entered: int
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What was ruled on a journey: by whom (names of roles), why, and in which minute."""

    journey: str
    ruling: Ruling
    deciders: tuple[str, ...]
    reason: str
    entered: int
    id: int | None = None


_VOTE: Final = tuple(field.name for field in fields(Vote))


def vote(store: Store, new: Vote) -> Vote:
    """Keep a vote; an earlier one of the same voter and role stays, and no longer counts."""
    values = {name: getattr(new, name) for name in _VOTE if name != "id"}
    with store.writing() as connection:
        statement = insert(tables.votes).values(values).returning(tables.votes.c.id)
        audit.note(connection, new.voter, "journey.vote", new.journey, new.note)
        return Vote(**values, id=int(connection.execute(statement).scalar_one()))


def votes(store: Store) -> list[Vote]:
    """All votes, in the order in which they were cast."""
    table = tables.votes.c
    with store.reading() as connection:
        rows = connection.execute(select(*(table[name] for name in _VOTE)).order_by(table.id))
        return [Vote(*row) for row in rows]


def decide(store: Store, new: Decision) -> Decision:
    """Keep a decision; earlier ones on the journey stay, and no longer hold."""
    values = {"journey": new.journey, "ruling": new.ruling, "reason": new.reason, "entered": new.entered}
    with store.writing() as connection:
        statement = insert(tables.rulings).values(**values, deciders="\n".join(new.deciders))
        audit.note(connection, ", ".join(new.deciders), f"journey.{new.ruling}", new.journey, new.reason)
        number = connection.execute(statement.returning(tables.rulings.c.id)).scalar_one()
    return Decision(new.journey, new.ruling, new.deciders, new.reason, new.entered, int(number))


def decisions(store: Store) -> list[Decision]:
    """All decisions, in the order in which they were taken."""
    table = tables.rulings.c
    rows = select(table.journey, table.ruling, table.deciders, table.reason, table.entered, table.id)
    with store.reading() as connection:
        return [
            Decision(journey, ruling, tuple(deciders.split("\n")), reason, entered, number)
            for journey, ruling, deciders, reason, entered, number in connection.execute(rows.order_by(table.id))
        ]
