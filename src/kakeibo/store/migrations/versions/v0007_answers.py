"""What a page says and who began it; requests from outside that were taken already."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "page_messages",
        sa.Column("page_id", sa.Integer, primary_key=True, nullable=False, autoincrement=False),
        sa.Column("language", sa.Text, primary_key=True, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("author", "origin", "message")),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
    op.create_table(
        "requests",
        sa.Column("key", sa.Text, primary_key=True, nullable=False),
        sa.Column("at", BIG, nullable=False),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
