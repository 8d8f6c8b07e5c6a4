"""What was promised of an SLO, and since when."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "promises",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("slo_id", sa.Integer, nullable=False),
        sa.Column("at", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("terms", sa.Text, nullable=False),
        sqlite_strict=True,
    )
