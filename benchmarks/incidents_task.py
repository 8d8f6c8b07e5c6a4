"""One incident with a long timeline, among 500 others: what writing, showing and listing cost. Prints JSON.

python benchmarks/incidents_task.py ENTRIES
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from statistics import median

from kakeibo.incidents import changes, records
from kakeibo.incidents.changes import Act, Opening
from kakeibo.store import Store, open_store

BEGIN = 1_790_000_000


def main() -> None:
    entries = int(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/kakeibo.db")
        number = fill(store, entries)
        middle = records.timeline(store, number, limit=entries // 2)[0]
        took = {
            "write": 1000 * cpu(lambda: write(store, number)),
            "newest": 1000 * cpu(lambda: records.incident(store, number, entries=200)),
            "middle": 1000 * cpu(lambda: records.timeline(store, number, limit=200, before=(middle.at, middle.id))),
            "whole": cpu(lambda: records.incident(store, number), 3),
            "list": 1000 * cpu(lambda: records.incidents(store)),
        }
        store.close()
    print(json.dumps(took))


def fill(store: Store, entries: int) -> int:
    """500 incidents, and one with so many entries, of which one in a thousand is a milestone."""
    act = Act("lead", BEGIN, "cli")
    with store.writing() as connection:
        for other in range(500):
            slos = [f"journey-{other}/availability"]
            changes.open_(connection, Opening(f"Incident {other}", "alert", slos, causes=[f"alert:{other}"]), act)
        number = changes.open_(connection, Opening("The long one", "hand"), act).id
        for entry in range(entries):
            at = Act("lead", BEGIN + entry, "cli")
            line = changes.note(connection, number, "note", at, f"line {entry}: the load is high")
            if entry % 1000 == 0:
                changes.mark(connection, number, line, at)
    return number


def write(store: Store, number: int) -> None:
    with store.writing() as connection:
        changes.say(connection, number, "one more", Act("lead", BEGIN, "cli"))


def cpu(work: Callable[[], object], times: int = 20) -> float:
    """CPU seconds of a call, the median of some."""
    found = []
    for _ in range(times):
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return median(found)


if __name__ == "__main__":
    main()
