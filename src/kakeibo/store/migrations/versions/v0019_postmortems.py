"""Postmortems: texts, comments and steps, which the database keeps as they are; words to search; what was due."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from kakeibo.store.append_only import keep

revision = "0019"
down_revision = "0018"

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _listed(
        "postmortems",
        ["state", "title", "day", "team", "reviewer", "origin", "facts"],
        ["version", "incident", "opened", "readied", "published"],
    )
    op.create_index("postmortems_by_state", "postmortems", ["state", "day"])
    op.create_index("postmortems_by_incident", "postmortems", ["incident"])
    op.create_index("postmortems_by_origin", "postmortems", ["origin"])
    _listed("postmortem_texts", ["text", "author", "note"], ["postmortem_id", "version", "at"])
    op.create_index("postmortem_texts_by_version", "postmortem_texts", ["postmortem_id", "version"], unique=True)
    _keyed("postmortem_words", [_number("postmortem_id")], ["words"], [])
    _listed("postmortem_comments", ["kind", "quote", "text", "author"], ["postmortem_id", "thread", "at"])
    op.create_index("postmortem_comments_by_postmortem", "postmortem_comments", ["postmortem_id"])
    _listed("postmortem_steps", ["step", "author", "detail"], ["postmortem_id", "at"])
    op.create_index("postmortem_steps_by_postmortem", "postmortem_steps", ["postmortem_id"])
    reader = sa.Column("reader", sa.Text, primary_key=True, nullable=False)
    _keyed("postmortem_readers", [_number("postmortem_id"), reader], [], ["at"])
    _keyed("postmortem_dues", [_number("incident_id")], ["reasons", "team"], ["exempt", "postmortem_id", "at"])
    for table in ("postmortem_texts", "postmortem_comments", "postmortem_steps"):
        keep(table, "what was written in a postmortem is only added to")


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer, primary_key=True, nullable=False, autoincrement=False)


def _keyed(table: str, keys: list[sa.Column[Any]], texts: list[str], numbers: list[str]) -> None:
    op.create_table(table, *keys, *_columns(texts, numbers), sqlite_with_rowid=False, sqlite_strict=True)


def _listed(table: str, texts: list[str], numbers: list[str]) -> None:
    first = sa.Column("id", sa.Integer, primary_key=True)
    op.create_table(table, first, *_columns(texts, numbers), sqlite_strict=True)


def _columns(texts: list[str], numbers: list[str]) -> list[sa.Column[Any]]:
    columns: list[sa.Column[Any]] = [sa.Column(name, sa.Text, nullable=False) for name in texts]
    return columns + [sa.Column(name, BIG, nullable=False) for name in numbers]
