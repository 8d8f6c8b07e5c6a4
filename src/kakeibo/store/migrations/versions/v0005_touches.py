"""Which minutes each change of the counts touched."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "touches",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("from_minute", BIG, nullable=False),
        sa.Column("to_minute", BIG, nullable=False),
        sqlite_strict=True,
    )
