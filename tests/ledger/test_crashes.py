"""Killed, overtaken, out of space: nothing lost, nothing doubled."""

from __future__ import annotations

import multiprocessing
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from kakeibo import ledger
from kakeibo.errors import Overtaken, StoreBusy, StoreError
from kakeibo.ledger import Posting
from kakeibo.model import Count
from kakeibo.store import Store, open_store

NOON = 29_700_000

# Posts batches for ever; before each, says which. At batch 3, dies between two statements of the transaction.
DYING = """
import os, signal, sys
from kakeibo import ledger
from kakeibo.ledger import Posting, postings
from kakeibo.store import open_store

store = open_store(sys.argv[1])
cursor = ledger.cursor(store, "web")
write_streams = postings.write_streams
def die(*arguments):
    if cursor.version == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return write_streams(*arguments)
postings.write_streams = die
while True:
    counts = [(29_700_000 + cursor.version, f"slo/{n}", 1, 1, 0, 0) for n in range(2000)]
    cursor = ledger.post(store, Posting("web", cursor.version, counts, [(29_700_000, 4000, 0)]))
"""


def test_killed_between_two_statements_the_ledger_has_whole_postings_only(url: str) -> None:
    died = subprocess.run([sys.executable, "-c", DYING, url], check=False, timeout=60)
    assert died.returncode == -signal.SIGKILL
    store = open_store(url)
    try:
        assert ledger.cursor(store, "web").version == 3
        assert ledger.health(store, "web", NOON, NOON + 1).lines == 3 * 4000
        sums = ledger.sums(store, [(NOON - 60, NOON + 60)])[NOON - 60, NOON + 60]
        assert sums == {f"slo/{n}": Count(3, 3) for n in range(2000)}
        ledger.post(store, Posting("web", 3, [(NOON, "slo/0", 1, 0, 0, 0)]))  # no lock is left behind
    finally:
        store.close()


# Posts for ever, and says so after each.
POSTING = """
import sys
from kakeibo import ledger
from kakeibo.ledger import Posting
from kakeibo.store import open_store

store = open_store(sys.argv[1])
cursor = ledger.cursor(store, "web")
while True:
    counts = [(29_700_000 - 60 * hour, f"slo/{n}", 1, 0, 0, 0) for hour in range(8) for n in range(50)]
    cursor = ledger.post(store, Posting("web", cursor.version, counts))
    print(cursor.version, flush=True)
"""


def test_killed_at_any_instant_counts_and_position_agree(url: str) -> None:
    open_store(url).close()
    said = 0
    for postings in (1, 4, 7):
        with subprocess.Popen([sys.executable, "-c", POSTING, url], stdout=subprocess.PIPE) as process:
            assert process.stdout
            for _ in range(postings):
                said = int(process.stdout.readline())
            process.kill()
        store = open_store(url)
        with store.writing():
            pass  # PostgreSQL may still be committing what it was told before the kill
        version = ledger.cursor(store, "web").version
        assert version >= said
        window = (NOON - 60 * 7, NOON + 1)
        assert ledger.sums(store, [window]) == {window: {f"slo/{n}": Count(8 * version) for n in range(50)}}
        store.close()


def test_a_killed_sqlite_store_is_whole(sqlite_url: str) -> None:
    subprocess.run([sys.executable, "-c", DYING, sqlite_url], check=False, timeout=60)
    store = open_store(sqlite_url)
    with store.reading() as connection:
        assert connection.scalars(text("PRAGMA integrity_check")).all() == ["ok"]
    store.close()


def count_on(store: Store, source: str, events: int) -> None:
    """Post one event at a time, until the ledger says that `events` were read: the version is the read position."""
    version = ledger.cursor(store, source).version
    while version < events:
        late = [(NOON - version % 7 * 60, f"{source}/a", 1, 0, 0, 0)]
        try:
            version = ledger.post(store, Posting(source, version, late)).version
        except Overtaken:
            version = ledger.cursor(store, source).version


def test_two_threads_on_one_store_count_every_event_once(store: Store) -> None:
    sources = ["web", "web", "jobs"]
    threads = [threading.Thread(target=count_on, args=(store, source, 40)) for source in sources]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    everything = (NOON - 10_000, NOON + 10_000)
    assert ledger.sums(store, [everything])[everything] == {"web/a": Count(40), "jobs/a": Count(40)}


def _count_in_a_process(url: str, source: str) -> None:
    store = open_store(url)
    count_on(store, source, 40)
    store.close()


def test_processes_that_open_a_new_store_at_once_count_every_event_once(url: str) -> None:
    fresh = multiprocessing.get_context("spawn")
    processes = [fresh.Process(target=_count_in_a_process, args=(url, source)) for source in ("web", "web", "jobs")]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    store = open_store(url)
    everything = (NOON - 10_000, NOON + 10_000)
    assert ledger.sums(store, [everything])[everything] == {"web/a": Count(40), "jobs/a": Count(40)}
    assert ledger.cursor(store, "web").version == 40
    store.close()


def test_a_store_held_by_another_is_busy_and_can_be_read_meanwhile(url: str) -> None:
    holder, other = open_store(url), open_store(url, patience=0.05)
    try:
        ledger.cursor(holder, "web")
        with holder.writing():
            assert ledger.cursor(other, "web").version == 0
            with pytest.raises(StoreBusy) as raised:
                ledger.post(other, Posting("web", 0))
            assert raised.value.transient
            assert raised.value.mend
        assert ledger.post(other, Posting("web", 0)).version == 1
    finally:
        holder.close()
        other.close()


def test_a_store_that_cannot_be_written_can_be_read(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    ledger.cursor(store, "web")
    with store.writing() as connection:
        connection.execute(text("PRAGMA query_only = 1"))
    with pytest.raises(StoreError, match="cannot be written"):
        ledger.post(store, Posting("web", 0))
    assert ledger.cursor(store, "web").version == 0
    store.close()


def test_a_full_disk_loses_nothing_and_counting_goes_on_after(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    ledger.cursor(store, "web")
    ledger.post(store, Posting("web", 0, [(NOON, "a/b", 1, 0, 0, 0)]))
    much = Posting("web", 1, [(NOON + minute, "a/b", 1, 1, 0, 0) for minute in range(20_000)])
    with store.writing() as connection:
        pages = connection.scalar(text("PRAGMA page_count"))
        connection.execute(text(f"PRAGMA max_page_count = {pages + 10}"))
    with pytest.raises(StoreError, match="no space left") as raised:
        ledger.post(store, much)
    assert Path(store.name).name in raised.value.message
    assert ledger.cursor(store, "web").version == 1
    assert ledger.sums(store, [(0, 10**8)]) == {(0, 10**8): {"a/b": Count(1)}}
    with store.writing() as connection:
        connection.execute(text("PRAGMA max_page_count = 1000000"))
    ledger.post(store, much)
    assert ledger.sums(store, [(0, 10**8)]) == {(0, 10**8): {"a/b": Count(20_001, 20_000)}}
    store.close()
