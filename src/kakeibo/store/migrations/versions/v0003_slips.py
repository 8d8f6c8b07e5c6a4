"""Slips: adjustments and charges, who took them back, and which events an adjustment moved."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "slips",
        sa.Column("id", sa.Integer, primary_key=True),
        *_texts("page", "kind", "name", "what", "scope", "author", "reason"),
        *_numbers("from_minute", "to_minute", "entered"),
        sqlite_strict=True,
    )
    _keyed("revocations", _key("slip_id", sa.Integer()), *_texts("author", "reason"), *_numbers("at"))
    _keyed(
        "moved_counts",
        _key("slip_id", sa.Integer()),
        _key("minute", BIG),
        _key("slo_id", sa.Integer()),
        *_numbers("good", "bad", "unknown"),
    )


def _keyed(table: str, *columns: sa.Column[Any]) -> None:
    op.create_table(table, *columns, sqlite_with_rowid=False, sqlite_strict=True)


def _key(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True, autoincrement=False)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _numbers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, BIG, nullable=False) for name in names]
