"""Runs the counting queries in DuckDB: streaming, memory bounded, one broken line costs one line."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import add
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import duckdb
import numpy as np

from kakeibo.engines import parts, queries
from kakeibo.engines.cleaning import Watch, clean, line_start
from kakeibo.engines.keys import keys_of
from kakeibo.engines.known import Known, rows_of
from kakeibo.engines.parts import Part, facets_of
from kakeibo.engines.served import Read, Served, ended
from kakeibo.engines.verdicts import NOT_COUNTED, Answers, predicates_of, verdicts
from kakeibo.errors import SourceError
from kakeibo.i18n import t
from kakeibo.model import Events
from kakeibo.predicates import NO_CODE, Predicate
from kakeibo.sources.kinds import MAX_LINE, REJECTS_LIMIT, SQL_TYPE, Reader, name
from kakeibo.sources.times import hour_key, minute_key, parse_minute, whole_text

MEMORY: Final = "200MB"
"""What DuckDB may hold; the process holds about 150 MB beside it."""
_THREADS: Final = min(4, os.cpu_count() or 1)
"""Each holds some 30 MB of a log: with one a core, a large machine would run out of MEMORY."""
_PREDICATES_PER_QUERY: Final = 250
_LINES: Final = -1  # the pseudo SLO that every line counts for
_OURS: Final = (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException)
"""What the engine says of a question, whatever the lines are."""
_LINES_TRIED: Final = 20
_LOOKED_THROUGH: Final = 4 << 20
_CODES_KEPT: Final = 1_000
_SMALL: Final = 4 << 20
"""Bytes of a piece whose groups may be held in Python."""


@dataclass(slots=True)
class Tally:
    """What one piece of a log comes to. `counts`: (minute, SLO's number, good, bad, void, unknown), bad with unknown.

    `lines`: readable lines per minute; `rejected`: lines without an understood time; `codes`: events per (column,
    code) whose code is in no named list although an SLO's `good` asks; `parts`: the events by the values of the columns
    that the source is broken down by.
    """

    counts: list[tuple[int, int, int, int, int, int]] = field(default_factory=list)
    lines: dict[int, int] = field(default_factory=dict)
    rejected: int = 0
    codes: Counter[tuple[str, str]] = field(default_factory=Counter)
    parts: list[Part] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Take in another piece's tally. The same minute and SLO may then stand in it twice."""
        self.counts += other.counts
        self.parts += other.parts
        for minute, lines in other.lines.items():
            self.lines[minute] = self.lines.get(minute, 0) + lines
        self.rejected += other.rejected
        self.codes += other.codes

    def merged(self) -> Tally:
        """The same, with every minute and SLO once."""
        sums: dict[tuple[int, int], list[int]] = {}
        for minute, slo, *numbers in self.counts:
            held = sums.setdefault((minute, slo), [0, 0, 0, 0])
            held[:] = map(add, held, numbers)
        self.counts = [(minute, slo, g, b, v, u) for (minute, slo), (g, b, v, u) in sums.items()]
        return self


class Engine:
    """Counts pieces of one source for a set of SLOs. Use as a context manager; it keeps what it has judged."""

    def __init__(self, reader: Reader, measures: Sequence[Events], lists: Mapping[str, tuple[str, ...]]) -> None:
        self.reader = reader
        self.measures = tuple(measures)
        self.lists = lists
        self.predicates = predicates_of(measures)
        self.keys = keys_of(self.predicates)
        self.uses = {key.column: key.type for key in self.keys}
        self.facets = facets_of(reader.source, reader.columns, self.keys)
        self._own = [facet for facet in self.facets if facet.key is None]
        self._scanned = {**{facet.column: facet.type for facet in self.facets}, **self.uses}
        self._coded = self._columns_with_codes([measure.good for measure in measures])
        self._spill = tempfile.mkdtemp(prefix="kakeibo-")
        self._served = Served()
        self.connection = self._connect()
        self._threads = _THREADS
        self._quick = True
        self._judged = 0
        self._known = Known(reader.source.timezone)
        self._codes_known = {code for codes in lists.values() for code in codes} | set(NO_CODE)

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.connection.close()
        shutil.rmtree(self._spill, ignore_errors=True)

    def _connect(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(
            config={
                "memory_limit": MEMORY,
                "threads": _THREADS,
                "temp_directory": self._spill,
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
                "enable_external_file_cache": False,
            }
        )
        connection.register_filesystem(self._served)
        columns = "".join(f", k{i} {_key_type(key)}" for i, key in enumerate(self.keys))
        connection.execute(f"CREATE TEMP TABLE keys(key INTEGER{columns})")
        connection.execute("CREATE SEQUENCE key_numbers")
        connection.execute("CREATE TEMP TABLE verdicts(key INTEGER, slo INTEGER, verdict INTEGER)")
        return connection

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
            raise self._cannot_judge(error) from None
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
        yield self._served.serve(lambda at, length: data[at : at + length], len(data))

    def _count_piece(self, read: Read, size: int, head: bytes, *, cleaned: bool = False) -> Tally:
        sample = self._sample(read, size)
        file = self._served.serve(*ended(read, size))
        self._use(1 if size <= _SMALL else _THREADS)
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
        for i, column in self._coded:
            for group in groups:
                code = group[i + 1]
                if code is not None and code not in self._codes_known:
                    tally.codes[column, code] += group[-1]
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
        """Lines that the engine's line reader dropped as unreadable: not valid UTF-8, or too long."""
        if not self.reader.may_drop:
            return 0
        (lines,) = self.connection.execute("SELECT count(DISTINCT line) FROM reject_errors").fetchone() or (0,)
        if lines:
            self.connection.execute("DELETE FROM reject_errors")
            self.connection.execute("DELETE FROM reject_scans")
        if lines >= REJECTS_LIMIT:
            raise duckdb.Error  # more may have been dropped than were noted
        return int(lines)

    def _sample(self, read: Read, size: int) -> str | None:
        """The time of the first line that has one, for shortening the others like it."""
        first = read(0, min(size, 1 << 16)).split(b"\n")[:_LINES_TRIED]
        return next((time for line in first if (time := self.reader.time_of(line))), None)

    def rejected_lines(self, read: Read, size: int, head: bytes, limit: int) -> list[tuple[int, bytes]]:
        """The first few lines of a piece that cannot be read, with their offsets.

        Halves the piece until the lines that look unreadable are as many as the engine rejects.
        """
        found: list[tuple[int, bytes]] = []
        todo = [(0, size)]
        while todo and len(found) < limit:
            start, end = todo.pop()
            rejected = self.count(_part(read, start), end - start, head).rejected
            if not rejected:
                continue
            cut = line_start(read, start, end)
            if cut is None:
                found.append((start, read(start, min(end - start, MAX_LINE)).rstrip(b"\r\n")))
                continue
            suspects = self._suspects(read(start, end - start), start) if end - start <= _LOOKED_THROUGH else []
            if len(suspects) == rejected:
                found += suspects
            else:
                todo += [(cut, end), (start, cut)]
        return found[:limit]

    def _suspects(self, data: bytes, start: int) -> list[tuple[int, bytes]]:
        """Lines without a time that is easily found, with their offsets."""
        suspects, at = [], start
        for line in data.split(b"\n"):
            if line.strip(self.reader.blank):
                time = self.reader.time_of(line)
                if time is None or parse_minute(time, self.reader.source.timezone) is None:
                    suspects.append((at, line))
            at += len(line) + 1
        return suspects

    def _tally(self, scan: str, sample: str | None) -> Tally:
        key, suffix = minute_key('"@time"', sample)
        run = self.connection.execute
        query = self._reduced(scan, key, hour_key('"@time"', sample))
        reduced = "reduced" if self.facets else "groups"
        run(f"CREATE OR REPLACE TEMP TABLE {reduced} AS {query}")
        if self.facets:
            run("CREATE OR REPLACE TEMP TABLE groups AS SELECT * EXCLUDE (f, b) FROM reduced WHERE f = 0")
        self._learn_minutes(reduced, suffix)
        self._judge_new_keys()
        columns = run(queries.counts(self.keys)).fetchnumpy()
        tally = _pivot(columns)
        if self._coded:
            self._count_codes(tally)
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

    def _judge_new_keys(self) -> None:
        """Let every SLO judge the key tuples not met before."""
        run = self.connection.execute
        before = self._judged
        (added,) = run(queries.new_keys(self.keys)).fetchone() or (0,)
        if not added:
            return
        self._judged += added
        found = self._answers(before)
        pairs = [(np.arange(added), np.full(added, _LINES), np.zeros(added, int))]
        for number, measure in enumerate(self.measures):
            verdict = verdicts(measure, found, added)
            (counted,) = np.nonzero(verdict != NOT_COUNTED)
            pairs.append((counted, np.full(len(counted), number), verdict[counted]))
        key, slos, verdict = (np.concatenate(column).tolist() for column in zip(*pairs, strict=True))
        run(f"INSERT INTO verdicts SELECT unnest(?) + {before + 1}, unnest(?), unnest(?)", [key, slos, verdict])

    def _cannot_judge(self, error: duckdb.Error) -> SourceError:
        """The question is wrong and no line is to blame: nothing may be counted."""
        why = str(error).splitlines()[0]
        return SourceError(
            t("the expressions of source {source} cannot be judged: {why}", source=self.reader.source.name, why=why),
            t("run kakeibo check; if it finds nothing, report this"),
        )

    def _answers(self, after: int) -> Answers:
        """What every predicate says of the key tuples numbered above `after`."""
        found: dict[Predicate, Any] = {}
        for start in range(0, len(self.predicates), _PREDICATES_PER_QUERY):
            part = self.predicates[start : start + _PREDICATES_PER_QUERY]
            try:
                columns = self.connection.execute(queries.answers(self.keys, part, after)).fetchnumpy()
            except duckdb.Error as error:
                raise self._cannot_judge(error) from None
            found.update({predicate: columns[f"p{i}"] for i, predicate in enumerate(part)})
        return found

    # -- codes of no list -------------------------------------------------------------------------------------------

    def _columns_with_codes(self, predicates: Sequence[Predicate]) -> list[tuple[int, str]]:
        asked = {column for predicate in predicates for column, _ in predicate.lists}
        return [(i, key.column) for i, key in enumerate(self.keys) if key.column in asked and not key.atoms]

    def _count_codes(self, tally: Tally) -> None:
        known = sorted(self._codes_known)
        for i, column in self._coded:
            rows = self.connection.execute(
                f"SELECT k{i}, sum(n)::BIGINT FROM groups WHERE k{i} IS NOT NULL AND NOT list_contains(?, k{i}) "
                "GROUP BY ALL",
                [known],
            )
            for code, events in rows.fetchmany(_CODES_KEPT):
                tally.codes[column, code] += events


def _part(read: Read, start: int) -> Read:
    return lambda at, length: read(start + at, length)


def _key_type(key: Any) -> str:
    if key.boundaries is not None:
        return "INTEGER"
    return {"number": "DOUBLE", "boolean": "BOOLEAN"}.get(key.type, "VARCHAR")


def _pivot(columns: Mapping[str, Any]) -> Tally:
    """Rows (minute, slo, verdict, n) -> one row per minute and SLO with a number per verdict."""
    tally = Tally()
    minute, slo, verdict, n = (columns[name] for name in ("minute", "slo", "verdict", "n"))
    unread = np.ma.getmaskarray(minute)
    lines = slo == _LINES
    tally.rejected = int(n[lines & unread].sum())
    read = lines & ~unread
    tally.lines = dict(zip(np.asarray(minute)[read].tolist(), n[read].tolist(), strict=True))
    kept = ~lines & ~unread
    if kept.any():
        tally.counts = list(_rows(np.asarray(minute)[kept], np.asarray(slo)[kept], verdict[kept], n[kept]))
    return tally


def _rows(minute: Any, slo: Any, verdict: Any, n: Any) -> Iterator[tuple[int, int, int, int, int, int]]:
    pairs = np.stack([minute.astype(np.int64), slo.astype(np.int64)])
    distinct, at = np.unique(pairs, axis=1, return_inverse=True)
    sums = np.zeros((4, distinct.shape[1]), np.int64)
    np.add.at(sums, (verdict.astype(np.int64), at.reshape(-1)), n.astype(np.int64))
    good, bad, void, unknown = sums
    return zip(*(c.tolist() for c in (*distinct, good, bad + unknown, void, unknown)), strict=True)
