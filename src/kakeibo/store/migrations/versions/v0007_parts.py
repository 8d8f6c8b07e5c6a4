"""Parts: events by hour and value of a column."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "part_values",
        sa.Column("id", sa.Integer, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("column", "kind", "value")),
        sqlite_strict=True,
    )
    op.create_index("part_values_by_value", "part_values", ["column", "kind", "value"], unique=True)
    op.create_table(
        "parts",
        sa.Column("hour", BIG, primary_key=True, autoincrement=False),
        sa.Column("slo_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("value_id", sa.Integer, primary_key=True, autoincrement=False),
        *(sa.Column(name, BIG, nullable=False) for name in ("good", "bad", "void")),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
