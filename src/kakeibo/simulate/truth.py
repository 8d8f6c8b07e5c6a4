"""The truth of a simulation: what was caused, and what every SLO of the sample book must therefore count.

Counted from the columns that were drawn, never from the lines that were written: tests compare the two.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kakeibo.clock import zone
from kakeibo.model import Count
from kakeibo.simulate.scenario import Scenario
from kakeibo.simulate.traffic import Requests


@dataclass(frozen=True, slots=True)
class FileTruth:
    """A log as written: all its lines, and those among them that nobody can read."""

    lines: int
    broken: int


@dataclass(slots=True)
class Truth:
    """`counts` by SLO and local day, `files` by path below the folder, `unknown_codes` by code (all operations)."""

    scenario: Scenario
    seed: int
    scale: float
    days: int
    counts: dict[str, dict[date, Count]] = field(default_factory=dict)
    files: dict[str, FileTruth] = field(default_factory=dict)
    unknown_codes: dict[str, int] = field(default_factory=dict)
    enquiries: int = 0

    def record(self, slo: str, day: date, count: Count) -> None:
        """Note what an SLO must count on a day; a day without valid events has no entry."""
        if count.valid:
            self.counts.setdefault(slo, {})[day] = count

    def total(self, slo: str, since: date, until: date) -> Count:
        """The counts of the days in [since, until)."""
        days = self.counts.get(slo, {})
        return sum((count for day, count in days.items() if since <= day < until), Count())

    def save(self, path: Path) -> None:
        """Write truth.json."""
        path.write_text(json.dumps(self.as_json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")

    def as_json(self) -> dict[str, object]:
        """The contract of truth.json, see docs/scenarios.md."""
        scenario, calendar = self.scenario, self.scenario.calendar(self.days + 1)
        return {
            "scenario": scenario.name,
            "title": dict(scenario.title),
            "seed": self.seed,
            "scale": self.scale,
            "timezone": scenario.timezone,
            "from": _moment(scenario, datetime.combine(calendar[0], time())),
            "to": _moment(scenario, datetime.combine(calendar[-1], time())),
            "causes": self._causes(),
            "gaps": self._gaps(),
            "files": {name: {"lines": file.lines, "broken": file.broken} for name, file in self.files.items()},
            "unknown_codes": self.unknown_codes,
            "enquiries": self.enquiries,
            "counts": {
                slo: {day.isoformat(): _count(n) for day, n in days.items()} for slo, days in self.counts.items()
            },
        }

    def _happened(self, start: datetime) -> bool:
        return start.date() in self.scenario.calendar(self.days)

    def _causes(self) -> list[Mapping[str, object]]:
        scenario = self.scenario
        return [
            {
                "key": cause.key,
                "kind": cause.kind,
                "title": dict(cause.title),
                "from": _moment(scenario, cause.start),
                "to": _moment(scenario, cause.end),
                "operations": [name for name, strength in cause.operations.items() if strength],
                "evidence": cause.evidence,
            }
            for cause in scenario.causes
            if self._happened(cause.start)
        ]

    def _gaps(self) -> list[Mapping[str, object]]:
        scenario = self.scenario
        return [
            {
                "key": gap.key,
                "title": dict(gap.title),
                "source": gap.source,
                "from": _moment(scenario, gap.start),
                "to": _moment(scenario, gap.end),
            }
            for gap in scenario.gaps
            if self._happened(gap.start)
        ]


def count_requests(truth: Truth, day: date, requests: Requests) -> None:
    """Record what the web SLOs must count on a day."""
    scenario = truth.scenario
    unknown_code = scenario.codes.index(scenario.unknown_code)
    system = np.isin(requests.code, [scenario.codes.index(code) for code in scenario.system_codes])
    broke, unknown = requests.status >= 500, requests.code == unknown_code
    seen = int(np.count_nonzero(unknown))
    truth.unknown_codes[scenario.unknown_code] = truth.unknown_codes.get(scenario.unknown_code, 0) + seen
    for measure in scenario.measures:
        if measure.source != "web":
            continue
        names = [index for index, each in enumerate(scenario.operations) if each.name in measure.names]
        valid = np.isin(requests.operation, names)
        if measure.limit_ms is None:
            truth.record(measure.slo, day, _tally(valid, broke | system | unknown, unknown & ~broke))
        else:
            slow = requests.duration_ms > measure.limit_ms
            truth.record(measure.slo, day, _tally(valid, slow, np.zeros_like(slow)))


def _tally(valid: NDArray[np.bool_], bad: NDArray[np.bool_], unknown: NDArray[np.bool_]) -> Count:
    events, spent, unjudged = (int(np.count_nonzero(valid & rows)) for rows in (valid, bad, unknown))
    return Count(good=events - spent, bad=spent, unknown=unjudged)


def _count(count: Count) -> dict[str, int]:
    return {"valid": count.valid, "good": count.good, "bad": count.bad, "unknown": count.unknown}


def _moment(scenario: Scenario, local: datetime) -> str:
    return local.replace(tzinfo=zone(scenario.timezone)).isoformat(timespec="minutes")
