"""Parts: the events of an SLO's hour by the values of a column. They add up to the whole, to the event.

Of a column's values an hour keeps the KEPT with the most bad events, then the most events; the others are counted
together under the kind "rest". The choice is made anew whenever values come in, so a value can leave for the rest and
return: then its row has only what came since. Hence a row is never too large, and too small by the rest of its hour
at most. Intervals are all kept: there are few.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from sqlalchemy import BigInteger, Connection, FromClause, and_, cast, delete, func, insert, select, tuple_

from kakeibo import intervals
from kakeibo.ledger.deliveries import storable
from kakeibo.ledger.positions import slo_ids
from kakeibo.model import Count
from kakeibo.store import Store, bulk, tables

KEPT: Final = 50
"""Values of a column kept for each SLO and hour."""
_TEXT_KEPT: Final = 200
_AT_ONCE: Final = 500
REST: Final = ("rest", "")

PartRow = tuple[int, str, str, str, str, int, int, int]
"""hour since 1970, SLO's name, column, kind, value, good, bad, void"""
Value = tuple[str, str]
"""kind and value: ("value", "PlayVideo"), ("missing", ""), ("rest", ""), ("interval", "0.3"); ("interval", "") where
the number is missing"""
Parts = Mapping[str, Mapping[Value, Count]]
"""column -> value -> events"""

_Group = tuple[int, int, str]
"""hour, slo_id, column"""
_Numbers = tuple[int, int, int]
_Column = tuple[str, Value]


def enter_parts(connection: Connection, rows: Sequence[PartRow]) -> None:
    """Add parts to those that are there. Call within the transaction that posts the counts."""
    if not rows:
        return
    groups = _gathered(rows, slo_ids(connection, (row[1] for row in rows)))
    _make_room(connection, groups)
    ids = _ids(connection, {(column, value) for (_, _, column), values in groups.items() for value in values})
    bulk.add(connection, tables.parts, sorted(_written(groups, ids)))


def _gathered(rows: Iterable[PartRow], slos: Mapping[str, int]) -> dict[_Group, dict[Value, _Numbers]]:
    groups: dict[_Group, dict[Value, _Numbers]] = {}
    for hour, slo, column, kind, value, *numbers in rows:
        held = groups.setdefault((hour, slos[slo], column), {})
        _add(held, (kind, storable(value, _TEXT_KEPT) if kind == "value" else value), numbers)
    return groups


def _add(held: dict[Value, _Numbers], value: Value, numbers: Sequence[int]) -> None:
    good, bad, void = held.get(value, (0, 0, 0))
    held[value] = good + numbers[0], bad + numbers[1], void + numbers[2]


def _written(
    groups: Mapping[_Group, Mapping[Value, _Numbers]], ids: Mapping[_Column, int]
) -> Iterator[tuple[int, ...]]:
    for (hour, slo, column), values in groups.items():
        for value, numbers in values.items():
            yield hour, slo, ids[column, value], *numbers


# -- which values are kept --------------------------------------------------------------------------------------------


def _make_room(connection: Connection, groups: dict[_Group, dict[Value, _Numbers]]) -> None:
    """Move what is beyond KEPT values to the rest: of what comes in, and of what is there already."""
    held = _sizes(connection, {hour for hour, _, _ in groups})
    for group, values in groups.items():
        coming = sum(kind == "value" for kind, _ in values)
        if coming and coming + held.get(group, 0) > KEPT:
            _choose(connection, group, values)


def _sizes(connection: Connection, hours: set[int]) -> dict[_Group, int]:
    """How many values each group of these hours has."""
    parts, values = tables.parts.c, tables.part_values.c
    found: dict[_Group, int] = {}
    wanted = sorted(hours)
    for start in range(0, len(wanted), _AT_ONCE):
        rows = (
            select(parts.hour, parts.slo_id, values.column, func.count())
            .join(tables.part_values, values.id == parts.value_id)
            .where(parts.hour.in_(wanted[start : start + _AT_ONCE]), values.kind == "value")
            .group_by(parts.hour, parts.slo_id, values.column)
        )
        found |= {(hour, slo, column): n for hour, slo, column, n in connection.execute(rows)}
    return found


