"""Ledger -> slices that are judged by how many events they have, for freshness and throughput.

A slice without an event is bad when the source delivered something else, and not measured when it delivered nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from kakeibo import ledger
from kakeibo.budgets.methods import Deliveries, Slices, judged_by_count
from kakeibo.ledger import Definition
from kakeibo.ledger.definitions import read_definitions
from kakeibo.ledger.deliveries import read_delivered, read_health
from kakeibo.ledger.slices import read_slices
from kakeibo.ledger.slips import read_slips
from kakeibo.model import Composite, Slip, Slo
from kakeibo.store import Store

Stretch = tuple[int, int]


def counted_slices(store: Store, slos: Sequence[Slo], from_minute: int, to_minute: int) -> dict[str, Slices]:
    """The slices of some SLOs whose method counts, of which any part lies within [from, to), as of one moment."""
    with store.reading() as connection:
        return _read(connection, slos, from_minute, to_minute)


def _read(connection: Connection, slos: Sequence[Slo], from_minute: int, to_minute: int) -> dict[str, Slices]:
    held, adjustments = read_definitions(connection), read_slips(connection, "adjustment")
    found: dict[str, Slices] = {}
    for source, length in dict.fromkeys((source_of(slo), slo.method.slice_minutes) for slo in slos):
        alike = [slo for slo in slos if (source_of(slo), slo.method.slice_minutes) == (source, length)]
        earliest = from_minute - max(slo.method.within_minutes for slo in alike)
        start, end = earliest // length * length, -(-to_minute // length) * length
        whole = delivered_in(connection, source, (start, end), length)
        columns = read_slices(connection, [slo.name for slo in alike], start, end, length)
        for slo in alike:
            own = own_of(whole, slo, held.get(slo.name), adjustments)
            starts, good, _ = columns[slo.name]
            found[slo.name] = judged_by_count(slo.method, starts, good, own)
    return found


def source_of(slo: Slo) -> str:
    """The source that an SLO is counted from."""
    if isinstance(slo.measure, Composite):
        raise ValueError(f"{slo.name} is put together of others: it has no events of its own to count")
    return slo.measure.source


def delivered_in(connection: Connection, source: str, stretch: Stretch, length: int) -> Deliveries:
    """What a source delivered. Its very first and last minute are left out: they may have come in part."""
    ever = read_health(connection, source, 0, 0)
    starts = read_delivered(connection, source, *stretch, length)
    if ever.first_minute is None or ever.last_minute is None:
        return Deliveries((stretch[0], stretch[0]), starts)
    return Deliveries((max(stretch[0], ever.first_minute + 1), min(stretch[1], ever.last_minute)), starts)


def own_of(whole: Deliveries, slo: Slo, definition: Definition | None, adjustments: Collection[Slip]) -> Deliveries:
    """What can be judged of one SLO: since it has been counted, outside the adjustments that cover it."""
    start, end = whole.stretch
    if definition is None or definition.text == ledger.NOT_COUNTED:
        return replace(whole, stretch=(start, start))
    since = max(start, definition.counted_since or start)
    in_force = [slip for slip in adjustments if slip.revoked is None and slip.covers(slo.name)]
    inside = [(max(slip.from_minute, since), min(slip.to_minute, end)) for slip in in_force]
    return replace(whole, stretch=(since, end), gaps=[gap for gap in inside if gap[0] < gap[1]])
