"""What the ledger costs: posting, sums over 28 days, room on disk.

    python benchmarks/ledger.py [URL]       an empty store; without URL, an SQLite file in a temporary folder

Times are CPU seconds of this process (PostgreSQL's own are not in them: there, look at `wall`).
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import func, select

from kakeibo import ledger
from kakeibo.ledger import Posting
from kakeibo.model import Stream
from kakeibo.store import Store, open_store, tables

START = 29_700_000
Row = tuple[int, str, int, int, int, int]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{folder}/kakeibo.db")
        flushes(store)
        for logs in (10, 1_000, 20_000):
            rotated(store, logs)
        bulk(store, slos=20, minutes=5_000)
        size(store)
        bulk(store, slos=1_000, minutes=100)
        month(store, slos=1_000, hours=28 * 24)
        late(store, "month 1000")
        month(store, slos=10_000, hours=24)  # a day of 10,000 SLOs reads like a month of them
        store.close()


def flushes(store: Store) -> None:
    """As `ingest --follow` posts: 20 SLOs, one minute, again and again."""
    version = ledger.cursor(store, "flushes").version
    with measured("posting of 20 SLOs x 1 minute", 200, "ms", 1e3):
        for number in range(200):
            rows = counts(20, START + number // 60, 1)
            version = ledger.post(store, Posting("flushes", version, rows, [(START, 20, 0)])).version


def rotated(store: Store, logs: int) -> None:
    """The same, when so many logs of the source are known."""
    source = f"rotated {logs}"
    version = ledger.cursor(store, source).version
    new = [Stream(None, f"access.json.{n}", 1, n, n, n, b"head" * 4, 4096, b"tail" * 4, 4096, n) for n in range(logs)]
    [*_, log] = ledger.post(store, Posting(source, version, streams=new)).streams
    with measured(f"posting of 20 SLOs x 1 minute, {logs} logs known", 200, "ms", 1e3):
        for number in range(200):
            rows = counts(20, START + number // 60, 1)
            log = replace(log, position=log.position + 4000)
            [log] = ledger.post(store, Posting(source, version + 1 + number, rows, [(START, 20, 0)], [log])).streams


def bulk(store: Store, slos: int, minutes: int) -> None:
    """As a first `ingest` posts: many minutes at once."""
    source = f"bulk {slos}"
    version = ledger.cursor(store, source).version
    rows = counts(slos, START, minutes)
    with measured(f"posting of {slos} SLOs x {minutes} minutes, a row", len(rows), "us", 1e6):
        ledger.post(store, Posting(source, version, rows))


def month(store: Store, slos: int, hours: int) -> None:
    """A minute of events in every hour, then sums whose ends lie within an hour."""
    source = f"month {slos}"
    version = ledger.cursor(store, source).version
    for hour in range(hours):
        version = ledger.post(store, Posting(source, version, counts(slos, START + hour * 60 + 10, 1))).version
    window = (START + 17, START + (hours - 1) * 60 + 37)
    with measured(f"sums of {slos} SLOs over a month", 5, "ms", 1e3):
        for _ in range(5):
            ledger.sums(store, [window])
    columns = tables.hour_totals.c
    look_up = select(columns.slo_id, columns.good, columns.bad).where(
        columns.source_id == select(tables.sources.c.id).where(tables.sources.c.name == source).scalar_subquery(),
        columns.hour == window[1] // 60 - 1,
    )
    with measured("  of which two look-ups in the database", 5, "ms", 1e3), store.reading() as connection:
        for _ in range(10):
            connection.execute(look_up).all()


def late(store: Store, source: str) -> None:
    """A log of long ago, read after the others of its source: every later total of its SLOs is touched."""
    version = ledger.cursor(store, source).version
    with measured("an hour of 20 SLOs, a month late", 1, "ms", 1e3):
        ledger.post(store, Posting(source, version, counts(20, START - 60, 60)))


def size(store: Store) -> None:
    """Room for minutes alone: 20 SLOs have 60 of them to one total."""
    if store.name.endswith(".db"):
        with store.reading() as connection:
            rows = connection.scalar(select(func.count()).select_from(tables.minute_counts))
            pages = connection.exec_driver_sql("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
            print(f"{'room, an SLO-minute':50} {pages.scalar_one() / (rows or 1):9.2f} bytes")


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
