"""What the ledger costs: posting, sums over 28 days, room on disk.

    python benchmarks/ledger.py [URL]       an empty store; without URL, an SQLite file in a temporary folder

Times are CPU seconds of this process (PostgreSQL's own are not in them: there, look at `wall`).
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import select

from kakeibo import ledger
from kakeibo.ledger import Posting
from kakeibo.store import Store, open_store, tables

START = 29_700_000
DAYS_28 = 28 * 1440
Row = tuple[int, str, int, int, int, int]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        address = sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{folder}/kakeibo.db"
        store = open_store(address)
        flushes(store)
        bulk(store, slos=20, minutes=5_000)
        bulk(store, slos=1_000, minutes=100)
        late(store)
        for slos in (1_000, 10_000):
            sums(store, slos)
        size(store, folder)
        store.close()


def flushes(store: Store) -> None:
    """As `ingest --follow` posts: 20 SLOs, one minute, again and again."""
    version = ledger.cursor(store, "flushes").version
    with measured("posting of 20 SLOs x 1 minute", 200, "ms", 1e3):
        for number in range(200):
            rows = counts(20, START + number // 60, 1)
            version = ledger.post(store, Posting("flushes", version, rows, [(START, 20, 0)])).version


def bulk(store: Store, slos: int, minutes: int) -> None:
    """As a first `ingest` posts: many minutes at once."""
    source = f"bulk {slos}"
    version = ledger.cursor(store, source).version
    rows = counts(slos, START, minutes)
    with measured(f"posting of {slos} SLOs x {minutes} minutes, a row", len(rows), "us", 1e6):
        ledger.post(store, Posting(source, version, rows))


def late(store: Store) -> None:
    """A log of long ago, read after the others: every later total of its SLOs is touched."""
    version = ledger.cursor(store, "late").version
    rows = counts(20, START - DAYS_28, 60)
    with measured("one hour of 20 SLOs, 28 days late", 1, "ms", 1e3):
        ledger.post(store, Posting("late", version, rows))


def sums(store: Store, slos: int) -> None:
    """A month with an event per SLO and hour, then sums over 28 days that begin and end within an hour."""
    source = f"month {slos}"
    version = ledger.cursor(store, source).version
    hours = 28 * 24 if slos <= 1_000 else 24  # a day of 10,000 SLOs reads like a month of them
    for hour in range(hours):
        version = ledger.post(store, Posting(source, version, counts(slos, START + hour * 60 + 10, 1))).version
    end = START + hours * 60 - 37
    window = (end - DAYS_28 + 1_000, end)
    ledger.sums(store, [window])
    with measured(f"sums of {slos} SLOs over 28 days", 5, "ms", 1e3):
        for _ in range(5):
            ledger.sums(store, [window])
    columns = tables.hour_totals.c
    look_up = select(columns.slo_id, columns.good, columns.bad).where(columns.hour == end // 60 - 1)
    with measured("  of which one look-up in the database, twice", 5, "ms", 2e3), store.reading() as connection:
        for _ in range(5):
            connection.execute(look_up).all()


def size(store: Store, folder: str) -> None:
    store.close()
    path = Path(folder) / "kakeibo.db"
    if path.exists():
        with store.reading() as connection:
            rows = connection.exec_driver_sql("SELECT count(*) FROM minute_counts").scalar_one()
            totals = connection.exec_driver_sql("SELECT count(*) FROM hour_totals").scalar_one()
        print(f"{path.stat().st_size / 1e6:.1f} MB for {rows:,} SLO-minutes and {totals:,} SLO-hours")


def counts(slos: int, start: int, minutes: int) -> list[Row]:
    return [
        (start + minute, f"slo/{number}", 900 + number % 90, number % 7 // 6, 0, 0)
        for minute in range(minutes)
        for number in range(slos)
    ]


@contextmanager
def measured(what: str, times: int, unit: str, scale: float) -> Iterator[None]:
    cpu, wall = time.process_time(), time.perf_counter()
    yield
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(f"{what:50} {cpu / times * scale:9.2f} {unit} CPU {wall / times * scale:9.2f} {unit} wall")


if __name__ == "__main__":
    main()
