"""Calls of one person by another; requests from outside that were taken already."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _keyed("calls", "subject", "person", "author", "origin", "text")
    _keyed("requests", "key")


def _keyed(table: str, key: str, *texts: str) -> None:
    op.create_table(
        table,
        sa.Column(key, sa.Text, primary_key=True, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in texts),
        sa.Column("at", BIG, nullable=False),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
