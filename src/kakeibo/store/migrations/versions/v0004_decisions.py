"""Decisions and their messages: flips, acknowledgements, stages, the outbox with its deliveries, rounds, leases."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _listed(
        "flips",
        *_texts("subject", "severity"),
        *_numbers("number", "at", "noted"),
        *_texts("alert_group", "before", "after", "reason", "facts"),
    )
    op.create_index("flips_by_alert", "flips", ["subject", "severity", "number"], unique=True)
    op.create_index("flips_by_group", "flips", ["alert_group"])
    op.create_table(
        "told",
        sa.Column("flip_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("receiver", sa.Text, primary_key=True, nullable=False),
        *_numbers("at"),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
    _listed("acknowledgements", *_texts("alert_group", "author", "origin", "note"), *_numbers("at"))
    op.create_index("acknowledgements_by_group", "acknowledgements", ["alert_group"])
    _listed("stages", *_texts("slo", "stage", "author", "reason"), *_numbers("at"))
    _listed("outbox", sa.Column("key", sa.Text, nullable=False, unique=True),
            *_texts("cause", "channel", "target", "message", "state", "holder"),
            *_numbers("entered", "due", "held_until", "tries"))  # fmt: skip
    op.create_index("outbox_by_due", "outbox", ["state", "due"])
    op.create_index("outbox_by_cause", "outbox", ["cause"])
    _listed("deliveries", *_numbers("outbox_id", "at"), *_texts("result", "detail", "reference"))
    op.create_index("deliveries_by_outbox", "deliveries", ["outbox_id"])
    op.create_table("rounds", sa.Column("name", sa.Text, primary_key=True, nullable=False), *_numbers("at"),
                    sqlite_with_rowid=False, sqlite_strict=True)  # fmt: skip
    op.create_table("leases", sa.Column("name", sa.Text, primary_key=True, nullable=False), *_texts("holder"),
                    *_numbers("held_until"), sqlite_with_rowid=False, sqlite_strict=True)  # fmt: skip


def _listed(table: str, *columns: sa.Column[Any]) -> None:
    op.create_table(table, sa.Column("id", sa.Integer, primary_key=True), *columns, sqlite_strict=True)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _numbers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, BIG, nullable=False) for name in names]
