"""Signing in: local accounts, sessions, tokens, failed tries; and the audit log, which the database keeps as it is."""

import sqlalchemy as sa
from alembic import op

from kakeibo.store.append_only import keep

revision = "0014"
down_revision = "0013"

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _keyed("accounts", "name", ["password"], ["at"])
    _keyed("sessions", "key", ["kind", "name", "subject", "groups"], ["began", "ends"])
    _keyed("sign_ins", "key", ["state", "nonce", "verifier", "next"], ["ends"])
    _keyed("tokens", "name", ["key", "team", "role", "author"], ["created", "ends", "revoked"])
    op.create_index("tokens_by_key", "tokens", ["key"], unique=True)
    _listed("failed_sign_ins", ["name"], ["at"])
    op.create_index("failed_sign_ins_by_time", "failed_sign_ins", ["at"])
    _listed("audit_log", ["door", "visitor", "who", "action", "subject", "detail"], ["at"])
    keep("audit_log", "the audit log is only added to")


def _keyed(table: str, key: str, texts: list[str], numbers: list[str]) -> None:
    first = sa.Column(key, sa.Text, primary_key=True, nullable=False)
    op.create_table(table, first, *_columns(texts, numbers), sqlite_with_rowid=False, sqlite_strict=True)


def _listed(table: str, texts: list[str], numbers: list[str]) -> None:
    first = sa.Column("id", sa.Integer, primary_key=True)
    op.create_table(table, first, *_columns(texts, numbers), sqlite_strict=True)


def _columns(texts: list[str], numbers: list[str]) -> list[sa.Column[object]]:
    columns: list[sa.Column[object]] = [sa.Column(name, sa.Text, nullable=False) for name in texts]
    return columns + [sa.Column(name, BIG, nullable=False) for name in numbers]
