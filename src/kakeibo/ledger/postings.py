"""A posting: everything counted from one source in one go, written in one transaction or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from kakeibo.ledger import deliveries
from kakeibo.ledger.adjustments import take_out
from kakeibo.ledger.parts import PartRow, enter_parts
from kakeibo.ledger.positions import claim, delete_keys, slo_ids, write_streams
from kakeibo.ledger.slips import in_force
from kakeibo.ledger.totals import CountRow, carry
from kakeibo.ledger.touches import touch
from kakeibo.model import Rejection, Stream
from kakeibo.store import Store, bulk, tables


@dataclass(frozen=True, slots=True)
class Posting:
    """What was counted from `source` since `version` of its cursor. All numbers are added to those already there.

    `counts`: (minute, SLO's name, good, bad, void, unknown); bad includes unknown. A minute may come more than once.
    `lines`: (minute, lines, rejected); lines includes rejected.
    `streams`: how far each log has been read now; `id` None for a new one.
    `rejections`: samples of lines that could not be read. `reasons`: how many there were, by reason.
    `unknown_codes`: (column, value) -> events whose value is in none of the named lists.
    `pending`: key (up to 500 characters) -> (minute in which it is due, state) of an unfinished event; None: finished.
    `parts`: (hour, SLO's name, column, kind, value, good, bad, void): the events of an hour by the values of a column.
    """

    source: str
    version: int
    counts: Sequence[tuple[int, str, int, int, int, int]] = ()
    lines: Sequence[tuple[int, int, int]] = ()
    streams: Sequence[Stream] = ()
    rejections: Sequence[Rejection] = ()
    reasons: Mapping[str, int] = field(default_factory=dict)
    unknown_codes: Mapping[tuple[str, str], int] = field(default_factory=dict)
    pending: Mapping[str, tuple[int, str] | None] = field(default_factory=dict)
    parts: Sequence[PartRow] = ()


@dataclass(frozen=True, slots=True)
class Posted:
    """Where the source stands now: its new version, and the posting's streams, each with its id.

    Not all streams of the source: a posting must not cost more because ten thousand logs were read before it.
    """

    version: int
    streams: tuple[Stream, ...]


def post(store: Store, posting: Posting, also: Callable[[Connection], None] | None = None) -> Posted:
    """Write `posting`, all of it; `also`: what else of our own belongs to it, in the same transaction.

    Raises Overtaken, having written nothing, when the source is no longer at `posting.version`; StoreBusy when another
    process holds the store; StoreError when it cannot be written. In each case nothing was written.
    """
    with store.writing() as connection:
        # 1. nobody else has counted these lines, and from here on nobody can
        source_id = claim(connection, posting.source, posting.version)
        # 2. counts, by minute and carried forward by hour; what an adjustment covers is left out at once
        rows = _adjusted(connection, _with_ids(connection, posting.counts))
        bulk.add(connection, tables.minute_counts, rows)
        carry(connection, source_id, rows)
        if rows:
            touch(connection, rows[0][0], rows[-1][0] + 1)
        # 3. what was delivered, and what of it could not be read
        deliveries.enter_lines(connection, source_id, posting.lines)
        deliveries.enter_rejections(connection, source_id, posting.rejections, posting.reasons)
        deliveries.enter_unknown_codes(connection, source_id, posting.unknown_codes)
        # 4. the same events by the values of columns
        enter_parts(connection, posting.parts)
        # 5. where to go on
        _enter_pending(connection, source_id, posting.pending)
        if also:
            also(connection)
        return Posted(posting.version + 1, write_streams(connection, source_id, posting.streams))


def _with_ids(connection: Connection, counts: Sequence[tuple[int, str, int, int, int, int]]) -> list[CountRow]:
    """The counts with the ids of their SLOs, in the order of the table, so that neighbours are written together."""
    ids = slo_ids(connection, (name for _, name, *_ in counts)) if counts else {}
    return sorted((minute, ids[name], good, bad, void, unknown) for minute, name, good, bad, void, unknown in counts)


def _adjusted(connection: Connection, rows: Sequence[CountRow]) -> Sequence[CountRow]:
    return take_out(connection, rows, in_force(connection, rows[0][0], rows[-1][0] + 1)) if rows else rows


def _enter_pending(connection: Connection, source_id: int, changes: Mapping[str, tuple[int, str] | None]) -> None:
    table = tables.pending
    bulk.put(connection, table, ((source_id, key, *value) for key, value in changes.items() if value is not None))
    finished = [key for key, value in changes.items() if value is None]
    delete_keys(connection, table, "key", finished, table.c.source_id == source_id)
