"""What is known of every device, in columns: nearly all devices of a fleet are plain, and need no object of their own.

A device is known by its number, in the order of registration. What is not plain has a `rules.Device` in `special`
too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from kakeibo.devices import GONE, REASONS, Fleet
from kakeibo.fleet import rules
from kakeibo.fleet.rules import Device

Longs = NDArray[np.int64]
Group = tuple[str, str, str]
"""Region, model, firmware; empty where the device never said."""

IN: Final = 0
HELD: Final = len(REASONS) + 1
"""States by number: in service, out for the reason REASONS[state - 1], held by the breaker."""
STATES: Final = HELD + 1
AWAY: Final = STATES
"""Not expected: beyond the states whose time is counted."""

BEAT: Final = np.dtype([("number", "<u4"), ("last", "<i8"), ("sequence", "<i8"), ("seen", "<u8"), ("flags", "u1")])
"""What the store keeps of a plain device. `flags`: on a trip (1), and twice the place in GONE."""


def state_of(device: Device) -> int:
    if device.gone:
        return AWAY
    if device.out:
        return REASONS.index(device.out.reason) + 1
    return HELD if device.held else IN


_ALL: Final = (
    *("last", "due", "sequence", "seen", "on_trip", "gone"),
    *("plain", "state", "group", "touched", "detailed"),
)


class Columns:
    """Devices of one fleet. `due`: the second at which a rule has to look at the device again.

    `touched` since the store was written; `detailed`: it has a row of its own there.
    """

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.numbers: dict[str, int] = {}
        self.names: list[str] = []
        self.groups: dict[Group, int] = {}
        self.special: dict[int, Device] = {}
        self.grace = 0
        self.regrouped: set[int] = set()
        self._size = self._room = 0
        self.last = np.empty(0, np.int64)
        self.due = np.empty(0, np.int64)
        self.sequence = np.empty(0, np.int64)
        self.seen = np.empty(0, np.uint64)
        self.on_trip = np.empty(0, np.bool_)
        self.gone = np.empty(0, np.uint8)
        self.plain = np.empty(0, np.bool_)
        self.state = np.empty(0, np.int8)
        self.group = np.empty(0, np.int32)
        self.touched = np.empty(0, np.bool_)
        self.detailed = np.empty(0, np.bool_)

    def __len__(self) -> int:
        return self._size

    def add(self, name: str, group: Group, last: int) -> int:
        """Register a device that is in service, and give its number."""
        number = self._size
        self._make_room(number + 1)
        self.numbers[name] = number
        self.names.append(name)
        self._size += 1
        self.group[number] = self.group_of(group)
        self.put(number, Device(last))
        return number

    def reserve(self, size: int) -> None:
        """Room for `size` plain devices whose names nobody needs."""
        self._make_room(size)
        self._size = size
        self.plain[:size] = True

    def group_of(self, group: Group) -> int:
        return self.groups.setdefault(group, len(self.groups))

    def device(self, number: int) -> Device:
        found = self.special.get(number)
        if found is not None:
            return found
        return Device(
            last=int(self.last[number]),
            sequence=int(self.sequence[number]),
            seen=int(self.seen[number]),
            on_trip=bool(self.on_trip[number]),
            gone=GONE[self.gone[number]],
        )

    def put(self, number: int, device: Device) -> None:
        self.last[number], self.sequence[number] = device.last, device.sequence
        self.seen[number], self.on_trip[number] = device.seen, device.on_trip
        self.gone[number] = GONE.index(device.gone)
        self.due[number] = rules.due(self.fleet, device, self.grace)
        self.state[number] = state_of(device)
        self.plain[number] = device.plain
        self.touched[number] = True
        if device.plain:
            self.special.pop(number, None)
        else:
            self.special[number] = device

    def beat(self, numbers: Longs, received: Longs, sequence: Longs, trip: NDArray[np.int8]) -> None:
        """Newest messages of plain devices, one of each, that say nothing but "I am here" (and "on a trip").

        The same as `rules.hear`, for all of them at once. `sequence` and `trip` are -1 where the message has none.
        """
        self.last[numbers] = np.maximum(self.last[numbers], received)
        self.due[numbers] = self._deadlines(numbers)
        counted = sequence >= 0
        chosen, step = numbers[counted], sequence[counted] - self.sequence[numbers[counted]]
        shift = np.minimum(step, rules.SEEN - 1).astype(np.uint64)
        seen = np.where(step < rules.SEEN, self.seen[chosen] << shift, np.uint64(0)) | np.uint64(1)
        self.seen[chosen], self.sequence[chosen] = seen, sequence[counted]
        told = trip >= 0
        self.on_trip[numbers[told]] = trip[told] == 1
        self.touched[numbers] = True

    def expected(self) -> int:
        """How many devices are not gone."""
        return len(self) - int(np.count_nonzero(self.gone[: len(self)]))

    def overdue(self, second: int) -> NDArray[np.int64]:
        """The devices that a rule has to look at."""
        return np.flatnonzero(self.due[: len(self)] <= second)

    def next_due(self) -> int:
        return int(self.due[: len(self)].min()) if len(self) else rules.NEVER

    def silent_until(self, second: int) -> int:
        """How many devices will be due for their silence by then, if they go on being silent."""
        used = slice(len(self))
        soon = self.due[used] <= second
        plain = int(np.count_nonzero(soon & self.plain[used] & ~self.on_trip[used]))
        others = (rules.silent_by(self.fleet, device, second, self.grace) for device in self.special.values())
        return plain + sum(others)

    def resume(self, second: int) -> None:
        """Nobody looked until `second`: silence counts from there on."""
        self.grace = max(self.grace, second * 1000)
        used = np.flatnonzero(self.plain[: len(self)])
        self.due[used] = np.where(self.gone[used] > 0, rules.NEVER, self._deadlines(used))
        for number, device in self.special.items():
            self.due[number] = rules.due(self.fleet, device, self.grace)

    def _deadlines(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        seconds: NDArray[np.int64] = -(-np.maximum(self.last[numbers], self.grace) // 1000)
        return seconds + self.fleet.heartbeat.silent_after

    def _make_room(self, size: int) -> None:
        if size <= self._room:
            return
        self._room = max(1024, size, self._room + self._room // 2)
        for name in _ALL:
            column: NDArray[Any] = getattr(self, name)
            grown = np.zeros(self._room, column.dtype)
            grown[: len(column)] = column
            setattr(self, name, grown)

    # -- for the store ----------------------------------------------------------------------------------------------

    def packed(self, numbers: NDArray[np.int64]) -> bytes:
        """The columns of some devices, for `unpack`."""
        rows = np.zeros(len(numbers), BEAT)
        rows["number"] = numbers
        for name in ("last", "sequence", "seen"):
            rows[name] = getattr(self, name)[numbers]
        rows["flags"] = self.on_trip[numbers] | self.gone[numbers] << 1
        return rows.tobytes()

    def unpack(self, blobs: Iterable[bytes]) -> None:
        """Take in what `packed` made, the oldest first; `settle_down` when all is there."""
        for blob in blobs:
            rows = np.frombuffer(blob, BEAT)
            for name in ("last", "sequence", "seen"):
                getattr(self, name)[rows["number"]] = rows[name]
            self.on_trip[rows["number"]] = rows["flags"] & 1
            self.gone[rows["number"]] = rows["flags"] >> 1

    def settle_down(self, special: Iterator[tuple[int, Device]], grace: int) -> None:
        """All was read from the store."""
        self.grace = grace
        every = np.arange(len(self))
        away = self.gone[every] > 0
        self.due[every] = np.where(away, rules.NEVER, self._deadlines(every))
        self.state[every[away]] = AWAY
        for number, device in special:
            self.put(number, device)
            self.detailed[number] = True
        self.touched[:] = False
