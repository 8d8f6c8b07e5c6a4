"""A command goes out by a real broker, the device answers, both are in its history; unanswered, it goes out again."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client, MQTTMessage
from tests.app.fleet_site import FleetSite, message, mqtt
from tests.mosquitto import Mosquitto, broker, connected, publish

from kakeibo import clock
from kakeibo.app.fleet_received import ReceivedIngest
from kakeibo.app.working import Working
from kakeibo.fleet import records
from kakeibo.model import Channel
from kakeibo.notifiers.kinds import Message
from kakeibo.notifiers.mqtt import Mqtt

COMMANDS = "fleet/{device}/command"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    with broker(tmp_path_factory.mktemp("broker")) as found:
        yield found


class Listening:
    """A device, or any client, that collects what is published."""

    def __init__(self, port: int, topic: str) -> None:
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self._new, ready = threading.Condition(), threading.Event()
        self.client = connected(port)
        self.client.on_subscribe = lambda *_: ready.set()
        self.client.on_message = self._message
        self.client.subscribe(topic, 1)
        self.client.loop_start()
        assert ready.wait(30)

    def _message(self, _client: Client, _data: Any, found: MQTTMessage) -> None:
        with self._new:
            self.heard.append((found.topic, json.loads(found.payload)))
            self._new.notify_all()

    def wait(self, number: int) -> tuple[str, dict[str, Any]]:
        with self._new:
            assert self._new.wait_for(lambda: len(self.heard) >= number, 60)
            return self.heard[number - 1]

    def stop(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def test_command_answer_and_history(server: Mosquitto, tmp_path: Path) -> None:
    site = FleetSite(
        tmp_path,
        mqtt(server.url),
        channels=f"channels: {{vehicles: {{type: mqtt, url: '{server.url}', topic: '{COMMANDS}'}}}}",
        more="stage: act\n    act: {channel: vehicles, confirm_within: 1s, tries: 50}",
    )
    device = Listening(server.port, "fleet/+/command")
    working = Working(site.book, site.store)
    with ReceivedIngest(site.book, site.store, site.book.sources["telemetry"]) as ingest:
        ingest.run()
        publish(server.port, [("fleet/v1/state", message(errors=["E42"])) for _ in range(5)])

        def passes() -> None:
            """Time goes on, letters are sent."""
            ingest.go_through()
            working.delivery.drain(lambda: clock.second_of(clock.now()))
            clock.sleep(0.1)

        while len(device.heard) < 2:  # not confirmed: said again
            passes()
        (topic, first), (_, second) = device.heard[:2]
        assert topic == "fleet/v1/command"
        assert (first["command"], first["device"], first["fleet"]) == ("out", "v1", "scooters")
        assert first == second
        publish(server.port, [("fleet/v1/state", message(answer=first["id"]))])
        while "answered" not in history(site):
            passes()
    told = history(site)
    assert told[:4] == ["registered", "out", "commanded", "repeated"]
    assert told[-1] == "answered"
    working.close()
    device.stop()
    site.store.close()


def history(site: FleetSite) -> list[str]:
    try:
        return [change.what for change in records.history(site.store, "scooters", 0)]
    except KeyError:
        return []


def said(device: str = "v1") -> Message:
    data = {"version": 1, "id": "k", "device": device, "command": "out"}
    return Message("k", "g", "notice", None, "s", "summary", 0, data=data)


def notifier(server: Mosquitto, **more: str) -> Mqtt:
    options = {"url": server.url, "topic": COMMANDS, **more}
    return Mqtt(Channel("vehicles", "mqtt", options))


def test_what_is_published(server: Mosquitto) -> None:
    listening = Listening(server.port, "#")
    channel = notifier(server)
    assert channel.send("", said()).result == "sent"
    assert channel.send("fleet/all", said()).result == "sent"
    assert listening.wait(2) == ("fleet/all", {"version": 1, "id": "k", "device": "v1", "command": "out"})
    other = Message("k", "g", "firing", "page", "s", "summary", 0)
    assert channel.send("alerts", other).result == "sent"
    assert listening.wait(3)[1]["summary"] == "summary"
    for device in ("a/b", "+", "#"):
        assert channel.send("", said(device)).result == "refused"
    channel.close()
    listening.stop()


def test_a_broker_that_is_away_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kakeibo.notifiers.mqtt._PATIENCE", 1.0)
    server = Mosquitto(tmp_path / "broker")
    channel = notifier(server)
    assert channel.send("", said()).result == "later"
    server.start()
    assert channel.send("", said()).result == "sent"
    server.kill()
    assert channel.send("", said()).result in ("later", "unknown")
    server.start()
    assert channel.send("", said()).result == "sent"
    channel.close()
    server.kill()


def test_a_password_that_is_not_there_yet(server: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = notifier(server, username="kakeibo", password_env="BROKER_PASSWORD")
    assert "BROKER_PASSWORD" in channel.send("", said()).detail
    monkeypatch.setenv("BROKER_PASSWORD", "sesame")
    assert channel.send("", said()).result == "sent"
    channel.close()
