"""A real Mosquitto on a loopback port, which keeps its sessions on the disk at every change; and devices that speak."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from paho.mqtt.client import Client, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion
from tests.prometheus_server import free_port

_SAVED = "persistence true\nautosave_on_changes true\nautosave_interval 1\n"


class Mosquitto:
    """One broker, to be killed and started again. `more`: lines of its configuration."""

    def __init__(self, folder: Path, more: str = "max_queued_messages 0\n", port: int | None = None) -> None:
        self.port = port or free_port()
        self.url = f"mqtt://127.0.0.1:{self.port}"
        self._program = shutil.which("mosquitto") or shutil.which("/usr/sbin/mosquitto")
        if self._program is None:
            pytest.fail("this test needs Mosquitto: apt-get install mosquitto", pytrace=False)
        folder.mkdir(parents=True, exist_ok=True)
        self._config = folder / "mosquitto.conf"
        listener = f"listener {self.port} 127.0.0.1\nallow_anonymous true\nuser root\n"
        saved = f"{_SAVED}persistence_location {folder}/\n" if "persistence" not in more else ""
        self._config.write_text(f"{listener}{saved}{more}", encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        assert self._program is not None
        log = self._config.with_suffix(".log").open("ab")
        with log:
            self._process = subprocess.Popen([self._program, "-c", str(self._config)], stdout=log, stderr=log)
        connected(self.port).disconnect()

    def kill(self) -> None:
        """As a power cut does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=30)
            self._process = None


@contextmanager
def broker(folder: Path, more: str = "max_queued_messages 0\n") -> Iterator[Mosquitto]:
    found = Mosquitto(folder, more)
    found.start()
    try:
        yield found
    finally:
        found.kill()


def connected(port: int, name: str = "") -> Client:
    """A plain client, once the broker lets it in."""
    client = Client(CallbackAPIVersion.VERSION2, name)
    client.max_inflight_messages_set(0)
    for _ in range(400):
        try:
            client.connect("127.0.0.1", port)
            return client
        except OSError:
            time.sleep(0.05)
    pytest.fail("the broker did not start", pytrace=False)


def publish(port: int, said: Iterable[tuple[str, bytes]], *, retain: bool = False) -> None:
    """Publish and wait until the broker has taken all of it."""
    client = connected(port)
    client.loop_start()
    sent: list[MQTTMessageInfo] = [client.publish(topic, payload, 1, retain) for topic, payload in said]
    for one in sent:
        one.wait_for_publish(60)
        assert one.is_published()
    client.disconnect()
    client.loop_stop()
