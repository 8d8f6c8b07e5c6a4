"""What a log holds, for proposing a book: one pass over it, reduced to groups; every question is put to the groups.

A group is made of the texts that journeys may be told apart by, the status, and the *rung* of the time taken: how many
of the round thresholds it exceeds. So a threshold is chosen, and its good events counted, without reading again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import duckdb

from kakeibo.engines.cleaning import Watch, clean
from kakeibo.engines.keys import interval
from kakeibo.engines.sessions import Session
from kakeibo.predicates import ColumnType, Predicate
from kakeibo.sources import files
from kakeibo.sources.files import Chunk
from kakeibo.sources.kinds import REJECTS_LIMIT, SQL_TYPE, Reader, literal, name
from kakeibo.sources.sidekiq import Sidekiq
from kakeibo.sources.times import minute_key, parse_minute, whole_text

VARIABLE: Final = "\x1f"
"""Stands for the part of a path that differs from event to event."""
_MOST_ROUTES: Final = 20_000
_LOCAL_PATH: Final = "regexp_replace(path, '^https?://[^/]*', '')"
_RUNG: Final = '"@rung"'

_VARYING: Final = "|".join((
    r"[0-9][-0-9_.:,]*", r"(?i:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})", r"(?i:[0-9a-f]{16,})",
    r"(?i:[0-9a-f]*[0-9][0-9a-f]*[a-f][0-9a-f]{6,})", r"[0-9A-Z]{20,}", r".{41,}", r"[^-]+(-[^-]+){4,}",
    r"(?i:[a-z]{1,5}[-_]?[0-9]{2,})", r".*%[0-9A-Fa-f]{2}.*", r".*[^\x00-\x7f].*",
))  # fmt: skip
"""Segments of a path that name one thing among many: numbers, dates, UUIDs, digests, long slugs, words not in ASCII."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What to survey: the text columns and the `status` to group by, and how they are read.

    `path`: the text column whose query is cut off (its '?' stays); `request`: whether that column is a whole request
    line. `duration` is put on the rungs.
    """

    texts: tuple[str, ...] = ()
    status: str | None = None
    path: str | None = None
    request: bool = False
    duration: str | None = None
    rungs: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """Events of one method and path; VARIABLE stands for segments that vary. `missing` of them were answered 404."""

    method: str
    path: str
    events: int
    missing: int
    queried: int


class Survey:
    """One pass over some logs of one kind. Use as a context manager."""

    def __init__(self, reader: Reader, asked: Asked) -> None:
        self.reader = reader
        self.asked = asked
        self.lines = 0
        self.minutes: set[int] = set()
        self.readable = 0
        self.damage = ""
        self._session = Session()
        self._connection = self._session.connection
        self._empty = True

    def __enter__(self) -> Survey:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    # -- reading ----------------------------------------------------------------------------------------------------

    def read(self, paths: Sequence[Path], progress: Callable[[int], None] = lambda _: None) -> None:
        """Take in some logs, oldest first. Lines that cannot be read are counted, never raised."""
        jobs = _Jobs(self.reader) if isinstance(self.reader, Sidekiq) else None
        for path in paths:
            for chunk in files.chunks(path, (), now=float("inf"), whole=not self.reader.by_row):
                if jobs:
                    self._take_jobs(jobs.rows(chunk))
                elif self.reader.by_row:
                    self._take_chunk(chunk)
                else:
                    self._keep(self._reduce(self.reader.scan(str(path), self._uses(), b"")))
                self.damage = chunk.damage or self.damage
                progress(chunk.on_disk)
        if jobs:
            self._take_jobs(jobs.late())
            self.lines, self.readable, self.minutes = jobs.lines, sum(jobs.minutes.values()), set(jobs.minutes)

    def _take_chunk(self, chunk: Chunk) -> None:
        watch = Watch(chunk.read, self.reader)
        file = self._session.served.serve(watch.read, chunk.size)
        with suppress(duckdb.Error):
            suffix = self._reduce(self.reader.scan(file, self._uses(), chunk.head))
            dropped = self._dropped()
            if not watch.suspicious and dropped < REJECTS_LIMIT:
                return self._keep(suffix, dropped)
        for lines, refused in clean(chunk.read, chunk.size, self.reader, chunk.head):
            self.lines += refused
            self._take_cleaned(lines, chunk.head)
        return None

    def _take_cleaned(self, lines: list[bytes], head: bytes) -> None:
        """Take in cleaned lines, halving them around what the engine still refuses."""
        if not lines:
            return
        data = b"\n".join(lines) + b"\n"
        file = self._session.served.serve(lambda at, length: data[at : at + length], len(data))
        try:
            suffix = self._reduce(self.reader.scan(file, self._uses(), head, cleaned=True))
            self._keep(suffix, self._dropped())
        except duckdb.Error:
            if len(lines) == 1:
                self.lines += 1
                return
            middle = len(lines) // 2
            self._take_cleaned(lines[:middle], head)
            self._take_cleaned(lines[middle:], head)

    def _take_jobs(self, rows: Sequence[tuple[Any, ...]]) -> None:
        if rows:
            types = [SQL_TYPE[(self.reader.columns or {}).get(column)] for column in Sidekiq.ROW]
            values = [list(column) for column in zip(*rows, strict=True)]
            values[0] = [str(seconds) for seconds in values[0]]
            made = ", ".join(f"unnest(?::{kind}[]) AS {name(c)}" for c, kind in zip(Sidekiq.ROW, types, strict=True))
            self._connection.execute(f"CREATE OR REPLACE TEMP TABLE events AS SELECT {made}", values)
            self._keep(self._reduce("FROM events"))

    # -- reducing ---------------------------------------------------------------------------------------------------

    def _uses(self) -> dict[str, ColumnType | None]:
        asked = self.asked
        numbers: dict[str, ColumnType | None] = {c: "number" for c in (asked.status, asked.duration) if c}
        return {**dict.fromkeys(asked.texts, "text"), **numbers}

    def _columns(self) -> dict[str, str]:
        """What a group is made of: column -> SQL over the scan."""
        asked = self.asked
        made = {column: name(column) for column in asked.texts}
        if asked.path:
            made[asked.path] = _without_query(name(asked.path), asked.request)
        if asked.status:
            made[asked.status] = name(asked.status)
        if asked.duration:
            made["@rung"] = interval(name(asked.duration), [(rung, True) for rung in asked.rungs])
        return made

    def _reduce(self, scan: str) -> str:
        """Counts by minute and counts by group, in one pass; returns the suffix of the minutes' texts."""
        (sample,) = self._connection.execute(
            f'SELECT min("@time") FROM (SELECT "@time" FROM ({scan}) LIMIT 100)'
        ).fetchone() or (None,)
        key, suffix = minute_key('"@time"', sample)
        columns = self._columns()
        made = "".join(f", {sql} AS {name(column)}" for column, sql in columns.items())
        names = ", ".join(name(column) for column in columns)
        self._connection.execute(
            "CREATE OR REPLACE TEMP TABLE piece AS SELECT grouping(m) = 0 AS by_minute, "
            f"m{', ' + names if names else ''}, count(*) AS lines, count(m) AS n "
            f"FROM (SELECT {key} AS m{made} FROM ({scan})) GROUP BY GROUPING SETS ((m), ({names}))"
        )
        return suffix

    def _keep(self, suffix: str, dropped: int = 0) -> None:
        """Add the piece just reduced to what is known."""
        self.lines += dropped
        run = self._connection.execute
        for text, seen, n in run("SELECT m, lines, n FROM piece WHERE by_minute").fetchall():
            self.lines += seen
            if text is None:
                continue
            if (minute := parse_minute(whole_text(text, suffix), self.reader.source.timezone)) is not None:
                self.minutes.add(minute)
                self.readable += n
        kept = "SELECT * EXCLUDE (by_minute, m, lines) FROM piece WHERE NOT by_minute AND n > 0"
        run(f"CREATE TEMP TABLE groups AS {kept}" if self._empty else f"INSERT INTO groups {kept}")
        self._empty = False

    def _dropped(self) -> int:
        return self._session.dropped() if self.reader.may_drop else 0

    # -- questions --------------------------------------------------------------------------------------------------

    def values(self, column: str, limit: int = 1_000) -> list[tuple[str, int]]:
        """The values of a text column that are not empty, with their events, the most frequent first."""
        return self._connection.execute(
            f"SELECT {name(column)} AS v, sum(n)::BIGINT AS events FROM groups WHERE {name(column)} NOT IN ('', '-') "
            f"GROUP BY v ORDER BY events DESC, v LIMIT {limit}"
        ).fetchall()

    def events(self) -> int:
        """How many events there are to ask about; the other questions are for logs that have some."""
        if self._empty:
            return 0
        (n,) = self._connection.execute("SELECT coalesce(sum(n), 0)::BIGINT FROM groups").fetchone() or (0,)
        return int(n)

    def routes(self, method: str | None, left_out: Mapping[str, str]) -> tuple[list[Route], dict[str, int]]:
        """Events by method and path, the most frequent first; and how many were left out, by reason.

        `left_out`: reason -> regular expression over the path. Paths are cut into segments, and those that name one
        thing among many become VARIABLE.
        """
        path, asked = name(self.asked.path or ""), self.asked
        verb = f"split_part({path}, ' ', 1)" if asked.request else name(method) if method else "''"
        bare = f"split_part(split_part({path}, ' ', 2), '?', 1)" if asked.request else f"split_part({path}, '?', 1)"
        missing = f"{name(asked.status)} = 404" if asked.status else "false"
        why = " ".join(
            f"WHEN regexp_matches({_LOCAL_PATH}, {literal(pattern)}) THEN {literal(reason)}"
            for reason, pattern in left_out.items()
        )
        rows = self._connection.execute(
            f"WITH paths AS (SELECT {verb} AS method, {bare} AS path, sum(n) AS n, "
            f"sum(n) FILTER (WHERE {missing}) AS missing, sum(n) FILTER (WHERE contains({path}, '?')) AS queried "
            f"FROM groups WHERE {path} IS NOT NULL GROUP BY ALL), "
            f"judged AS (SELECT *, CASE WHEN false THEN NULL {why} END AS why FROM paths) "
            f"SELECT why, method, CASE WHEN why IS NULL THEN {_template('path')} END AS route, "
            "sum(n)::BIGINT AS events, coalesce(sum(missing), 0)::BIGINT, coalesce(sum(queried), 0)::BIGINT "
            f"FROM judged GROUP BY why, method, route ORDER BY events DESC, method, route LIMIT {_MOST_ROUTES}"
        ).fetchall()
        routes = [Route(method, route, *counts) for why, method, route, *counts in rows if why is None]
        omitted: dict[str, int] = {}
        for reason, _, _, events, *_ in rows:
            if reason is not None:
                omitted[reason] = omitted.get(reason, 0) + events
        return routes, omitted

    def count(self, valid: Predicate, good: Predicate | None = None) -> tuple[int, int]:
        """Events for which `valid` is true, and those of them for which `good` is."""
        both = f"AND ({good.sql})" if good else ""
        (n, well) = self._connection.execute(
            f"SELECT coalesce(sum(n), 0)::BIGINT, coalesce(sum(n) FILTER (WHERE true {both}), 0)::BIGINT "
            f"FROM groups WHERE {valid.sql}"
        ).fetchone() or (0, 0)
        return int(n), int(well)

    def reached(self, valid: Predicate, besides: Predicate | None = None) -> list[int]:
        """For each rung, how many valid events took at most that long (and for which `besides` is true)."""
        rows = self._connection.execute(
            f"SELECT {_RUNG}, sum(n)::BIGINT FROM groups WHERE ({valid.sql}) AND {_RUNG} IS NOT NULL "
            + (f"AND ({besides.sql}) " if besides else "")
            + "GROUP BY ALL"
        ).fetchall()
        at = dict(rows)
        return [sum(n for rung, n in at.items() if rung <= i) for i in range(len(self.asked.rungs))]


