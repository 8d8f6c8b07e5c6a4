"""From a broker into the store: kept first, then acknowledged.

    take        what the broker delivered, unacknowledged
    put         messages and their receipts, in one transaction, on the disk
    acknowledge

Killed between `put` and `acknowledge`, the broker delivers it again, marked as such: by its receipt it is known, and
acknowledged without being counted. Killed before `put`, it is new. Whatever else goes wrong is treated as if we had
been killed: a new turn, a new connection.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextvars import copy_context
from functools import partial
from hashlib import blake2b
from typing import Final, Protocol

from kakeibo import clock
from kakeibo.devices import Fleet
from kakeibo.errors import KakeiboError, Overtaken, SourceError
from kakeibo.fleet import inbox
from kakeibo.fleet.batches import Batch, Flood
from kakeibo.fleet.inbox import Block, Turn
from kakeibo.i18n import t
from kakeibo.model import Rejection
from kakeibo.sources.mqtt import Mqtt
from kakeibo.sources.mqtt_session import Connected, Delivery, Session, now_ms, unreachable
from kakeibo.store import Store

_GATHER: Final = 0.02
"""Seconds in which messages gather before they are kept together."""
_SLACK: Final = 50
"""Milliseconds between a message's arrival and its being seen by another thread of ours, at most."""
_LONGEST_PAUSE: Final = 30.0
_LOOK: Final = 1.0
"""Seconds from look to look at how much waits to be judged."""
_QUIET: Final = 1.0
"""Seconds without a message after which nothing more is waiting for us."""
_PATIENCE: Final = 5.0


def speaking_thread(run: Callable[[], None], name: str) -> threading.Thread:
    """A thread that speaks the language of whoever makes it."""
    return threading.Thread(target=partial(copy_context().run, run), name=name, daemon=True)


class Receiver(Protocol):
    """Takes in what comes, in threads of its own, until it is stopped."""

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def drain(self) -> None:
        """Wait until what waited for us is kept. Raises SourceError when nothing can be received."""

    def settled(self) -> int | None:
        """The ms up to which everything that came is kept; None while nobody listens."""

    def check(self) -> None:
        """Raises what keeps it from receiving, if anything does."""


class MqttReceiver:
    """Receives for one fleet."""

    def __init__(self, store: Store, source: Mqtt, fleet: Fleet) -> None:
        self._store, self._source, self._fleet = store, source, fleet
        self._name = source.source.name
        self._flood = Flood()
        self._stop = threading.Event()
        self._session: Session | None = None
        self._no_room, self._look_at = False, 0.0
        self._problem: Exception | None = None
        self._thread = speaking_thread(self._run, f"mqtt {self._name}")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def settled(self) -> int | None:
        session, now = self._session, now_ms() - _SLACK
        if session is None or not session.subscribed or self._problem is not None:
            return None
        oldest = session.oldest()
        return now if oldest is None else min(oldest - 1, now)

    def check(self) -> None:
        if self._problem is not None:
            raise self._problem
        session = self._session
        if session is not None and (session.problem or session.refused):
            raise unreachable(self._source, session.problem, session.refused)

    def drain(self) -> None:
        began = clock.monotonic()
        while not self._stop.is_set():
            settled, session = self.settled(), self._session
            if settled is not None and session is not None and settled - session.newest >= 1000 * _QUIET:
                return
            if self._problem is not None:
                raise self._problem
            if settled is None and clock.monotonic() - began > _PATIENCE:
                self.check()
                raise unreachable(self._source, "")
            clock.sleep(0.05)

    # -- in its thread ----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        pause = 1.0
        while not self._stop.is_set():
            try:
                self._serve()
                pause = 1.0
            except Exception as error:  # told by `check`; the thread goes on
                self._problem = error if isinstance(error, KakeiboError) else SourceError(f"{error!r}", "")
                self._stop.wait(5.0 if isinstance(error, Overtaken) else pause)
                pause = min(2 * pause, _LONGEST_PAUSE)

    def _serve(self) -> None:
        turn, session = Turn(self._store, self._name), Session(self._source)
        self._session, self._problem = session, None
        session.start()
        try:
            while not self._stop.is_set():
                if session.taken_over:
                    raise Overtaken(t("source {source} is read by another process now", source=self._name))
                if self._full():  # the broker keeps the rest
                    self._stop.wait(_LOOK)
                    continue
                if found := session.take(_GATHER):
                    self._keep(turn, found)
                    session.acknowledge(found)
        finally:
            session.stop()

    def _full(self) -> bool:
        """Whether too much waits to be judged; asked once in a while."""
        if clock.monotonic() >= self._look_at:
            self._look_at = clock.monotonic() + _LOOK
            self._no_room = inbox.size(self._store, self._name) > inbox.FULL
        return self._no_room

    def _keep(self, turn: Turn, found: Sequence[Delivery | Connected]) -> None:
        blocks, keys, batch = [], dict[bytes, None](), Batch()
        for one in found:
            if isinstance(one, Connected):
                blocks += [inbox.block(batch), Block(blind=-(-one.at // 1000))]
                batch = Batch()
                continue
            if one.packet:
                key = receipt(one)
                if one.again and (key in turn or key in keys):
                    continue
                keys[key] = None
            self._take(batch, one)
        blocks.append(inbox.block(batch))
        turn.put([block for block in blocks if block.lines or block.blind], keys)

    def _take(self, batch: Batch, one: Delivery) -> None:
        said: dict[str, object] | None = dict(self._source.said(one.topic) or {})
        if one.retained:
            said = {**(said or {}), "retained": True}
        batch.take(one.payload, self._fleet.fields, Rejection(one.topic, 0, "", ""), received=one.at, said=said,
                   flood=self._flood)  # fmt: skip


def receipt(one: Delivery) -> bytes:
    """What tells a message that is delivered again from another one: while it is under way nobody else has its packet
    identifier (MQTT 5, 2.2.1)."""
    digest = blake2b(one.payload, digest_size=inbox.KEY)
    digest.update(one.topic.encode())
    digest.update(one.packet.to_bytes(2, "big"))
    return digest.digest()
