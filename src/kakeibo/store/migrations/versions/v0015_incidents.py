"""Incidents: state, causes, roles, tasks, grants; and a timeline, which the database keeps as it is."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from kakeibo.store.append_only import keep

revision = "0015"
down_revision = "0014"

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _listed(
        "incidents",
        ["title", "state", "origin", "author", "services", "slos", "measured", "typed"],
        ["private", "opened", "acknowledged", "mitigated", "resolved", "merged_into", "version"],
    )
    op.create_index("incidents_by_state", "incidents", ["state"])
    key = sa.Column("key", sa.Text, primary_key=True, nullable=False)
    _keyed("incident_causes", [key], [], ["incident_id", "at"])
    op.create_index("incident_causes_by_incident", "incident_causes", ["incident_id"])
    _listed("incident_entries", ["kind", "author", "door", "text", "detail"], ["incident_id", "at", "entered"])
    op.create_index("incident_entries_by_time", "incident_entries", ["incident_id", "at", "id"])
    keep("incident_entries", "the timeline is only added to")
    _listed("incident_marks", ["author"], ["incident_id", "entry_id", "marked", "at"])
    op.create_index("incident_marks_by_incident", "incident_marks", ["incident_id"])
    number = sa.Column("incident_id", sa.Integer, primary_key=True, nullable=False, autoincrement=False)
    role = sa.Column("role", sa.Text, primary_key=True, nullable=False)
    _keyed("incident_roles", [number, role], ["person"], [])
    _listed("incident_tasks", ["text", "owner", "author"], ["incident_id", "due", "added", "done"])
    op.create_index("incident_tasks_by_incident", "incident_tasks", ["incident_id"])
    _listed(
        "incident_grants",
        ["hook", "person", "author", "reason", "state", "answer"],
        ["incident_id", "began", "ends", "ended", "tries"],
    )
    op.create_index("incident_grants_by_state", "incident_grants", ["state", "ends"])


def _keyed(table: str, keys: list[sa.Column[Any]], texts: list[str], numbers: list[str]) -> None:
    op.create_table(table, *keys, *_columns(texts, numbers), sqlite_with_rowid=False, sqlite_strict=True)


def _listed(table: str, texts: list[str], numbers: list[str]) -> None:
    first = sa.Column("id", sa.Integer, primary_key=True)
    op.create_table(table, first, *_columns(texts, numbers), sqlite_strict=True)


def _columns(texts: list[str], numbers: list[str]) -> list[sa.Column[Any]]:
    columns: list[sa.Column[Any]] = [sa.Column(name, sa.Text, nullable=False) for name in texts]
    return columns + [sa.Column(name, BIG, nullable=False) for name in numbers]
