"""What runs in processes of their own: `python -m benchmarks.tasks NAME ...`. Each prints one JSON object."""

from __future__ import annotations

import gzip
import json
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

COLUMNS = {
    "time": "VARCHAR", "status": "DOUBLE", "request_time": "DOUBLE",
    "http_x_graphql_operation": "VARCHAR", "upstream_http_x_graphql_error": "VARCHAR",
}  # fmt: skip


def write(path: str, lines: str, form: str) -> dict[str, Any]:
    """Write a log."""
    from kakeibo.simulate.lines import write_access_log

    write_access_log(Path(path), int(lines), 1, form="json" if form == "json" else "combined")
    return {}


def pack(path: str, packed: str) -> dict[str, Any]:
    """Compress a log as logrotate would."""
    import shutil

    import zstandard

    with Path(path).open("rb") as log, Path(packed).open("wb") as out:
        if packed.endswith(".gz"):
            with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=6) as file:
                shutil.copyfileobj(log, file, 1 << 20)
        else:
            zstandard.ZstdCompressor(level=3).copy_stream(log, out)
    return {}


def bare(path: str) -> dict[str, Any]:
    """DuckDB alone, reading the columns that our SLOs use: the floor for anything built on it."""
    import duckdb

    counts = ", ".join(f"count({column})" for column in COLUMNS)
    query = f"SELECT count(*), {counts} FROM read_ndjson('{path}', columns = {COLUMNS}, compression = 'none')"
    began = time.process_time()
    with duckdb.connect(config={"memory_limit": "200MB"}) as connection:
        (lines, *_) = connection.execute(query).fetchone() or (0,)
    return {"lines": lines, "cpu": time.process_time() - began}


def engine(book: str) -> dict[str, Any]:
    """Counting alone: no store, no start-up."""
    from kakeibo.app.check import read
    from kakeibo.engines.duckdb import Engine
    from kakeibo.sources import files
    from kakeibo.sources.kinds import reader

    the_book, _ = read(Path(book))
    source = the_book.sources["web"]
    lines = 0
    began = time.process_time()
    with Engine(reader(source), tuple(the_book.events_of("web").values()), the_book.lists) as counting:
        for path in files.find(source):
            for chunk in files.chunks(path, (), now=time.time()):
                lines += sum(counting.count(chunk.read, chunk.size, chunk.head).lines.values())
    return {"lines": lines, "cpu": time.process_time() - began}


def loop(path: str) -> dict[str, Any]:
    """Plain Python with the fastest JSON decoder: one dictionary of groups, nothing judged yet."""
    import msgspec

    class Event(msgspec.Struct):
        time: str
        status: float
        request_time: float
        http_x_graphql_operation: str
        upstream_http_x_graphql_error: str

    decode = msgspec.json.Decoder(Event).decode
    groups: Counter[tuple[object, ...]] = Counter()
    began = time.process_time()
    with Path(path).open("rb") as log:
        for line in log:
            event = decode(line)
            groups[
                event.time[:16],
                event.http_x_graphql_operation,
                event.upstream_http_x_graphql_error,
                event.status < 500,
                event.request_time <= 0.3,
            ] += 1
    return {"lines": groups.total(), "cpu": time.process_time() - began}


def flushes(book: str, batch: str, times: str) -> dict[str, Any]:
    """As `ingest --follow` works: a growing log, a pass over what is new, posting included. CPU ms of each pass."""
    from kakeibo.app.check import read
    from kakeibo.app.pipeline import Ingest
    from kakeibo.store import open_store

    the_book, _ = read(Path(book))
    source = the_book.sources["web"]
    grown = Path(f"{book}-{batch}.growing")
    grown.unlink(missing_ok=True)
    the_book = replace(the_book, sources={"web": replace(source, paths=(grown.name,))})
    spent = []
    store = open_store(f"sqlite:///{grown}.{time.time_ns()}.db")
    with (source.base / source.paths[0]).open("rb") as log, grown.open("ab", buffering=0) as file:
        file.write(b"".join(log.readline() for _ in range(1_000)))
        with Ingest(the_book, store, the_book.sources["web"]) as ingest:
            for number in range(int(times) + 5):
                began = time.process_time()
                lines = ingest.run().lines
                spent.append((time.process_time() - began) * 1e3)
                if lines != int(batch) and number:
                    raise SystemExit(f"{lines} lines counted, not {batch}")
                file.write(b"".join(log.readline() for _ in range(int(batch))))
    store.close()
    return {"ms": sorted(spent[5:])}


TASKS = {task.__name__: task for task in (write, pack, bare, engine, loop, flushes)}

if __name__ == "__main__":
    print(json.dumps(TASKS[sys.argv[1]](*sys.argv[2:])))
