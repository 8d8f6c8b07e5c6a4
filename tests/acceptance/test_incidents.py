"""Two months of the demo: its database incidents are found by the worker, measured, and the second is a repeat."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from kakeibo import clock, ledger
from kakeibo.app.check import read
from kakeibo.app.incident_desk import Desk, New
from kakeibo.app.working import Working
from kakeibo.incidents import records
from kakeibo.incidents.nouns import Incident
from kakeibo.store import Store, open_store

MORNINGS = ("2026-09-01", "2026-10-01")


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Store]]:
    """The site with its alerts told as pages, its logs counted until the day after the second incident."""
    folder = tmp_path_factory.mktemp("story")
    run("simulate", "learning-video", "--seed", "1", "--out", str(folder))
    for log in (folder / "logs").iterdir():
        if "".join(filter(str.isdigit, log.name))[:8] > "20261002":
            log.unlink()
    book = folder / "kakeibo.yaml"
    book.write_text(book.read_text(encoding="utf-8").replace("window: 28d}", "window: 28d, stage: page}"), "utf-8")
    run("ingest", "--book", str(book))
    store = open_store(f"sqlite:///{folder}/kakeibo.db")
    rounds(book, store)
    yield book, store
    store.close()


def run(*arguments: str) -> str:
    """What a command prints."""
    done = subprocess.run([sys.executable, "-m", "kakeibo", *arguments], capture_output=True, check=True)
    return done.stdout.decode()


def rounds(path: Path, store: Store) -> None:
    """A worker that makes a round each half hour of the two mornings; every minute between is decided."""
    working = Working(read(path)[0], store)
    assert working.turn()
    for day in MORNINGS:
        now = datetime.fromisoformat(f"{day}T09:00+09:00")
        while now.hour < 15:
            assert working.round(now).failed == []
            now += timedelta(minutes=30)
    working.close()


def found(store: Store) -> list[Incident]:
    return records.incidents(store)[::-1]


def test_the_two_incidents_are_found_and_measured_within_two_minutes_of_the_truth(story: tuple[Path, Store]) -> None:
    path, store = story
    causes = json.loads((path.parent / "truth.json").read_text(encoding="utf-8"))["causes"]
    truth = [
        [clock.minute_of(datetime.fromisoformat(cause[edge])) for edge in ("from", "to")]
        for cause in causes
        if cause["key"].startswith("database-overload")
    ]
    incidents = found(store)
    assert len(incidents) == len(truth) == 2
    for one, (start, end) in zip(incidents, truth, strict=True):
        measured = one.measured
        assert measured is not None
        assert measured.start is not None
        assert measured.end is not None
        assert abs(measured.start.minute - start) <= 2
        assert abs(measured.end.minute - end) <= 2
        assert measured.start.earliest <= measured.start.minute <= measured.start.latest
        assert measured.detection == "alert"
        assert {"play-video/availability", "search-courses/availability"} <= set(one.slos)
        assert one.burnt is not None
        assert one.burnt > 1


def test_the_harm_is_counted_to_the_event(story: tuple[Path, Store]) -> None:
    _, store = story
    for one in found(store):
        assert one.measured is not None
        assert one.measured.start is not None
        assert one.measured.end is not None
        stretch = one.measured.start.minute, one.measured.end.minute
        counts = ledger.sums(store, [stretch])[stretch]
        for harm in one.measured.harms:
            assert (harm.valid, harm.bad) == (counts[harm.slo].valid, counts[harm.slo].bad)


def test_the_second_is_a_repeat_of_the_first_and_the_summary_says_so(story: tuple[Path, Store]) -> None:
    path, store = story
    first, second = found(store)
    shown = run("incident", "show", str(second.id), "--book", str(path), "--lang", "en")
    assert f"Same pattern as incident {first.id} of Sep 1, 2026" in " ".join(shown.split())
    told = json.loads(run("incident", "show", str(second.id), "--book", str(path), "--json"))
    assert [one["id"] for one in told["same_pattern"]] == [first.id]
    assert "error=TIMEOUT" in told["incident"]["impact"]["marks"]


def test_an_incident_of_the_past_is_measured_when_somebody_opens_it(story: tuple[Path, Store]) -> None:
    path, store = story
    desk = Desk(read(path)[0], store, "lead")
    one = desk.open(New("Videos did not play", ["play-video"], "2026-10-01T10:30"))
    assert one.measured is not None
    assert one.measured.start is not None
    assert abs(one.measured.start.minute - clock.minute_of(datetime.fromisoformat("2026-10-01T09:24+09:00"))) <= 10
    assert [other.id for other in found(store)] == [1, 2, one.id]
