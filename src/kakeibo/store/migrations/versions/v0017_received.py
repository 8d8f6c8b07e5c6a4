"""Messages that come to us: what waits to be judged, what was taken in lately, who reads; registrations of devices."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    for table, blob in (("received_blocks", "body"), ("receipts", "digests")):
        op.create_table(
            table,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("source", sa.Text, nullable=False),
            sa.Column(blob, sa.LargeBinary, nullable=False),
            sqlite_strict=True,
        )
        op.create_index(f"{table}_by_source", table, ["source"])
    _keyed("receivers", ["source"], [], ["turn"])
    _keyed("registrations", ["source", "place"], ["device", "binding", "address"], ["lifetime", "renewed"])


def _keyed(table: str, keys: list[str], texts: list[str], numbers: list[str]) -> None:
    columns: list[sa.Column[object]] = [sa.Column(name, sa.Text, primary_key=True, nullable=False) for name in keys]
    columns += [sa.Column(name, sa.Text, nullable=False) for name in texts]
    columns += [sa.Column(name, BIG, nullable=False) for name in numbers]
    op.create_table(table, *columns, sqlite_with_rowid=False, sqlite_strict=True)
