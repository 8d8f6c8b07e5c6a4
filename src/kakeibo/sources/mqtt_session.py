"""A session at a broker: what it delivers, in order, unacknowledged until somebody says that it is kept.

paho reads in a thread of its own and comes back by itself, with longer and longer pauses. The broker keeps what comes
meanwhile, and delivers again what was not acknowledged.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.subscribeoptions import SubscribeOptions

from kakeibo import clock, mqtt
from kakeibo.errors import SourceError
from kakeibo.i18n import marked, t
from kakeibo.sources.mqtt import Mqtt

KEEP_ALIVE: Final = 15
"""Seconds after which a dead connection is noticed, about."""
FORGOTTEN_AFTER: Final = 7 * 86_400
"""Seconds that the broker keeps messages for us while we are away (MQTT 5; the broker may keep them shorter)."""
LONGEST_PAUSE: Final = 30
AWAY: Final = marked("it cannot be reached")
ENOUGH: Final = 10
"""So many need not wait for more: half of what brokers usually have under way, who wait for us otherwise."""
_TAKEN_OVER: Final = "Session taken over"
_MOST: Final = 65_535


class Delivery(NamedTuple):
    """One message. `packet`: its identifier, 0 without acknowledgement; `again`: it was delivered before. `at`: ms."""

    topic: str
    payload: bytes
    packet: int
    again: bool
    retained: bool
    at: int


class Connected(NamedTuple):
    """From `at` (ms) on we listen."""

    at: int


class Session:
    """Our session at the broker of one source. `problem`: why we are not connected; "" while we are, or try to be.
    `refused`: why we may not have the topic. Both in the broker's words, but for AWAY."""

    def __init__(self, source: Mqtt) -> None:
        """Raises SourceError when we cannot even try."""
        self._source = source
        self._ripe = threading.Event()
        self._waiting: deque[Delivery | Connected] = deque()
        self._in_hand: int | None = None
        self.subscribed = self.taken_over = self._let_in = False
        self.problem = self.refused = ""
        self.newest = 0
        self._client = source.broker.client(keeps=True, manual_ack=True)
        self._client.on_connect = self._connected
        self._client.on_subscribe = self._listening
        self._client.on_disconnect = self._disconnected
        self._client.on_connect_fail = self._failed
        self._client.on_message = self._message
        self._client.reconnect_delay_set(1, LONGEST_PAUSE)

    def start(self) -> None:
        """Connect in the background, and again whenever the connection is lost."""
        broker = self._source.broker
        more: dict[str, Any] = {}
        if broker.version == "5":
            more = {"clean_start": False, "properties": mqtt.properties(
                SessionExpiryInterval=FORGOTTEN_AFTER, ReceiveMaximum=self._source.in_flight)}  # fmt: skip
        self._client.connect_async(broker.host, broker.port, KEEP_ALIVE, **more)
        self._client.loop_start()

    def stop(self) -> None:
        """Go. The broker keeps the session."""
        mqtt.end(self._client)

    def take(self, wait: float) -> list[Delivery | Connected]:
        """What was delivered, the oldest first, when ENOUGH has come or `wait` seconds have passed. Say `acknowledge`
        before the next time."""
        if len(self._waiting) < ENOUGH and not self.taken_over:
            self._ripe.wait(wait)
        self._ripe.clear()
        number = len(self._waiting)
        self._in_hand = self._waiting[0].at if number else None  # before it is taken, so that `oldest` misses nothing
        return [self._waiting.popleft() for _ in range(number)]

    def acknowledge(self, kept: Sequence[Delivery | Connected]) -> None:
        """They are kept, and need not be delivered again."""
        for one in kept:
            if isinstance(one, Delivery) and one.packet:
                self._client.ack(one.packet, 1)
        self._in_hand = None

    def oldest(self) -> int | None:
        """When the oldest came that was not acknowledged, in ms."""
        try:
            waits = self._waiting[0].at
        except IndexError:
            waits = None
        in_hand = self._in_hand  # looked at last: what has just been taken is there
        return waits if in_hand is None else in_hand

    # -- called by paho, in its thread ------------------------------------------------------------------------------

    def _connected(self, client: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self.problem = str(reason)
            return
        self.problem, self._let_in = "", True
        filters = [topic.filter for topic in self._source.topics]
        if self._source.broker.version == "5":
            once = SubscribeOptions(qos=1, retainHandling=1)  # what is retained comes with a new subscription alone
            client.subscribe([(topic, once) for topic in filters])
        else:
            client.subscribe([(topic, 1) for topic in filters])
        self._put(Connected(now_ms()))

    def _listening(self, _client: Client, _data: Any, _packet: int, reasons: Any, _properties: Any) -> None:
        refused = [str(reason) for reason in reasons if reason.is_failure]
        self.refused = refused[0] if refused else ""
        self.subscribed = not refused

    def _disconnected(self, _client: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self.subscribed = False
        if self._let_in:  # otherwise it was said already why we are not
            self.problem = str(reason) if reason.is_failure else ""
        self._let_in = False
        if str(reason) == _TAKEN_OVER:
            self.taken_over = True
            self._ripe.set()

    def _failed(self, _client: Client, _data: Any) -> None:
        self.problem = AWAY

    def _message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        packet = message.mid if message.qos else 0
        if not packet and len(self._waiting) >= _MOST:  # the broker does not wait for us: nothing else could be done
            return
        self._put(Delivery(message.topic, bytes(message.payload), packet, message.dup, message.retain, now_ms()))

    def _put(self, one: Delivery | Connected) -> None:
        self._waiting.append(one)
        self.newest = one.at
        if len(self._waiting) >= ENOUGH and not self._ripe.is_set():
            self._ripe.set()


def now_ms() -> int:
    return int(clock.now().timestamp() * 1000)


def unreachable(source: Mqtt, problem: str, refused: str = "") -> SourceError:
    """What to say of a broker that cannot be used, by the `problem` and `refused` of a session."""
    if refused:
        mend = t("allow it in the broker's access list, or correct topic:")
        return SourceError(
            t("the broker {broker} refuses the topic: {why}", broker=source.broker.name, why=refused), mend
        )
    message = t("the broker {broker} does not answer: {why}", broker=source.broker.name, why=t(problem or AWAY))
    return SourceError(message, t("is url: right, does it run, does it let us in?"))
