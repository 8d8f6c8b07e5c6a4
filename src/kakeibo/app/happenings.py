"""What happened outside the logs, as people note it: enquiries, incidents, old alerts."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Final

from kakeibo import clock
from kakeibo.alerts.backtest import Alarm, Incident
from kakeibo.app.tables import Row, Table, read_table
from kakeibo.budgets.quiet import Typical
from kakeibo.errors import UsageError
from kakeibo.i18n import language, t

TIMES: Final = ("date", "day", "time", "hour")
COUNTS: Final = ("enquiries", "count", "number")
CHURN_COUNTS: Final = ("churn", "cancellations", "count", "number")
_FRIDAY: Final = 5  # isoweekday()
_FOLLOWS: Final = 6 * clock.MINUTES_PER_HOUR
"""Enquiries that rise within so long after the end of an incident are about it."""


@dataclass(frozen=True, slots=True)
class Enquiries:
    """How many people wrote, per local day; and per hour (its first minute) where that is noted."""

    days: Mapping[date, int]
    hours: Mapping[int, int]


def read_enquiries(path: Path, zone: str, column: str | None) -> Enquiries:
    """Read enquiries per day or hour: a column date or time, and one of counts: `column`, or the one that can be meant.

    A day is known when it has a row; of such a day, an hour that is not noted had none. Raises UsageError.
    """
    table = read_table(path)
    when = table.column(*TIMES)
    mend = t("name it with --column; the file has: {names}", names=", ".join(_others(table, when)))
    return _read(table, zone, when, table.column(column.lower()) if column else _counts(table, when, COUNTS, mend))


def read_churn(path: Path, zone: str) -> Enquiries:
    """Read how many customers left per day or hour, in the same form. Raises UsageError."""
    table = read_table(path)
    when = table.column(*TIMES)
    return _read(table, zone, when, _counts(table, when, CHURN_COUNTS, t("call it churn, or leave the others out")))


def _read(table: Table, zone: str, when: str, number: str) -> Enquiries:
    days: dict[date, int] = {}
    hours: dict[int, int] = {}
    seen: dict[date | int, Row] = {}
    for row in table.rows:
        moment, count = row.date_or_minute(when, zone), row.number(number)
        if moment in seen:
            raise row.wrong(
                t("{time} is there already, at {place}", time=row.cells[when], place=seen[moment].place),
                t("add the two up, or delete one"),
            )
        seen[moment] = row
        if isinstance(moment, int):
            hours[moment] = count
            moment = clock.local(moment, zone).date()
        days[moment] = days.get(moment, 0) + count
    return Enquiries(days, hours)


def first_rise(enquiries: Enquiries, incident: Incident, zone: str) -> int | None:
    """The beginning of the first hour with a rise, from an incident's start to six hours after its end.

    Not before the incident itself. By the rule of days (budgets/quiet.py), each hour of a weekday or of a weekend day
    against its like. None without one, or when enquiries are noted by day.
    """
    usual: dict[tuple[bool, int], list[int]] = {}
    for minute, count in enquiries.hours.items():
        usual.setdefault(_kind(minute, zone), []).append(count)
    near = range(incident.start - clock.MINUTES_PER_HOUR + 1, incident.end + _FOLLOWS)
    risen = (
        minute
        for minute in sorted(enquiries.hours)
        if minute in near and enquiries.hours[minute] > Typical.of(usual[_kind(minute, zone)]).limit
    )
    first = next(risen, None)
    return None if first is None else max(first, incident.start)


def read_incidents(path: Path, zone: str) -> list[Incident]:
    """Incidents of a CSV file (start, end, and name if you like) or of a simulation's truth.json, in order.

    Raises UsageError, also when two overlap: whose alarm an alarm is could not be said.
    """
    if path.suffix == ".json":
        found = _of_truth(path)
    else:
        found = [(place, Incident(start, end, name)) for place, start, end, name in _stretches(path, zone)]
    found.sort(key=lambda one: one[1].start)
    for (place, one), (other_place, other) in pairwise(found):
        if other.start < one.end:
            raise UsageError(
                t("{place}: this incident overlaps the one at {other}", place=other_place, other=place),
                t("make one of the two, or let the second begin where the first ends"),
            )
    return [incident for _, incident in found]


def read_alarms(path: Path, zone: str) -> list[Alarm]:
    """Old alerts of a CSV file: start, end, and name if you like. They may overlap. Raises UsageError."""
    return sorted(
        (Alarm(start, end, name) for _, start, end, name in _stretches(path, zone)), key=lambda alarm: alarm.start
    )


def _others(table: Table, when: str) -> list[str]:
    return [column for column in table.columns if column != when]


def _counts(table: Table, when: str, names: Collection[str], mend: str) -> str:
    others = _others(table, when)
    fitting = [column for column in others if column.lower() in names] or others
    if len(fitting) != 1:
        raise UsageError(t("{place}: which column has the counts cannot be told", place=f"{table.path}:1"), mend)
    return fitting[0]


def _stretches(path: Path, zone: str) -> list[tuple[str, int, int, str]]:
    table = read_table(path)
    start, end = table.column("start", "from"), table.column("end", "to")
    lowered = {column.lower(): column for column in table.columns}
    name = lowered.get("name") or lowered.get("title")
    found = []
    for row in table.rows:
        first, last = row.minute(start, zone), row.minute(end, zone)
        if last <= first:
            raise row.wrong(
                t("it ends at {end}, not after its start", end=row.cells[end]),
                t("the end must be later than the start"),
            )
        found.append((row.place, first, last, row.cells[name].strip() if name else ""))
    return found


def _of_truth(path: Path) -> list[tuple[str, Incident]]:
    try:
        causes = json.loads(path.read_text(encoding="utf-8"))["causes"]
        return [(str(path), _incident(cause)) for cause in causes]
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        raise UsageError(
            t("{path}: this is no truth.json of kakeibo simulate", path=path),
            t("give a CSV file with the columns start, end and name"),
        ) from None


def _incident(cause: Mapping[str, str | Mapping[str, str]]) -> Incident:
    start, end = (clock.minute_of(datetime.fromisoformat(str(cause[key]))) for key in ("from", "to"))
    titles = cause["title"]
    if not isinstance(titles, Mapping):
        raise TypeError("a title in several languages")
    return Incident(start, end, titles.get(language(), titles.get("en", "")))


def _kind(minute: int, zone: str) -> tuple[bool, int]:
    moment = clock.local(minute, zone)
    return moment.isoweekday() > _FRIDAY, moment.hour
