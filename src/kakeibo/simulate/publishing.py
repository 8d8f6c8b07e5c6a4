"""Publishes a fleet's story to a broker, as its devices would: MQTT, at least once, one topic a device."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from kakeibo import clock
from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.mqtt import PORTS, end
from kakeibo.simulate.fleet_days import FleetDays
from kakeibo.simulate.fleet_folders import hours, name_of, payloads

_IN_FLIGHT: Final = 200
_PATIENCE: Final = 60
"""Seconds to wait for the broker to take a message."""


@dataclass(frozen=True, slots=True)
class Broker:
    """Where to publish: below `prefix`, in `prefix/DEVICE/state`."""

    host: str
    port: int
    prefix: str
    encrypted: bool = False
    user: str = ""
    password: str = ""


def broker_of(url: str) -> Broker:
    """mqtt://[user:password@]host[:port][/prefix], or mqtts://. Raises UsageError for what is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in PORTS or not parts.hostname:
        raise UsageError(t("{url} is no address of a broker", url=url), t("write mqtt://127.0.0.1:1883/scooters"))
    encrypted = parts.scheme == "mqtts"
    prefix = parts.path.strip("/") or "scooters"
    names = unquote(parts.username or ""), unquote(parts.password or "")
    return Broker(parts.hostname, port or PORTS[parts.scheme], prefix, encrypted, *names)


def publish(
    days: FleetDays, broker: Broker, *, speed: float = 1.0, progress: Callable[[int, int], None] | None = None
) -> int:
    """Publish all of `days`, `speed` times as fast as they went (0: as fast as the broker takes them).

    Returns the number of messages, each of which the broker has confirmed. Raises UsageError when it cannot be reached
    or stops to answer.
    """
    sender, began, sent, every = _Sender(broker), clock.monotonic(), 0, days.days * 24
    try:
        for hour, said in enumerate(hours(days)):
            columns = (said.received.tolist(), said.devices.tolist(), said.retained.tolist())
            for at, device, retained, payload in zip(*columns, payloads(days, said, received=False), strict=True):
                if retained:
                    continue  # the broker keeps and repeats those by itself
                if speed and (wait := (at - days.start) / 1000 / speed - (clock.monotonic() - began)) > 0:
                    clock.sleep(wait)
                sender.send(f"{broker.prefix}/{name_of(device)}/state", payload.rstrip("\n"))
                sent += 1
            if progress:
                progress(hour + 1, every)
        sender.finish()
    finally:
        sender.close()
    return sent


class _Sender:
    """A connection with a bounded number of messages that the broker has not confirmed yet."""

    def __init__(self, broker: Broker) -> None:
        self._room = threading.Semaphore(_IN_FLIGHT)
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self._client.max_inflight_messages_set(_IN_FLIGHT)
        self._client.on_publish = lambda *_: self._room.release()
        if broker.user:
            self._client.username_pw_set(broker.user, broker.password)
        if broker.encrypted:
            self._client.tls_set()
        self._where = f"{broker.host}:{broker.port}"
        try:
            self._client.connect(broker.host, broker.port)
        except (OSError, ValueError) as error:
            raise UsageError(
                t("the broker {where} cannot be reached ({why})", where=self._where, why=error),
                t("is it running, and is the port right?"),
            ) from None
        self._client.loop_start()

    def send(self, topic: str, payload: str) -> None:
        self._wait()
        self._client.publish(topic, payload, qos=1)

    def finish(self) -> None:
        """Everything was confirmed."""
        for _ in range(_IN_FLIGHT):
            self._wait()

    def close(self) -> None:
        end(self._client)

    def _wait(self) -> None:
        if not self._room.acquire(timeout=_PATIENCE):
            mend = t("look at the broker's log, and begin again")
            raise UsageError(t("the broker {where} does not answer any more", where=self._where), mend)
