"""A fleet from messages to the report: every number against what was written, and nothing lost by a kill."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from kakeibo.app.check import read
from kakeibo.app.cli.main import cli
from kakeibo.app.fleets import FleetIngest
from kakeibo.fleet.messages import MalformedError, message_of
from kakeibo.store import Store, audit, open_store, tables

BOOK = """
organisation: {name: Manabi, language: en}
teams: {operations: {name: Operations, notify: {page: [desk]}}}
services: {sharing: {team: operations, runbook: "https://wiki.example/sharing"}}
channels: {desk: {type: log}, vehicles: {type: log}}
sources: {telemetry: {type: ndjson, path: "messages/*.ndjson"}}
fleets:
  scooters:
    title: Scooters can be hired
    service: sharing
    source: telemetry
    heartbeat: {silent_after: 3m, back_after: {messages: 2, within: 2m}}
    errors: {E42: {more_than: 1, within: 5m, back_after: 4m}}
    battery: {out_below: 5%, back_above: 15%}
    breaker: {more_than: 20%, within: 10m}
    stage: act
    act: {channel: vehicles}
    slos:
      in_service:
        target: 95%
        split: {reason: [heartbeat, error], region: {tokyo: {}, west: {values: [osaka, kobe]}}, firmware: [f1]}
"""
TEN = int(datetime(2026, 11, 20, 10, tzinfo=UTC).timestamp())
DEVICES, MINUTES = 40, 30


def messages(seed: int = 1) -> list[dict[str, Any]]:
    """A heartbeat a minute; device 1 is silent for ten minutes, device 2 fails, half are lost towards the end."""
    dice = random.Random(seed)
    said = []
    for number in range(DEVICES):
        for minute in range(MINUTES):
            if (number == 1 and 5 <= minute < 15) or (number >= 20 and minute >= 22):
                continue
            at = TEN + minute * 60 + number + dice.choice([0, 0.25])
            one = {
                "device": f"d{number}",
                "received": at,
                "sequence": minute,
                "battery": 80,
                "firmware": f"f{number % 2}",
            }
            one["region"] = ["tokyo", "osaka", "kobe", "sendai"][number % 4]
            if number == 2 and minute in (10, 11):
                one["errors"] = ["E42", "E7"]
            said.append(one)
    return sorted(said, key=lambda one: one["received"])


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "messages").mkdir()
    (tmp_path / "kakeibo.yaml").write_text(BOOK, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(place: Path, said: list[Any], name: str = "a") -> None:
    lines = (one if isinstance(one, str) else json.dumps(one) for one in said)
    (place / "messages" / f"{name}.ndjson").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def run(*words: str) -> Result:
    result = CliRunner().invoke(cli, [*words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def state(store: Store) -> dict[str, Any]:
    """All that must not depend on how the work was cut."""
    with store.reading() as connection:
        rows = {
            table.name: sorted(map(tuple, connection.execute(table.select()).all()))
            for table in (tables.minute_counts, tables.devices, tables.device_details, tables.source_minutes)
        }
        changes = tables.device_changes.c
        chosen = tables.device_changes.select().with_only_columns(
            changes.number, changes.at, changes.what, changes.reason
        )
        rows["changes"] = sorted(map(tuple, connection.execute(chosen)))
        rows["outbox"] = sorted(connection.scalars(tables.outbox.select().with_only_columns(tables.outbox.c.key)))
    return rows


def totals(store: Store) -> dict[str, tuple[int, int, int]]:
    found: dict[str, list[int]] = {}
    with store.reading() as connection:
        names = {row.id: row.name for row in connection.execute(tables.slos.select())}
        for row in connection.execute(tables.minute_counts.select()):
            held = found.setdefault(names[row.slo_id].removeprefix("scooters/"), [0, 0, 0])
            held[0], held[1], held[2] = held[0] + row.good, held[1] + row.bad, held[2] + row.void
    return {name: (good, bad, void) for name, (good, bad, void) in found.items()}


def test_device_seconds_add_up_to_the_second(place: Path) -> None:
    write(place, messages())
    run("ingest")
    store = open_store("sqlite:///kakeibo.db")
    found = totals(store)
    good, bad, void = found["in_service"]
    out_by_silence = (15 - 4 + 1 - 3) * 60  # from 3 minutes after its last message to its second one again
    out_by_errors = 4 * 60 + 1
    assert abs(bad - out_by_silence - out_by_errors) <= 4, "quarter seconds are rounded up to whole ones"
    for by in ("region", "firmware"):
        parts = [numbers for name, numbers in found.items() if name.startswith(f"in_service/{by}-")]
        assert tuple(map(sum, zip(*parts, strict=True))) == (good, bad, void)
    reasons = {name: n for name, n in found.items() if name.startswith("in_service/reason-")}
    assert sum(lost for _, lost, _ in reasons.values()) == bad
    assert all(well + lost == good + bad for well, lost, _ in reasons.values())
    assert void > 0, "the breaker held half of them"
    store.close()


def test_the_report_the_status_and_a_history_say_it_in_words(place: Path) -> None:
    write(place, [*messages(), "not json", {"device": "d1"}, {"device": "d1", "received": 5e18}])
    result = CliRunner().invoke(cli, ["ingest"])
    assert "3 lines could not be read" in result.output
    assert "20 devices are due and stay in" in run("fleet", "status").output
    assert "region-west" in run("report", "--at", "latest").output
    history = run("fleet", "history", "d1").output
    assert "out of service: no message since 2026-11-20 10:04:01" in history
    assert "command sent (scooters/d1/" in history
    told = json.loads(run("fleet", "history", "--json").output)
    assert [one["event"] for one in told["changes"]] == ["breaker_holds"]


def test_one_page_when_the_breaker_holds(place: Path) -> None:
    write(place, messages())
    run("ingest")
    store = open_store("sqlite:///kakeibo.db")
    with store.reading() as connection:
        letters = connection.execute(tables.outbox.select().where(tables.outbox.c.channel == "desk")).all()
    [letter] = letters
    assert "20 of 40 devices would go out of service at once" in letter.message
    store.close()


def test_a_lock_holds_until_it_is_released(place: Path) -> None:
    write(place, messages())
    run("ingest")
    run("fleet", "lock", "d5", "--reason", "stolen", "--author", "support")
    run("ingest")
    assert "locked by hand: stolen" in run("fleet", "history", "d5").output.splitlines()[0]
    run("fleet", "release", "d5", "--reason", "found", "--author", "support")
    run("ingest")
    assert run("fleet", "history", "d5").output.startswith("d5: in service")


def test_other_commands_treat_it_as_any_objective_or_say_why_not(place: Path) -> None:
    write(place, messages())
    run("ingest")
    run("adjust", "add", "scooters", "--from", "2026-11-20T10:00", "--to", "2026-11-20T10:10", "--reason", "fair")
    assert "10 minutes left out as maintenance" in run("report", "--at", "latest").output
    assert "95%" in run("try", "scooters/in_service").output
    run("statement")
    assert run("audit").output.splitlines()[:2] == ["Logs", "fine  telemetry"]
    refused = CliRunner().invoke(cli, ["explain", "scooters/in_service"])
    assert "counts device-seconds" in str(refused.exception)


def test_a_dry_run_writes_nothing_and_says_the_same(place: Path) -> None:
    write(place, messages())
    told = json.loads(run("fleet", "dry-run", "--json").output)["fleets"][0]
    assert not (place / "kakeibo.db").exists()
    run("ingest")
    store = open_store("sqlite:///kakeibo.db")
    good, bad, void = totals(store)["in_service"]
    seconds = told["device_seconds"]
    assert (seconds["in_service"], seconds["held"], sum(seconds.values())) == (good, void, good + bad + void)
    store.close()


def test_however_it_is_cut_and_counted_again_it_is_the_same(place: Path) -> None:
    said = messages()
    write(place, said)
    run("ingest", "--store", "sqlite:///whole.db")
    whole = open_store("sqlite:///whole.db")
    for end in range(100, len(said) + 100, 100):
        write(place, said[:end])
        run("ingest", "--store", "sqlite:///pieces.db")
    pieces = open_store("sqlite:///pieces.db")
    assert state(pieces) == state(whole)
    run("ingest", "--recount", "telemetry", "--store", "sqlite:///pieces.db")
    found, wanted = state(pieces), state(whole)
    assert found == wanted
    whole.close()
    pieces.close()


def test_killed_anywhere_no_device_is_missed_and_no_message_counted_twice(place: Path) -> None:
    said = messages()
    for part in range(0, len(said), 60):
        write(place, said[part : part + 60], f"{part:05}")
        os.utime(place / "messages" / f"{part:05}.ndjson", (TEN + part, TEN + part))
    run("ingest", "--store", "sqlite:///whole.db")
    whole, dice = open_store("sqlite:///whole.db"), random.Random(3)
    for _ in range(6):
        command = [sys.executable, "-m", "kakeibo", "ingest", "--store", "sqlite:///killed.db"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(dice.uniform(0.3, 1.2))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
    run("ingest", "--store", "sqlite:///killed.db")
    killed = open_store("sqlite:///killed.db")
    assert state(killed) == state(whole)
    whole.close()
    killed.close()


def test_of_two_at_once_one_goes_on_from_the_other(place: Path) -> None:
    book, _ = read(Path("kakeibo.yaml"))
    store = open_store("sqlite:///kakeibo.db")
    said = messages()
    write(place, said[:600])
    one, two = (FleetIngest(book, store, book.sources["telemetry"]) for _ in range(2))
    one.run()
    write(place, said)
    two.run()
    one.run()
    found = state(store)
    run("ingest", "--store", "sqlite:///whole.db")
    whole = open_store("sqlite:///whole.db")
    assert found == state(whole)
    store.close()
    whole.close()


@pytest.mark.parametrize(
    ("payload", "battery"),
    [({"battery": 900}, None), ({"battery": -1}, None), ({"battery": 4.9999999}, 49_999), ({"battery": 5}, 50_000),
     ({"battery": "full"}, None), ({"battery": True}, None)],
)  # fmt: skip
def test_a_battery_that_cannot_be_is_not_said(payload: dict[str, object], battery: int | None) -> None:
    assert message_of({"device": "a", "received": TEN, **payload}, {}).battery == battery


NO_MESSAGES: list[dict[str, object]] = [
    {},
    {"device": ""},
    {"device": "a"},
    {"device": "a", "received": -1},
    {"device": ["a"], "received": TEN},
    {"device": "a", "received": "2026-11-20"},
]


@pytest.mark.parametrize("payload", NO_MESSAGES)
def test_what_is_no_message(payload: dict[str, object]) -> None:
    with pytest.raises(MalformedError):
        message_of(payload, {})


def test_times_of_every_kind() -> None:
    for written in (TEN, TEN * 1000, float(TEN), "2026-11-20T10:00:00Z", "2026-11-20T19:00:00+09:00"):
        assert message_of({"device": 7, "received": written}, {}).received == TEN * 1000


def test_what_is_counted_is_told_as_device_time(place: Path) -> None:
    write(place, messages())
    run("ingest")
    report = run("report", "--at", "latest").output
    assert "h allowed device time out of service spent" in report
    assert "no rule says what error 'E7' means" in report
    assert "reason-other: 0 h of" in report
    run("report", "--at", "latest", "--html", "report.html")
    assert "Share of device time in service, per day" in Path("report.html").read_text(encoding="utf-8")
    statement = run("statement", "--month", "2026-11").output
    assert "device time: " in statement
    for told in (report, statement):
        assert "events" not in told
    [row] = json.loads(run("report", "--at", "latest", "--json").output)["slos"]
    assert row["unit"] == "device_seconds"


def test_a_changed_rule_is_a_new_definition_and_can_be_counted_again(place: Path) -> None:
    write(place, messages())
    run("ingest")
    book = place / "kakeibo.yaml"
    book.write_text(BOOK.replace("silent_after: 3m", "silent_after: 4m"), encoding="utf-8")
    told = run("ingest").output
    assert told.count("has a new definition") == 1, "once, not for every part"
    assert "heartbeat: silent_after 180" in told
    assert "has a new definition" not in run("ingest").output
    run("ingest", "--recount", "telemetry")
    assert "no message since 2026-11-20 10:04:01" in run("fleet", "history", "d1").output
    book.write_text(BOOK.replace("stage: act", "stage: propose"), encoding="utf-8")
    run("ingest")
    book.write_text(BOOK.replace("stage: act", "stage: observe"), encoding="utf-8")
    assert "has a new definition" not in run("ingest").output, "what becomes of decisions judges nothing"


def test_a_retired_device_has_no_time_until_it_is_taken_back(place: Path) -> None:
    said = messages()
    write(place, [one for one in said if one["received"] < TEN + 600])
    run("ingest")
    run("fleet", "retire", "d5", "--reason", "scrapped", "--author", "workshop")
    run("ingest")
    write(place, said)
    run("ingest")
    store = open_store("sqlite:///kakeibo.db")
    good, bad, void = totals(store)["in_service"]
    history = run("fleet", "history", "d5").output
    assert history.startswith("d5: retired: not expected any more")
    assert "retired: not expected any more (scrapped) by workshop" in history
    [found] = json.loads(run("fleet", "status", "--json").output)["fleets"]
    assert (found["devices"], found["counts"]["away"]) == (DEVICES - 1, 1)
    run("fleet", "release", "d5", "--reason", "repaired", "--author", "workshop")
    run("ingest")
    assert "d5: in service" in run("fleet", "history", "d5").output
    assert [entry.action for entry in audit.entries(store, 5)] == ["fleet.release", "fleet.retire"]
    run("ingest", "--recount", "telemetry", "--store", "sqlite:///whole.db")
    whole = open_store("sqlite:///whole.db")
    lived = sum(totals(whole)["in_service"]) - (good + bad + void)
    assert 19 * 60 - 30 < lived < 20 * 60, "from its retirement on, its time is nobody's"
    store.close()
    whole.close()


def test_refused_devices_are_named(place: Path) -> None:
    (place / "kakeibo.yaml").write_text(
        BOOK.replace("    heartbeat:", "    devices: list.csv\n    unknown_devices: refuse\n    heartbeat:"),
        encoding="utf-8",
    )
    (place / "list.csv").write_text("device\n" + "".join(f"d{n}\n" for n in range(DEVICES) if n != 9), encoding="utf-8")
    said = messages()
    write(place, said)
    run("ingest")
    n = sum(one["device"] == "d9" for one in said)
    assert f"the list does not have them: d9. Messages: {n}" in run("fleet", "status").output
    [found] = json.loads(run("fleet", "status", "--json").output)["fleets"]
    assert (found["refused"], found["devices"]) == ({"d9": n}, DEVICES - 1)
