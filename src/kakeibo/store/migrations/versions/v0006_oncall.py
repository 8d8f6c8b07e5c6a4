"""On-call: changes of rotas, who took them back, escalations and the messages they send."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _listed(
        "duty_changes",
        *_texts("kind", "rota", "person", "other", "author", "reason"),
        *_numbers("start", "end", "entered"),
    )
    op.create_table(
        "duty_revocations",
        sa.Column("change_id", sa.Integer, primary_key=True, autoincrement=False),
        *_texts("author", "reason"),
        *_numbers("at"),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
    _listed(
        "pages",
        *_texts("team", "severity", "subject", "state", "answered_by", "trouble"),
        *_numbers("began", "seen", "step", "step_due", "lap", "lap_began", "answered", "version"),
    )
    op.create_index("pages_by_state", "pages", ["state"])
    _listed(
        "legs",
        sa.Column("page_id", sa.Integer, nullable=False),
        *_texts("person", "channel", "state", "worker"),
        *_numbers("lap", "step", "due", "leased_until", "done"),
    )
    op.create_index("legs_by_page", "legs", ["page_id"])
    op.create_index("legs_by_contact", "legs", ["person", "channel", "done"])


def _listed(table: str, *columns: sa.Column[Any]) -> None:
    op.create_table(table, sa.Column("id", sa.Integer, primary_key=True), *columns, sqlite_strict=True)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _numbers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, BIG, nullable=False) for name in names]
