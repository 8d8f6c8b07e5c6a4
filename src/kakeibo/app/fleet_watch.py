"""A fleet whose messages come to us, watched all the time: rounds of a worker are too far apart for a device's seconds.

In a thread of its own beside the worker's rounds, as long as the worker has the lease. What goes wrong is told, and
tried again; the worker's rounds ask for it (`check`), so that it becomes an alert when it lasts.
"""

from __future__ import annotations

import threading
from contextlib import closing
from typing import Final

from kakeibo.app.fleet_received import ReceivedIngest
from kakeibo.app.receiving import speaking_thread
from kakeibo.model import Book, Source
from kakeibo.store import Store

TICK: Final = 0.25
"""Seconds from look to look: a device that is due is out well within a second."""
_PAUSE: Final = 5.0


class FleetWatch:
    """Watches the fleet of one source, from `start` until `stop`."""

    def __init__(self, book: Book, store: Store, source: Source) -> None:
        self._book, self._store, self._source = book, store, source
        self._problem: Exception | None = None
        self._ingest: ReceivedIngest | None = None
        self._stop = threading.Event()
        self._thread = speaking_thread(self._run, f"fleet {source.name}")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """What is under way is finished first."""
        self._stop.set()
        self._thread.join()

    def check(self) -> None:
        """Raises what keeps it from receiving or judging, if anything does."""
        if self._problem is not None:
            raise self._problem
        if (ingest := self._ingest) is not None and ingest.receiver is not None:
            ingest.receiver.check()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with closing(ReceivedIngest(self._book, self._store, self._source)) as ingest:
                    ingest.begin()
                    self._ingest = ingest
                    self._watch(ingest)
            except Exception as error:  # told by `check`; we begin anew
                self._problem = error
                self._stop.wait(_PAUSE)

    def _watch(self, ingest: ReceivedIngest) -> None:
        while not self._stop.is_set():
            ingest.go_through()
            self._problem = None
            self._stop.wait(TICK)
