"""Bringing a store to the version of this program. Alembic is only loaded when there is something to do."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from kakeibo.errors import StoreError
from kakeibo.i18n import t

HEAD = "0019"
"""The newest migration. Revisions are numbered, so that an older program recognises a newer store."""

VERSION_TABLE = "kakeibo_version"


def version(connection: Connection) -> str | None:
    """The migration the store has reached; None for an empty database."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar_one_or_none()


def refuse_newer(found: str | None, name: str) -> None:
    """Raises StoreError when the store was written by a newer program."""
    if found is not None and found > HEAD:
        raise StoreError(
            t("the store {name} is of version {found}, this program knows up to {known}",
              name=name, found=found, known=HEAD),
            t("use a newer kakeibo, or another store with --store"),
        )  # fmt: skip


def upgrade(connection: Connection, revision: str = HEAD) -> None:
    """Migrate forward within the transaction of `connection`: all of it or nothing."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
