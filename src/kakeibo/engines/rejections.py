"""Which lines of a piece the engine refuses: it says how many, never which."""

from __future__ import annotations

from typing import Final

from kakeibo.engines.cleaning import line_start
from kakeibo.engines.duckdb import Engine
from kakeibo.engines.served import Read
from kakeibo.sources.kinds import MAX_LINE, Reader
from kakeibo.sources.times import parse_minute

_LOOKED_THROUGH: Final = 4 << 20


def rejected_lines(engine: Engine, read: Read, size: int, head: bytes, limit: int) -> list[tuple[int, bytes]]:
    """The first few lines of a piece that cannot be read, with their offsets.

    Halves the piece until the lines that look unreadable are as many as the engine rejects.
    """
    found: list[tuple[int, bytes]] = []
    todo = [(0, size)]
    while todo and len(found) < limit:
        start, end = todo.pop()
        rejected = engine.count(_part(read, start), end - start, head).rejected
        if not rejected:
            continue
        cut = line_start(read, start, end)
        if cut is None:
            found.append((start, read(start, min(end - start, MAX_LINE)).rstrip(b"\r\n")))
            continue
        suspects = _suspects(engine.reader, read(start, end - start), start) if end - start <= _LOOKED_THROUGH else []
        if len(suspects) == rejected:
            found += suspects
        else:
            todo += [(cut, end), (start, cut)]
    return found[:limit]


def _suspects(reader: Reader, data: bytes, start: int) -> list[tuple[int, bytes]]:
    """Lines without a time that is easily found, with their offsets."""
    suspects, at = [], start
    for line in data.split(b"\n"):
        if line.strip(reader.blank):
            time = reader.time_of(line)
            if time is None or parse_minute(time, reader.source.timezone) is None:
                suspects.append((at, line))
        at += len(line) + 1
    return suspects


def _part(read: Read, start: int) -> Read:
    return lambda at, length: read(start + at, length)
