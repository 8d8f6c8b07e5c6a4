"""What a scenario is made of. All numbers are integers: shares, per mille, parts per million (ppm), milliseconds.

Times are local to the scenario's zone. Nothing here draws or writes; see `traffic`, `jobs`, `enquiries`, `folders`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from kakeibo.model import Title


@dataclass(frozen=True, slots=True)
class Operation:
    """One kind of request. `share` is its weight in the traffic; `name` is "" for what is not a GraphQL operation.

    `client_codes` are (code, ppm) that the user's own input causes. `topic` is what a user hit here writes about.
    """

    name: str
    share: int
    median_ms: int
    size: int
    method: str = "POST"
    uri: str = "/graphql"
    status: int = 200
    upstream: bool = True
    system_ppm: int = 0
    client_codes: tuple[tuple[str, int], ...] = ()
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that happened. `course` is (minute since start, strength per mille); the last knot is the end.

    `operations` says how strongly each is hit (per mille). At full strength `errors_ppm` of requests fail with a system
    code (`timeouts` per mille of those by time-out) and durations grow to `slow` per mille of the usual.
    """

    key: str
    title: Title
    kind: Literal["incident", "release", "dependency"]
    start: datetime
    course: tuple[tuple[int, int], ...]
    operations: Mapping[str, int]
    errors_ppm: int
    slow: int
    evidence: str
    timeouts: int = 0

    @property
    def end(self) -> datetime:
        return self.start + timedelta(minutes=self.course[-1][0])


@dataclass(frozen=True, slots=True)
class Gap:
    """A source wrote nothing from `start` to `end`: unmeasured, not zero."""

    key: str
    title: Title
    source: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Job:
    """One class of background jobs; `retries` after the first attempt, then it is dead."""

    name: str
    queue: str
    per_day: int
    median_ms: int
    retries: int
    failing_ppm: int
    lost_ppm: int = 0
    error: str = "Net::ReadTimeout"


@dataclass(frozen=True, slots=True)
class HeavyRun:
    """A batch: `jobs` jobs of one class enqueued over `minutes`, each taking about `median_ms` instead of the usual."""

    job: str
    start: datetime
    minutes: int
    jobs: int
    median_ms: int


@dataclass(frozen=True, slots=True)
class Measure:
    """What one SLO of the scenario's book must count: which operations (or job class), and what is bad.

    `limit_ms` is None for availability; otherwise an event is bad when it took longer (a job also when not done).
    """

    slo: str
    source: Literal["web", "jobs"]
    names: tuple[str, ...]
    limit_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """A story with its data. `hours_*` are 24 weights, one per hour of the local day.

    `system_codes` are the plain one and the time-out. `book` is the file of the sample book, in the folder of stories.
    """

    name: str
    title: Title
    timezone: str
    first_day: date
    days: int
    weekday_requests: int
    weekend_requests: int
    hours_weekday: tuple[int, ...]
    hours_weekend: tuple[int, ...]
    holidays: frozenset[date]
    operations: tuple[Operation, ...]
    system_codes: tuple[str, str]
    unknown_code: str
    unknown_ppm: int
    gateway_ppm: int
    user_agents: tuple[str, ...]
    causes: tuple[Cause, ...]
    gaps: tuple[Gap, ...]
    jobs: tuple[Job, ...]
    heavy_runs: tuple[HeavyRun, ...]
    measures: tuple[Measure, ...]
    book: str
    enquiries_per_day: int = 10

    @property
    def codes(self) -> tuple[str, ...]:
        """Every error code that can appear; "" (none) first."""
        client = [code for each in self.operations for code, _ in each.client_codes]
        return ("", *self.system_codes, self.unknown_code, *dict.fromkeys(client))

    @property
    def topics(self) -> tuple[str, ...]:
        """What enquiries are about."""
        return (*dict.fromkeys(each.topic for each in self.operations if each.topic), "other")

    @property
    def health_check(self) -> int:
        """The operation that is no traffic but the load balancer asking: the one without a share."""
        return next(index for index, each in enumerate(self.operations) if not each.share)

    def shape(self, day: date) -> tuple[int, tuple[int, ...]]:
        """Requests of the day at scale 1, and its hourly weights."""
        if self.rests(day):
            return self.weekend_requests, self.hours_weekend
        return self.weekday_requests, self.hours_weekday

    def calendar(self, days: int | None = None) -> tuple[date, ...]:
        """The days of the story, or its first `days`."""
        return tuple(self.first_day + timedelta(days=n) for n in range(self.days if days is None else days))

    def rests(self, day: date) -> bool:
        """Whether the day has the shape of a weekend."""
        return day.weekday() >= 5 or day in self.holidays
