"""A broker that does not let everybody in: a password, a certificate of its own; what it refuses is said."""

from __future__ import annotations

import gc
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.app.fleet_site import FleetSite
from tests.mosquitto import Mosquitto

from kakeibo.app import receiving
from kakeibo.app.fleet_received import ReceivedIngest
from kakeibo.errors import KakeiboError
from kakeibo.fleet.inbox import Turn
from kakeibo.model import Channel
from kakeibo.notifiers.kinds import Message
from kakeibo.notifiers.mqtt import Mqtt

PASSWORD = "sesame"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Mosquitto, Path]]:
    """It asks for a password, and is encrypted; its certificate is for 127.0.0.1."""
    folder = tmp_path_factory.mktemp("broker")
    certificate = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    run(folder, "openssl", *certificate.split(), "-keyout", "key.pem", "-out", "ca.pem")
    run(folder, "mosquitto_passwd", "-b", "-c", "passwords", "kakeibo", PASSWORD)
    more = (
        f"allow_anonymous false\npassword_file {folder}/passwords\ncertfile {folder}/ca.pem\nkeyfile {folder}/key.pem\n"
    )
    found = Mosquitto(folder, more)
    found.start()
    yield found, folder / "ca.pem"
    found.kill()


def run(folder: Path, *words: str) -> None:
    subprocess.run(words, cwd=folder, check=True, capture_output=True)


def source(server: Mosquitto, **options: object) -> str:
    written = {"type": "mqtt", "url": f"mqtts://127.0.0.1:{server.port}", "topic": "fleet/{device}/state", **options}
    return "{" + ", ".join(f"{key}: '{value}'" for key, value in written.items()) + "}"


def drain(folder: Path, source: str) -> None:
    site = FleetSite(folder, source)
    with closing(ReceivedIngest(site.book, site.store, site.book.sources["telemetry"])) as ingest:
        ingest.run()
    site.store.close()


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "_PATIENCE", 1.0)
    monkeypatch.setattr(receiving, "_QUIET", 0)


def test_who_has_the_password_and_trusts_it_is_let_in(
    server: tuple[Mosquitto, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker, ca = server
    monkeypatch.setattr(receiving, "_PATIENCE", 30.0)
    monkeypatch.setenv("BROKER_PASSWORD", PASSWORD)
    drain(tmp_path, source(broker, ca=ca, username="kakeibo", password_env="BROKER_PASSWORD"))
    vehicles = channel(broker, ca)
    assert vehicles.send("", Message("k", "g", "notice", None, "s", "s", 0)).result == "sent"
    vehicles.close()


def channel(broker: Mosquitto, ca: Path) -> Mqtt:
    options = {"url": broker.url.replace("mqtt:", "mqtts:"), "topic": "a", "ca": str(ca)}
    return Mqtt(Channel("vehicles", "mqtt", {**options, "username": "kakeibo", "password_env": "BROKER_PASSWORD"}))


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_a_wrong_password_is_told(
    server: tuple[Mosquitto, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    broker, ca = server
    monkeypatch.setenv("BROKER_PASSWORD", "wrong")
    written = source(broker, ca=ca, username="kakeibo", password_env="BROKER_PASSWORD", version=version)
    with pytest.raises(KakeiboError, match=r"does not answer: Not authorized"):
        drain(tmp_path, written)


def test_a_command_with_a_wrong_password_is_tried_again(
    server: tuple[Mosquitto, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    broker, ca = server
    monkeypatch.setenv("BROKER_PASSWORD", "wrong")
    found = channel(broker, ca).send("", Message("k", "g", "notice", None, "s", "s", 0))
    assert (found.result, found.detail) == ("later", f"127.0.0.1:{broker.port}: Not authorized")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_stranger_is_not_spoken_to(server: tuple[Mosquitto, Path], tmp_path: Path) -> None:
    with pytest.raises(KakeiboError, match="does not answer"):
        drain(tmp_path, source(server[0]))
    gc.collect()  # paho leaves the sockets of strangers to it


def test_a_password_that_is_not_set_is_named(
    server: tuple[Mosquitto, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BROKER_PASSWORD", raising=False)
    with pytest.raises(KakeiboError, match="BROKER_PASSWORD is not set"):
        drain(tmp_path, source(server[0], username="kakeibo", password_env="BROKER_PASSWORD"))


def test_receipts_are_kept_as_many_as_may_be_under_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kakeibo.fleet.inbox.REMEMBERED", 10)
    monkeypatch.setattr("kakeibo.fleet.inbox._TIDY", 3)
    site = FleetSite(tmp_path, "{type: http}")
    turn = Turn(site.store, "telemetry")
    keys = [n.to_bytes(8, "big") for n in range(60)]
    for start in range(0, 60, 4):
        turn.put([], keys[start : start + 4])
    for again in (turn, Turn(site.store, "telemetry")):
        assert all(key in again for key in keys[-10:])
        assert sum(key in again for key in keys) < 30
    site.store.close()
