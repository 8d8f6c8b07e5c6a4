"""Old alerts as they are noted: in a CSV file, or as Prometheus or Alertmanager told of them in JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from kakeibo import clock
from kakeibo.alerts.received import Received
from kakeibo.app import happenings
from kakeibo.errors import UsageError
from kakeibo.i18n import t

NAME: Final = "alertname"
STILL: Final = clock.minute_of(datetime.fromisoformat("9000-01-01T00:00:00Z"))
"""The end of an alert that nobody has seen end."""

_UNENDED: Final = "0001-"
_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Note:
    """An alert with these labels fired over the minutes [start, end)."""

    labels: Mapping[str, str]
    start: int
    end: int


def read(path: Path, zone: str) -> list[Note]:
    """The notes of a file; what it is, its content says. Raises UsageError."""
    if path.suffix.lower() == ".csv":
        return _of_table(path, zone)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(t("{path}: this is not text in UTF-8", path=path), t("save it as CSV in UTF-8")) from None
    if not text.lstrip().startswith(("{", "[")):
        return _of_table(path, zone)
    try:
        return list(_of_documents(list(_documents(text))))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        raise _unreadable(str(path)) from None


def of_matrix(answer: Mapping[str, Any], name: str) -> list[Note]:
    """The notes of what Prometheus answered to a range query of ALERTS. Raises UsageError when it is no such answer."""
    try:
        return list(_of_matrix(answer))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        raise _unreadable(name) from None


def of_received(alerts: Iterable[Received]) -> list[Note]:
    """The notes of what other tools sent to us; one that has not ended goes on."""
    return [
        Note({**one.labels, NAME: one.name}, begin, max(-(-one.ended // _SECONDS), begin + 1) if one.ended else STILL)
        for one in alerts
        for begin in ((one.began or 0) // _SECONDS,)
    ]


def _of_table(path: Path, zone: str) -> list[Note]:
    return [Note({NAME: one.name}, one.start, one.end) for one in happenings.read_alarms(path, zone)]


def _documents(text: str) -> Iterator[Any]:
    """One document, or one a line, as a receiver of webhooks writes them."""
    try:
        yield json.loads(text)
    except json.JSONDecodeError:
        for line in text.splitlines():
            if line.strip():
                yield json.loads(line)


def _of_documents(documents: Sequence[Any]) -> Iterator[Note]:
    if len(documents) == 1 and isinstance(documents[0], dict) and "data" in documents[0]:
        return _of_matrix(documents[0])
    told = [alert for one in documents for alert in (one["alerts"] if isinstance(one, dict) else one)]
    return _of_alertmanager(told)


def _of_matrix(answer: Mapping[str, Any]) -> Iterator[Note]:
    """Runs of samples, one step apart: each says that the alert fires at its time, and until the next."""
    if answer["data"]["resultType"] != "matrix":
        raise ValueError("the answer to a range query is a matrix")
    series: dict[tuple[tuple[str, str], ...], set[int]] = {}
    for one in answer["data"]["result"]:
        labels = {str(name): str(value) for name, value in one["metric"].items()}
        if labels.get("alertstate", "firing") == "firing":
            series.setdefault(tuple(sorted(labels.items())), set()).update(
                int(float(time)) for time, _ in one["values"]
            )
    step = _step(series.values())
    for key, found in series.items():
        ordered = sorted(found)
        begins = [time for before, time in pairwise([-step - 1, *ordered]) if time - before > step]
        ends = [time for time, after in pairwise([*ordered, STILL * _SECONDS]) if after - time > step]
        for start, last in zip(begins, ends, strict=True):
            yield Note(dict(key), start // _SECONDS, -(-(last + step) // _SECONDS))


def _step(series: Iterable[set[int]]) -> int:
    """The step of a range query: the least distance of its times; a minute when there is none."""
    distances = [
        later - earlier for found in series for times in (sorted(found),) for earlier, later in pairwise(times)
    ]
    return min(distances, default=_SECONDS)


def _of_alertmanager(told: Iterable[Mapping[str, Any]]) -> Iterator[Note]:
    """An alert is told of again and again: it is known by its labels and start, and ends when somebody saw it end.

    Of one that still fires, /api/v2/alerts says when that was last heard of, which its end, a guess, lies behind.
    """
    ends: dict[tuple[tuple[tuple[str, str], ...], int], int] = {}
    for one in told:
        labels = tuple(sorted((str(name), str(value)) for name, value in one["labels"].items()))
        ended = one.get("endsAt") or _UNENDED
        last = STILL if ended.startswith(_UNENDED) else _minute(ended, up=True)
        if "updatedAt" in one:
            last = min(last, _minute(one["updatedAt"], up=True))
        elif one.get("status") == "firing":
            last = STILL
        start = _minute(one["startsAt"])
        ends[labels, start] = min(ends.get((labels, start), STILL), max(last, start + 1))
    for (labels, start), end in ends.items():
        yield Note(dict(labels), start, end)


def _minute(text: str, *, up: bool = False) -> int:
    moment = datetime.fromisoformat(text)
    minute = clock.minute_of(moment)
    return minute + (up and clock.moment_of(minute) < moment)


def _unreadable(name: str) -> UsageError:
    return UsageError(
        t("{path}: old alerts cannot be read from this", path=name),
        t("give a CSV file, the answer of /api/v1/query_range or /api/v2/alerts, or webhook bodies line by line"),
    )
