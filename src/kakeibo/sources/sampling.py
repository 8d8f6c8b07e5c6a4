"""A look at the first lines of a source, without counting anything."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Final

from kakeibo.predicates import ColumnType
from kakeibo.sources import files
from kakeibo.sources.kinds import Reader, literal

_LINES: Final = 2_000
_BYTES: Final = 4 << 20


def first_lines(path: Path, limit: int = _BYTES) -> list[bytes]:
    """Whole lines from the beginning of a log, decompressed; none of a file that cannot be read."""
    with contextlib.suppress(OSError):
        for chunk in files.chunks(path, (), now=float("inf")):
            data = chunk.read(0, min(limit, chunk.size))
            lines = data.split(b"\n")
            return lines if len(data) == chunk.size else lines[:-1]
    return []


def offered_columns(reader: Reader) -> dict[str, ColumnType | None] | None:
    """The columns that the first lines of the newest logs have; None when there is no log to look at."""
    found: dict[str, ColumnType | None] = {}
    looked = False
    for path in files.find(reader.source)[-3:]:
        if not reader.by_row:
            columns = _parquet_columns(path)
            found.update(dict.fromkeys(columns))
            looked = looked or bool(columns)
            continue
        lines = first_lines(path)
        looked = looked or bool(lines)
        for line in lines[:1] if reader.KIND == "csv" else lines[:_LINES]:
            found.update(dict.fromkeys(reader.keys(line)))
    return found if looked and found else None


def _parquet_columns(path: Path) -> list[str]:
    import duckdb

    try:
        rows = duckdb.execute(f"DESCRIBE FROM read_parquet({literal(str(path))})").fetchall()
    except duckdb.Error:
        return []
    return [row[0] for row in rows]
