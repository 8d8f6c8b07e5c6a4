"""The main job for a fleet whose messages come to us: what waits in the store is judged, and the clock goes on.

Time goes on with the messages, and, as long as somebody listens, by itself: a device is out in the second in which it
is due, also when no other one speaks. When nobody speaks for `stall_after`, the clock stands until somebody does.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy import Connection

from kakeibo import clock
from kakeibo.app.fleets import FleetIngest, FleetSummary, add
from kakeibo.app.pipeline import Progress
from kakeibo.app.receiving import MqttReceiver, Receiver
from kakeibo.errors import Overtaken
from kakeibo.fleet import inbox
from kakeibo.fleet.batches import Batch
from kakeibo.fleet.inbox import Block
from kakeibo.sources.kinds import incoming_kinds
from kakeibo.sources.lwm2m import Lwm2m
from kakeibo.sources.mqtt import Mqtt

LATE: Final = 500
"""Milliseconds that a message may take from a door of ours that is another process (HTTP) to the store."""
_AT_ONCE: Final = 50_000
"""Messages that are judged in one go."""
_BLOCKS: Final = 200
"""Blocks that are looked at in one go."""
_PASSES: Final = 1_000
"""Whoever calls wants to go on some time, however much comes meanwhile."""


class ReceivedIngest(FleetIngest):
    """The same to use as `FleetIngest`. The first `run` begins to receive, and waits for what waits for us."""

    receiver: Receiver | None = None
    _begun = False

    def _check_kind(self) -> None:
        self.kind = incoming_kinds()[self.source.kind](self.source)

    def close(self) -> None:
        if self.receiver is not None:
            self.receiver.stop()
            self.receiver = None
        self._begun = False

    def unread(self) -> int:
        return 0

    def run(self, progress: Progress | None = None, now: datetime | None = None) -> FleetSummary:
        """Judge everything that came. `now` is not looked at: what comes to us comes in the present. Devices that
        register are not waited for: whoever goes on (`begin`) serves them, alone."""
        del now
        if not self._begun and not isinstance(self.kind, Lwm2m):
            self.begin()
            if self.receiver is not None:
                self.receiver.drain()
        return self.go_through(progress)

    def begin(self) -> None:
        """Begin to receive, without waiting for anything."""
        self._begun = True
        if isinstance(self.kind, Mqtt):
            self.receiver = MqttReceiver(self.store, self.kind, self.fleet)
        if isinstance(self.kind, Lwm2m):
            from kakeibo.app.registering import RegistrationReceiver  # only such books pay for a CoAP server

            self.receiver = RegistrationReceiver(self.store, self.kind, self.fleet)
        if self.receiver is not None:
            self.receiver.start()

    def go_through(self, progress: Progress | None = None) -> FleetSummary:
        """Judge what is in the store, as of now."""
        summary = FleetSummary(self.source.name, redefined=self.redefined)
        self.redefined = []
        for _ in range(_PASSES):
            settled = self._settled()  # before looking: what came by then is found
            found = inbox.waiting(self.store, self.source.name, _BLOCKS)
            try:
                for numbers, blind, batch in _groups(found):
                    self._judge(numbers, blind, batch, summary)
                if len(found) < _BLOCKS:
                    self._tick(settled, summary)
                    break
            except Overtaken:  # judge has read again where the other has come to
                continue
            if progress:
                progress(0)
        return summary

    def _settled(self) -> int | None:
        if self.receiver is not None:
            return self.receiver.settled()
        if isinstance(self.kind, Lwm2m):  # which registrations hold is known to whoever serves devices
            return None
        return int(clock.now().timestamp() * 1000) - LATE

    def _judge(self, numbers: list[int], blind: int, batch: Batch, summary: FleetSummary) -> None:
        rule, heard = self.fleet.heartbeat, self.running.heard()
        if blind:
            self.running.stand_still(blind, self.fleet.stall_after)
        if batch.messages and heard is not None and not isinstance(self.kind, Lwm2m):
            first = -(-min(message.received for message in batch.messages) // 1000)
            if first - heard > self.fleet.stall_after:
                self.running.stand_still(first, rule.silent_after)
        judged = self.judge(batch, (), None, partial(_take_out, numbers))
        add(summary, judged)

    def _tick(self, settled: int | None, summary: FleetSummary) -> None:
        """Let the clock go on by itself, as far as we know that nothing more comes."""
        heard, now, patience = self.running.heard(), self.running.clock, self.fleet.stall_after
        if settled is not None and heard is not None and now is not None:
            # Registrations speak for their devices: when all are over, it was not us.
            until = min(settled // 1000, (now if isinstance(self.kind, Lwm2m) else heard) + patience)
            if self.running.due_by(until) or until - now >= patience:
                add(summary, self.judge(Batch(), (), until))
        if self.records.orders():
            self.do_orders(summary)


def _take_out(numbers: list[int], connection: Connection) -> None:
    inbox.take_out(connection, numbers)


def _groups(found: list[tuple[int, Block]]) -> Iterator[tuple[list[int], int, Batch]]:
    """Blocks that can be judged together: their numbers, the second before which nobody looked, what came from then."""
    numbers: list[int] = []
    blind, batch = 0, Batch()
    for number, block in found:
        if numbers and (block.blind or len(batch.messages) >= _AT_ONCE):
            yield numbers, blind, batch
            numbers, blind, batch = [], 0, Batch()
        numbers.append(number)
        blind = block.blind or blind
        batch.add(block.batch())
    if numbers:
        yield numbers, blind, batch
