"""A fleet as the store has it, to be looked at: read without its names, which are fetched for what is shown.

Fit for pages over a million devices: columns are read whole, a list is read by the page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, func, select

from kakeibo.devices import ATTRIBUTES, REASONS, Fleet
from kakeibo.fleet.columns import AWAY, HELD, IN, Group
from kakeibo.fleet.orders import Change, Command
from kakeibo.fleet.records import Records, change_of
from kakeibo.fleet.rules import Device
from kakeibo.store import Store, tables

Standing = Literal["trouble", "in_service", "on_trip", "held", "out", "away"]
STANDINGS: Final[tuple[str, ...]] = (*get_args(Standing), *REASONS)
"""What devices can be looked for by: trouble is whatever has a cause, whether it takes effect or not."""
_AMONG: Final[dict[str, tuple[int, ...]]] = {
    "": tuple(range(AWAY)),
    "in_service": (IN, HELD),
    "held": (HELD,),
    "out": tuple(range(IN + 1, HELD)),
    "away": (AWAY,),
    **{reason: (number,) for number, reason in enumerate(REASONS, 1)},
}
_FEW: Final = 20_000
"""Up to so many devices are asked for by number; more are read through."""
_AT_ONCE: Final = 500
_GROUPS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which devices are looked for: "" for any. `standing`: one of STANDINGS; `q`: a part of the name."""

    standing: str = ""
    region: str = ""
    model: str = ""
    firmware: str = ""
    q: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """One device of a list."""

    number: int
    name: str
    group: Group
    device: Device


class Census:
    """One fleet. `state` None: nothing of it was ever received. `waiting`: entries by hand that are not applied yet."""

    def __init__(self, store: Store, fleet: Fleet) -> None:
        self.store, self.fleet = store, fleet
        records = Records(store, fleet)
        self.state, self.columns = records.columns()
        self.id = records.id
        self.waiting = records.orders()
        used = slice(len(self.columns))
        self.states, self.trips = self.columns.state[used], self.columns.on_trip[used]

    @property
    def size(self) -> int:
        """Devices that are expected."""
        return self.columns.expected()

    def counts(self) -> dict[str, int]:
        """Devices by standing and reason; `in_service` with those on a trip and those that are held."""
        states = np.bincount(self.states, minlength=AWAY + 1).tolist()
        return {
            "in_service": states[IN] + states[HELD],
            "on_trip": int(np.count_nonzero(self.trips & (self.states < AWAY))),
            "held": states[HELD],
            "away": states[AWAY],
            **{reason: states[number] for number, reason in enumerate(REASONS, 1)},
        }

    def find(self, name: str) -> Found | None:
        """The device of that very name."""
        with self.store.reading() as connection:
            return next(self._rows(connection, tables.devices.c.name == name, 1), None)

    def named(self, numbers: list[int]) -> list[Found]:
        """These devices, by number."""
        with self.store.reading() as connection:
            return list(self._by_number(connection, numbers, ()))

    def page(self, wanted: Wanted, after: int, limit: int) -> tuple[list[Found], bool]:
        """The first devices with a number above `after` that are wanted, and whether there are more."""
        chosen = np.flatnonzero(self._mask(wanted.standing))
        left = chosen[chosen > after]
        conditions = _conditions(wanted)
        with self.store.reading() as connection:
            if len(left) <= _FEW:
                rows = self._by_number(connection, left.tolist(), conditions)
            else:
                rows = self._through(connection, np.isin(np.arange(len(self.columns)), left), after, conditions)
            found = [row for _, row in zip(range(limit + 1), rows, strict=False)]
        return found[:limit], len(found) > limit

    def recent(self, limit: int) -> list[tuple[str, Change]]:
        """The newest changes of all devices but their first words, the newest first, each with the device's name."""
        table = tables.device_changes.c
        rows = (
            select(tables.device_changes)
            .where(table.fleet_id == self.id, table.what != "registered")
            .order_by(table.id.desc())
            .limit(limit)
        )
        with self.store.reading() as connection:
            found = [change_of(row) for row in connection.execute(rows)]
        names = {one.number: one.name for one in self.named(sorted({one.number for one in found}))}
        return [(names.get(one.number, ""), one) for one in found]

    def happened(self, since: int) -> Counter[tuple[str, str]]:
        """How often what happened, and for which reason, from second `since` on."""
        table = tables.device_changes.c
        rows = (
            select(table.what, table.reason, func.count())
            .where(table.fleet_id == self.id, table.at >= since)
            .group_by(table.what, table.reason)
        )
        with self.store.reading() as connection:
            return Counter({(what, reason): n for what, reason, n in connection.execute(rows)})

    def values(self) -> list[tuple[str, list[str]]]:
        """(attribute, its values), as devices have said them of themselves: for a choice."""
        columns = [tables.devices.c[name] for name in ATTRIBUTES]
        rows = select(*columns).where(tables.devices.c.fleet_id == self.id).distinct().limit(_GROUPS)
        with self.store.reading() as connection:
            groups = [tuple(row) for row in connection.execute(rows)]
        return [(name, sorted({one[place] for one in groups} - {""})) for place, name in enumerate(ATTRIBUTES)]

    def troubled(self) -> list[int]:
        """The numbers of devices with a cause, the longest out first."""
        special = self.columns.special.items()
        return [n for _, n in sorted((one.changed, n) for n, one in special if one.causes and not one.gone)]

    def proposals(self) -> dict[int, Command]:
        """Number -> what waits for somebody to confirm it."""
        return {n: one for n, one in self.state.commands.items() if one.proposed} if self.state else {}

    def _mask(self, standing: str) -> NDArray[np.bool_]:
        states = self.states
        if standing == "trouble":
            mask = np.zeros(len(states), np.bool_)
            mask[self.troubled()] = True
            return mask
        if standing == "on_trip":
            return self.trips & (states < AWAY)
        return np.isin(states, _AMONG[standing])

    def _through(
        self, connection: Connection, mask: NDArray[np.bool_], after: int, conditions: tuple[ColumnElement[bool], ...]
    ) -> Iterator[Found]:
        while True:
            some = list(self._rows(connection, tables.devices.c.number > after, _AT_ONCE, *conditions))
            yield from (one for one in some if mask[one.number])
            if len(some) < _AT_ONCE:
                return
            after = some[-1].number

    def _by_number(
        self, connection: Connection, numbers: list[int], conditions: tuple[ColumnElement[bool], ...]
    ) -> Iterator[Found]:
        for start in range(0, len(numbers), _AT_ONCE):
            some = tables.devices.c.number.in_(numbers[start : start + _AT_ONCE])
            yield from self._rows(connection, some, _AT_ONCE, *conditions)

    def _rows(self, connection: Connection, condition: ColumnElement[bool], limit: int,
              *more: ColumnElement[bool]) -> Iterator[Found]:  # fmt: skip
        table = tables.devices
        rows = select(table).where(table.c.fleet_id == self.id, condition, *more).order_by(table.c.number).limit(limit)
        for row in connection.execute(rows).all():
            group = (row.region, row.model, row.firmware)
            yield Found(row.number, row.name, group, self.columns.device(row.number))


def _conditions(wanted: Wanted) -> tuple[ColumnElement[bool], ...]:
    table = tables.devices.c
    same = [table[name] == value for name in ATTRIBUTES if (value := getattr(wanted, name))]
    return (*same, *([table.name.icontains(wanted.q, autoescape=True)] if wanted.q else []))
