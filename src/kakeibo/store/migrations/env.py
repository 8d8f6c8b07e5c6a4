"""Run by Alembic: migrates over the connection that store/migrate.py hands over, inside its transaction."""

from alembic import context

from kakeibo.store.migrate import VERSION_TABLE
from kakeibo.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, version_table=VERSION_TABLE
)
context.run_migrations()
