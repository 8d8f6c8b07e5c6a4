"""The site of many promises that the pages are measured on, and what its answers cost.

python benchmarks/web_task.py fill FOLDER SLOS         a book and a store with 28 days up to now
python benchmarks/web_task.py answers FOLDER SLOS      CPU and size of answers, as one JSON object
python benchmarks/web_task.py following FOLDER SLOS    counts of all SLOs, posted every second until killed
"""

from __future__ import annotations

import gzip
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from statistics import median

from kakeibo import clock, ledger
from kakeibo.app.web.application import create, settle
from kakeibo.app.web.desk import Desk
from kakeibo.clock import MINUTES_PER_DAY, iso
from kakeibo.ledger import Posting
from kakeibo.store import Store, bulk, open_store, tables

DAYS = 28
TEAMS, SERVICES = 50, 100
TIMES = 9
"""So many answers of a kind; their median counts."""


def main() -> None:
    name, folder, slos = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    work: Callable[[Path, int], object] = {"fill": fill, "answers": answers, "following": following}[name]
    print(json.dumps(work(folder, slos)))


def fill(folder: Path, slos: int) -> dict[str, int]:
    """A book in two languages, and a store as it would be after 28 days. The last seven hours, and those at the
    windows' other ends, are there minute by minute, what is before them hour by hour."""
    (folder / "kakeibo.yaml").write_text("\n".join(_book(slos)) + "\n", encoding="utf-8")
    at, store = clock.minute_of(clock.now()), _store(folder)
    start = at - DAYS * MINUTES_PER_DAY
    ledger.post(
        store, Posting("web", ledger.cursor(store, "web").version, [(start, name, 1, 0, 0, 0) for name in _names(slos)])
    )
    edges = {minute for end in (at - DAYS * MINUTES_PER_DAY, at - 4320) for minute in range(end - 60, end + 60)}
    minutes = sorted(edges | set(range(at - 420, at)))
    with store.writing() as connection:
        bulk.put(connection, tables.minute_counts, ((m, n, *_counted(m, n), 0, 0) for m in minutes for n in _ids(slos)))
        bulk.put(connection, tables.snapshots, ((1, hour) for hour in range(start // 60 - 2, at // 60 + 1)))
        bulk.put(connection, tables.hour_totals, _totals(slos, start // 60 - 2, at // 60 + 1))
        bulk.put(connection, tables.source_minutes, ((1, minute, 1000, 0) for minute in range(start, at)))
    store.close()
    return {"at": at}


def _names(slos: int) -> list[str]:
    return [f"journey-{n // 2}/{n % 2}" for n in range(slos)]


def _ids(slos: int) -> range:
    return range(1, slos + 1)


def _counted(time: int, slo: int) -> tuple[int, int]:
    """Good and bad events of a minute or an hour: no two objectives alike, and some of them in trouble."""
    return 100, (time * 7919 + slo * 104729) % 997 % (1 + slo % 5 * (time % 3)) % 3


def _totals(slos: int, first: int, last: int) -> Iterator[tuple[int, ...]]:
    """Growing, like totals; that they are not the sums of the minutes is all the same to what is measured."""
    good, bad = [0] * (slos + 1), [0] * (slos + 1)
    for hour in range(first, last):
        for slo in _ids(slos):
            yield 1, hour, slo, good[slo], bad[slo], 0, 0
            more, worse = _counted(hour * hour, slo)
            good[slo], bad[slo] = good[slo] + 60 * more, bad[slo] + 7 * worse


def _book(slos: int) -> Iterator[str]:
    yield "organisation: {name: Benchmark, timezone: Asia/Tokyo}"
    yield "teams: {" + ", ".join(f"team-{n}: {{name: Team {n}}}" for n in range(TEAMS)) + "}"
    yield "services: {" + ", ".join(f"service-{n}: {{team: team-{n % TEAMS}}}" for n in range(SERVICES)) + "}"
    yield "sources: {web: {type: nginx-json, path: '*.json'}}"
    yield "journeys:"
    for n in range(slos // 2):
        yield (
            f"  journey-{n}: {{title: {{en: Journey {n}, ja: '{n}番の動画を再生できる'}}, "
            f"service: service-{n % SERVICES}, source: web, valid: \"operation = 'O{n}'\", slos: {{"
            "'0': {good: status < 500, target: 99.9%, window: 28d}, "
            "'1': {good: duration <= 0.3, target: 99%, window: 28d}}}"
        )


def answers(folder: Path, slos: int) -> dict[str, float]:
    """Median CPU in ms and size in KB of answers: with the report made for them, and with the report of before."""
    from starlette.testclient import TestClient

    store = _store(folder)
    app, now = create(Desk(folder / "kakeibo.yaml", store)), clock.minute_of(clock.now())
    with TestClient(app, base_url="http://localhost", headers={"accept-encoding": "identity"}) as client:

        def took(path: str) -> tuple[float, bytes, str]:
            began = time.process_time()
            answer = client.get(path)
            cpu = 1000 * (time.process_time() - began)
            assert answer.status_code in (200, 304), (path, answer.status_code)
            return cpu, answer.content, answer.headers["etag"]

        def typical(paths: Iterable[str]) -> float:
            return median(took(path)[0] for path in paths)

        took("/?lang=en"), took("/journeys/journey-0?lang=en"), took(f"/?lang=en&rows={slos}")  # templates are compiled
        settle()
        moments = [f"at={iso(now - back)}" for back in range(TIMES + 1)]
        pages = [f"/?page={number}&{moments[0]}" for number in range(1, TIMES + 1)]
        journeys = [f"/journeys/journey-{number}" for number in range(1, TIMES + 1)]
        found = {
            "overview": typical(pages),
            "overview, new minute": typical(f"/?{moment}" for moment in moments[1:]),
            "overview, all": typical(f"/?rows={slos}&{moment}&lang=en" for moment in moments[1:4]),
            "journey": typical(f"{path}?{moments[0]}" for path in journeys),
            "journey, 7 days": typical(f"{path}?range=7d&{moments[0]}" for path in journeys),
            "journey, 6 hours": typical(f"{path}?range=6h&{moments[0]}" for path in journeys),
        }
        again = f"/?{moments[0]}"
        known = took(again)[2]
        began = time.process_time()
        for _ in range(TIMES):
            assert client.get(again, headers={"if-none-match": known}).status_code == 304
        found["unchanged"] = 1000 * (time.process_time() - began) / TIMES
        found["KB"] = len(gzip.compress(took("/")[1])) / 1000
        found["KB, all"] = len(gzip.compress(took(f"/?rows={slos}")[1])) / 1000
    store.close()
    return found


def following(folder: Path, slos: int) -> None:
    """As `kakeibo ingest --follow` would under traffic: new counts every second."""
    store, names = _store(folder), _names(slos)
    while True:
        minute = clock.minute_of(clock.now())
        counts = [(minute, name, 2, 0, 0, 0) for name in names]
        ledger.post(store, Posting("web", ledger.cursor(store, "web").version, counts))
        time.sleep(1)


def _store(folder: Path) -> Store:
    return open_store(f"sqlite:///{folder}/kakeibo.db")


if __name__ == "__main__":
    main()
