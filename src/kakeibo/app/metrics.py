"""The main job for a server of metrics: new minutes -> counts of every SLO -> one posting per stretch of minutes.

A stretch is posted together with the minute that has been reached: a crash in between loses nothing and counts nothing
twice.
"""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Final

from kakeibo import clock, ledger
from kakeibo.app import redefining
from kakeibo.app.pipeline import Progress
from kakeibo.app.readings import Reading, nothing_there
from kakeibo.engines.prometheus import Engine, Tally
from kakeibo.engines.prometheus_api import TooMuch
from kakeibo.errors import Overtaken
from kakeibo.ledger import Posting
from kakeibo.model import Book, Queries, Source, Stream
from kakeibo.sources.prometheus import Prometheus
from kakeibo.store import Store

BEHIND: Final = 2
"""Minutes that we stay behind the present, so that scrapes under way have arrived."""
STRETCH: Final = 120
"""Minutes counted in one transaction; more where there is nothing, fewer where the server refuses so much."""
_LONGEST: Final = 1440
_NEVER: Final = -1


class MetricsIngest:
    """Counts one source of metrics into the store; the same to use as `pipeline.Ingest`."""

    def __init__(self, book: Book, store: Store, source: Source) -> None:
        """Asks nothing yet. Raises OptionError when the source's options are wrong."""
        self.store, self.source = store, source
        self.options = Prometheus(source)
        measures = {slo.name: slo.measure for slo in book.slos_of(source.name) if isinstance(slo.measure, Queries)}
        self.engine = Engine(self.options, measures)
        self.redefined = redefining.record(book, store, source)
        self._go_on()
        self._first: int | None = None
        self._looked = _NEVER

    def close(self) -> None:
        self.engine.close()

    def __enter__(self) -> MetricsIngest:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def unread(self) -> int:
        """How many minutes there are to count."""
        end = self._end(clock.now())
        start = self._start(end) if self.engine.queries else None
        return max(end - start, 0) if start is not None else 0

    def run(self, progress: Progress | None = None, now: datetime | None = None) -> Reading:
        """Count every minute that is over, up to `BEHIND` the present. Raises SourceError when the server cannot be
        asked; what was posted by then stays."""
        reading = Reading(self.source.name, redefined=self.redefined)
        self.redefined = []
        end = self._end(now or clock.now())
        if not self.engine.queries:
            return reading
        start = self._start(end)
        if start is None:
            raise nothing_there(self.source)
        if start >= end:
            return reading
        received = self.engine.server.received
        first_time, reading.from_minute = self.reached is None, start
        length = STRETCH
        while start < end:
            stop = min(start + length, end)
            try:
                tally = self.engine.count(start, stop, self._carried())
            except TooMuch:
                if length <= self.options.step:
                    raise
                length = self._aligned(length // 2) or self.options.step
                continue
            try:
                self._post(stop, tally)
            except Overtaken:
                self._go_on()
                start = self.reached or start
                continue
            self._add(reading, tally, first_time=first_time)
            if progress:
                progress(stop - start)
            start = stop
            length = STRETCH if tally.lines else min(length * 2, _LONGEST)
        reading.to_minute = end
        reading.bytes = self.engine.server.received - received
        reading.gaps = ledger.gaps(self.store, self.source.name, reading.from_minute, end)
        if first_time and reading.gaps and reading.gaps[0][0] == reading.from_minute:
            reading.from_minute = reading.gaps.pop(0)[1]  # before its first sample a server is not there, not silent
        return reading

    # -- where we are -----------------------------------------------------------------------------------------------

    def _go_on(self) -> None:
        cursor = ledger.cursor(self.store, self.source.name)
        self.version, self.stream = cursor.version, next(iter(cursor.streams), None)

    @property
    def reached(self) -> int | None:
        """The minute up to which everything has been counted."""
        return self.stream.position if self.stream else None

    def _end(self, now: datetime) -> int:
        return self._aligned(clock.minute_of(now) - BEHIND)

    def _start(self, end: int) -> int | None:
        """The first minute to count; None when the server has nothing. A server without anything is asked once a
        minute."""
        if self.reached is None and self._first is None and self._looked < end:
            self._looked = end
            first = self.engine.first_minute(end)
            self._first = None if first is None else self._aligned(first)
        return self._first if self.reached is None else self.reached

    def _aligned(self, minute: int) -> int:
        return minute - minute % self.options.step

    def _carried(self) -> dict[str, tuple[Fraction, Fraction]]:
        """The parts of events that were left over: events that are not finished yet."""
        return {
            slo: (Fraction(good), Fraction(bad))
            for slo, (_, state) in ledger.pending(self.store, self.source.name).items()
            for good, bad in [state.split()]
        }

    # -- what comes of it -------------------------------------------------------------------------------------------

    def _post(self, stop: int, tally: Tally) -> None:
        held = self.stream.id if self.stream else None
        stream = Stream(held, self.options.url, 0, 0, 0, 0, b"", 0, b"", 0, stop)
        posting = Posting(
            source=self.source.name,
            version=self.version,
            counts=[(minute, slo, good, bad, 0, 0) for minute, slo, good, bad in tally.counts],
            lines=[(minute, samples, 0) for minute, samples in sorted(tally.lines.items())],
            streams=[stream],
            pending={
                slo: (stop, f"{good} {bad}") if good or bad else None for slo, (good, bad) in tally.carried.items()
            },
        )
        posted = ledger.post(self.store, posting)
        self.version, [self.stream] = posted.version, posted.streams

    def _add(self, reading: Reading, tally: Tally, *, first_time: bool) -> None:
        if reading.lines or not first_time:  # what a counter stood at when we began to look is nothing that was missed
            reading.unseen += tally.unseen
        reading.lines += tally.lines.total()
        reading.resets += tally.resets
        for slo, excess in tally.excess.items():
            if excess >= 1:
                reading.excess[slo] += int(excess)


def keeps(source: Source, queries: dict[str, Queries], minute: int) -> bool:
    """Does the server still have what was counted from `minute` on? Raises SourceError when it cannot be asked."""
    engine = Engine(Prometheus(source), queries)
    try:
        return engine.has(minute)
    finally:
        engine.close()
