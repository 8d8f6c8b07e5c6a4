"""What the fields of a log mean, told by their names and a few of their values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, Literal

from kakeibo.sources.times import parse_minute

Role = Literal["path", "request", "method", "status", "duration", "operation", "error"]

NAMES: Final[dict[Role, tuple[str, ...]]] = {
    "path": (
        "path", "uri", "request_uri", "url_path", "http_path", "http_target", "request_path", "http_request_path",
        "url", "http_url", "request_url", "endpoint", "route", "http_route", "cs_uri_stem",
    ),
    "request": ("request", "request_line"),
    "method": (
        "method", "request_method", "http_method", "http_request_method", "req_method", "verb", "cs_method",
    ),
    "status": (
        "status", "status_code", "http_status", "http_status_code", "http_response_status_code", "response_status",
        "response_status_code", "response_code", "res_status", "res_statuscode", "sc_status", "http_code",
    ),
    "duration": (
        "duration", "request_time", "req_time", "request_duration", "response_time", "responsetime", "elapsed",
        "elapsed_time", "latency", "took", "time_taken", "processing_time", "total_time", "http_duration",
        "event_duration", "upstream_response_time", "up_time", "rt",
    ),
    "operation": (
        "operation", "operation_name", "graphql_operation", "graphql_operation_name", "http_x_graphql_operation",
        "http_x_graphql_operation_name", "http_graphql_operation", "gql_operation", "rpc_method",
    ),
    "error": (
        "error_code", "graphql_error", "graphql_error_code", "upstream_http_x_graphql_error",
        "upstream_http_x_graphql_error_code", "sent_http_x_graphql_error", "sent_http_x_graphql_error_code",
        "err_code", "error_type", "error",
    ),
}  # fmt: skip
_UNITS: Final = {
    "s": 1, "sec": 1, "secs": 1, "seconds": 1,
    "ms": 10**3, "msec": 10**3, "millis": 10**3, "milliseconds": 10**3,
    "us": 10**6, "usec": 10**6, "micros": 10**6, "microseconds": 10**6,
    "ns": 10**9, "nanos": 10**9, "nanoseconds": 10**9,
}  # fmt: skip
_IN_SECONDS: Final = {"request_time", "req_time", "upstream_response_time", "up_time", "rt"}
"""nginx's own, and its usual short names."""
_TIME_NAMES: Final = (
    "time", "ts", "timestamp", "datetime", "date_time", "event_time", "logged_at", "date", "at",
    "time_iso8601", "time_local", "msec",
)  # fmt: skip

Fields = Mapping[str, Sequence[object]]
"""Field -> a few of the values it has; fields of nested objects by their dotted path."""


@dataclass(frozen=True, slots=True)
class Duration:
    """The field that tells how long an event took. `per_second`: how many of its units a second has."""

    field: str
    per_second: int
    guessed: bool = False


def roles(fields: Fields) -> dict[Role, str]:
    """Which field plays which role; the likeliest for each, judged by its values, too."""
    simple = {field: _simple(field) for field in fields}
    found: dict[Role, str] = {}
    for role, names in NAMES.items():
        if role == "duration":
            continue
        candidates = [field for name in names for field, plain in simple.items() if plain == name]
        taken = next((field for field in candidates if _fits(role, _present(fields[field]))), None)
        if taken is not None:
            found[role] = taken
    return found


def duration(fields: Fields) -> Duration | None:
    """The field that tells how long an event took, in which unit."""
    simple = {field: _without_unit(_simple(field)) for field in fields}
    for name in NAMES["duration"]:
        for field, (plain, unit) in simple.items():
            numbers = [number for value in _present(fields[field]) if (number := _number(value)) is not None]
            if plain != name or not numbers:
                continue
            if unit or name in _IN_SECONDS:
                return Duration(field, unit or 1)
            if name == "event_duration":  # of the Elastic Common Schema
                return Duration(field, 10**9)
            # Half of all requests taking five seconds is unheard of; taking five milliseconds is not.
            return Duration(field, 10**3 if median(numbers) >= 5 else 1, guessed=True)
    return None


def time_field(fields: Fields) -> str | None:
    """The field that holds the time of the event: one that is named so, or else one whose values are full times."""
    times = [field for field, values in fields.items() if _are_times(_present(values))]
    named = [f for name in _TIME_NAMES for f in times if _simple(f) == name or _simple(f).endswith(f"_{name}")]
    texts = [f for f in times if all(isinstance(value, str) and "-" in value for value in _present(fields[f]))]
    return next(iter([*named, *texts]), None)


def _fits(role: Role, values: Sequence[object]) -> bool:
    if role == "status":
        numbers = [number for value in values if (number := _number(value)) is not None]
        return bool(numbers) and 2 * sum(100 <= n < 600 for n in numbers) >= len(values)
    if role == "request":
        return any(isinstance(v, str) and re.match(r"[A-Z]{3,10} \S+ HTTP/", v) for v in values)
    if role == "path":
        return any(isinstance(v, str) and re.match(r"/|https?://", v) for v in values)
    return all(isinstance(value, str) for value in values) and (role == "error" or bool(values))


def _are_times(values: Sequence[object]) -> bool:
    texts = [str(value) for value in values if isinstance(value, (str, int, float)) and not isinstance(value, bool)]
    # A small number is a time in 1970; nobody's log is that old.
    return bool(texts) and all((parse_minute(text, "UTC") or 0) > _EARLIEST for text in texts)


_EARLIEST: Final = 60 * 24 * 365 * 20  # 1990, in minutes


def _present(values: Iterable[object]) -> list[object]:
    return [value for value in values if value is not None and value not in ("", "-")]


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def _simple(field: str) -> str:
    """http.requestMethod, Request-Method -> http_request_method, request_method."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", field.strip('"'))
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")


def _without_unit(name: str) -> tuple[str, int | None]:
    head, _, last = name.rpartition("_")
    return (head, _UNITS[last]) if head and last in _UNITS else (name, None)
