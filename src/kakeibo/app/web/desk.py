"""What lies on the desk while pages are served: the book, the store, and the report as it was last put together.

All viewers share them. A report is made again only when something was written to the store or the book, or a new minute
has begun; whoever asks meanwhile waits for the one who makes it. Counts come in every second: these are taken over
after a pause, whatever people write at once.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, TypeVar

from kakeibo import clock, ledger
from kakeibo.app.check import read
from kakeibo.app.lab import Bench
from kakeibo.app.report import report_of
from kakeibo.app.reporting import moment
from kakeibo.budgets.report import Report
from kakeibo.definitions.files import book_files
from kakeibo.errors import BookError, UsageError
from kakeibo.model import Book
from kakeibo.store import Store

Value = TypeVar("Value")
Stamp = tuple[tuple[str, int, int], ...]

REPORTS: Final = 8
PAGES: Final = 200
BENCHES: Final = 8
PAUSE: Final = 10
"""Seconds for which counts are shown as they were, while `kakeibo serve` answers: pages ask again every thirty."""


@dataclass(frozen=True, slots=True)
class Glance:
    """The book and the moment that one request is about. Whatever is shown of it is the same while `edition` is."""

    book: Book
    at: int
    edition: tuple[object, ...]


class Desk:
    """The open book at `path` and its `store`; `at` is the moment that pages show unless asked otherwise (None: now);
    new counts are looked for `pause` seconds after the last ones.

    Safe to share between threads.
    """

    def __init__(self, path: Path, store: Store, at: str | None = None, pause: int = 0) -> None:
        self.store = store
        self.at = at
        self.trouble: BookError | None = None
        """Why the book as it is now on disk cannot be used; the last good one is shown meanwhile."""
        self.pages: Kept[tuple[str, bytes]] = Kept(PAGES)
        self.benches: Kept[Bench] = Kept(BENCHES)
        self._path = path
        self._stamp = _stamp(path)
        self._book, _ = read(path)
        self._reports: Kept[Report] = Kept(REPORTS)
        self._sums = ledger.HeldSums(store)
        self._pause = pause
        self._counts, self._looked = 0, 0
        self._lock = threading.Lock()

    def glance(self, at: str | None = None) -> Glance:
        """The moment `at` (as `--at` takes it, or "now"). Raises UsageError when it is none, StoreError."""
        book, text = self.book(), at or self.at or "now"
        try:
            minute = clock.minute_of(clock.now()) if text == "now" else moment(book, self.store, text)
        except UsageError:
            if at:
                raise
            minute = clock.minute_of(clock.now())  # nothing has been counted yet
        trouble = str(self.trouble or "")
        return Glance(book, minute, (minute, self._stamp, trouble, *self._edition()))

    def _edition(self) -> tuple[int, ...]:
        """The mark of the store, in which the counts stay as they were during a pause."""
        counts, *others = ledger.edition(self.store)
        now = clock.second_of(clock.now())
        with self._lock:
            if not 0 <= now - self._looked < self._pause:
                self._counts, self._looked = counts, now
            return self._counts, *others

    def report(self, glance: Glance) -> Report:
        return self._reports.get(glance.edition, lambda: report_of(glance.book, self.store, glance.at, self._sums))

    def book(self) -> Book:
        """The book; read anew after a change, and left as it was when the change is wrong."""
        with self._lock:
            stamp = _stamp(self._path)
            if stamp != self._stamp:
                self._stamp = stamp
                try:
                    self._book, _ = read(self._path)
                    self.trouble = None
                except BookError as error:
                    self.trouble = error
            return self._book


class Kept(Generic[Value]):
    """The last few results by their keys. What is being made is waited for, not made twice."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._held: OrderedDict[object, Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: object, make: Callable[[], Value]) -> Value:
        with self._lock:
            if key not in self._held:
                self._held[key] = make()
                if len(self._held) > self._size:
                    self._held.popitem(last=False)
            self._held.move_to_end(key)
            return self._held[key]


def _stamp(path: Path) -> Stamp:
    """Which files the book has, and when each was written; () when it cannot be told."""
    try:
        found = [(file, file.stat()) for file in book_files(path)]
    except (BookError, OSError):
        return ()
    return tuple((str(file), stat.st_mtime_ns, stat.st_size) for file, stat in found)
