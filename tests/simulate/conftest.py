"""One whole simulation for all tests of this room, and a plain count over what it wrote."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from kakeibo import simulate

SYSTEM = {"SYSTEM", "TIMEOUT"}
CLIENT = {"BAD_USER_INPUT", "NOT_FOUND", "PAYMENT_DECLINED", "UNAUTHENTICATED"}
WEB = {  # journey: (operation, longest good duration in seconds or None when it has no latency SLO)
    "play-video": ("PlayVideo", 0.3),
    "search-courses": ("SearchCourses", 0.5),
    "log-in": ("LogIn", None),
    "submit-quiz": ("SubmitQuiz", None),
    "buy-course": ("BuyCourse", None),
}


def log_lines(path: Path) -> Iterator[bytes]:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    assert content.endswith(b"\n")
    yield from content.removesuffix(b"\n").split(b"\n")


def read(line: bytes) -> dict[str, Any] | None:
    """The event of a line; None when nobody can read it."""
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None


@dataclass
class PlainCount:
    """What a slow and simple reader finds: no code of the package, one line after the other."""

    slos: dict[str, dict[str, list[int]]] = field(default_factory=dict)  # SLO -> day -> [valid, bad, unknown]
    files: dict[str, tuple[int, int]] = field(default_factory=dict)  # name -> (lines, broken)
    minutes: dict[str, int] = field(default_factory=dict)  # local minute -> web lines
    hours: dict[str, int] = field(default_factory=dict)  # local hour -> GraphQL requests
    codes: dict[str, int] = field(default_factory=dict)

    def post(self, slo: str, day: str, bad: bool, unknown: bool = False) -> None:
        counts = self.slos.setdefault(slo, {}).setdefault(day, [0, 0, 0])
        counts[0] += 1
        counts[1] += bad
        counts[2] += unknown

    def request(self, event: dict[str, Any]) -> None:
        time, operation, code = event["time"], event["http_x_graphql_operation"], event["upstream_http_x_graphql_error"]
        self.minutes[time[:16]] = self.minutes.get(time[:16], 0) + 1
        self.codes[code] = self.codes.get(code, 0) + 1
        if operation:
            self.hours[time[:13]] = self.hours.get(time[:13], 0) + 1
        for journey, (wanted, limit) in WEB.items():
            if operation == wanted:
                unknown = bool(code) and code not in SYSTEM | CLIENT and event["status"] < 500
                bad = event["status"] >= 500 or code in SYSTEM or unknown
                self.post(f"{journey}/availability", time[:10], bad, unknown)
                if limit is not None:
                    self.post(f"{journey}/latency", time[:10], event["request_time"] > limit)


def milliseconds(time: str) -> int:
    """Of the day, from an ISO time in UTC with milliseconds."""
    return ((int(time[11:13]) * 60 + int(time[14:16])) * 60 + int(time[17:19])) * 1000 + int(time[20:23])


def count_jobs(found: PlainCount, day: str, events: list[dict[str, Any]]) -> None:
    jobs: dict[str, list[dict[str, Any]]] = {}
    for event in events:
        if event["class"] == "ReportJob":
            jobs.setdefault(event["jid"], []).append(event)
    for attempts in jobs.values():
        done = [each for each in attempts if each["status"] == "done"]
        found.post("deliver-reports/availability", day, not done)
        late = not done or milliseconds(done[0]["ts"]) - milliseconds(attempts[0]["enqueued_at"]) > 60_000
        found.post("deliver-reports/latency", day, late)


@dataclass
class Whole:
    folder: Path
    truth: simulate.Truth
    progress: list[tuple[int, int]]


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    folder, progress = tmp_path_factory.mktemp("whole") / "demo", list[tuple[int, int]]()
    truth = simulate.write("learning-video", 1, folder, progress=lambda done, days: progress.append((done, days)))
    return Whole(folder, truth, progress)


def enquiries(whole: Whole) -> list[dict[str, str]]:
    """The rows of enquiries.csv."""
    return list(csv.DictReader((whole.folder / "enquiries.csv").read_text(encoding="utf-8").splitlines()))


@pytest.fixture(scope="session")
def plain(whole: Whole) -> PlainCount:
    found = PlainCount()
    for path in sorted((whole.folder / "logs").iterdir()):
        events = [read(line) for line in log_lines(path)]
        readable = [event for event in events if event is not None]
        found.files[f"logs/{path.name}"] = (len(events), len(events) - len(readable))
        if path.name.startswith("access"):
            for event in readable:
                found.request(event)
        else:
            day = path.name.removeprefix("sidekiq-")
            count_jobs(found, f"{day[:4]}-{day[4:6]}-{day[6:8]}", readable)
    return found
