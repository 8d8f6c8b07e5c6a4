"""Events of a stretch of time, from the logs that are still there: a sample for whoever looks into an incident."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from kakeibo import clock
from kakeibo.engines.duckdb import Engine
from kakeibo.engines.samples import judge_lines
from kakeibo.model import Book, Source
from kakeibo.sources import files
from kakeibo.sources.kinds import asked_kinds, reader
from kakeibo.sources.sidekiq import Sidekiq
from kakeibo.sources.times import parse_minute

MOST: Final = 2_000
"""Events of a source that are kept: of each verdict the first ones."""
_BLOCK: Final = 4 << 20
_SMALL: Final = 2_000

Stretch = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Event:
    """A line of a log: its minute, what each SLO makes of it, and its text."""

    minute: int
    verdicts: dict[str, str]
    line: str


def events_of(book: Book, source: Source, stretch: Stretch, most: int = MOST) -> list[Event]:
    """Events of a log within [from, to), judged: the bad ones first, then good ones, in order of time. Nothing of
    sources that are no lines of single events (servers of metrics, jobs put together from several lines, Parquet)."""
    measures = book.events_of(source.name)
    if source.kind in asked_kinds() or not measures:
        return []
    bad: list[Event] = []
    good: list[Event] = []
    with Engine(reader(source), tuple(measures.values()), book.lists) as engine:
        if isinstance(engine.reader, Sidekiq) or not engine.reader.by_row:
            return []
        for event in _events(engine, source, tuple(measures), stretch):
            mine = bad if {"bad", "unknown"} & set(event.verdicts.values()) else good
            if len(mine) < most // 2 and event.verdicts:
                mine.append(event)
            if len(bad) == len(good) == most // 2:
                break
    return sorted(bad + good, key=lambda event: event.minute)


def _events(engine: Engine, source: Source, names: tuple[str, ...], stretch: Stretch) -> Iterator[Event]:
    for path in files.find(source):
        for chunk in files.chunks(path, (), now=clock.now().timestamp()):
            rest = b""
            for offset in range(0, chunk.size, _BLOCK):
                block = rest + chunk.read(offset, _BLOCK)
                whole = block.rfind(b"\n") + 1
                rest = block[whole:]
                yield from _within(engine, source, names, block[:whole].splitlines(), chunk.head, stretch)


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
    found = judge_lines(engine, b"\n".join(lines) + b"\n", head)
    for number, (row, line) in enumerate(zip(found.values, found.lines, strict=True)):
        minute = parse_minute(str(row[0]), source.timezone)
        if minute is not None:
            words = {name: found.verdicts[place][number] for place, name in enumerate(names)}
            yield Event(minute, {name: word for name, word in words.items() if word != "not_valid"}, line)
