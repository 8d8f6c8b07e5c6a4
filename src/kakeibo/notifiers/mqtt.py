"""A broker of MQTT: commands to devices, and whatever else shall be told there. JSON, with QoS 1: the broker has it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, ClassVar, Final

import msgspec
from paho.mqtt.client import Client

from kakeibo import mqtt
from kakeibo.errors import KakeiboError, OptionError
from kakeibo.i18n import t
from kakeibo.model import Channel
from kakeibo.notifiers.kinds import Message, Notifier, Outcome, Undelivered

_PATIENCE: Final = 10.0
_KEEP_ALIVE: Final = 60


class Mqtt(Notifier):
    KIND = "mqtt"
    TARGET = "own"
    REQUIRED = ("url", "topic")
    OPTIONS: ClassVar[dict[str, dict[str, Any]]] = {
        **mqtt.OPTIONS,
        "topic": {
            "type": "string",
            "description": "Where to; {device} stands for the device. Example: `topic: fleet/{device}/command`",
        },
    }

    def __init__(self, channel: Channel) -> None:
        """Raises OptionError."""
        super().__init__(channel)
        self._check(str(channel.options["topic"]))
        self._broker = mqtt.broker(dict(channel.options), Path())
        self._lock = threading.Lock()
        self._client: Client | None = None

    @staticmethod
    def _check(topic: str) -> None:
        if not topic or set(topic.replace("{device}", "")) & set("+#{}\0"):
            mend = t("write it like this: {example}", example="topic: fleet/{device}/command")
            raise OptionError(t("{topic} is no topic", topic=repr(topic)), mend, ("topic",))

    def carry(self, target: str, message: Message) -> Outcome:
        device = str(message.data.get("device", ""))
        if set(device) & set("/+#\0"):
            return Outcome("refused", t("{device} cannot be part of a topic", device=repr(device)))
        topic = (target or self.text("topic")).replace("{device}", device)
        sent = self._connected().publish(topic, msgspec.json.encode(said(message)), qos=1)
        try:
            sent.wait_for_publish(_PATIENCE)
        except (RuntimeError, ValueError) as error:
            raise self._lost(str(error)) from None
        if not sent.is_published():
            raise self._lost(t("the broker did not answer"), unknown=True)
        return Outcome("sent", reference=topic)

    def close(self) -> None:
        with self._lock:
            if self._client is not None:
                mqtt.end(self._client)
                self._client = None

    def _connected(self) -> Client:
        """The connection, made when it is first needed, and anew when it was lost."""
        with self._lock:
            if self._client is not None and self._client.is_connected():
                return self._client
        self.close()
        try:
            client, answered = self._broker.client(reconnect_on_failure=False), threading.Event()
            refused: list[str] = []

            def told(_client: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
                if reason.is_failure:
                    refused.append(str(reason))
                answered.set()

            client.on_connect = told
            client.connect(self._broker.host, self._broker.port, _KEEP_ALIVE)
        except KakeiboError as error:
            raise Undelivered(Outcome("later", str(error), wait=60)) from None
        except OSError as error:
            raise Undelivered(Outcome("later", f"{self._broker.name}: {error.strerror or error}")) from None
        client.loop_start()
        with self._lock:
            self._client = client
        if not answered.wait(_PATIENCE) or refused:
            raise self._lost(refused[0] if refused else t("the broker did not answer"))
        return client

    def _lost(self, why: str, *, unknown: bool = False) -> Undelivered:
        self.close()
        return Undelivered(Outcome("unknown" if unknown else "later", f"{self._broker.name}: {why}"))


def said(message: Message) -> dict[str, object]:
    """What is published: of a command its data alone, of everything else what a webhook would get (notification.md)."""
    if "command" in message.data:
        return dict(message.data)
    told = {"subject": message.subject, "summary": message.summary, "language": message.language}
    return {"version": 1, "id": message.id, "kind": message.kind, "group": message.group, **message.data, **told}
