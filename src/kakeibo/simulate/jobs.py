"""A day of background jobs as a Sidekiq middleware logs them: a line at the end of each attempt.

Every job begins and ends within one local day, and ends or is lost for good well before the book's deadline, so that
its count does not depend on when somebody looks.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

import numpy as np

from kakeibo.clock import zone
from kakeibo.model import Count
from kakeibo.simulate.dice import Dice
from kakeibo.simulate.scenario import Job, Scenario
from kakeibo.simulate.traffic import durations, moments
from kakeibo.simulate.truth import Truth

_HOURS = (0, 0, 0, 0, 0, 0, 2, 4, 6, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 6, 4, 0, 0)  # all within the day
LONGEST_MS = 10 * 60_000

Outcome = Literal["done", "failed", "unfinished"]


@dataclass(frozen=True, slots=True)
class Run:
    """One logical job. `latency_ms` from its first enqueue to its completion, None when it never completed."""

    job: Job
    outcome: Outcome
    latency_ms: int | None
    lines: tuple[tuple[int, str], ...]  # (ms since midnight, line)


def runs(scenario: Scenario, seed: int, day: date, scale: float) -> list[Run]:
    """All jobs enqueued on a day."""
    dice = Dice(seed, scenario.name, "jobs", day)
    midnight = datetime.combine(day, time(), tzinfo=zone(scenario.timezone)).astimezone(UTC)
    jobs = _enqueued(scenario, dice, day, scale)
    return [_run(job, created, duration, midnight, dice) for job, created, duration in jobs]


def count_runs(truth: Truth, day: date, finished: list[Run]) -> None:
    """Record what the job SLOs must count on a day: one event a job, however many attempts it took."""
    for measure in truth.scenario.measures:
        if measure.source != "jobs":
            continue
        mine = [run for run in finished if run.job.name in measure.names]
        good = sum(_is_good(run, measure.limit_ms) for run in mine)
        truth.record(measure.slo, day, Count(good=good, bad=len(mine) - good))


def _is_good(run: Run, limit_ms: int | None) -> bool:
    if run.outcome != "done" or run.latency_ms is None:
        return False
    return limit_ms is None or run.latency_ms <= limit_ms


def _enqueued(scenario: Scenario, dice: Dice, day: date, scale: float) -> list[tuple[Job, int, int]]:
    """(job, ms since midnight, duration in ms) of the day's jobs: the usual ones and the heavy runs."""
    found = []
    for job in scenario.jobs:
        size = round(job.per_day * scale)
        created = moments(dice, _HOURS, size)
        usual = durations(dice, np.full(size, job.median_ms), LONGEST_MS)
        found += [(job, *each) for each in zip(created.tolist(), usual.tolist(), strict=True)]
    for heavy in scenario.heavy_runs:
        if heavy.start.date() == day:
            job = next(each for each in scenario.jobs if each.name == heavy.job)
            size = round(heavy.jobs * scale)
            begin = (heavy.start - datetime.combine(day, time())) // timedelta(milliseconds=1)
            created = begin + np.sort(dice.below(heavy.minutes * 60_000, size))
            longest = heavy.median_ms * (300 + dice.below(2000, size)) // 1000
            found += [(job, *each) for each in zip(created.tolist(), longest.tolist(), strict=True)]
    return found


def _run(job: Job, created: int, duration: int, midnight: datetime, dice: Dice) -> Run:
    """Attempts until one succeeds, the retries are spent, or the worker is killed."""
    jid = dice.hexes(24, 2)[0]
    lost_at = dice.one(2) if dice.one(1_000_000) < job.lost_ppm else None
    enqueued = created
    lines: list[tuple[int, str]] = []
    for attempt in range(job.retries + 1):
        fails = dice.one(1_000_000) < _failing_ppm(job, attempt, lost_at)
        started = enqueued + 5 + dice.one(180)
        ended = started + (1 + duration // 3 if fails else duration)
        logged = _Attempt(jid, job, attempt, created, enqueued, started, ended, midnight)
        if attempt == lost_at:  # the worker was killed: no end line, and after a retry began no line at all
            begun = [(started, logged.line("started"))] if attempt == 0 else []
            return Run(job, "unfinished", None, (*lines, *begun))
        lines.append((ended, logged.line("failed" if fails else "done")))
        if not fails:
            return Run(job, "done", ended - created, tuple(lines))
        # Sidekiq waits count**4 + 15 seconds and a little chance before the next attempt.
        enqueued = ended + 1000 * (attempt**4 + 15 + dice.one(10) * (attempt + 1)) + dice.one(5000)
    return Run(job, "failed", None, tuple(lines))


def _failing_ppm(job: Job, attempt: int, lost_at: int | None) -> int:
    if lost_at is not None and attempt < lost_at:
        return 1_000_000
    return job.failing_ppm if attempt == 0 else 350_000  # what failed once tends to fail again


@dataclass(frozen=True, slots=True)
class _Attempt:
    """Times in ms since `midnight`."""

    jid: str
    job: Job
    number: int
    created: int
    enqueued: int
    started: int
    ended: int
    midnight: datetime

    def line(self, status: Literal["started", "done", "failed"]) -> str:
        over = status != "started"
        fields = {
            "ts": self._time(self.ended if over else self.started),
            "jid": self.jid,
            "class": self.job.name,
            "queue": self.job.queue,
            "status": status,
            "error": self.job.error if status == "failed" else None,
            "retry_count": self.number - 1 if self.number else None,
            "created_at": self._time(self.created),
            "enqueued_at": self._time(self.enqueued),
            "started_at": self._time(self.started),
            "completed_at": self._time(self.ended) if over else None,
            "latency_s": (self.started - self.enqueued) / 1000,
            "duration_s": (self.ended - self.started) / 1000 if over else None,
        }
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":")) + "\n"

    def _time(self, ms: int) -> str:
        moment = self.midnight + timedelta(milliseconds=ms)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
