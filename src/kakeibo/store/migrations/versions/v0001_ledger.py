"""The ledger: sources and their read positions, counts by minute, totals by hour."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _names()
    _counts()
    _what_the_sources_delivered()


def _names() -> None:
    _listed("sources", sa.Column("name", sa.Text, nullable=False, unique=True), *_numbers("version"))
    _listed("slos", sa.Column("name", sa.Text, nullable=False, unique=True))


def _counts() -> None:
    counts = ("good", "bad", "void", "unknown")
    _keyed("minute_counts", _key("minute", BIG), _key("slo_id", sa.Integer()), *_numbers(*counts))
    _keyed("snapshots", _source_key(), _key("hour", BIG))
    _keyed("hour_totals", _source_key(), _key("hour", BIG), _key("slo_id", sa.Integer()), *_numbers(*counts))


def _what_the_sources_delivered() -> None:
    _listed(
        "streams",
        sa.Column("source_id", sa.Integer, nullable=False),
        sa.Column("path", sa.LargeBinary, nullable=False),
        *_numbers("device", "inode", "size", "mtime_ns"),
        sa.Column("head", sa.LargeBinary, nullable=False),
        *_numbers("head_length"),
        sa.Column("tail", sa.LargeBinary, nullable=False),
        *_numbers("tail_length", "position"),
    )
    op.create_index("streams_by_source", "streams", ["source_id"])
    _listed(
        "rejections",
        sa.Column("source_id", sa.Integer, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        *_numbers("offset"),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_index("rejections_by_source", "rejections", ["source_id", "id"])
    _keyed("source_minutes", _source_key(), _key("minute", BIG), *_numbers("lines", "rejected"))
    _keyed("rejection_reasons", _source_key(), _key("reason", sa.Text()), *_numbers("lines"))
    _keyed("unknown_codes", _source_key(), _key("column", sa.Text()), _key("value", sa.Text()), *_numbers("events"))
    state = sa.Column("state", sa.Text, nullable=False)
    _keyed("pending", _source_key(), _key("key", sa.Text()), *_numbers("due"), state)


def _keyed(table: str, *columns: sa.Column[Any]) -> None:
    op.create_table(table, *columns, sqlite_with_rowid=False, sqlite_strict=True)


def _listed(table: str, *columns: sa.Column[Any]) -> None:
    op.create_table(table, sa.Column("id", sa.Integer, primary_key=True), *columns, sqlite_strict=True)


def _key(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True, autoincrement=False)


def _source_key() -> sa.Column[int]:
    return _key("source_id", sa.Integer())


def _numbers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, BIG, nullable=False) for name in names]
