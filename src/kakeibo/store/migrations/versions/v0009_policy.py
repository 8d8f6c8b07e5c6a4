"""What the gate answered: append-only."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TEXTS = ("service", "kind", "ruled", "verdict", "author", "reason", "facts")


def upgrade() -> None:
    op.create_table(
        "gate_answers",
        sa.Column("id", sa.Integer, primary_key=True),
        *[sa.Column(name, sa.Text, nullable=False) for name in TEXTS],
        sa.Column("at", BIG, nullable=False),
        sa.Column("decided", BIG, nullable=False),
        sqlite_strict=True,
    )
