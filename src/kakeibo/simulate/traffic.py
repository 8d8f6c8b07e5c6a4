"""A day of requests as columns: when each ended, which operation, how long it took, how it came out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kakeibo.clock import MINUTES_PER_DAY
from kakeibo.simulate.dice import Dice, Ints, through
from kakeibo.simulate.scenario import Scenario

LONGEST_MS = 60_000  # nginx gives up on the upstream then
TIMEOUT_MS = 10_000  # the database does so earlier
DISORDER_MS = 20  # several workers write one log: neighbours may swap

# Duration per mille of the median, by place among 10,000 requests: the long right tail that request times have.
_TAIL = ((0, 300), (500, 450), (2500, 700), (5000, 1000), (7500, 1500), (9000, 2300), (9500, 3000), (9900, 6000),
         (9990, 14000), (10000, 40000))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Requests:
    """Columns of equal length, in the order of the log. `code` is an index into `Scenario.codes`, 0 for none."""

    at_ms: Ints  # end of the request, since local midnight
    operation: Ints  # index into `Scenario.operations`
    duration_ms: Ints
    status: Ints
    code: Ints

    def __len__(self) -> int:
        return len(self.at_ms)

    def where(self, rows: NDArray[np.bool_]) -> Requests:
        return Requests(
            self.at_ms[rows], self.operation[rows], self.duration_ms[rows], self.status[rows], self.code[rows]
        )


@dataclass(frozen=True, slots=True)
class Pressure:
    """What the causes of a day do to each request."""

    errors_ppm: Ints
    slow: Ints  # per mille of the usual duration
    timeouts: Ints  # per mille of the errors


def requests(scenario: Scenario, seed: int, day: date, scale: float) -> Requests:
    """All requests of a day that nginx logged (none within a gap)."""
    dice = Dice(seed, scenario.name, "requests", day)
    at, operation = _arrivals(scenario, dice, day, scale)
    pressure = _pressure(scenario, day, at, operation)
    duration = durations(dice, _column(scenario, "median_ms")[operation] * pressure.slow // 1000, LONGEST_MS)
    code, status = _outcomes(scenario, dice, operation, pressure)
    late = code == scenario.codes.index(scenario.system_codes[1])
    duration = np.where(late, TIMEOUT_MS + dice.below(300, len(at)), duration)
    duration = np.where(status == 504, LONGEST_MS, duration)
    return Requests(at, operation, duration, status, code).where(~silent(scenario, "web", day, at))


def moments(dice: Dice, hours: tuple[int, ...], size: int) -> Ints:
    """`size` moments of a day (ms since midnight, unsorted) that follow its 24 hourly weights."""
    knots = tuple((60 * hour, weight) for hour, weight in enumerate((*hours, hours[0])))
    growing = np.cumsum(through(knots, MINUTES_PER_DAY))
    minute = np.searchsorted(growing, dice.below(int(growing[-1]), size), side="right")
    return minute.astype(np.int64) * 60_000 + dice.below(60_000, size)


def durations(dice: Dice, median_ms: Ints, longest_ms: int) -> Ints:
    """A duration (ms) for each median, with the tail that requests and jobs have."""
    tail = through(_TAIL, 10_000)
    drawn: Ints = np.clip(median_ms * tail[dice.below(len(tail), len(median_ms))] // 1000, 1, longest_ms)
    return drawn


def silent(scenario: Scenario, source: str, day: date, at_ms: Ints) -> NDArray[np.bool_]:
    """Which moments fall into a gap of the source."""
    hidden = np.zeros(len(at_ms), dtype=np.bool_)
    for gap in scenario.gaps:
        if gap.source == source:
            hidden |= (at_ms >= _ms_into(day, gap.start)) & (at_ms < _ms_into(day, gap.end))
    return hidden


def gap_starts(scenario: Scenario, source: str, day: date) -> list[int]:
    """When gaps of the source begin on that day (ms since midnight)."""
    return [_ms_into(day, gap.start) for gap in scenario.gaps if gap.source == source and gap.start.date() == day]


def _arrivals(scenario: Scenario, dice: Dice, day: date, scale: float) -> tuple[Ints, Ints]:
    usual, hours = scenario.shape(day)
    size = round(usual * scale * (960 + dice.one(81)) / 1000)
    shares = np.repeat(np.arange(len(scenario.operations)), [each.share for each in scenario.operations])
    # The load balancer's health check ends once a minute: also at night every minute is measured.
    check = np.arange(MINUTES_PER_DAY, dtype=np.int64) * 60_000 + 20_000 + dice.below(800, MINUTES_PER_DAY)
    at = np.concatenate([moments(dice, hours, size), check])
    operation = np.concatenate(
        [shares[dice.below(len(shares), size)], np.full(len(check), scenario.health_check, dtype=np.int64)]
    )
    written = np.argsort(at + dice.below(DISORDER_MS, len(at)), kind="stable")
    return at[written], operation[written]


def _pressure(scenario: Scenario, day: date, at: Ints, operation: Ints) -> Pressure:
    errors, slow, timeouts = np.zeros_like(at), np.full_like(at, 1000), np.zeros_like(at)
    for cause in scenario.causes:
        begin = _ms_into(day, cause.start) // 60_000
        if not -cause.course[-1][0] < begin < MINUTES_PER_DAY:
            continue
        course = through(tuple((begin + minute, strength) for minute, strength in cause.course), MINUTES_PER_DAY)
        hit = np.array([cause.operations.get(each.name, 0) for each in scenario.operations])
        strength = course[at // 60_000] * hit[operation]  # parts per million
        errors += strength * cause.errors_ppm // 1_000_000
        slow += strength * (cause.slow - 1000) // 1_000_000
        timeouts[strength > 0] = cause.timeouts
    return Pressure(errors, slow, timeouts)


def _outcomes(scenario: Scenario, dice: Dice, operation: Ints, pressure: Pressure) -> tuple[Ints, Ints]:
    """Error code and status of each request. Outcomes share one throw, so that they exclude each other."""
    size = len(operation)
    throw, flavour = dice.below(1_000_000, size), dice.below(1000, size)
    fragile = _column(scenario, "system_ppm")[operation]
    code, status = np.zeros(size, dtype=np.int64), _column(scenario, "status")[operation]
    system, timeout, unknown = (scenario.codes.index(each) for each in (*scenario.system_codes, scenario.unknown_code))
    floor = fragile + pressure.errors_ppm
    code[throw < floor] = system
    code[(throw < floor) & (flavour < pressure.timeouts)] = timeout
    for name in dict.fromkeys(name for each in scenario.operations for name, _ in each.client_codes):
        share = np.array([dict(each.client_codes).get(name, 0) for each in scenario.operations])[operation]
        code[(throw >= floor) & (throw < floor + share)] = scenario.codes.index(name)
        floor = floor + share
    graphql = np.array([bool(each.name) for each in scenario.operations])[operation]
    code[graphql & (throw >= floor) & (throw < floor + scenario.unknown_ppm)] = unknown
    floor = floor + scenario.unknown_ppm
    broke = graphql & (throw >= floor) & (throw < floor + scenario.gateway_ppm)
    status[broke] = np.where(flavour[broke] < 600, 502, 504)
    return code, status


def _column(scenario: Scenario, name: Literal["median_ms", "system_ppm", "status"]) -> Ints:
    return np.array([getattr(each, name) for each in scenario.operations], dtype=np.int64)


def _ms_into(day: date, moment: datetime) -> int:
    return (moment - datetime.combine(day, time())) // timedelta(milliseconds=1)
