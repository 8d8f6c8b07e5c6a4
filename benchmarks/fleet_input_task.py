"""One way for messages to come in, and their judging. Prints JSON.

python benchmarks/fleet_input_task.py files|http|mqtt|detection DEVICES SECONDS
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import numpy as np
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from kakeibo.app.check import read
from kakeibo.app.fleet_received import ReceivedIngest
from kakeibo.app.fleets import FleetIngest
from kakeibo.fleet import records
from kakeibo.fleet.fleets import Running
from kakeibo.model import Book
from kakeibo.store import Store, open_store

BOOK = """
organisation: {name: Bench}
services: {sharing: {}}
sources: {telemetry: %s}
fleets:
  scooters:
    title: Scooters
    service: sharing
    source: telemetry
    heartbeat: {silent_after: 15m, back_after: {messages: 3, within: 5m}}
    errors: {E42: {more_than: 3, within: 10m, back_after: 1h}}
    battery: {out_below: 5%%, back_above: 15%%}
    slos: {in_service: {target: 95%%}}
"""
MANY = 60_000
"""Messages that wait at the broker."""


def main() -> None:
    way, devices, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(WAYS[way](Path(folder), devices, seconds)))


@contextmanager
def opened(folder: Path, source: str, devices: int, last: int) -> Iterator[tuple[Book, Store]]:
    """A fleet all of whose devices were heard of at second `last`."""
    (folder / "kakeibo.yaml").write_text(BOOK % source, encoding="utf-8")
    book, _ = read(folder / "kakeibo.yaml")
    store = open_store(f"sqlite:///{folder / 'kakeibo.db'}")
    running = Running(book.fleets["scooters"])
    running.advance((), last)
    for number in range(devices):
        running.register(f"scooter-{number:07}", ("tokyo", "X1", "f1"), last)
        if number % 10_000 == 0:
            running.taken()
    running.taken()
    save(book, store, running)
    yield book, store
    store.close()


def save(book: Book, store: Store, running: Running) -> None:
    kept = records.Records(store, book.fleets["scooters"])
    kept.load()
    with store.writing() as connection:
        kept.save(connection, running, [], 0)


def line(number: int, sequence: int, more: str = "") -> str:
    error = ', "errors": ["E42"]' if number % 1000 == 7 else ""
    return f'{{"device": "scooter-{number:07}", "sequence": {sequence}, "battery": 81.5{more}{error}}}'


def cost(cpu: float, messages: int, devices: int) -> dict[str, float]:
    return {
        "share": 100 * cpu * (devices / 60) / messages,
        "message": 1e6 * cpu / messages,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def files(folder: Path, devices: int, seconds: int) -> dict[str, float]:
    began = int(time.time()) - 3600
    messages = 0
    with (folder / "messages.ndjson").open("w", encoding="utf-8") as log:
        for second in range(seconds):
            for number in range(second % 60, devices, 60):
                at = f', "received": {began + second + 1 + number % 97 / 97:.3f}'
                print(line(number, second, at), file=log)
                messages += 1
    with opened(folder, "{type: ndjson, path: messages.ndjson}", devices, began) as (book, store):
        ingest = FleetIngest(book, store, book.sources["telemetry"])
        before = time.process_time()
        ingest.run()
        return cost(time.process_time() - before, messages, devices)


def http(folder: Path, devices: int, seconds: int) -> dict[str, float]:
    """Ten batches a second, as many seconds' worth as can be had; the sender is another process."""
    import uvicorn

    from kakeibo.app.web.application import create
    from kakeibo.app.web.desk import Desk

    with opened(folder, "{type: http}", devices, int(time.time())) as (book, store):
        app = create(Desk(folder / "kakeibo.yaml", store, "latest"))
        server = uvicorn.Server(uvicorn.Config(app, "127.0.0.1", 0, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run)
        thread.start()
        ingest = ReceivedIngest(book, store, book.sources["telemetry"])
        while not server.started:
            time.sleep(0.05)
        port = server.servers[0].sockets[0].getsockname()[1]
        before = time.process_time()
        sender = subprocess.Popen([sys.executable, __file__, "send", str(devices), str(seconds)],
                                  env={**os.environ, "PORT": str(port)}, stdout=subprocess.PIPE)  # fmt: skip
        judged = 0
        while sender.poll() is None:
            judged += ingest.run().lines
            time.sleep(0.25)
        time.sleep(1)
        judged += ingest.run().lines
        cpu = time.process_time() - before
        assert sender.stdout is not None
        sent = int(sender.stdout.read())
        assert judged == sent, (judged, sent)
        server.should_exit = True
        thread.join()
        return cost(cpu, judged, devices)


def send(devices: int, seconds: int) -> None:
    connection = HTTPConnection("127.0.0.1", int(os.environ["PORT"]))
    sent = 0
    for tenth in range(10 * seconds):
        chosen = range(tenth % 600, devices, 600)
        body = "\n".join(line(number, tenth // 10) for number in chosen)
        while True:
            connection.request("POST", "/api/v1/fleets/scooters/messages", body.encode())
            answer = connection.getresponse()
            answer.read()
            if answer.status == 200:
                break
            time.sleep(0.2)
        sent += len(chosen)
    print(sent)


def detection(folder: Path, devices: int, seconds: int) -> dict[str, float]:
    """A thousand devices are due one after the other within the next seconds; the wall clock is asked when it is known.

    One device speaks all the time, so that somebody is heard."""
    now = int(time.time())
    with opened(folder, "{type: http}", devices, now) as (book, store):
        running = records.Records(store, book.fleets["scooters"]).load()
        begin = int(time.time()) + 10 + devices // 25_000  # after everything is loaded
        chosen = np.arange(10, 1010)
        running.columns.last[chosen] = 1000 * (begin - 900 + chosen % seconds)
        running.columns.touched[chosen] = True
        running.columns.grace = 0
        save(book, store, running)
        ingest = ReceivedIngest(book, store, book.sources["telemetry"])
        out: list[int] = []
        found: list[float] = []
        judge, keep = ingest.judge, ingest.records.save

        def kept(connection: Any, running: Any, changes: Any, order: int) -> None:
            out.extend(change.at for change in changes if change.what == "out")
            keep(connection, running, changes, order)

        def judged(*words: Any, **more: Any) -> Any:
            told = judge(*words, **more)  # returns when it is durable
            found.extend(time.time() - at for at in out)
            out.clear()
            return told

        ingest.judge, ingest.records.save = judged, kept  # type: ignore[method-assign]
        cpu, ticks = 0.0, 0
        while time.time() < begin + seconds + 2:
            began = time.process_time()
            post(store, ticks)
            ingest.run()
            cpu += time.process_time() - began
            ticks += 1
            time.sleep(0.25)
        assert len(found) == len(chosen), len(found)
        return {"latest": 1000 * max(found), "share": 100 * cpu / (ticks * 0.25)}


def post(store: Store, sequence: int) -> None:
    from kakeibo.fleet import inbox
    from kakeibo.fleet.messages import Message

    block = inbox.Block([Message("scooter-0000001", int(time.time() * 1000), None, sequence)])
    with store.keeping() as connection:
        inbox.put(connection, "telemetry", [block])


def mqtt(folder: Path, devices: int, seconds: int) -> dict[str, float]:
    """Messages that wait at a broker are read as fast as they come: by a client that counts them, and by us."""
    del seconds
    with broker(folder / "broker") as port:
        return rates(folder / "site", port, MANY, devices)


def rates(folder: Path, port: int, messages: int, devices: int) -> dict[str, float]:
    folder.mkdir()
    source = f"{{type: mqtt, url: 'mqtt://127.0.0.1:{port}', topic: 'fleet/{{device}}/state'}}"
    with opened(folder, source, devices, int(time.time())) as (book, store):
        ingest = ReceivedIngest(book, store, book.sources["telemetry"])
        ingest.run()
        ingest.close()
        bare(port, 0)
        publish(port, messages)
        bare_rate, bare_cpu = measured(messages, lambda: bare(port, messages))

        def ours() -> None:
            got = ingest.run().lines  # waits until nothing comes for a second
            assert got == messages, got

        rate, cpu = measured(messages, ours, waited=1.0)
        ingest.close()
    return {"bare": bare_rate, "bare_cpu": bare_cpu, "ours": rate, "ours_cpu": cpu}


def measured(messages: int, work: Callable[[], None], waited: float = 0.0) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return messages / (time.perf_counter() - wall - waited), 1e6 * (time.process_time() - cpu) / messages


def bare(port: int, messages: int) -> None:
    """A client that acknowledges at once and keeps nothing."""
    client, done, got = Client(CallbackAPIVersion.VERSION2, "bare", protocol=MQTTv5), threading.Event(), [0]
    more = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    more.SessionExpiryInterval, more.ReceiveMaximum = 3600, 1000

    def message(*_: object) -> None:
        got[0] += 1
        if got[0] == messages:
            done.set()

    client.on_message = message
    client.on_subscribe = lambda *_: done.set() if not messages else None
    client.connect("127.0.0.1", port, clean_start=False, properties=more)
    client.subscribe("fleet/+/state", 1)
    client.loop_start()
    assert done.wait(120), got
    client.disconnect()
    client.loop_stop()


def publish(port: int, messages: int) -> None:
    client = Client(CallbackAPIVersion.VERSION2, "sender")
    client.max_inflight_messages_set(1000)
    client.connect("127.0.0.1", port)
    client.loop_start()
    for number in range(messages):
        last = client.publish(f"fleet/scooter-{number:07}/state", line(number, 1), 1)
    last.wait_for_publish(120)
    client.disconnect()
    client.loop_stop()


@contextmanager
def broker(folder: Path) -> Iterator[int]:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    folder.mkdir()
    config = f"listener {port} 127.0.0.1\nallow_anonymous true\nuser root\nmax_queued_messages 0\n"
    (folder / "conf").write_text(f"{config}max_inflight_messages 1000\n", encoding="utf-8")
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    process = subprocess.Popen([program, "-c", str(folder / "conf")], stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with socket.socket() as trial:
                if trial.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()


WAYS: dict[str, Callable[[Path, int, int], dict[str, float]]] = {
    "files": files,
    "http": http,
    "mqtt": mqtt,
    "detection": detection,
}

if __name__ == "__main__":
    if sys.argv[1] == "send":
        send(int(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
