"""What people say: complaints of users, votes on journeys, what was ruled, and notes of what happened outside."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _listed("complaints", ["journey", "text", "user_hash", "verdict", "origin"], ["at", "entered"])
    _listed("votes", ["journey", "role", "voter", "note"], ["score", "entered"])
    _listed("rulings", ["journey", "ruling", "deciders", "reason"], ["entered"])
    _listed("outside_notes", ["key", "kind", "name", "content"], ["entered"])
    op.create_index("complaints_by_journey", "complaints", ["journey", "at"])
    op.create_index("outside_notes_by_key", "outside_notes", ["key"], unique=True)


def _listed(name: str, texts: list[str], numbers: list[str]) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Integer, primary_key=True),
        *(sa.Column(text, sa.Text, nullable=False) for text in texts),
        *(sa.Column(number, BIG, nullable=False) for number in numbers),
        sqlite_strict=True,
    )
