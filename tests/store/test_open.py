"""Opening a store: new, current, old, newer, and all that can be wrong with an address."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, insert, inspect, text

import kakeibo.store
from kakeibo import i18n, ledger
from kakeibo.errors import StoreError
from kakeibo.ledger.totals import carry
from kakeibo.model import Count
from kakeibo.store import bulk, migrate, open_store, tables
from kakeibo.store import connection as connections

NOON = 29_700_000
MIGRATIONS = ScriptDirectory(str(Path(kakeibo.store.__file__).parent / "migrations"))
REVISIONS = [script.revision for script in MIGRATIONS.walk_revisions()][::-1]


def test_the_newest_migration_is_the_version_of_the_program() -> None:
    assert MIGRATIONS.get_heads() == [migrate.HEAD]
    assert sorted(REVISIONS) == REVISIONS


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_store_of_any_earlier_version_becomes_the_same_as_a_new_one(
    url: str, revision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(connections, "_bring_up_to_date", lambda _store: None)
        old = open_store(url)
    with old.writing() as connection:
        migrate.upgrade(connection, revision)
    old.close()
    store = open_store(url)
    with store.reading() as connection:
        assert migrate.version(connection) == migrate.HEAD
        context = MigrationContext.configure(connection, opts={"version_table": migrate.VERSION_TABLE})
        assert compare_metadata(context, tables.metadata) == []
    store.close()


def test_a_store_from_before_there_were_definitions_keeps_its_counts(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(connections, "_bring_up_to_date", lambda _store: None)
        old = open_store(url)
    with old.writing() as connection:
        migrate.upgrade(connection, "0001")
        connection.execute(insert(tables.sources).values(id=1, name="web", version=1))
        connection.execute(insert(tables.slos).values(id=1, name="play/a"))
        bulk.add(connection, tables.minute_counts, [(NOON, 1, 5, 1, 0, 0)])
        carry(connection, 1, [(NOON, 1, 5, 1, 0, 0)])
    old.close()
    store = open_store(url)
    assert ledger.sums(store, [(NOON, NOON + 1)]) == {(NOON, NOON + 1): {"play/a": Count(5, 1)}}
    assert ledger.cursor(store, "web").version == 1
    assert ledger.definitions(store) == {}
    store.close()


def test_the_migrations_choose_the_same_kind_of_tables(sqlite_url: str, tmp_path: Path) -> None:
    kinds = text("SELECT name, wr, strict FROM pragma_table_list WHERE name IN (SELECT name FROM sqlite_master)")
    store = open_store(sqlite_url)
    with store.reading() as connection:
        migrated = {row for row in map(tuple, connection.execute(kinds)) if row[0] in tables.metadata.tables}
    store.close()
    declared = create_engine(f"sqlite:///{tmp_path}/declared.db")
    tables.metadata.create_all(declared)
    with declared.begin() as connection:
        assert {tuple(row) for row in connection.execute(kinds) if row[0] in tables.metadata.tables} == migrated
    declared.dispose()
    assert {strict for _, _, strict in migrated} == {1}


def test_a_migration_that_fails_leaves_nothing(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    upgrade = migrate.upgrade

    def fail(connection: object) -> None:
        upgrade(connection)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(migrate, "upgrade", fail)
        with pytest.raises(KeyboardInterrupt):
            open_store(url)
        patch.setattr(connections, "_bring_up_to_date", lambda _store: None)
        empty = open_store(url)
    with empty.reading() as connection:
        assert inspect(connection).get_table_names() == []
    empty.close()
    open_store(url).close()


def test_a_store_of_a_newer_version_is_refused_and_left_alone(url: str) -> None:
    store = open_store(url)
    with store.writing() as connection:
        connection.execute(text(f"UPDATE {migrate.VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"9999.*newer kakeibo"):
        open_store(url)
    with store.reading() as connection:
        assert migrate.version(connection) == "9999"
    store.close()


def test_an_up_to_date_store_is_opened_without_alembic(sqlite_url: str) -> None:
    open_store(sqlite_url).close()
    script = "import sys, kakeibo.store as s; s.open_store(sys.argv[1]).close(); sys.exit('alembic' in sys.modules)"
    subprocess.run([sys.executable, "-c", script, sqlite_url], check=True, timeout=60)


def test_sqlite_is_set_to_survive_a_kill_and_to_let_readers_read(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    with store.reading() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA synchronous")) == 1
    store.close()


def test_a_relative_address_is_relative_to_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    open_store("sqlite:///日本 語.db").close()
    assert (tmp_path / "日本 語.db").is_file()


def test_reading_sees_one_moment(store: kakeibo.store.Store) -> None:
    names = tables.sources.select().with_only_columns(tables.sources.c.name)
    with store.reading() as reader:
        assert reader.scalars(names).all() == []
        with store.writing() as writer:
            writer.execute(tables.sources.insert().values(name="web", version=0))
        assert reader.scalars(names).all() == []
    with store.reading() as reader:
        assert reader.scalars(names).all() == ["web"]


def test_a_failed_block_is_undone(store: kakeibo.store.Store) -> None:
    def enter_and_fail() -> None:
        with store.writing() as connection:
            connection.execute(tables.sources.insert().values(name="web", version=0))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        enter_and_fail()
    with store.reading() as connection:
        assert connection.execute(tables.sources.select()).all() == []


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("kakeibo.db", "not the address of a store"),
        ("", "not the address of a store"),
        ("mysql://localhost/a", "cannot be kept in 'mysql'"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite://host/file.db", "names no file"),
        ("sqlite:////nowhere/at/all.db", "folder /nowhere/at for the store does not exist"),
        ("sqlite:////dev/null/x.db", "folder /dev/null for the store does not exist"),
        ("sqlite:///{folder}", "cannot be opened"),
        ("sqlite:///{noise}", "is not a store"),
        ("sqlite:////proc/kakeibo.db", "cannot be written|cannot be opened"),
        ("postgresql://me:secret@127.0.0.1:1/none", r"postgresql.*me:\*\*\*@127.0.0.1:1/none failed"),
    ],
)
def test_an_address_that_cannot_be_used_gets_a_reason_and_a_mend(address: str, what: str, tmp_path: Path) -> None:
    noise = tmp_path / "noise"
    noise.write_bytes(os.urandom(5000))
    given = address.format(folder=tmp_path, noise=noise)
    with pytest.raises(StoreError, match=what) as raised:
        open_store(given, patience=0.2)
    assert raised.value.mend
    assert "secret" not in str(raised.value)
    with i18n.speaking("ja"), pytest.raises(StoreError) as in_japanese:
        open_store(given, patience=0.2)
    assert not in_japanese.value.message.isascii()
    assert not in_japanese.value.mend.isascii()


def test_a_damaged_store_is_called_damaged(tmp_path: Path) -> None:
    path = tmp_path / "kakeibo.db"
    open_store(f"sqlite:///{path}").close()
    pages = bytearray(path.read_bytes())
    pages[100:4096] = b"\xff" * 3996  # the schema's page
    path.write_bytes(pages)
    with pytest.raises(StoreError, match="is damaged"):
        open_store(f"sqlite:///{path}")


def test_another_programs_database_is_not_touched(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(connections, "_bring_up_to_date", lambda _store: None)
        other = open_store(url)
    with other.writing() as connection:
        connection.execute(text("CREATE TABLE streams (anything integer)"))
    with pytest.raises(StoreError, match="already exists"):
        open_store(url)
    with other.reading() as connection:
        assert inspect(connection).get_table_names() == ["streams"]
    other.close()


def test_a_user_who_may_not_create_tables_is_told_so(postgresql_url: str) -> None:
    import psycopg

    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS guest")
        connection.execute("CREATE ROLE guest LOGIN")
    with pytest.raises(StoreError, match="permission denied") as raised:
        open_store(postgresql_url.replace("postgres@", "guest@"))
    assert "may create tables" in raised.value.mend


def test_without_its_driver_postgresql_is_refused_with_the_name_of_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"kakeibo\[postgresql\]"):
        open_store("postgresql://127.0.0.1/none")
