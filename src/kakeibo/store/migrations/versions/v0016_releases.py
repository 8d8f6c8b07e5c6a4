"""Releases of services; and on PostgreSQL the audit log is not emptied at one stroke either."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "releases",
        sa.Column("id", sa.Integer, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("service", "version", "author", "note")),
        *(sa.Column(name, BIG, nullable=False) for name in ("at", "entered")),
        sqlite_strict=True,
    )
    op.create_index("releases_by_time", "releases", ["service", "at"])
    if op.get_bind().dialect.name != "sqlite":  # which has no TRUNCATE
        op.execute(
            "CREATE TRIGGER audit_log_not_emptied BEFORE TRUNCATE ON audit_log "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_log_kept()"
        )
