"""Opening the store, and its two kinds of transaction: reading (one unchanging moment) and writing (one at a time)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from kakeibo.errors import StoreError
from kakeibo.i18n import t
from kakeibo.store import migrate
from kakeibo.store.failures import explained

PATIENCE = 10.0
"""Seconds to wait for another process before StoreBusy."""

_WRITER_LOCK = 0x6B616B65  # "kake": any number, as long as every kakeibo uses the same


class Store:
    """An open store of the current version. Safe to share between threads; every process opens its own."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._reader = engine.execution_options(writing=False)
        self._writer = engine.execution_options(writing=True)
        self._keeper = engine.execution_options(writing=True, durable=True)
        self.name = name

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees the store as of one moment. Keep it short: it holds back the write-ahead log."""
        with explained(self.name), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction, the only one that writes; committed at the end of the block, or undone whole.

        Raises StoreBusy when another writer holds on for longer than the store's patience.
        """
        with explained(self.name), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def keeping(self) -> Iterator[Connection]:
        """The same, and at the end it is on the disk: for what nobody can give us a second time."""
        with explained(self.name), self._keeper.begin() as connection:
            yield connection

    def close(self) -> None:
        self._writer.dispose()


def open_store(url: str, patience: float = PATIENCE) -> Store:
    """Open the store at `url` (sqlite:///relative.db, sqlite:////absolute.db, postgresql://user@host/name), creating it
    or migrating it forward as needed. `patience`: seconds to wait for another process.

    Raises StoreError for an address that cannot be used and for a store of a newer version, StoreBusy when somebody
    holds it.
    """
    address = _parse(url)
    engine = _sqlite(address, patience) if address.drivername == "sqlite" else _postgresql(address, patience)
    name = address.database or "" if address.drivername == "sqlite" else address.render_as_string(hide_password=True)
    store = Store(engine, name)
    try:
        _bring_up_to_date(store)
    except BaseException:
        store.close()
        raise
    return store


def _parse(url: str) -> URL:
    mend = t("write sqlite:///file.db or postgresql://user@host/name")
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise StoreError(t("{url} is not the address of a store", url=repr(url)), mend) from None
    if address.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        return address.set(drivername="postgresql+psycopg")
    if address.drivername != "sqlite":
        raise StoreError(t("a store cannot be kept in {kind}", kind=repr(address.drivername)), mend)
    if address.host or address.database in (None, "", ":memory:"):
        raise StoreError(t("{url} names no file", url=repr(url)), mend)
    return address


def _sqlite(address: URL, patience: float) -> Engine:
    path = Path(str(address.database))
    if not path.parent.is_dir():
        raise StoreError(
            t("the folder {folder} for the store does not exist", folder=path.parent),
            t("create it, or give another place with --store"),
        )
    # isolation_level None: we begin transactions ourselves, below.
    engine = create_engine(address, connect_args={"timeout": patience, "isolation_level": None})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Settings of one SQLite connection.

    synchronous=NORMAL does not wait for the disk at every commit. A killed process loses nothing. A power cut may undo
    the last commits, but only whole ones and only from the end: counts go back together with the read positions, and
    the next ingest counts those lines again. What cannot be read again asks for FULL: `Store.keeping`.
    """
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-32000", "journal_size_limit=64000000"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    # A plain BEGIN that reads before it writes fails at once when somebody else wrote meanwhile, whatever the patience.
    options = connection.get_execution_options()
    if options["writing"]:
        # It can only be set between transactions; a connection of the pool may have served for the other kind before.
        connection.exec_driver_sql(f"PRAGMA synchronous={'FULL' if options.get('durable') else 'NORMAL'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options["writing"] else "BEGIN")


def _postgresql(address: URL, patience: float) -> Engine:
    try:
        engine = create_engine(address, pool_pre_ping=True)
    except ImportError:
        raise StoreError(
            t("the driver for PostgreSQL is not installed"), t("install it with: pip install 'kakeibo[postgresql]'")
        ) from None

    def begin(connection: Connection) -> None:
        """Readers see one moment. Writers queue for a lock, as on SQLite: what holds there holds here. Each of their
        statements sees the newest state, so that nothing they read is older than the lock."""
        if connection.get_execution_options()["writing"]:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(patience * 1000)}")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})")
        else:
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")

    event.listen(engine, "begin", begin)
    return engine


def _bring_up_to_date(store: Store) -> None:
    with store.reading() as connection:
        found = migrate.version(connection)
    migrate.refuse_newer(found, store.name)
    if found == migrate.HEAD:
        return
    with store.writing() as connection:
        # Somebody else may have migrated while we waited: look again.
        found = migrate.version(connection)
        migrate.refuse_newer(found, store.name)
        if found != migrate.HEAD:
            migrate.upgrade(connection)
