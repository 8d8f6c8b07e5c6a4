"""What a round of `ingest --follow` costs when nearly nothing has happened, by the number of logs lying there.

    python benchmarks/rounds.py [LOGS...]       1000 when left out

CPU milliseconds of this process a round: nothing new, and one line more in the newest log.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from kakeibo.app.check import read
from kakeibo.app.pipeline import Ingest
from kakeibo.store import open_store

ROUNDS = 20
BOOK = """\
sources: {web: {type: ndjson, path: "*.json"}}
journeys:
  play: {title: Play, source: web, slos: {success: {good: status < 500, target: 99%}}}
"""
LINE = '{{"time": "2026-10-01T00:{:02}:00Z", "status": 200, "text": "{}"}}\n'


def main() -> None:
    for logs in [int(number) for number in sys.argv[1:]] or [1_000]:
        with tempfile.TemporaryDirectory() as folder:
            rounds(Path(folder), logs)


def rounds(folder: Path, logs: int) -> None:
    (folder / "kakeibo.yaml").write_text(BOOK, encoding="utf-8")
    for number in range(logs):
        lines = [LINE.format(minute, number) for minute in range(60)]
        (folder / f"access.{number:06}.json").write_text("".join(lines), encoding="utf-8")
    book, _ = read(folder / "kakeibo.yaml")
    store = open_store(f"sqlite:///{folder}/kakeibo.db")
    with Ingest(book, store, book.sources["web"]) as ingest:
        first = time.process_time()
        ingest.run()
        start = time.process_time()
        for _ in range(ROUNDS):
            ingest.run()
        idle = time.process_time()
        for number in range(ROUNDS):
            with (folder / "access.000000.json").open("a", encoding="utf-8") as file:
                file.write(LINE.format(number, "more"))
            assert ingest.run().lines == 1
        busy = time.process_time()
    store.close()
    print(f"{logs:>7,} logs  first count {(start - first) * 1e3 / logs:6.2f} ms a log", end="")
    print(f"  nothing new {(idle - start) * 1e3 / ROUNDS:7.2f} ms  one line {(busy - idle) * 1e3 / ROUNDS:7.2f} ms")


if __name__ == "__main__":
    main()
