"""The audit log keeps its rows: the database itself refuses to alter or remove any, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kakeibo.errors import StoreError
from kakeibo.store import Store, audit, open_store

CHANGES = ["UPDATE audit_log SET who = 'nobody'", "DELETE FROM audit_log", "DELETE FROM audit_log WHERE id = 1"]


@pytest.fixture
def postgresql_store(postgresql_url: str) -> Iterator[Store]:
    opened = open_store(postgresql_url)
    yield opened
    opened.close()


def noted(store: Store, who: str = "sre", detail: str = "") -> None:
    with store.writing() as connection:
        audit.note(connection, who, "stage.page", "play-video/availability", detail)


def test_what_was_done_stays(store: Store) -> None:
    noted(store)
    whole = audit.entries(store, 10)
    for change in CHANGES:
        with pytest.raises((DBAPIError, StoreError), match="only added to"), store.writing() as connection:
            connection.execute(text(change))
    assert audit.entries(store, 10) == whole
    noted(store, "sre 2")
    assert [one.who for one in audit.entries(store, 10)] == ["sre 2", "sre"]


def test_postgresql_does_not_empty_it_at_one_stroke(postgresql_store: Store) -> None:
    """Which passes by triggers that look at rows."""
    noted(postgresql_store)
    with pytest.raises((DBAPIError, StoreError), match="only added to"), postgresql_store.writing() as connection:
        connection.execute(text("TRUNCATE audit_log"))
    assert len(audit.entries(postgresql_store, 10)) == 1


def test_text_that_no_database_takes_is_kept_as_far_as_it_can_be(store: Store) -> None:
    noted(store, "s\0re \ud800", "x" * 5_000)
    [one] = audit.entries(store, 1)
    assert one.who == "s re ?"
    assert len(one.detail) == 1_000


def test_a_change_that_fails_leaves_no_row(store: Store) -> None:
    def fail() -> None:
        with store.writing() as connection:
            audit.note(connection, "sre", "stage.page", "play-video/availability")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert audit.entries(store, 10) == []
