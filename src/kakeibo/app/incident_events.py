"""Events of a stretch of time, from the logs that are still there: a sample for whoever looks into an incident."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kakeibo import clock
from kakeibo.engines.duckdb import Engine
from kakeibo.engines.samples import Judged, judge_file, judge_jobs, judge_lines
from kakeibo.model import Book, Source
from kakeibo.sources import files
from kakeibo.sources.kinds import asked_kinds, reader
from kakeibo.sources.sidekiq import Gathered, Sidekiq
from kakeibo.sources.times import parse_minute

MOST: Final = 2_000
"""Events of a source that are kept: of each verdict the first ones."""
_BLOCK: Final = 4 << 20
_SMALL: Final = 2_000
_LOOKED_AT: Final = 50_000

Stretch = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Event:
    """A line of a log: its minute, what each SLO makes of it, and its text."""

    minute: int
    verdicts: dict[str, str]
    line: str


def events_of(book: Book, source: Source, stretch: Stretch, most: int = MOST) -> list[Event]:
    """Events of a log within [from, to), judged: the bad ones first, then good ones, in order of time. Of jobs and
    Parquet, which are no lines of single events, the first `_LOOKED_AT` of the stretch are looked at. Nothing of
    servers of metrics. Raises SourceError for a file that cannot be read."""
    measures = book.events_of(source.name)
    if source.kind in asked_kinds() or not measures:
        return []
    bad: list[Event] = []
    good: list[Event] = []
    with Engine(reader(source), tuple(measures.values()), book.lists) as engine:
        for event in _found(engine, source, tuple(measures), stretch):
            mine = bad if {"bad", "unknown"} & set(event.verdicts.values()) else good
            if len(mine) < most // 2 and event.verdicts:
                mine.append(event)
            if len(bad) == len(good) == most // 2:
                break
    return sorted(bad + good, key=lambda event: event.minute)


def _found(engine: Engine, source: Source, names: tuple[str, ...], stretch: Stretch) -> Iterator[Event]:
    if isinstance(engine.reader, Sidekiq):
        return _told(judge_jobs(engine, _jobs(engine.reader, source, stretch)), names, source)
    if engine.reader.by_row:
        return _events(engine, source, names, stretch)
    return _rows(engine, source, names, stretch)


def _rows(engine: Engine, source: Source, names: tuple[str, ...], stretch: Stretch) -> Iterator[Event]:
    """Of files that are read whole."""
    left = _LOOKED_AT
    for path in files.find(source):
        found = judge_file(engine, str(path), left, stretch)
        left -= len(found.values)
        yield from _told(found, names, source)
        if not left:
            return


def _jobs(jobs: Sidekiq, source: Source, stretch: Stretch) -> list[tuple[Any, ...]]:
    """The jobs that count within the stretch: a job is known by lines that may be far apart, so all are read."""
    pending: dict[str, tuple[int, str]] = {}
    found: list[tuple[Any, ...]] = []

    def take(gathered: Gathered) -> None:
        found.extend(row for row in gathered.jobs if 60 * stretch[0] <= row[0] < 60 * stretch[1])
        for job, state in gathered.pending.items():
            if state is None:
                pending.pop(job, None)
            else:
                pending[job] = state

    for path in files.find(source):
        for lines, _ in _blocks(path):
            take(jobs.gather(enumerate(lines), pending))
            if len(found) >= _LOOKED_AT:
                return found[:_LOOKED_AT]
    take(jobs.settle(pending, min(stretch[1], clock.minute_of(clock.now()))))
    return found[:_LOOKED_AT]


def _events(engine: Engine, source: Source, names: tuple[str, ...], stretch: Stretch) -> Iterator[Event]:
    for path in files.find(source):
        for lines, head in _blocks(path):
            yield from _within(engine, source, names, lines, head, stretch)


def _blocks(path: Path) -> Iterator[tuple[list[bytes], bytes]]:
    """The whole lines of a log, some at a time, with the head of their file."""
    for chunk in files.chunks(path, (), now=clock.now().timestamp()):
        rest = b""
        for offset in range(0, chunk.size, _BLOCK):
            block = rest + chunk.read(offset, _BLOCK)
            whole = block.rfind(b"\n") + 1
            rest = block[whole:]
            yield block[:whole].splitlines(), chunk.head


def _within(
    engine: Engine, source: Source, names: tuple[str, ...], lines: list[bytes], head: bytes, stretch: Stretch
) -> Iterator[Event]:
    """The events of some lines: halved until few are left, or none can be of the stretch. Lines are in order of time,
    give or take the length of a request."""
    if not lines:
        return
    if len(lines) > _SMALL:
        edges = [event.minute for event in _judged(engine, source, names, [lines[0], lines[-1]], head)]
        if edges and (max(edges) < stretch[0] - 1 or min(edges) > stretch[1]):
            return
        half = len(lines) // 2
        yield from _within(engine, source, names, lines[:half], head, stretch)
        yield from _within(engine, source, names, lines[half:], head, stretch)
        return
    for event in _judged(engine, source, names, lines, head):
        if stretch[0] <= event.minute < stretch[1]:
            yield event


def _judged(engine: Engine, source: Source, names: tuple[str, ...], lines: list[bytes], head: bytes) -> Iterator[Event]:
    return _told(judge_lines(engine, b"\n".join(lines) + b"\n", head), names, source)


def _told(found: Judged, names: tuple[str, ...], source: Source) -> Iterator[Event]:
    for number, (row, line) in enumerate(zip(found.values, found.lines, strict=True)):
        minute = parse_minute(str(row[0]), source.timezone)
        if minute is not None:
            words = {name: found.verdicts[place][number] for place, name in enumerate(names)}
            yield Event(minute, {name: word for name, word in words.items() if word != "not_valid"}, line)
