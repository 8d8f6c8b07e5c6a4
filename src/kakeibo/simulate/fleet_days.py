"""The devices of a story, what each says when, and which of them must be out: drawn in columns, decided by arithmetic.

Every device speaks at its own moment of each interval. Troubles are kept apart in time, so that what the rules have to
say follows from the numbers that were drawn; nothing here knows how the rules are implemented.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kakeibo.clock import zone
from kakeibo.simulate.dice import Dice, Ints
from kakeibo.simulate.fleet_scenario import FleetScenario, Trouble

Flags = NDArray[np.bool_]
_TRIP_MESSAGES: Final = (2, 7)
_NEVER: Final = 1 << 40


@dataclass(frozen=True, slots=True)
class Episode:
    """One trouble on one day. Of each of `devices`, messages from number `begin` to before `end` are concerned."""

    trouble: Trouble
    day: int
    devices: Ints
    begin: Ints
    end: Ints


@dataclass(frozen=True, slots=True)
class Outs:
    """What the rules must decide: `devices` are out (or held by the breaker) from second `begin` to second `end`."""

    trouble: Trouble
    devices: Ints
    begin: Ints
    end: Ints
    reason: str
    held: bool = False


@dataclass(frozen=True, slots=True)
class Sayings:
    """Messages of the fleet, in the order of their receipt in ms; `firmware` and `retained` are said by few."""

    received: Ints
    devices: Ints
    sequence: Ints
    battery: Ints
    on_trip: Flags
    failing: Flags
    firmware: Ints
    retained: Flags


class FleetDays:
    """`size` devices over `days`; the same story, seed, size and days are the same messages."""

    def __init__(self, story: FleetScenario, seed: int, size: int, days: int) -> None:
        self.story, self.seed, self.size, self.days = story, seed, size, days
        local = datetime.combine(story.first_day, time(), zone(story.timezone))
        self.start = int(local.timestamp()) * 1000
        dice = self._dice("devices")
        self.moment = dice.below(story.every * 1000, size)
        self.region = _weighted(dice, story.regions, size)
        self.model = _weighted(dice, story.models, size)
        self.counted = 1_000 + dice.below(50_000, size)
        self.charge = 550 + dice.below(450, size)
        self.episodes = [one for day in range(days) for one in self._day(day)]
        self.rents = [self._rented(day, number) for day in range(days) for number in range(len(story.trips))]

    def time_of(self, devices: Ints, number: Ints) -> Ints:
        """When message `number` of each device is received, in ms."""
        return self.start + self.moment[devices] + number * (self.story.every * 1000)

    def sayings(self, first: int, last: int) -> Sayings:
        """All that is said in messages `first` to before `last`, every device once in each, sorted."""
        parts = [self._said(number) for number in range(first, last)]
        columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
        order = np.argsort(columns[0], kind="stable")
        return Sayings(*(column[order] for column in columns))

    def outs(self) -> Iterator[Outs]:
        """Everything that must be decided, and nothing else."""
        for one in self.episodes:
            kind = one.trouble.kind
            if kind == "gateway":
                yield self._held(one)
            elif kind in ("gap", "carrier"):
                yield self._silent(one)
            elif kind == "battery":
                yield self._outs(one, one.devices, self._second(one.devices, one.begin), one.end, "battery")
            elif kind == "firmware":
                yield self._failed(one)

    def breaker(self) -> list[tuple[Trouble, int, int]]:
        """From when to when the breaker must hold: from the first device that is due, until few have been left for
        as long as it looks ahead."""
        story, found = self.story, []
        for one in self.episodes:
            if one.trouble.kind != "gateway":
                continue
            due = self._second(one.devices, one.begin - 1) + story.silent_after
            back = np.sort(self._second(one.devices, one.end))
            few = max(self.size * story.breaker_share // 2_000, story.breaker_at_least - 1)
            calm = int(back[len(back) - few - 1])
            found.append((one.trouble, int(due.min()), calm + story.breaker_ahead))
        return found

    # -- troubles ---------------------------------------------------------------------------------------------------

    def _day(self, day: int) -> Iterator[Episode]:
        taken = np.zeros(self.size, np.bool_)
        for trouble in self.story.troubles:
            if trouble.weekly and day % 7:
                continue
            dice = self._dice(trouble.key, day)
            devices = self._chosen(dice, trouble, taken)
            if trouble.kind in ("gap", "reboot"):
                taken[devices] = True
            else:
                taken[:] = False  # what follows lies apart in time
            yield self._episode(dice, trouble, day, devices)

    def _chosen(self, dice: Dice, trouble: Trouble, taken: Flags) -> Ints:
        able = ~taken
        for wanted, column, names in (
            (trouble.region, self.region, self.story.regions),
            (trouble.model, self.model, self.story.models),
        ):
            if wanted:
                able &= column == [name for name, _ in names].index(wanted)
        order = np.argsort(dice.below(1 << 30, self.size), kind="stable")
        return np.sort(order[able[order]][: self.size * trouble.share // 1000])

    def _episode(self, dice: Dice, trouble: Trouble, day: int, devices: Ints) -> Episode:
        first = day * self.story.per_day
        begin, end = (minute * 60_000 for minute in trouble.when)
        every = self.story.every * 1000
        if trouble.kind in ("carrier", "gateway"):  # for all at once: the first message at or after the moment
            sides = [first - (-(moment - self.moment[devices]) // every) for moment in (begin, end)]
            return Episode(trouble, day, devices, *sides)
        size, (least, most) = len(devices), trouble.length
        start = first + begin // every + dice.below((end - begin) // every, size)
        return Episode(trouble, day, devices, start, start + least + dice.below(most - least + 1, size))

    # -- what must be decided ---------------------------------------------------------------------------------------

    def _silent(self, one: Episode) -> Outs:
        """Out when the last message is too old, back with the second one again. On a trip: out at its end, if that is
        told by the first message again."""
        last, again = one.begin - 1, one.end
        due = self._second(one.devices, last) + self.story.silent_after
        back = self._second(one.devices, again + 1)
        ended = self._second(one.devices, again)
        long = due < ended
        rented, still = self._on_trip(one.devices, last), self._on_trip(one.devices, again)
        chosen = long & ~(rented & still)
        since = np.where(rented, ended, due)
        return Outs(one.trouble, one.devices[chosen], since[chosen], back[chosen], "heartbeat")

    def _held(self, one: Episode) -> Outs:
        due = self._second(one.devices, one.begin - 1) + self.story.silent_after
        return Outs(one.trouble, one.devices, due, self._second(one.devices, one.end), "heartbeat", held=True)

    def _failed(self, one: Episode) -> Outs:
        since = self._second(one.devices, one.begin + self.story.more_errors_than)
        over = self._second(one.devices, one.end - 1) + self.story.errors_end_after
        return Outs(one.trouble, one.devices, since, over, "error")

    def _outs(self, one: Episode, devices: Ints, since: Ints, end: Ints, reason: str) -> Outs:
        return Outs(one.trouble, devices, since, self._second(devices, end), reason)

    def _second(self, devices: Ints, number: Ints) -> Ints:
        """The first whole second at which a message had been received."""
        return -(-self.time_of(devices, number) // 1000)

    # -- what is said -----------------------------------------------------------------------------------------------

    def _said(self, number: int) -> tuple[NDArray[np.generic], ...]:
        every = np.arange(self.size)
        speaks, failing = np.ones(self.size, np.bool_), np.zeros(self.size, np.bool_)
        firmware, count = np.full(self.size, -1), self.counted + number
        charge = self.charge - number % self.story.per_day * 4 // 10
        retained = np.empty(0, np.int64)
        for one in self.episodes:
            kind, devices = one.trouble.kind, one.devices
            now = (one.begin <= number) & (number < one.end)
            if kind in ("gap", "reboot", "carrier", "gateway"):
                speaks[devices[now]] = False
            if kind == "carrier":
                retained = devices[now & (one.begin + 3 == number)]
            if kind == "reboot":
                later = number >= one.end
                count[devices[later]] = number - one.end[later]
            if kind == "firmware":
                failing[devices[now]] = True
                firmware[devices[one.begin == number]], firmware[devices[one.end == number]] = 1, 0
            if kind == "battery" and number // self.story.per_day == one.day:
                full = number >= one.end
                low = self.story.out_below - 1 + (one.begin - number) * 3
                full_again = 1_000 - (number - one.end) * 4 // 10
                charge[devices] = np.where(full, full_again, np.maximum(low, 1))
        chosen = every[speaks]
        parts = [(chosen, np.zeros(len(chosen), np.bool_)), (retained, np.ones(len(retained), np.bool_))]
        who, stale = (np.concatenate(column) for column in zip(*parts, strict=True))
        numbers = np.full(len(who), number)
        trips = self._on_trip(who, numbers)
        return (self.time_of(who, numbers), who, count[who], charge[who], trips, failing[who] & ~stale,
                np.where(stale, -1, firmware[who]), stale)  # fmt: skip

    def _rented(self, day: int, number: int) -> tuple[Ints, Ints]:
        """Which messages of each device are of a trip in a part of the day: [from, to); nobody rents an empty one."""
        story, dice = self.story, self._dice("trips", day, number)
        begin, end = (minute * 60 // story.every for minute in story.trips[number])
        least, most = _TRIP_MESSAGES
        length = least + dice.below(most - least, self.size)
        start = day * story.per_day + begin + dice.below(end - begin - most, self.size)
        start[dice.below(2, self.size) == 0] = _NEVER
        for one in self.episodes:
            if one.trouble.kind == "battery" and one.day == day and _meet(story.trips[number], one.trouble, story):
                start[one.devices] = _NEVER
        return start, start + length

    def _on_trip(self, devices: Ints, number: Ints) -> Flags:
        on_trip = np.zeros(len(devices), np.bool_)
        for begin, end in self.rents:
            on_trip |= (begin[devices] <= number) & (number < end[devices])
        return on_trip

    def _dice(self, *purpose: object) -> Dice:
        return Dice(self.seed, self.story.name, self.size, *purpose)


def _weighted(dice: Dice, names: tuple[tuple[str, int], ...], size: int) -> Ints:
    """The places of `size` draws among `names` by weight."""
    ends = np.cumsum([weight for _, weight in names])
    return np.searchsorted(ends, dice.below(int(ends[-1]), size), side="right")


def _meet(part: tuple[int, int], trouble: Trouble, story: FleetScenario) -> bool:
    """Whether a trouble may last into a part of the day."""
    longest = trouble.when[1] + trouble.length[1] * story.every // 60
    return part[0] < longest and trouble.when[0] < part[1]
