"""Device-seconds: how long how many devices were in which state, by region, model and firmware. Integers throughout."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from kakeibo.fleet.columns import HELD, IN, STATES

_MINUTE = 60
CountRow = tuple[int, str, int, int, int, int]


class Seconds:
    """What is not in the ledger yet. `population[group, state]`: how many devices there are since `until`."""

    def __init__(self) -> None:
        self.population: NDArray[np.int64] = np.zeros((0, STATES), np.int64)
        self.until: int | None = None
        self._minutes: dict[int, NDArray[np.int64]] = {}

    def flow(self, second: int) -> None:
        """The population has stayed as it is until `second`."""
        if self.until is None or not self.population.any():
            self.until = second
        while self.until < second:
            minute = self.until // _MINUTE
            end = min((minute + 1) * _MINUTE, second)
            self._minute(minute)[:] += self.population * (end - self.until)
            self.until = end

    def skip(self, second: int) -> None:
        """Nobody looked until `second`: that time is not measured."""
        self.until = second

    def move(self, group: int, before: int | None, after: int | None) -> None:
        """One device changed its state; None: it was not there, or is not any more. One that is away has no time."""
        if group >= len(self.population):
            self.population = _longer(self.population, group + 1)
        if before is not None and before < STATES:
            self.population[group, before] -= 1
        if after is not None and after < STATES:
            self.population[group, after] += 1

    def count(self, groups: NDArray[np.int32], states: NDArray[np.int8]) -> None:
        """Begin with these devices."""
        self.population = np.zeros((int(groups.max(initial=-1)) + 1, STATES), np.int64)
        here = states < STATES
        np.add.at(self.population, (groups[here], states[here]), 1)

    def taken(self) -> Iterator[tuple[int, NDArray[np.int64]]]:
        """(minute, device-seconds by group and state) since the last time, in order; afterwards there are none."""
        minutes, self._minutes = self._minutes, {}
        yield from sorted(minutes.items())

    def _minute(self, minute: int) -> NDArray[np.int64]:
        kept = self._minutes.get(minute, self.population[:0])
        if len(kept) < len(self.population):
            kept = _longer(kept, len(self.population))
        self._minutes[minute] = kept
        return kept


def split_up(seconds: NDArray[np.int64], groups: NDArray[np.bool_], reasons: NDArray[np.bool_]) -> tuple[int, int, int]:
    """(good, bad, void) of the chosen groups: out for one of the chosen reasons is bad, for another one it is good.

    Valid is the time in which a device could be judged, whatever the part: so what parts lost adds up to what the whole
    lost. Void: the breaker held, nobody knows.
    """
    chosen = seconds[groups[: len(seconds)]].sum(axis=0)
    out = chosen[IN + 1 : HELD]
    bad = int(out[reasons].sum())
    return int(chosen[IN] + out.sum()) - bad, bad, int(chosen[HELD])


def _longer(rows: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    longer = np.zeros((length, STATES), np.int64)
    longer[: len(rows)] = rows
    return longer
