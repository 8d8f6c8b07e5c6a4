"""Are the lines what nginx and a Sidekiq middleware write?"""

from __future__ import annotations

import json
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.simulate.conftest import Whole, log_lines, read

from kakeibo.simulate.access import broken
from kakeibo.simulate.dice import Dice

ACCESS_KEYS = [
    "time",
    "msec",
    "remote_addr",
    "method",
    "uri",
    "status",
    "bytes",
    "request_time",
    "upstream_response_time",
    "http_x_graphql_operation",
    "upstream_http_x_graphql_error",
    "request_id",
    "http_user_agent",
]
JOB_KEYS = [
    "ts",
    "jid",
    "class",
    "queue",
    "status",
    "error",
    "retry_count",
    "created_at",
    "enqueued_at",
    "started_at",
    "completed_at",
    "latency_s",
    "duration_s",
]


def events(path: Path) -> list[dict[str, Any]]:
    return [event for line in log_lines(path) if (event := read(line))]


@pytest.fixture(scope="module")
def a_day(whole: Whole) -> list[dict[str, Any]]:
    return events(whole.folder / "logs/access-20261001.json.gz")


@pytest.fixture(scope="module")
def jobs(whole: Whole) -> list[dict[str, Any]]:
    return [event for path in sorted((whole.folder / "logs").glob("sidekiq-*.json")) for event in events(path)]


def test_volume_and_rotation(whole: Whole) -> None:
    files = whole.truth.files
    web = {name: file.lines for name, file in files.items() if "access" in name}
    assert 600_000 < sum(web.values()) < 900_000
    assert 25_000 < sum(file.lines for name, file in files.items() if "sidekiq" in name) < 35_000
    assert [name for name in web if not name.endswith(".gz")] == [
        f"logs/access-202610{day}.json" for day in range(18, 25)
    ]
    assert len(web) == 61


def test_access_lines_have_their_keys_and_types(a_day: list[dict[str, Any]]) -> None:
    for event in a_day:
        assert list(event) == ACCESS_KEYS
        assert type(event["status"]) is int
        assert type(event["bytes"]) is int
        assert 0 < event["request_time"] <= 60
        assert (
            event["upstream_response_time"] == ""
            or abs(float(event["upstream_response_time"]) - event["request_time"]) < 0.0011
        )
    assert len({event["request_id"] for event in a_day}) == len(a_day)


def test_upstream_time_is_empty_where_nginx_answered_itself(a_day: list[dict[str, Any]]) -> None:
    alone = {event["uri"] for event in a_day if event["upstream_response_time"] == ""}
    assert alone == {"/assets/app.js", "/wp-login.php"}


def test_both_times_agree_and_the_disorder_is_tiny(a_day: list[dict[str, Any]]) -> None:
    assert all(int(event["msec"]) == datetime.fromisoformat(event["time"]).timestamp() for event in a_day)
    steps = [later["msec"] - earlier["msec"] for earlier, later in pairwise(a_day)]
    assert -0.021 < min(steps) < 0


def test_errors_hide_behind_status_200(a_day: list[dict[str, Any]]) -> None:
    failed = [event for event in a_day if event["upstream_http_x_graphql_error"] in ("SYSTEM", "TIMEOUT")]
    assert len(failed) > 200
    assert {(event["status"], event["uri"]) for event in failed} == {(200, "/graphql")}
    assert all(10 <= e["request_time"] < 11 for e in failed if e["upstream_http_x_graphql_error"] == "TIMEOUT")


def test_operation_names_need_not_be_ascii(a_day: list[dict[str, Any]]) -> None:
    assert sum(event["http_x_graphql_operation"] == "お知らせ一覧" for event in a_day) > 100


def test_broken_lines_are_not_readable_and_cost_one_line() -> None:
    line = json.dumps({"time": "2026-09-01T00:00:00+09:00", "name": "お知らせ" * 60}) + "\n"
    for seed in range(60):
        noise = broken(line, Dice(seed))
        assert noise.count(b"\n") == 1
        assert noise.endswith(b"\n")
        assert read(noise[:-1]) is None


def test_job_lines_have_their_keys(jobs: list[dict[str, Any]]) -> None:
    assert {tuple(event) for event in jobs} == {tuple(JOB_KEYS)}
    assert {event["status"] for event in jobs} == {"done", "failed", "started"}
    for event in jobs:
        assert (event["error"] is not None) == (event["status"] == "failed")
        assert event["created_at"] <= event["enqueued_at"] < event["started_at"] <= event["ts"]
        assert event["completed_at"] == (None if event["status"] == "started" else event["ts"])


def test_retries_of_a_job_and_how_they_end(jobs: list[dict[str, Any]]) -> None:
    attempts: dict[str, list[dict[str, Any]]] = {}
    for event in jobs:
        attempts.setdefault(event["jid"], []).append(event)
    endings = set()
    for lines in attempts.values():
        assert [line["retry_count"] for line in lines] == [None, *range(len(lines) - 1)]
        assert all(line["status"] == "failed" for line in lines[:-1])
        assert len({line["created_at"] for line in lines}) == 1
        assert lines[0]["created_at"] == lines[0]["enqueued_at"]
        endings.add((lines[-1]["status"], len(lines) > 1))
    assert endings == {("done", False), ("done", True), ("failed", False), ("failed", True), ("started", False)}


def test_a_job_ends_within_its_local_day_and_before_the_deadline(jobs: list[dict[str, Any]]) -> None:
    for event in jobs:
        begun, ended = (datetime.fromisoformat(event[key]) for key in ("created_at", "ts"))
        assert (ended - begun).total_seconds() < 30 * 60
        assert (begun.timestamp() + 9 * 3600) // 86_400 == (ended.timestamp() + 9 * 3600) // 86_400


def test_the_cause_is_to_be_seen_in_the_job_log(jobs: list[dict[str, Any]]) -> None:
    """The heavy run: as many minutes of ReportJob within one morning as otherwise in weeks."""
    spent: dict[str, float] = {}
    for event in jobs:
        if event["class"] == "ReportJob":
            spent[event["ts"][:10]] = spent.get(event["ts"][:10], 0) + (event["duration_s"] or 0)
    first, second, third = sorted(spent, key=lambda day: -spent[day])[:3]
    assert {first, second} == {"2026-09-01", "2026-10-01"}
    assert spent[second] > 10 * spent[third]
