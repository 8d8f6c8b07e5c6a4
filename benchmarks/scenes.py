"""The logs and books that are measured: nginx JSON and combined, 20 to 1,000 SLOs on the same lines."""

from __future__ import annotations

import shutil
from pathlib import Path

from benchmarks.measuring import PYTHON, run

OPERATIONS = (
    "PlayVideo", "SaveProgress", "SearchCourses", "GetCourse", "LogIn", "SubmitQuiz",
    "GetProfile", "BuyCourse", "GetCart", "ListReviews",
)  # fmt: skip
FORMAT = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" '
    "$request_time"
)
_JSON = (
    "nginx-json, fields: "
    "{operation: http_x_graphql_operation, error: upstream_http_x_graphql_error, duration: request_time}"
)
_COMBINED = f"nginx, log_format: '{FORMAT}'"
_GOOD = (
    "status < 500 and error is distinct from 'SYSTEM'",
    "status < 500 and not (error in system_codes)",
    "status <= 500",
    "status <> 504 and error is distinct from 'TIMEOUT'",
    "status < 400",
)
_THRESHOLDS = (0.3, 0.1, 0.2, 0.5, 0.4, 0.6, 0.7, 0.8, 0.9, 1.0)
_BYTES_A_LINE = {"json": 460, "combined": 300}


class Scene:
    """A folder with what was asked for so far. Logs and books are made once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def log(self, lines: int, form: str = "json") -> Path:
        """A log of so many lines."""
        path = self.folder / f"{form}-{lines}.log"
        if not path.exists():
            run([PYTHON, "-m", "benchmarks.tasks", "write", str(path), str(lines), form], self.folder)
        return path

    def packed(self, lines: int, suffix: str) -> Path:
        """The JSON log, compressed: "gz" or "zst"."""
        path = self.folder / f"json-{lines}.log.{suffix}"
        if not path.exists():
            run([PYTHON, "-m", "benchmarks.tasks", "pack", str(self.log(lines)), str(path)], self.folder)
        return path

    def fits(self, lines: int, form: str = "json") -> bool:
        """Is there room on the disk for such a log, and as much again?"""
        return shutil.disk_usage(self.folder).free > 2 * lines * _BYTES_A_LINE[form]

    def book(self, slos: int, path: Path, columns: str = "") -> Path:
        """A book of `slos` SLOs, availability and latency in turns, on a log. Every line counts for some of them.

        `columns`: keys of the source that break it down.
        """
        json = path.name.startswith("json")
        book = self.folder / f"{path.name}-{slos}{'-parts' if columns else ''}.yaml"
        lines = [
            f"sources: {{web: {{type: {_JSON if json else _COMBINED}, path: {path.name}{columns}}}}}",
            "lists: {system_codes: [SYSTEM, TIMEOUT]}" if json else "",
            "journeys:",
        ]
        for number in range(slos // 2):
            operation, variant = number % len(OPERATIONS), number // len(OPERATIONS)
            valid = f"operation = '{OPERATIONS[operation]}'" if json else f"path = '/api/journeys/{operation}/courses'"
            good = _GOOD[variant % len(_GOOD)] if json else f"status < {500 - variant % 5}"
            threshold = _THRESHOLDS[variant % len(_THRESHOLDS)]
            lines += [
                f"  journey-{number}:",
                f'    {{title: Journey {number}, kind: cuj, source: web, valid: "{valid}", slos: {{',
                f'      availability: {{good: "{good}", target: 99.9%, window: 28d}},',
                f"      latency: {{good: duration <= {threshold}, target: 95%, window: 28d}}}}}}",
            ]
        book.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return book


def ingest(book: Path) -> list[str]:
    """The whole command, with a store of its own."""
    store = f"sqlite:///{book.parent}/store-{{run}}.db"
    return [PYTHON, "-m", "kakeibo", "ingest", "--json", "--book", str(book), "--store", store]


def task(name: str, *arguments: object) -> list[str]:
    return [PYTHON, "-m", "benchmarks.tasks", name, *map(str, arguments)]
