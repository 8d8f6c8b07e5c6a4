"""A folder with a book, logs and a store, and a truth that is kept beside them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from kakeibo.app.check import read
from kakeibo.app.pipeline import Ingest, Summary
from kakeibo.clock import minute_of
from kakeibo.store import open_store, tables

START = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)
BOOK = """\
sources: {web: {type: ndjson, path: ["logs/*.log*", "logs/old/*"]}}
journeys: {j: {title: J, source: web, slos: {ok: {good: status < 500, target: 90%}}}}
"""


@dataclass
class Site:
    """`made` are the events written so far, as (minute, is it good)."""

    folder: Path
    book: str = BOOK
    made: Counter[tuple[int, bool]] = field(default_factory=Counter)
    written: int = 0

    def __post_init__(self) -> None:
        (self.folder / "logs" / "old").mkdir(parents=True, exist_ok=True)
        (self.folder / "kakeibo.yaml").write_text(self.book, encoding="utf-8")

    @property
    def log(self) -> Path:
        return self.folder / "logs" / "a.log"

    @property
    def store(self) -> str:
        return f"sqlite:///{self.folder / 'kakeibo.db'}"

    def lines(self, number: int) -> bytes:
        """That many new events, each unlike any other, as lines."""
        found = []
        for n in range(self.written, self.written + number):
            moment, status = START + timedelta(seconds=n // 7), 500 if n % 5 == 0 else 200
            self.made[minute_of(moment), status < 500] += 1
            found.append(json.dumps({"time": moment.isoformat(), "status": status, "id": n}) + "\n")
        self.written += number
        return "".join(found).encode()

    def write(self, number: int, path: Path | None = None) -> Path:
        """Append new events to a log."""
        path = path or self.log
        with path.open("ab") as file:
            file.write(self.lines(number))
        return path

    def ingest(self, now: datetime | None = None) -> Summary:
        book, _ = read(self.folder / "kakeibo.yaml")
        store = open_store(self.store)
        try:
            with Ingest(book, store, book.sources["web"]) as ingest:
                return ingest.run(now=now)
        finally:
            store.close()

    def counted(self) -> Counter[tuple[int, bool]]:
        """What the store says, in the words of `made`."""
        found: Counter[tuple[int, bool]] = Counter()
        table = tables.minute_counts
        store = open_store(self.store)
        with store.reading() as connection:
            for minute, good, bad in connection.execute(select(table.c.minute, table.c.good, table.c.bad)):
                found.update({key: n for key, n in (((minute, True), good), ((minute, False), bad)) if n})
        store.close()
        return found

    def delivered(self) -> tuple[int, int]:
        """(lines, rejected) of the source, as the store says."""
        table = tables.source_minutes
        store = open_store(self.store)
        with store.reading() as connection:
            sums = select(func.coalesce(func.sum(table.c.lines), 0), func.coalesce(func.sum(table.c.rejected), 0))
            lines, rejected = connection.execute(sums).one()
        store.close()
        return int(lines), int(rejected)

    def check(self, rejected: int = 0) -> None:
        """Is everything that was written counted, and counted once?"""
        assert self.counted() == self.made
        assert self.delivered() == (sum(self.made.values()) + rejected, rejected)
