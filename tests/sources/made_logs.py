"""Logs in every format that people have, made up: 600 requests, of which a known few fail."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

N: Final = 600
PATHS: Final = ("/", "/courses/12", "/courses/99", "/courses/7/lessons/3", "/login", "/css/a.css", "/healthz")


def _path(i: int) -> str:
    return PATHS[i % len(PATHS)]


def _status(i: int) -> int:
    return 500 if i % 97 == 0 else 404 if i % 31 == 0 else 200


def _local(i: int) -> str:
    return f"21/Nov/2026:17:{i // 60:02}:{i % 60:02} +0900"


def _iso(i: int, zone: str = "+09:00", separator: str = "T") -> str:
    return f"2026-11-21{separator}17:{i // 60:02}:{i % 60:02}{zone}"


def _seconds(i: int) -> str:
    return f"{i % 400 / 1000:.3f}"


def _common(i: int, before: str = "") -> str:
    return f'{before}192.0.2.{i % 9} - - [{_local(i)}] "GET {_path(i)}?a=1 HTTP/1.1" {_status(i)} {i}'


def _combined(i: int, after: str = "") -> str:
    return f'{_common(i)} "-" "Mozilla/5.0 (X11; Linux)"{after}'


def _alb(i: int) -> str:
    return (
        f"https {_iso(i, '.123456Z')} app/lb/1 192.0.2.1:1234 198.51.100.1:80 0.001 {_seconds(i)} 0.000 {_status(i)} "
        f'{_status(i)} 1 2 "GET https://www.example:443{_path(i)}?x=1 HTTP/1.1" "M" E T arn "Root=1" "www.example" '
        f'"arn" 0 {_iso(i, ".1Z")} "forward" "-" "-" "198.51.100.1:80" "200" "-" "-"'
    )


def _ecs(i: int) -> str:
    http = {"request": {"method": "GET"}, "response": {"status_code": _status(i)}}
    event = {"duration": i % 400 * 1_000_000}
    return json.dumps({"@timestamp": _iso(i, ".123Z"), "http": http, "url": {"path": _path(i)}, "event": event})


def _dotted(i: int) -> str:
    return json.dumps({"ts": 1795281805 + i, "http.status": _status(i), "http.path": _path(i), "elapsed_ms": i % 400})


def _request(i: int) -> str:
    line = f"GET {_path(i)}{'?q=1/2' if i % 3 == 0 else ''} HTTP/1.1"
    return json.dumps(
        {"time_local": _local(i), "request": line, "status": str(_status(i)), "request_time": _seconds(i)}
    )


def _graphql(i: int) -> str:
    code = "DB_DOWN" if i % 90 == 0 else "NOT_FOUND" if i % 50 == 0 else ""
    return json.dumps({"time": _iso(i), "operation": f"Op{i % 3}", "error": code, "duration": i % 400 / 1000})


def _whole_address(i: int) -> str:
    return json.dumps({"time": _iso(i), "url": f"https://shop.example{_path(i)}?u={i}", "status": _status(i)})


def _job(i: int) -> str:
    status = "dead" if i % 97 == 0 else "done"
    times = {"enqueued_at": _iso(i), "started_at": _iso(i), "completed_at": _iso(i, ".500+09:00")}
    return json.dumps({"jid": f"{i:024x}", "class": f"Job{i % 2}", "queue": "default", "status": status, **times})


LOGS: Final = {
    "common.log": [_common(i) for i in range(N)],
    "combined.log": [_combined(i) for i in range(N)],
    "forwarded.log": [_combined(i, ' "-"') for i in range(N)],
    "timed.log": [_combined(i, f" {_seconds(i)} {_seconds(i)} .") for i in range(N)],
    "pairs.log": [_combined(i, f' rt={_seconds(i)} uct="0.001" urt="{_seconds(i)}"') for i in range(N)],
    "microseconds.log": [_combined(i, f" {i % 400 * 1000}") for i in range(N)],
    "virtual_host.log": [_common(i, "www.example:443 ") for i in range(N)],
    "windows.log": [f"{_common(i)}\r" for i in range(N)],
    "own_format.log": [f"{_iso(i)} GET {_path(i)} {_status(i)} {_seconds(i)}" for i in range(N)],
    "balancer.log": [_alb(i) for i in range(N)],
    "ecs.jsonl": [_ecs(i) for i in range(N)],
    "dotted.jsonl": [_dotted(i) for i in range(N)],
    "request.jsonl": [_request(i) for i in range(N)],
    "graphql.jsonl": [_graphql(i) for i in range(N)],
    "address.jsonl": [_whole_address(i) for i in range(N)],
    "jobs.jsonl": [_job(i) for i in range(N)],
    "zoneless.csv": [
        "when,method,path,Status Code,took_ms",
        *(f"{_iso(i, '', ' ')},GET,{_path(i)},{_status(i)},{i % 400}" for i in range(N)),
    ],
    "semicolons.csv": ["time;url;status", *(f'{_iso(i)};"{_path(i)}";{_status(i)}' for i in range(N))],
}


def write(folder: Path, name: str) -> Path:
    """Write one of LOGS."""
    path = folder / name
    path.write_bytes(("\n".join(LOGS[name]) + "\n").encode())
    return path
