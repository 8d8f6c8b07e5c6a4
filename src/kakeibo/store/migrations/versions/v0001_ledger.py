"""The ledger: sources and their read positions, counts by minute, totals by hour."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _names()
    _counts()
    _what_the_sources_delivered()


def _names() -> None:
    op.create_table(
        "sources",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("version", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "slos",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
    )


def _counts() -> None:
    numbers = ("good", "bad", "void", "unknown")
    op.create_table(
        "minute_counts",
        _key("minute", sa.BigInteger),
        _key("slo_id", sa.Integer),
        *_numbers(*numbers),
        sqlite_with_rowid=False,
    )
    _by_source("snapshots", _key("hour", sa.BigInteger))
    _by_source("hour_totals", _key("hour", sa.BigInteger), _key("slo_id", sa.Integer), *_numbers(*numbers))


def _what_the_sources_delivered() -> None:
    op.create_table(
        "streams",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("source_id", sa.Integer, nullable=False),
        sa.Column("path", sa.LargeBinary, nullable=False),
        *_numbers("device", "inode", "size", "mtime_ns"),
        sa.Column("head", sa.LargeBinary, nullable=False),
        *_numbers("head_length"),
        sa.Column("tail", sa.LargeBinary, nullable=False),
        *_numbers("tail_length", "position"),
    )
    op.create_index("streams_by_source", "streams", ["source_id"])
    op.create_table(
        "rejections",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("source_id", sa.Integer, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        *_numbers("offset"),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_index("rejections_by_source", "rejections", ["source_id", "id"])
    _by_source("source_minutes", _key("minute", sa.BigInteger), *_numbers("lines", "rejected"))
    _by_source("rejection_reasons", _key("reason", sa.Text), *_numbers("lines"))
    _by_source("unknown_codes", _key("column", sa.Text), _key("value", sa.Text), *_numbers("events"))
    _by_source("pending", _key("key", sa.Text), *_numbers("due"), sa.Column("state", sa.Text, nullable=False))


def _by_source(table: str, *columns: sa.Column[Any]) -> None:
    op.create_table(table, _key("source_id", sa.Integer), *columns, sqlite_with_rowid=False)


def _key(name: str, kind: type[sa.types.TypeEngine[Any]]) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True, autoincrement=False)


def _numbers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger, nullable=False) for name in names]