def _choose(connection: Connection, group: _Group, coming: dict[Value, _Numbers]) -> None:
    """Keep the first KEPT values of a group, and put the others to the rest, those that are there already too."""
    hour, slo, column = group
    parts, values = tables.parts.c, tables.part_values.c
    rows = (
        select(values.kind, values.value, parts.value_id, parts.good, parts.bad, parts.void)
        .join(tables.part_values, values.id == parts.value_id)
        .where(parts.hour == hour, parts.slo_id == slo, values.column == column, values.kind == "value")
    )
    there = {(kind, value): (value_id, numbers) for kind, value, value_id, *numbers in connection.execute(rows)}
    sums = {value: numbers for value, numbers in coming.items() if value[0] == "value"}
    for value, (_, numbers) in there.items():
        _add(sums, value, numbers)
    gone = sorted(sums, key=lambda value: (-sums[value][1], -sum(sums[value]), value))[KEPT:]
    for value in gone:
        coming.pop(value, None)
        _add(coming, REST, sums[value])
    if leaving := [there[value][0] for value in gone if value in there]:
        connection.execute(
            delete(tables.parts).where(parts.hour == hour, parts.slo_id == slo, parts.value_id.in_(leaving))
        )


def _ids(connection: Connection, wanted: set[_Column]) -> dict[_Column, int]:
    """The ids of values, new ones entered."""
    found = dict(_known(connection, wanted))
    if new := sorted(wanted - found.keys()):
        rows = [{"column": column, "kind": kind, "value": value} for column, (kind, value) in new]
        connection.execute(insert(tables.part_values), rows)
        found |= dict(_known(connection, set(new)))
    return found


def _known(connection: Connection, wanted: set[_Column]) -> Iterator[tuple[_Column, int]]:
    table = tables.part_values.c
    keys = sorted((column, *value) for column, value in wanted)
    for start in range(0, len(keys), _AT_ONCE // 2):
        chosen = tuple_(table.column, table.kind, table.value).in_(keys[start : start + _AT_ONCE // 2])
        for value_id, column, kind, value in connection.execute(
            select(table.id, table.column, table.kind, table.value).where(chosen)
        ):
            yield (column, (kind, value)), value_id


# -- what is asked ----------------------------------------------------------------------------------------------------


def parts_of(store: Store, slo: str, from_hour: int, to_hour: int) -> Parts:
    """The events of an SLO in the hours [from, to) by the values of every column. `unknown` of the counts is 0."""
    part, value = tables.parts.c, tables.part_values.c
    summed = (cast(func.sum(column), BigInteger) for column in (part.good, part.bad, part.void))
    rows = (
        select(value.column, value.kind, value.value, *summed)
        .select_from(_of(slo, from_hour, to_hour))
        .group_by(value.column, value.kind, value.value)
    )
    found: dict[str, dict[Value, Count]] = {}
    with store.reading() as connection:
        for column, kind, written, good, bad, void in connection.execute(rows):
            found.setdefault(column, {})[kind, written] = Count(good, bad, void)
    return found


def intervals_by_hour(
    store: Store, slo: str, column: str, from_hour: int, to_hour: int
) -> dict[int, dict[int | None, Count]]:
    """The histogram of a number column: hour -> interval (None: the number is missing) -> events."""
    part, value = tables.parts.c, tables.part_values.c
    rows = (
        select(part.hour, value.value, part.good, part.bad, part.void)
        .select_from(_of(slo, from_hour, to_hour))
        .where(value.column == column, value.kind == "interval")
    )
    found: dict[int, dict[int | None, Count]] = {}
    with store.reading() as connection:
        for hour, written, good, bad, void in connection.execute(rows):
            number = intervals.parsed(written) if written else None
            found.setdefault(hour, {})[number] = Count(good, bad, void)
    return found


def _of(slo: str, from_hour: int, to_hour: int) -> FromClause:
    """Parts of an SLO with their values. They are in the order of hours: the hours there are are looked up first."""
    part, snapshot = tables.parts.c, tables.snapshots.c
    within = snapshot.hour >= from_hour, snapshot.hour < to_hour
    hours = select(snapshot.hour).where(*within).distinct().subquery("hours")
    slo_id = select(tables.slos.c.id).where(tables.slos.c.name == slo).scalar_subquery()
    return hours.join(tables.parts, and_(part.hour == hours.c.hour, part.slo_id == slo_id)).join(
        tables.part_values, tables.part_values.c.id == part.value_id
    )
