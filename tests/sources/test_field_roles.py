"""What the fields of a log mean."""

from __future__ import annotations

import pytest

from kakeibo.sources.field_roles import Duration, duration, roles, time_field


def test_roles_are_told_by_name_and_value() -> None:
    fields: dict[str, list[object]] = {
        "http.request.method": ["GET"],
        "statusCode": ["200", 404],
        "url": ["https://shop.example/a"],
        "operationName": ["PlayVideo", None],
        "error_code": ["", None],
        "message": ["GET /x 200"],
    }
    assert roles(fields) == {
        "method": "http.request.method",
        "status": "statusCode",
        "path": "url",
        "operation": "operationName",
        "error": "error_code",
    }


def test_a_field_whose_values_do_not_fit_plays_no_role() -> None:
    assert roles({"status": ["ok", "failed"], "path": ["C:\\x"], "operation": [1, 2], "request": [{"a": 1}]}) == {}


def test_a_better_name_goes_first_and_a_better_value_before_it() -> None:
    assert roles({"uri": ["/a"], "path": ["/b"]})["path"] == "path"
    assert roles({"uri": ["/a"], "path": ["-"]})["path"] == "uri"


@pytest.mark.parametrize(
    ("field", "values", "per_second", "guessed"),
    [
        ("request_time", ["0.001", "12.5"], 1, False),
        ("duration_s", [0.2], 1, False),
        ("elapsed_ms", [3], 1_000, False),
        ("tookMillis", [3], 1_000, False),
        ("duration.us", [3], 1_000_000, False),
        ("event.duration", [25_000_000], 1_000_000_000, False),
        ("duration", [58.3, 12.1, 301.0], 1_000, True),
        ("duration", [0.058, 0.012, 0.301], 1, True),
    ],
)
def test_durations_and_their_units(field: str, values: list[object], per_second: int, guessed: bool) -> None:
    assert duration({"bytes": [1], field: values}) == Duration(field, per_second, guessed)


def test_no_duration() -> None:
    assert duration({"duration": ["quick"], "elapsed": [None, ""], "latency": [True]}) is None


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"created_at": ["2026-11-21T17:00:00Z"], "logged_at": ["2026-11-21T17:00:01Z"]}, "logged_at"),
        ({"@timestamp": ["2026-11-21 17:00:00"]}, "@timestamp"),
        ({"event.time": [1795281805.9]}, "event.time"),
        ({"happened": ["2026-11-21T17:00:00+09:00"]}, "happened"),
        ({"ts": [5], "id": [1795281805]}, None),
        ({"time": ["tomorrow"], "flag": [True]}, None),
        ({"time": ["", None]}, None),
    ],
)
def test_the_time(fields: dict[str, list[object]], found: str | None) -> None:
    assert time_field(fields) == found
