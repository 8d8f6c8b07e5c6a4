"""Fleets: devices, when they were heard of, what is to be known of them, what happened, what people entered."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _listed("fleets", sa.Column("name", sa.Text, nullable=False, unique=True), _bytes("state"))
    _keyed("devices", *_texts("name", "region", "model", "firmware"))
    _listed("device_beats", _fleet(), _bytes("rows"), *_numbers("devices"))
    op.create_index("device_beats_by_fleet", "device_beats", ["fleet_id"])
    _keyed("device_details", _bytes("detail"))
    _listed(
        "device_changes",
        _fleet(),
        *_numbers("number", "at", "since", "fact"),
        *_texts("what", "reason", "detail", "author"),
    )
    op.create_index("device_changes_by_device", "device_changes", ["fleet_id", "number"])
    _listed("device_orders", *_texts("fleet", "verb", "device", "reason", "words", "author"), *_numbers("entered"))
    op.create_index("device_orders_by_fleet", "device_orders", ["fleet"])


def _listed(table: str, *columns: sa.Column[Any]) -> None:
    op.create_table(table, sa.Column("id", sa.Integer, primary_key=True), *columns, sqlite_strict=True)


def _keyed(table: str, *columns: sa.Column[Any]) -> None:
    keys = [sa.Column(name, sa.Integer, primary_key=True, autoincrement=False) for name in ("fleet_id", "number")]
    op.create_table(table, *keys, *columns, sqlite_with_rowid=False, sqlite_strict=True)


def _fleet() -> sa.Column[int]:
    return sa.Column("fleet_id", sa.Integer, nullable=False)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=False)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _numbers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, BIG, nullable=False) for name in names]
