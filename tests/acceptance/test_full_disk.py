"""A worker on a disk that is full: it says so, goes on when there is room again, and loses nothing."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from tests.acceptance.site import BOOK, FIRST, Burn, Script, Site
from tests.small_disk import fill, needs_root, small_disk

from kakeibo import clock, ledger
from kakeibo.app.worker import Worker
from kakeibo.app.working import Working
from kakeibo.store import open_store


@needs_root
def test_a_full_disk_is_said_and_costs_nothing(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "6m") as disk:
        site = Site.at(tmp_path, Script([Burn(20, 60, 0.9)]), f"sqlite:///{disk}/kakeibo.db")
        said: list[str] = []
        worker = Worker(site.book, site.store, said.append)
        site.write(10)
        assert worker.round(site.now).failed == []
        stuffing = fill(disk)
        for minute in range(11, 40):
            site.write(minute)
            failed = worker.round(site.now).failed
        assert "source web" in failed
        assert len([text for text in said if text.startswith("source web: no space left for the store")]) == 1
        stuffing.unlink()
        site.write(40)
        assert worker.round(site.now).failed == []
        assert "source web: works again" in said
        whole = (FIRST, FIRST + 40)
        counted = ledger.sums(site.store, [whole])[whole]
        found = {flip.alert.subject for flip in site.flips() if flip.after == "firing"}
        worker.close()
        site.store.close()
    assert counted["play/availability"].valid == 40 * 15
    assert counted["buy/availability"].valid == 40 * 5
    assert found >= {"play/availability", "store"}


OURS = BOOK.replace("language: en}", 'language: en, notify: ["out:us"]}')


@needs_root
def test_a_store_that_takes_nothing_is_told_by_word_of_mouth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The receivers of the organisation hear it once, though no alert can be written down, and once that it is over."""
    with small_disk(tmp_path / "disk", "6m") as disk:
        site = Site.at(tmp_path, Script(), f"sqlite:///{disk}/kakeibo.db", OURS)
        monkeypatch.setattr(clock, "now", lambda: site.now)
        working = Working(site.book, site.store)
        assert working.turn()
        stuffing = None
        for minute in range(1, 40):
            site.write(minute)
            if minute == 10:
                stuffing = fill(disk)
            if minute == 30 and stuffing:
                stuffing.unlink()
            if working.turn():  # which a full disk refuses as well, sooner or later
                working.round(site.now)
        told = [(minute, kind) for minute, kind, receiver, _ in site.told() if receiver == "us"]
        working.close()
        site.store.close()
    [(first, kind), (last, over)] = told
    assert (kind, over, last) == ("worker", "resolved", 30)
    assert 13 <= first < 25  # how soon the store's last pages are used up is SQLite's affair


def test_a_store_that_does_not_even_say_whose_turn_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Held by another program for minutes: the worker whose turn it was says so, by word of mouth."""
    site = Site.at(tmp_path, Script(), book=OURS)
    held = open_store(f"sqlite:///{tmp_path}/kakeibo.db", patience=0.05)
    monkeypatch.setattr(clock, "now", lambda: site.now)
    working = Working(site.book, held)
    site.write(1)
    assert working.turn()
    working.round(site.now)
    other = sqlite3.connect(tmp_path / "kakeibo.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for minute in range(2, 8):
        site.write(minute)
        assert not working.turn()
    other.execute("ROLLBACK")
    other.close()
    site.write(8)
    assert working.turn()
    working.round(site.now)
    working.close()
    assert [(minute, kind) for minute, kind, _, _ in site.told()] == [(5, "worker"), (8, "resolved")]
    held.close()
    site.store.close()


def test_a_silent_source_is_told_to_the_organisation(tmp_path: Path) -> None:
    """Also where all that is counted from it is provisional: then no team hears of it."""
    provisional = OURS.replace(", stage: page}", "}")
    for place, (book, kind) in enumerate([(OURS, "page"), (provisional, "")]):
        folder = tmp_path / str(place)
        folder.mkdir()
        site = Site.at(folder, Script(silences=[(60, 200)]), book=book)
        site.run(58, every=58)
        site.run(110)
        told = {receiver: said for _, said, receiver, _ in site.told()}
        assert told.pop("us") == "no_data"
        assert set(told) == ({kind} if kind else set())
        assert "web has delivered nothing since 01:00" in (folder / "told.txt").read_text(encoding="utf-8")
        site.store.close()
