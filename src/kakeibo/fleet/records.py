"""A fleet in the store: read whole, written as far as it has changed, within the transaction of a posting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
import numpy as np
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from kakeibo.devices import Fleet
from kakeibo.fleet.breaker import Breaker
from kakeibo.fleet.columns import Columns
from kakeibo.fleet.fleets import Running
from kakeibo.fleet.messages import Message
from kakeibo.fleet.orders import Change, Command, Order
from kakeibo.fleet.rules import Device
from kakeibo.store import Store, audit, bulk, tables

REWRITE: Final = 100_000
"""Beats are rewritten, a row for each device, when there are so many more of them than of devices."""
_AT_ONCE: Final = 65_536
_KEYS: Final = 500


class State(msgspec.Struct):
    """What is about the whole fleet. `order`: the last of what people entered that was applied. `strangers`: messages
    of devices that are refused, by name."""

    clock: int | None = None
    grace: int = 0
    order: int = 0
    breaker: Breaker = msgspec.field(default_factory=Breaker)
    waiting: list[Message] = []
    commands: dict[int, Command] = {}
    strangers: dict[str, int] = {}


class Records:
    """One fleet as the store has it. Of several processes the ledger lets one write; the others load again."""

    def __init__(self, store: Store, fleet: Fleet) -> None:
        self.store, self.fleet = store, fleet
        self.id: int | None = None
        self.order = 0
        self._saved = 0
        self._beats = 0

    def load(self) -> Running:
        """The fleet as of its last posting; one that was never posted is empty."""
        state, columns = self.columns(named=True)
        if state is None:
            return Running(self.fleet)
        running = Running(self.fleet, columns, state.clock)
        running.breaker, running.waiting = state.breaker, state.waiting
        running.commands.under_way, running.strangers = state.commands, state.strangers
        running.begin_again()
        return running

    def columns(self, *, named: bool = False) -> tuple[State | None, Columns]:
        """What `load` begins with; `named`: with the names and groups of the devices, which take most of the time."""
        with self.store.reading() as connection:
            row = connection.execute(
                select(tables.fleets.c.id, tables.fleets.c.state).where(tables.fleets.c.name == self.fleet.key)
            ).one_or_none()
            self.id = row.id if row else None
            self._saved = self._beats = self.order = 0
            if row is None:
                return None, Columns(self.fleet)
            state = msgspec.msgpack.decode(row.state, type=State)
            self.order = state.order
            return state, self._columns(connection, state, named)

    def orders(self) -> list[Order]:
        """What people entered and is not applied yet, in order."""
        table = tables.device_orders
        rows = select(table).where(table.c.fleet == self.fleet.key, table.c.id > self.order).order_by(table.c.id)
        with self.store.reading() as connection:
            return [
                Order(row.id, row.verb, row.device, row.reason or None, row.words, row.author)
                for row in connection.execute(rows)
            ]

    def save(self, connection: Connection, running: Running, changes: Sequence[Change], order: int) -> None:
        """Write all that changed since the last time; `order`: the last one that was applied. Call `saved` when the
        transaction is through."""
        state = State(running.clock, running.columns.grace, order, running.breaker, running.waiting,
                      running.commands.under_way, running.strangers)  # fmt: skip
        encoded = msgspec.msgpack.encode(state)
        if self.id is None:
            new = insert(tables.fleets).values(name=self.fleet.key, state=encoded).returning(tables.fleets.c.id)
            self.id = int(connection.execute(new).scalar_one())
        else:
            connection.execute(update(tables.fleets).where(tables.fleets.c.id == self.id).values(state=encoded))
        columns = running.columns
        new_ones = range(self._saved, len(columns))
        regrouped = sorted(number for number in columns.regrouped if number < self._saved)
        bulk.put(connection, tables.devices, _devices(self.id, columns, [*regrouped, *new_ones]))
        self._save_beats(connection, columns)
        self._save_details(connection, columns)
        if changes:
            connection.execute(insert(tables.device_changes), [_row(self.id, change) for change in changes])

    def saved(self, running: Running, order: int) -> None:
        """What was written is durable."""
        columns = running.columns
        touched = int(np.count_nonzero(columns.touched))
        self._beats = len(columns) if self._rewrites(columns, touched) else self._beats + touched
        self._saved, self.order = len(columns), order
        columns.touched[:] = False
        columns.regrouped.clear()

    def _rewrites(self, columns: Columns, touched: int) -> bool:
        return self._beats + touched > 2 * len(columns) + REWRITE

    def _save_beats(self, connection: Connection, columns: Columns) -> None:
        table, numbers = tables.device_beats, np.flatnonzero(columns.touched)
        if self._rewrites(columns, len(numbers)):
            connection.execute(delete(table).where(table.c.fleet_id == self.id))
            numbers = np.arange(len(columns))
        rows = [
            {"fleet_id": self.id, "rows": columns.packed(some), "devices": len(some)}
            for start in range(0, len(numbers), _AT_ONCE)
            for some in [numbers[start : start + _AT_ONCE]]
        ]
        if rows:
            connection.execute(insert(table), rows)

    def _save_details(self, connection: Connection, columns: Columns) -> None:
        table = tables.device_details
        touched = np.flatnonzero(columns.touched & ~columns.plain).tolist()
        bulk.put(connection, table, ((self.id, n, msgspec.msgpack.encode(columns.special[n])) for n in touched))
        plain = np.flatnonzero(columns.touched & columns.plain & columns.detailed).tolist()
        for start in range(0, len(plain), _KEYS):
            chosen = table.c.number.in_(plain[start : start + _KEYS])
            connection.execute(delete(table).where(table.c.fleet_id == self.id, chosen))
        columns.detailed[touched], columns.detailed[plain] = True, False

    def _columns(self, connection: Connection, state: State, named: bool) -> Columns:
        columns = Columns(self.fleet)
        table = tables.devices
        if named:
            for row in connection.execute(select(table).where(table.c.fleet_id == self.id).order_by(table.c.number)):
                columns.add(row.name, (row.region, row.model, row.firmware), 0)
        else:  # numbers are given without gaps
            last = connection.scalar(select(func.max(table.c.number)).where(table.c.fleet_id == self.id))
            columns.reserve(0 if last is None else last + 1)
        self._saved = len(columns)
        beats = tables.device_beats
        stored = select(beats.c.rows).where(beats.c.fleet_id == self.id).order_by(beats.c.id)
        columns.unpack(connection.scalars(stored))
        of_fleet = beats.c.fleet_id == self.id
        self._beats = int(connection.scalar(select(func.coalesce(func.sum(beats.c.devices), 0)).where(of_fleet)) or 0)
        columns.settle_down(_details(connection, self.id), state.grace)
        return columns


def _details(connection: Connection, fleet_id: int | None) -> Iterator[tuple[int, Device]]:
    table = tables.device_details
    for row in connection.execute(select(table).where(table.c.fleet_id == fleet_id)):
        yield row.number, msgspec.msgpack.decode(row.detail, type=Device)


def _devices(fleet_id: int, columns: Columns, numbers: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    groups = list(columns.groups)
    for number in numbers:
        yield fleet_id, number, columns.names[number], *groups[columns.group[number]]


def _row(fleet_id: int, change: Change) -> dict[str, Any]:
    row = msgspec.structs.asdict(change)
    return {**row, "fleet_id": fleet_id, "reason": change.reason or ""}


def enter_order(store: Store, fleet: str, order: Order, now: int) -> None:
    """Note what somebody wants; the fleet does it with the next messages. `order.id` is not looked at."""
    row = {
        "fleet": fleet,
        "verb": order.verb,
        "device": order.device,
        "reason": order.reason or "",
        "words": order.words,
        "author": order.author,
        "entered": now,
    }
    with store.writing() as connection:
        connection.execute(insert(tables.device_orders).values(row))
        audit.note(connection, order.author, f"fleet.{order.verb}", f"{fleet} {order.device}".strip(), order.words)


def forget(fleet: str, connection: Connection) -> None:
    """Drop what is known of a fleet's devices, for judging their messages again. What people entered stays, and holds
    from the first message on."""
    fleet_id = connection.scalar(select(tables.fleets.c.id).where(tables.fleets.c.name == fleet))
    for table in (tables.devices, tables.device_beats, tables.device_details, tables.device_changes):
        connection.execute(delete(table).where(table.c.fleet_id == fleet_id))
    connection.execute(delete(tables.fleets).where(tables.fleets.c.id == fleet_id))


def history(store: Store, fleet: str, number: int, limit: int = 1_000) -> list[Change]:
    """The newest changes of a device (or of FLEET), the oldest of them first."""
    table = tables.device_changes
    rows = (
        select(table)
        .join(tables.fleets, tables.fleets.c.id == table.c.fleet_id)
        .where(tables.fleets.c.name == fleet, table.c.number == number)
        .order_by(table.c.id.desc())
        .limit(limit)
    )
    with store.reading() as connection:
        found = [change_of(row) for row in connection.execute(rows)]
    return found[::-1]


def change_of(row: Row[Any]) -> Change:
    """A row of device_changes."""
    return Change(row.number, row.at, row.what, row.reason or None, row.since, row.detail, row.fact, row.author)
