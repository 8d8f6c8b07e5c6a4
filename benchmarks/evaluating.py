"""What following the budgets and burn rates of many SLOs costs: from a cold start, each further minute, late events.

    python benchmarks/evaluating.py SLOS DAYS [SLICED]     one JSON object; SLICED of the SLOs count slices of 5 minutes

A store of 10,000 SLOs with an event in every minute of 28 days has 8 GB. This one has the totals of every hour, as that
store would have, and the minutes that are read: half an hour and more on both sides of every window's end. CPU of
SQLite is in the figures: it runs within this process.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from fractions import Fraction
from statistics import fmean

from sqlalchemy import func, select

from kakeibo import ledger
from kakeibo.alerts.watch import Watch
from kakeibo.clock import MINUTES_PER_DAY
from kakeibo.ledger import Posting
from kakeibo.model import Events, Method, Slo
from kakeibo.predicates import parse
from kakeibo.store import Store, bulk, open_store, tables
from kakeibo.windows import Window

AT = 29_700_017
"""17 minutes past an hour: an edge of usual length."""

MINUTES = 20
TARGETS = tuple(Fraction(text) / 100 for text in ("99", "99.5", "99.9", "99.95"))
Row = tuple[int, int, int, int, int, int]


def main() -> None:
    slos, days, sliced = (int(word) for word in (*sys.argv[1:], "0")[:3])
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/kakeibo.db")
        book = [slo_of(number, days, number < sliced) for number in range(slos)]
        fill(store, slos, days, everything=bool(sliced))
        print(json.dumps(measure(store, book)))
        store.close()


def slo_of(number: int, days: int, sliced: bool) -> Slo:
    every = parse("true", {})
    method = Method("slices", 5, Fraction(95, 100)) if sliced else Method()
    window = Window(f"{days}d", days * MINUTES_PER_DAY)
    return Slo(f"journey-{number // 2}/{number % 2}", Events("web", every, every), TARGETS[number % 4], window, method)


def fill(store: Store, slos: int, days: int, *, everything: bool) -> None:
    """The store as it would be at AT. The counts of minute and SLO follow from their numbers."""
    start = AT - days * MINUTES_PER_DAY
    ledger.post(
        store,
        Posting(
            "web",
            ledger.cursor(store, "web").version,
            [(start // 60 * 60, f"journey-{n // 2}/{n % 2}", 1, 0, 0, 0) for n in range(slos)],
        ),
    )
    ends = [AT - length for length in (0, 5, 30, 60, 120, 360, 1440, 4320)] + [start]
    minutes = (
        range(start // 60 * 60, AT)
        if everything
        else sorted({m for end in ends for m in range(end - 45, end + 45) if m < AT})
    )
    with store.writing() as connection:
        bulk.put(connection, tables.minute_counts, (row for minute in minutes for row in rows(slos, minute)))
        bulk.put(connection, tables.snapshots, ((1, hour) for hour in range(start // 60 - 2, AT // 60 + 1)))
        bulk.put(connection, tables.hour_totals, totals(slos, start // 60 - 2, AT // 60 + 1))


def rows(slos: int, minute: int) -> Iterable[Row]:
    return ((minute, n + 1, 100, (minute * 7 + n) % 1000 == 0, 0, 0) for n in range(slos))


def totals(slos: int, first: int, last: int) -> Iterable[tuple[int, ...]]:
    """Growing, like totals; that they are not the sums of the minutes is all the same to what is measured."""
    return (
        (1, hour, n + 1, (hour - first) * 6000, (hour - first) * 6, 0, 0)
        for hour in range(first, last)
        for n in range(slos)
    )


def measure(store: Store, book: list[Slo]) -> dict[str, float]:
    watch = Watch(store, book)
    cold = cpu(watch.advance, AT)
    further, late = [], []
    for minute in range(AT, AT + MINUTES):
        post(store, [(minute, slo.name, 100, 0, 0, 0) for slo in book])
        further.append(cpu(watch.advance, minute + 1))
    for minute in range(AT + MINUTES, AT + 2 * MINUTES):  # as above, and an event of two hours ago
        post(store, [(minute, slo.name, 100, 0, 0, 0) for slo in book])
        post(store, [(minute - 150, book[0].name, 0, 1, 0, 0)])
        late.append(cpu(watch.advance, minute + 1))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "bytes": room(store),
        "cold": cold,
        "minute": fmean(further),
        "slowest": max(further),
        "late": fmean(late),
        "peak": peak,
    }


def room(store: Store) -> float:
    """Bytes of the file for each minute and SLO, the hours' share of the totals included."""
    count = select(func.count())
    with store.reading() as connection:
        minutes = connection.scalar(count.select_from(tables.minute_counts)) or 1
        hours = connection.scalar(count.select_from(tables.hour_totals)) or 0
        size = connection.exec_driver_sql("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        # A whole store has sixty minutes to an hour: what a row takes, and a sixtieth of the row of an hour.
        return float(size.scalar_one()) / (minutes + hours) * (1 + 1 / 60)


def post(store: Store, counts: list[tuple[int, str, int, int, int, int]]) -> None:
    ledger.post(store, Posting("web", ledger.cursor(store, "web").version, counts))


def cpu(work: Callable[[int], object], minute: int) -> float:
    began = time.process_time()
    work(minute)
    return time.process_time() - began


if __name__ == "__main__":
    main()
