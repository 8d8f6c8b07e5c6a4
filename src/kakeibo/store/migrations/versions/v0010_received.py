"""What other tools told of their alerts."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TEXTS = ("origin", "key", "name", "severity", "state", "summary", "labels")
NUMBERS = ("began", "ended", "received", "changes")


def upgrade() -> None:
    op.create_table(
        "received_alerts",
        sa.Column("id", sa.Integer, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in TEXTS),
        *(sa.Column(name, BIG, nullable=False) for name in NUMBERS),
        sqlite_strict=True,
    )
    op.create_index("received_alerts_by_key", "received_alerts", ["origin", "key", "began"], unique=True)
    op.create_index("received_alerts_by_time", "received_alerts", ["began"])
