"""The story of the scooters, judged by our rules: to the second what its truth file says, and at once for newcomers."""

from __future__ import annotations

import csv
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from kakeibo.app.cli.main import cli
from kakeibo.store import Store, open_store, tables

BEGINS = {"out": "out", "held": "held"}
ENDS = {"back": "out", "recovered": "held"}
Row = tuple[str, str, int, int, str]


def run(*words: str) -> Result:
    result = CliRunner().invoke(cli, [*words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def second(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def wanted(folder: Path) -> list[Row]:
    rows = csv.DictReader((folder / "truth.csv").read_text(encoding="utf-8").splitlines())
    return sorted((r["device"], r["state"], second(r["from"]), second(r["to"]), r["reason"]) for r in rows)


def decided(store: Store) -> tuple[list[Row], list[tuple[str, int]]]:
    """(device, state, from, to, reason) of all that was decided, and what the breaker did."""
    found, begun, breaker = list[Row](), dict[tuple[int, str], tuple[int, str]](), list[tuple[str, int]]()
    with store.reading() as connection:
        names = {row.number: row.name for row in connection.execute(tables.devices.select())}
        for row in connection.execute(tables.device_changes.select().order_by(tables.device_changes.c.id)):
            if row.what in BEGINS:
                assert (row.number, BEGINS[row.what]) not in begun
                begun[row.number, BEGINS[row.what]] = (row.at, row.reason)
            elif row.what in ENDS:
                since, reason = begun.pop((row.number, ENDS[row.what]))
                found.append((names[row.number], ENDS[row.what], since, row.at, reason))
            elif row.what.startswith("breaker"):
                breaker.append((row.what, row.at))
            else:
                assert row.what == "registered", row.what
    assert not begun
    return sorted(found), breaker


def device_seconds(store: Store) -> dict[str, Any]:
    found: dict[str, list[int]] = {}
    with store.reading() as connection:
        names = {row.id: row.name for row in connection.execute(tables.slos.select())}
        for row in connection.execute(tables.minute_counts.select()):
            held = found.setdefault(names[row.slo_id], [0, 0, 0])
            for place, column in enumerate((row.good, row.bad, row.void)):
                held[place] += column
    return found


@pytest.mark.parametrize(("size", "seed", "days"), [(20, 1, 1), (37, 2, 8), (400, 3, 1)])
def test_our_rules_decide_what_the_truth_says_to_the_second(
    size: int, seed: int, days: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run("simulate", "scooters", "--devices", str(size), "--seed", str(seed), "--days", str(days), "--out", "demo")
    monkeypatch.chdir(tmp_path / "demo")
    assert "is valid" in run("check").output
    assert CliRunner().invoke(cli, ["ingest"], catch_exceptions=False).exit_code == 0
    truth = json.loads(Path("truth.json").read_text(encoding="utf-8"))
    store = open_store("sqlite:///kakeibo.db")
    found, breaker = decided(store)
    assert found == wanted(Path())
    sides = [(one[side], what) for one in truth["breaker"] for side, what in (("from", "holds"), ("to", "ends"))]
    assert breaker == [(f"breaker_{what}", second(at)) for at, what in sides]
    counted, lost = device_seconds(store), truth["device_seconds"]
    good, bad, void = counted["scooters/in_service"]
    assert (bad, void) == (sum(n for reason, n in lost.items() if reason != "held"), lost["held"])
    for reason in ("heartbeat", "error", "battery"):
        assert counted[f"scooters/in_service/reason-{reason}"][1] == lost.get(reason, 0)
    whole = second(truth["to"]) - second(truth["from"])
    assert size * (whole - 1 - 2 * 300) <= good + bad + void <= size * whole, "but for the edges, all of the time"
    store.close()


def test_it_works_at_once_for_newcomers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run("simulate", "scooters", "--devices", "60", "--out", ".")
    assert "1 journey, 1 objective, 1 source" in run("check").output
    assert CliRunner().invoke(cli, ["ingest"]).exit_code == 0
    assert "60 devices, as of 2026-10-05 23:5" in run("fleet", "status").output
    report = run("report", "--at", "latest").output
    assert "allowed device time out of service spent in 1 day" in report
    assert "events" not in report
    assert "the breaker holds" in run("fleet", "history").output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["learning-video", "--devices", "3", "--out", "x"], "learning-video has no --devices"),
        (["learning-video"], "'--out'"),
        (["scooters", "--scale", "2", "--out", "x"], "scooters has no --scale"),
        (["scooters", "--mqtt", "http://127.0.0.1"], "no address of a broker"),
        (["scooters", "--mqtt", "mqtt://127.0.0.1:1"], "cannot be reached"),
        (["scoters", "--out", "x"], 'did you mean "scooters"?'),
    ],
)
def test_what_cannot_be_simulated_is_said_with_its_mend(
    words: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, ["simulate", *words])
    assert result.exit_code != 0
    assert says in f"{result.exception}{result.output}"
    assert not list(tmp_path.iterdir())
