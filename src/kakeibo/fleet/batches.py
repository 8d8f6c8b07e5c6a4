"""What came at once: messages, and what was none. Whatever is in it costs itself alone, never its neighbours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from kakeibo import clock
from kakeibo.fleet.messages import MalformedError, Message, message_of
from kakeibo.i18n import t
from kakeibo.model import Rejection

SAMPLES: Final = 5
FLOOD: Final = 100
"""Messages of one device in a second; further ones are counted and left out. Nothing that is well sends so many."""
_TEXT_KEPT: Final = 500
_DAY: Final = 86_400_000


class Flood:
    """How much each device said in the present second, by the time of receipt."""

    def __init__(self) -> None:
        self._second, self._said = 0, Counter[str]()

    def refuses(self, message: Message) -> bool:
        if (second := message.received // 1000) != self._second:
            self._second = second
            self._said.clear()
        self._said[message.device] += 1
        return self._said[message.device] > FLOOD


@dataclass(slots=True)
class Batch:
    """`lines` by minute of receipt; `rejected` of them were no messages: `reasons`. `oddities`: what messages say that
    cannot be (a battery of 900 %); the rest of the message holds. `samples` are of both."""

    messages: list[Message] = field(default_factory=list)
    lines: Counter[int] = field(default_factory=Counter)
    rejected: int = 0
    samples: list[Rejection] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    oddities: Counter[str] = field(default_factory=Counter)

    @property
    def told(self) -> Counter[str]:
        """All that could not be used, and why."""
        return self.reasons + self.oddities

    def take(
        self,
        text: bytes,
        fields: Mapping[str, str],
        place: Rejection,
        *,
        received: int | None = None,
        said: Mapping[str, Any] | None = None,
        flood: Flood | None = None,
    ) -> None:
        """Take in one JSON object. `place`: where it came from, should it be none. `received`: ms, by our clock; left
        out, the object says it. `said`: what is known without it, as from a topic; it holds whatever the object says.
        """
        try:
            payload = _object(text)
            for name, value in (said or {}).items():
                payload[fields.get(name, name)] = value
            message = message_of(payload, fields, received)
            if flood is not None and flood.refuses(message):
                raise MalformedError(t("more than {n} messages of one device in a second", n=FLOOD))
        except (MalformedError, msgspec.DecodeError) as error:
            self.reject(
                text, place, str(error) if isinstance(error, MalformedError) else t("not a JSON object"), received
            )
            return
        self.lines[message.received // 60_000] += 1
        self.messages.append(message)
        if oddity := _oddity(payload, fields, message):
            self.oddities[oddity] += 1
            self._sample(text, place, oddity)

    def reject(self, text: bytes, place: Rejection, reason: str, received: int | None = None) -> None:
        """Count what is no message. Without a time it is put to the newest minute before it, or to the present."""
        self.rejected += 1
        self.reasons[reason] += 1
        present = max(self.lines, default=0) or clock.minute_of(clock.now())
        self.lines[present if received is None else received // 60_000] += 1
        self._sample(text, place, reason)

    def add(self, other: Batch) -> None:
        self.messages += other.messages
        self.lines += other.lines
        self.rejected += other.rejected
        self.samples = [*self.samples, *other.samples][:SAMPLES]
        self.reasons += other.reasons
        self.oddities += other.oddities

    def _sample(self, text: bytes, place: Rejection, reason: str) -> None:
        if len(self.samples) < SAMPLES:
            kept = text[:_TEXT_KEPT].decode("utf-8", "replace")
            self.samples.append(Rejection(place.path, place.offset, reason, kept))


def _object(text: bytes) -> dict[str, Any]:
    found = msgspec.json.decode(text)
    if not isinstance(found, dict):
        raise MalformedError(t("not a JSON object"))
    return found


def _oddity(payload: Mapping[str, Any], fields: Mapping[str, str], message: Message) -> str:
    """What is said and cannot be: it is left out, and people are told; "" when there is nothing."""
    if message.battery is None and payload.get(fields.get("battery", "battery")) is not None:
        return t("a battery that is not between 0 and 100 %: taken as not said")
    if message.sent is None:
        wrong = payload.get(fields.get("sent", "sent")) is not None
    else:
        wrong = abs(message.sent - message.received) > _DAY
    return t("a device's clock is off by more than a day: the time of receipt holds") if wrong else ""
