"""What users write to support: a few on any day, and many after they were hit, with a delay."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path

import numpy as np

from kakeibo.clock import zone
from kakeibo.simulate.dice import Dice, Ints
from kakeibo.simulate.scenario import Scenario
from kakeibo.simulate.traffic import Requests, moments

HEADER = "hour,enquiries"
_ONE_IN = 4  # of the users hit, this share writes
_PATIENCE_MS = 5_000  # whoever waited longer feels hit
_DELAY_MINUTES = (10, 240)  # from the moment of the hit to the letter
_HOURS_PER_DAY = 24


class Enquiries:
    """Enquiries per hour and topic over the days of a simulation."""

    def __init__(self, scenario: Scenario, seed: int, days: int) -> None:
        self._scenario, self._seed = scenario, seed
        self._calendar = scenario.calendar(days)
        self._counts = np.zeros((days * _HOURS_PER_DAY, len(scenario.topics)), dtype=np.int64)

    @property
    def total(self) -> int:
        return int(self._counts.sum())

    def add(self, day: date, requests: Requests, scale: float) -> None:
        """The usual enquiries of the day, and those of the users whom its requests failed."""
        dice = Dice(self._seed, self._scenario.name, "enquiries", day)
        usual = round(self._scenario.enquiries_per_day * scale * (700 + dice.one(601)) / 1000)
        self._post(
            day, moments(dice, self._scenario.hours_weekday, usual), dice.below(len(self._scenario.topics), usual)
        )
        topic = np.array([self._topic(each.topic) for each in self._scenario.operations])[requests.operation]
        system = [self._scenario.codes.index(code) for code in self._scenario.system_codes]
        hit = np.isin(requests.code, system) | (requests.status >= 500) | (requests.duration_ms > _PATIENCE_MS)
        writes = hit & (topic >= 0) & (dice.below(_ONE_IN, len(requests)) == 0)
        shortest, longest = _DELAY_MINUTES
        delay = shortest + dice.below(longest - shortest, int(np.count_nonzero(writes)))
        self._post(day, requests.at_ms[writes] + delay * 60_000, topic[writes])

    def save(self, path: Path) -> None:
        """Write the CSV: one row an hour; an hour in which nobody wrote is a known zero."""
        zone_ = zone(self._scenario.timezone)
        rows = [",".join((HEADER, *self._scenario.topics))]
        for number, counts in enumerate(self._counts.tolist()):
            day, hour = divmod(number, _HOURS_PER_DAY)
            moment = datetime.combine(self._calendar[day], time(hour), tzinfo=zone_)
            rows.append(",".join(map(str, (moment.isoformat(timespec="minutes"), sum(counts), *counts))))
        path.write_text("\n".join(rows) + "\n", encoding="utf-8", newline="\n")

    def _topic(self, name: str | None) -> int:
        return self._scenario.topics.index(name) if name else -1

    def _post(self, day: date, at_ms: Ints, topic: Ints) -> None:
        hour = self._calendar.index(day) * _HOURS_PER_DAY + at_ms // 3_600_000
        known = hour < len(self._counts)  # letters after the last day are not part of the story
        np.add.at(self._counts, (hour[known], topic[known]), 1)
