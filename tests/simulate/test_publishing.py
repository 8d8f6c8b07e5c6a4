"""A fleet that speaks by MQTT: every message reaches whoever listens at a real broker."""

from __future__ import annotations

import json
import threading
from collections import Counter
from pathlib import Path

from paho.mqtt.client import Client, MQTTMessage
from tests.mosquitto import broker, connected

from kakeibo.simulate.fleet_folders import drawn, hours, name_of
from kakeibo.simulate.publishing import broker_of, publish


def test_a_real_broker_gets_every_message(tmp_path: Path) -> None:
    days = drawn("scooters", 1, 20, 1)
    wanted = Counter(
        (name_of(device), sequence)
        for said in hours(days)
        for device, sequence, retained in zip(
            said.devices.tolist(), said.sequence.tolist(), said.retained.tolist(), strict=True
        )
        if not retained
    )
    heard, complete = Counter[tuple[str, int]](), threading.Event()

    def hear(_client: Client, _data: object, message: MQTTMessage) -> None:
        said = json.loads(message.payload)
        assert message.topic == f"pilot/{said['id']}/state"
        assert "received" not in said, "the receiver's clock decides"
        heard[said["id"], said["sequence"]] += 1
        if heard.total() == wanted.total():
            complete.set()

    with broker(tmp_path / "broker") as mosquitto:
        listener = connected(mosquitto.port, "listener")
        listener.on_message = hear
        listener.subscribe("pilot/+/state", 1)
        listener.loop_start()
        sent = publish(days, broker_of(f"{mosquitto.url}/pilot"), speed=0)
        assert complete.wait(60)
        listener.disconnect()
        listener.loop_stop()
    assert sent == wanted.total()
    assert heard == wanted


def test_addresses_of_brokers() -> None:
    plain = broker_of("mqtt://broker.example")
    assert (plain.host, plain.port, plain.prefix, plain.encrypted) == ("broker.example", 1883, "scooters", False)
    whole = broker_of("mqtts://pilot:p%40ss@broker.example:1234/a/b/")
    assert (whole.port, whole.prefix, whole.encrypted, whole.user, whole.password) == (
        1234, "a/b", True, "pilot", "p@ss",
    )  # fmt: skip
