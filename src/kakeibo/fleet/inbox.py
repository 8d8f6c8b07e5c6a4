"""What came to us and is not judged yet: in the store before anybody is told that we have it.

Those who receive (MQTT, HTTP, LwM2M) put blocks in, whoever judges takes them out in the transaction of its posting: a
crash loses nothing and counts nothing twice. What a broker delivers again, because it never heard that we had it, is
known by its *receipt*: the digest of a message and of its packet identifier. A broker may have 65,535 messages under
way to one client (MQTT 5, 2.2.1), and gets its answers in order, so that many of the newest receipts are enough.

Of two that read one broker the later *turn* wins: the other one's blocks are refused, and the broker delivers what it
had to the one that is left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Final

import msgspec
from sqlalchemy import Connection, delete, func, insert, select

from kakeibo.errors import Overtaken
from kakeibo.fleet.batches import Batch
from kakeibo.fleet.messages import Message
from kakeibo.i18n import t
from kakeibo.model import Rejection
from kakeibo.store import Store, bulk, tables

REMEMBERED: Final = 65_535
"""Receipts that are kept of a source."""
KEY: Final = 8
"""Bytes of a receipt."""
FULL: Final = 256 << 20
"""Bytes that may wait to be judged."""
_AT_ONCE: Final = 500
_TIDY: Final = 1_000


class Block(msgspec.Struct, omit_defaults=True):
    """One blob of the store. `blind`: nobody looked before this second (0: somebody always did)."""

    messages: list[Message] = []
    lines: dict[int, int] = {}
    rejected: int = 0
    samples: list[Rejection] = []
    reasons: dict[str, int] = {}
    oddities: dict[str, int] = {}
    blind: int = 0

    def batch(self) -> Batch:
        told = Counter(self.reasons), Counter(self.oddities)
        return Batch(self.messages, Counter(self.lines), self.rejected, self.samples, *told)


def block(batch: Batch) -> Block:
    told = dict(batch.reasons), dict(batch.oddities)
    return Block(batch.messages, dict(batch.lines), batch.rejected, batch.samples, *told)


class Turn:
    """The right to read one source, and what was read lately. One that was raised since is Overtaken at the next `put`.

    Made before anything is read: whoever had the turn before can put nothing in any more, so that its receipts, which
    are read here, are complete.
    """

    def __init__(self, store: Store, source: str) -> None:
        self._store, self._source = store, source
        self._puts = 0
        table, receipts = tables.receivers, tables.receipts
        with store.writing() as connection:
            held = connection.scalar(select(table.c.turn).where(table.c.source == source))
            self.number = (held or 0) + 1
            bulk.put(connection, table, [(source, self.number)])
            rows = select(receipts.c.digests).where(receipts.c.source == source).order_by(receipts.c.id)
            self._keys = dict.fromkeys(_cut(b"".join(connection.scalars(rows))))

    def __contains__(self, key: bytes) -> bool:
        return key in self._keys

    def put(self, blocks: Sequence[Block], keys: Collection[bytes]) -> None:
        """Enter what was read, durably. Raises Overtaken; then, as after any other error, nothing was entered, or it is
        not known: make another turn and read again."""
        table = tables.receivers
        with self._store.keeping() as connection:
            now = connection.scalar(select(table.c.turn).where(table.c.source == self._source))
            if now != self.number:
                raise Overtaken(
                    t("source {source} is read by another process now", source=self._source),
                    t("leave it to that one, or end it first"),
                )
            put(connection, self._source, blocks)
            self._enter(connection, keys)

    def _enter(self, connection: Connection, keys: Collection[bytes]) -> None:
        if not keys:
            return
        table = tables.receipts
        connection.execute(insert(table).values(source=self._source, digests=b"".join(keys)))
        self._keys.update(dict.fromkeys(keys))
        self._puts += 1
        if len(self._keys) <= REMEMBERED or self._puts % _TIDY:
            return
        self._keys = dict.fromkeys([*self._keys][-REMEMBERED:])
        connection.execute(delete(table).where(table.c.source == self._source))
        connection.execute(insert(table).values(source=self._source, digests=b"".join(self._keys)))


def put(connection: Connection, source: str, blocks: Iterable[Block]) -> None:
    """Enter what came, within the caller's transaction, which has to be a `keeping` one."""
    rows = [{"source": source, "body": msgspec.msgpack.encode(one)} for one in blocks]
    if rows:
        connection.execute(insert(tables.received_blocks), rows)


def waiting(store: Store, source: str, most: int) -> list[tuple[int, Block]]:
    """The oldest blocks that are not judged, in order, each with its number."""
    table = tables.received_blocks
    rows = select(table.c.id, table.c.body).where(table.c.source == source).order_by(table.c.id).limit(most)
    with store.reading() as connection:
        return [(row.id, msgspec.msgpack.decode(row.body, type=Block)) for row in connection.execute(rows)]


def take_out(connection: Connection, numbers: Sequence[int]) -> None:
    """They are judged: call it within the transaction that writes what came of them."""
    table = tables.received_blocks
    for start in range(0, len(numbers), _AT_ONCE):
        connection.execute(delete(table).where(table.c.id.in_(numbers[start : start + _AT_ONCE])))


def size(store: Store, source: str) -> int:
    """Bytes that wait to be judged."""
    table = tables.received_blocks
    with store.reading() as connection:
        found = select(func.coalesce(func.sum(func.length(table.c.body)), 0)).where(table.c.source == source)
        return int(connection.scalar(found) or 0)


def forget(connection: Connection, source: str) -> None:
    """Drop what waits and was not judged."""
    connection.execute(delete(tables.received_blocks).where(tables.received_blocks.c.source == source))


def _cut(keys: bytes) -> list[bytes]:
    return [keys[at : at + KEY] for at in range(0, len(keys), KEY)]
