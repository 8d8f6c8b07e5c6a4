"""Runs the counting queries in DuckDB: streaming, memory bounded, one broken line costs one line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import duckdb

from kakeibo.engines import parts, queries
from kakeibo.engines.cleaning import Watch, clean
from kakeibo.engines.codes import Codes
from kakeibo.engines.judging import Judges, cannot_judge
from kakeibo.engines.keys import keys_of
from kakeibo.engines.known import Known, rows_of
from kakeibo.engines.parts import facets_of
from kakeibo.engines.served import Read, ended
from kakeibo.engines.sessions import THREADS, Session
from kakeibo.engines.tallies import Tally, tally_of
from kakeibo.engines.verdicts import predicates_of
from kakeibo.model import Events
from kakeibo.sources.kinds import REJECTS_LIMIT, SQL_TYPE, Reader, name
from kakeibo.sources.times import hour_key, minute_key, parse_minute, whole_text

_OURS: Final = (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException)
"""What the engine says of a question, whatever the lines are."""
_LINES_TRIED: Final = 20
_SMALL: Final = 4 << 20
"""Bytes of a piece whose groups may be held in Python."""


class Engine:
    """Counts pieces of one source for a set of SLOs. Use as a context manager; it keeps what it has judged."""

    def __init__(self, reader: Reader, measures: Sequence[Events], lists: Mapping[str, tuple[str, ...]]) -> None:
        self.reader = reader
        self.measures = tuple(measures)
        self.predicates = predicates_of(measures)
        self.keys = keys_of(self.predicates)
        self.uses = {key.column: key.type for key in self.keys}
        self.facets = facets_of(reader.source, reader.columns, self.keys)
        self._own = [facet for facet in self.facets if facet.key is None]
        self._scanned = {**{facet.column: facet.type for facet in self.facets}, **self.uses}
        self._session = Session()
        self.connection = self._session.connection
        self._judges = Judges(self.connection, reader.source.name, self.keys, self.measures)
        self._known = Known(reader.source.timezone)
        self._codes = Codes(self.keys, [measure.good for measure in measures], lists)
        self._threads = THREADS
        self._quick = True

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._session.close()

    # -- counting ---------------------------------------------------------------------------------------------------

    def count(self, read: Read, size: int, head: bytes) -> Tally:
        """Count the lines of one piece. `head` is the beginning of the log that the piece is of.

        The piece holds whole lines. One broken line costs one line: what the engine would refuse as a whole, or drop
        without a word, is cleaned line by line first.
        """
        if not size:
            return Tally()
        watch = Watch(read, self.reader)
        try:
            tally = self._count_piece(watch.read, size, head)
        except _OURS as error:
            raise cannot_judge(self.reader.source.name, error) from None
        except duckdb.Error:
            watch.suspicious = True
        if not watch.suspicious:
            return tally
        total = Tally()
        for piece, rejected in clean(read, size, self.reader, head):
            total.rejected += rejected
            if piece:
                total.add(self._count_cleaned(piece, head))
        return total.merged()

    def count_file(self, path: Path) -> Tally:
        """Count a file that is read whole (Parquet). One that cannot be read counts as one rejected line."""
        try:
            return self._tally(self.reader.scan(str(path), self._scanned, b""), None)
        except duckdb.Error:
            return Tally(rejected=1)

    def count_rows(self, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> Tally:
        """Count events put together from several lines; the first column is the time in seconds since 1970."""
        if not rows:
            return Tally()
        return self._tally("FROM events", self.load_rows(columns, rows))

    def load_rows(self, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> str:
        """Put such events into the table `events`; returns the time of the first as text."""
        values = [[row[i] for row in rows] for i in range(len(columns))]
        values[0] = [str(seconds) for seconds in values[0]]
        types = [SQL_TYPE[(self.reader.columns or {}).get(column)] for column in columns]
        select = ", ".join(f"unnest(?::{kind}[]) AS {name(c)}" for c, kind in zip(columns, types, strict=True))
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE events AS SELECT {select}", values)
        return str(values[0][0])

    @contextmanager
    def served(self, data: bytes) -> Iterator[str]:
        """A name under which the engine can open `data`."""
        yield self._session.served.serve(lambda at, length: data[at : at + length], len(data))

    def _count_piece(self, read: Read, size: int, head: bytes, *, cleaned: bool = False) -> Tally:
        sample = self._sample(read, size)
        file = self._session.served.serve(*ended(read, size))
        self._use(1 if size <= _SMALL else THREADS)
        if not cleaned and (tally := self._tally_quickly(file, size, head, sample)):
            return tally
        tally = self._tally(self.reader.scan(file, self._scanned, head, cleaned=cleaned), sample)
        tally.rejected += self._dropped()
        if size <= _SMALL:
            self._known.learn(self.connection.execute(queries.verdicts_of_groups(self.keys)).fetchall())
        return tally

    def _tally_quickly(self, file: str, size: int, head: bytes, sample: str | None) -> Tally | None:
        """The tally, when no line needs a closer look. In a large piece this is tried until it once was in vain: where
        there are such lines, there will be more."""
        if size <= _SMALL:
            return self._tally_of_known(file, head, sample)
        if not self._quick:
            return None
        tally = self._tally(self.reader.quick_scan(file, self._scanned, head), sample)
        self._quick = not (self._dropped() or tally.rejected)
        return tally if self._quick else None

    def _use(self, threads: int) -> None:
        """A second thread has nothing to do in a small piece, and burns time looking for it."""
        if threads != self._threads:
            self.connection.execute(f"SET threads = {threads}")
            self._threads = threads

    def _tally_of_known(self, file: str, head: bytes, sample: str | None) -> Tally | None:
        """The tally of a small piece; None when it has a key never met, or a line that may need a closer look."""
        shortened, suffix = minute_key('"@time"', sample)
        scan = self.reader.quick_scan(file, self._scanned, head)
        reduced = self.connection.execute(self._reduced(scan, shortened, hour_key('"@time"', sample))).fetchall()
        groups = [row[2:] for row in reduced if row[0] == 0] if self.facets else reduced
        if self._dropped() or not self._known.has_all(groups):
            return None
        counts, lines, rejected = self._known.counts(groups, suffix)
        if rejected:
            return None
        tally = Tally(rows_of(counts), lines)
        if self.facets:
            tally.parts = parts.parts_of_known(self.facets, reduced, self._known, suffix)
        tally.codes = self._codes.of(groups)
        return tally

    def _count_cleaned(self, lines: list[bytes], head: bytes) -> Tally:
        """Count lines that have been cleaned, halving them around whatever the engine still refuses."""
        data = b"\n".join(lines) + b"\n"
        try:
            return self._count_piece(lambda at, length: data[at : at + length], len(data), head, cleaned=True)
        except duckdb.Error:
            if len(lines) == 1:
                return Tally(rejected=1)
        middle = len(lines) // 2
        tally = self._count_cleaned(lines[:middle], head)
        tally.add(self._count_cleaned(lines[middle:], head))
        return tally

    def _dropped(self) -> int:
        """Lines that the engine's line reader dropped."""
        lines = self._session.dropped() if self.reader.may_drop else 0
        if lines >= REJECTS_LIMIT:
            raise duckdb.Error  # more may have been dropped than were noted
        return lines

    def _sample(self, read: Read, size: int) -> str | None:
        """The time of the first line that has one, for shortening the others like it."""
        first = read(0, min(size, 1 << 16)).split(b"\n")[:_LINES_TRIED]
        return next((time for line in first if (time := self.reader.time_of(line))), None)

    def _tally(self, scan: str, sample: str | None) -> Tally:
        key, suffix = minute_key('"@time"', sample)
        run = self.connection.execute
        query = self._reduced(scan, key, hour_key('"@time"', sample))
        reduced = "reduced" if self.facets else "groups"
        run(f"CREATE OR REPLACE TEMP TABLE {reduced} AS {query}")
        if self.facets:
            run("CREATE OR REPLACE TEMP TABLE groups AS SELECT * EXCLUDE (f, b) FROM reduced WHERE f = 0")
        self._learn_minutes(reduced, suffix)
        self._judges.judge_new()
        columns = run(queries.counts(self.keys)).fetchnumpy()
        tally = tally_of(columns)
        tally.codes = self._codes.of_table(self.connection)
        if self.facets:
            tally.parts = list(parts.rows_of(self.facets, run(parts.counted(self.facets, self.keys)).fetchall()))
        return tally

    def _reduced(self, scan: str, minute: str, hour: str) -> str:
        if not self.facets:
            return queries.reduce(scan, minute, self.keys)
        return queries.reduce_in_parts(scan, minute, hour, self.keys, self._own)

    def _learn_minutes(self, table: str, suffix: str) -> None:
        """Parse the texts of the minutes in the groups, and let the engine know them."""
        texts = (
            self.connection.execute(f"SELECT DISTINCT m FROM {table} WHERE m IS NOT NULL").fetchnumpy()["m"].tolist()
        )
        zone = self.reader.source.timezone
        minutes = [parse_minute(whole_text(text, suffix), zone) for text in texts]
        table = "SELECT unnest(?::VARCHAR[]) AS m, unnest(?::BIGINT[]) AS minute"
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE minutes AS {table}", [texts, minutes])
