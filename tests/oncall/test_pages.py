"""Escalations in the store, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import update
from tests.oncall.team import DUTY, NOON, directory

from kakeibo.duties import Duty
from kakeibo.errors import UsageError
from kakeibo.oncall import pages
from kakeibo.oncall.escalation import LEASE, MINUTE, Leg, Page
from kakeibo.oncall.pages import Directory
from kakeibo.store import Store, tables

DIRECTORY = directory()


def begin(store: Store, duty: Duty = DUTY, now: int = NOON) -> Page:
    with store.writing() as connection:
        return pages.begin(connection, duty, "page", "play-video/availability", now)


def advance(store: Store, now: int, known: Directory = DIRECTORY) -> list[Page]:
    with store.writing() as connection:
        return pages.advance(connection, known, now)


def take(store: Store, now: int, worker: str = "w", most: int = 20) -> list[Leg]:
    with store.writing() as connection:
        return [leg for _, leg in pages.take(connection, worker, now, most)]


def read(store: Store) -> list[Page]:
    with store.reading() as connection:
        return pages.pages(connection)


def test_a_page_from_its_beginning_to_the_answer(store: Store) -> None:
    page = begin(store)
    [begun] = advance(store, NOON)
    assert [(leg.person, leg.channel, leg.due - NOON) for leg in begun.legs] == [
        ("dev-1", "slack", 0),
        ("dev-1", "phone", 120),
    ]
    [leg] = take(store, NOON)
    assert take(store, NOON, "other") == []
    with store.writing() as connection:
        assert pages.confirm(connection, leg, "w", NOON + 1)
        assert not pages.confirm(connection, leg, "other", NOON + 1)
        assert not pages.confirm(connection, leg, "w", NOON + LEASE)
        pages.record(connection, leg, "w", "sent", NOON + 1)
        answered = pages.answer(connection, page.id or 0, "Developer 1", NOON + 30)
    assert (answered.state, answered.answered, answered.answered_by) == ("answered", NOON + 30, "Developer 1")
    assert [leg.state for leg in answered.legs] == ["sent", "stopped"]
    assert (advance(store, NOON + 3600), take(store, NOON + 3600)) == ([], [])


def test_nothing_leased_is_confirmed_once_somebody_answered(store: Store) -> None:
    page = begin(store)
    advance(store, NOON)
    [leg] = take(store, NOON)
    with store.writing() as connection:
        pages.answer(connection, page.id or 0, "Developer 1", NOON + 1)
    with store.reading() as connection:
        assert not pages.confirm(connection, leg, "w", NOON + 1)


def test_two_workers_at_once_never_get_the_same_leg(store: Store) -> None:
    for _ in range(20):
        begin(store)
    advance(store, NOON)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda n: take(store, NOON, f"w{n}", most=3), range(8)))
    legs = [leg.id for taken in found for leg in taken]
    assert len(legs) == len(set(legs)) == 20
    assert {(leg.worker, n) for n, taken in enumerate(found) for leg in taken} <= {(f"w{n}", n) for n in range(8)}


def test_who_changes_a_page_that_somebody_changed_meanwhile_writes_nothing(store: Store) -> None:
    page = begin(store)
    with store.writing() as connection:
        pages.answer(connection, page.id or 0, "Developer 1", NOON)
        held = pages._write(connection, page, replace(page, state="unanswered"))
    assert (held.state, held.answered_by) == ("answered", "Developer 1")


def test_a_page_that_cannot_be_advanced_stops_no_other_and_heals(store: Store) -> None:
    gone, broken, good = begin(store, replace(DUTY, team="gone")), begin(store), begin(store)
    with store.writing() as connection:
        connection.execute(update(tables.pages).where(tables.pages.c.id == broken.id).values(step=-99, step_due=0))
    assert good.id in [page.id for page in advance(store, NOON)]
    with store.reading() as connection:
        trouble = dict(pages.troubled(connection))
    assert trouble == {gone.id: "KeyError: 'gone'", broken.id: "IndexError: tuple index out of range"}
    assert {leg.person for leg in take(store, NOON)} == {"dev-1"}
    assert gone.id in [page.id for page in advance(store, NOON, directory(DUTY, replace(DUTY, team="gone")))]
    with store.reading() as connection:
        assert [number for number, _ in pages.troubled(connection)] == [broken.id]


def test_one_person_is_not_called_without_end_whatever_the_number_of_pages(store: Store) -> None:
    phones = replace(DUTY, escalation=(replace(DUTY.escalation[0], notify=("lead",)),))
    known = directory(phones)
    for _ in range(6):
        begin(store, phones)
    advance(store, NOON, known)
    first = take(store, NOON)
    assert len(first) == 4
    with store.writing() as connection:
        for leg in first:
            pages.record(connection, leg, "w", "sent", NOON)
    assert take(store, NOON + 14 * MINUTE) == []
    assert len(take(store, NOON + 15 * MINUTE)) == 2


def test_a_page_of_no_number(store: Store) -> None:
    with store.writing() as connection, pytest.raises(UsageError, match="there is no page 7"):
        pages.answer(connection, 7, "Developer 1", NOON)