class _Jobs:
    """Jobs gathered from the lines of some logs."""

    def __init__(self, reader: Sidekiq) -> None:
        self._reader = reader
        self._pending: dict[str, tuple[int, str]] = {}
        self.minutes: dict[int, int] = {}
        self.lines = 0

    def rows(self, chunk: Chunk) -> list[tuple[Any, ...]]:
        """Jobs that have ended in this piece."""
        found: list[tuple[Any, ...]] = []
        for lines, refused in clean(chunk.read, chunk.size, self._reader, chunk.head):
            self.lines += len(lines) + refused
            gathered = self._reader.gather(enumerate(lines), self._pending)
            found += gathered.jobs
            for jid, state in gathered.pending.items():
                if state is None:
                    self._pending.pop(jid, None)
                else:
                    self._pending[jid] = state
            for minute, n in gathered.minutes.items():
                self.minutes[minute] = self.minutes.get(minute, 0) + n
        return found

    def late(self) -> list[tuple[Any, ...]]:
        """Jobs whose deadline had passed when the log ended."""
        return self._reader.settle(self._pending, max(self.minutes, default=0)).jobs


def _without_query(path: str, request: bool) -> str:
    """SQL: the path up to and with its '?'; a request line likewise, with one protocol for all."""
    if request:
        target = f"split_part({path}, ' ', 2)"
        return f"split_part({path}, ' ', 1) || ' ' || {_without_query(target, False)} || ' HTTP/1.1'"
    return f"(CASE WHEN contains({path}, '?') THEN split_part({path}, '?', 1) || '?' ELSE {path} END)"


def _template(path: str) -> str:
    """SQL: the path with VARIABLE for every segment that names one thing among many."""
    varies = f"regexp_full_match(s, {literal(_VARYING)})"
    parts = (
        f"list_transform(string_split({path}, '/'), lambda s: CASE WHEN {varies} THEN {literal(VARIABLE)} ELSE s END)"
    )
    return f"array_to_string({parts}, '/')"
