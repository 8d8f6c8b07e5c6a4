"""Workers as processes and side by side; troubles of their own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select, update
from tests.acceptance.site import BOOK, FIRST, Burn, Script, Site
from tests.servers.receiver import Receiver

from kakeibo import clock
from kakeibo.alerts import record
from kakeibo.app.check import read
from kakeibo.app.worker import DECIDED, HEALTHY, Worker, is_gone
from kakeibo.app.working import HOLD, LEASE, STUCK, Working
from kakeibo.clock import moment_of
from kakeibo.store import leases, open_store, rounds, tables


def test_two_workers_without_a_lease_decide_every_minute_once(tmp_path: Path, url: str) -> None:
    """The lease spares work; what keeps them from saying things twice is the store."""
    site = Site.at(tmp_path, Script([Burn(20, 30, 0.9), Burn(40, 50, 0.9, "Buy")], per_minute=8), url)
    site.write(120)
    decided: list[int] = []

    def work(store_url: str) -> None:
        store = open_store(store_url)
        worker = Worker(site.book, store, print)
        for minute in range(1, 110):
            decided.extend([minute] * worker.round(moment_of(FIRST + minute)).minutes)
        worker.close()
        store.close()

    address = url if url.startswith("postgresql") else f"sqlite:///{tmp_path}/kakeibo.db"
    threads = [threading.Thread(target=work, args=(address,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    flips = Counter((flip.alert, flip.at, flip.after) for flip in record.flips(site.store))
    alone = Site.at(folder(tmp_path / "alone"), site.script)
    alone.run(110)
    assert flips == Counter((flip.alert, flip.at, flip.after) for flip in alone.flips())
    with site.store.reading() as connection:
        assert rounds.reached(connection, DECIDED) == FIRST + 109
        letters = connection.execute(select(*(tables.outbox.c[name] for name in ("cause", "target", "message")))).all()
    told = Counter((cause, target, msgspec.json.decode(message)["kind"]) for cause, target, message in letters)
    assert set(told.values()) == {1}
    site.store.close()


def folder(path: Path) -> Path:
    path.mkdir()
    return path


@contextmanager
def working(site: Site, url: str) -> Iterator[subprocess.Popen[str]]:
    """`kakeibo work` as its user starts it."""
    command = [sys.executable, "-m", "kakeibo", "work", "--every", "1", "--store", url]
    process = subprocess.Popen(command, cwd=site.folder, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def until(true: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait for as long as the process runs that is to make it true, though not for ever: how fast this machine is, is
    not the question."""
    deadline = time.monotonic() + 300
    while not true():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_another_worker_takes_over(tmp_path: Path, postgresql_url: str) -> None:
    site = Site.at(tmp_path, Script(), postgresql_url)
    site.write(1)

    def leader() -> int:
        with site.store.reading() as connection:
            held = connection.execute(select(tables.leases).where(tables.leases.c.name == LEASE)).one_or_none()
        return int(held.holder.split(":")[1]) if held and held.held_until else 0

    with working(site, postgresql_url) as first:
        until(lambda: leader() == first.pid, first)
        with working(site, postgresql_url) as second:
            assert second.stderr is not None
            assert "another worker is at work" in second.stderr.readline()
            first.send_signal(signal.SIGKILL)
            until(lambda: leader() == second.pid, second)
            second.send_signal(signal.SIGTERM)
            assert second.wait() == 0
    assert leader() == 0
    site.store.close()


def test_the_lease_of_another_machine_ends_within_half_a_minute(tmp_path: Path) -> None:
    """By the clock that is handed in: a worker that we cannot see dead is waited for no longer than that."""
    store = open_store(f"sqlite:///{tmp_path}/kakeibo.db")
    assert HOLD < 30
    assert leases.take(store, LEASE, "elsewhere:1:1", 1_000, HOLD, is_gone)
    assert not leases.take(store, LEASE, "here:2:2", 1_000 + HOLD - 1, HOLD, is_gone)
    assert leases.take(store, LEASE, "here:2:2", 1_000 + HOLD, HOLD, is_gone)
    store.close()


def test_a_dead_process_of_this_machine_is_known_to_be_gone() -> None:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    here = socket.gethostname()
    assert is_gone(f"{here}:{done.pid}:1")
    assert not is_gone(f"{here}:{os.getppid()}:1")
    assert not is_gone(f"elsewhere:{done.pid}:1")
    assert not is_gone("whatever")


def test_a_step_that_keeps_failing_is_told_and_costs_the_others_nothing(tmp_path: Path) -> None:
    metrics = "sources: {metrics: {type: prometheus, url: 'http://127.0.0.1:9'}, web:"
    slo = "{valid: up, good: up, target: 99%, window: 28d, stage: page}"
    more = f"  up: {{title: Up, service: learning, source: metrics, slos: {{availability: {slo}}}}}\n"
    book = BOOK.replace("sources: {web:", metrics) + more
    site = Site.at(tmp_path, Script([Burn(30, 50, 0.9)]), book=book)
    said: list[str] = []
    worker = Worker(site.book, site.store, said.append)
    for minute in range(1, 40):
        site.write(minute)
        done = worker.round(site.now)
        assert done.failed == ["source metrics"]
    assert len(said) == 1
    assert said[0].startswith("source metrics: http://127.0.0.1:9 cannot be reached")
    pages = [flip for flip in site.flips() if flip.alert.severity == "page"]
    found = {flip.alert.subject: flip for flip in pages if flip.after == "firing"}
    assert set(found) == {"worker", "play/availability"}
    assert found["worker"].at - FIRST == 4
    assert healthy(site) is None
    path = tmp_path / "kakeibo.yaml"
    path.write_text(BOOK.replace("FOLDER", str(tmp_path)), encoding="utf-8")
    worker.follow(read(path)[0])
    site.write(41)
    assert worker.round(site.now).failed == []
    assert healthy(site) == FIRST + 41
    assert site.flips()[-1].alert.subject == "worker"
    with site.store.reading() as connection:
        letters = connection.scalars(select(tables.outbox.c.message).order_by(tables.outbox.c.id)).all()
    [told] = [letter for letter in map(msgspec.json.decode, letters) if letter["kind"] == "worker"]
    assert told["summary"].startswith("The worker does not get on: source metrics: http://127.0.0.1:9 cannot be")
    worker.close()


def test_a_source_that_hangs_is_told_and_costs_the_others_nothing(tmp_path: Path) -> None:
    """By a real server that takes the question and never answers. It hangs no longer than the worker is patient."""
    silent, beats = Receiver(), Receiver()
    silent.troubles = ["hang"] * 10
    with beats.serving() as outside:
        with silent.serving() as address:
            metrics = f"sources: {{metrics: {{type: prometheus, url: '{address}'}}, web:"
            slo = "{valid: up, good: up, target: 99%, window: 28d}"
            up = f"  up: {{title: Up, service: learning, source: metrics, slos: {{availability: {slo}}}}}\n"
            ours = f"language: en, notify: ['out:us'], heartbeat: '{outside}/alive'}}"
            book = BOOK.replace("language: en}", ours).replace("sources: {web:", metrics) + up
            site = Site.at(tmp_path, Script([Burn(3, 50, 0.9)]), book=book)
            said: list[str] = []
            worker = Worker(site.book, site.store, said.append, patience=2)
            working_ = Working(site.book, site.store, worker)
            assert working_.turn()
            for minute in range(1, 12):
                site.write(minute)
                assert "source metrics" in working_.round(site.now).failed
            working_.delivery.drain(lambda: int(site.now.timestamp()))
            assert len(silent.requests) == 1  # it is not asked again while it hangs
        hangs = [text for text in said if text.startswith("source metrics")]
        assert hangs[0].startswith("source metrics: it hangs, and the others go on without it: see whether its disk or")
        fired = {flip.alert.subject: flip for flip in site.flips() if flip.after == "firing"}
        assert set(fired) == {"worker", "play/availability"}
        assert fired["worker"].at - FIRST == 4
        assert (healthy(site), beats.requests) == (None, [])
        assert ("worker", "us", "the worker of kakeibo") in site.summary()
        working_.close()
        site.store.close()


def test_a_round_that_shows_no_sign_of_life_loses_its_lease(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that another worker takes over from one that hangs where nothing can be done about it."""
    site = Site.at(tmp_path, Script())
    monkeypatch.setattr("kakeibo.app.working._RENEW", 0.01)
    moment = 0.0
    monkeypatch.setattr(clock, "monotonic", lambda: moment)
    hung = Working(site.book, site.store)
    assert hung.turn()

    def held_until() -> int:
        with site.store.reading() as connection:
            return int(connection.execute(select(tables.leases.c.held_until)).scalar_one())

    def forget() -> None:
        with site.store.writing() as connection:
            connection.execute(update(tables.leases).values(held_until=1))

    def wait(true: Callable[[], bool]) -> None:
        for _ in range(3000):
            if true():
                return
            time.sleep(0.01)
        raise AssertionError

    forget()
    wait(lambda: held_until() > 1)  # renewed
    moment = STUCK + 1
    time.sleep(0.1)
    forget()
    time.sleep(0.3)
    assert held_until() == 1
    assert hung.turn()  # it got on after all
    wait(lambda: held_until() > 1)
    hung.close()
    site.store.close()


def healthy(site: Site) -> int | None:
    with site.store.reading() as connection:
        return rounds.reached(connection, HEALTHY)


def test_a_sign_of_life_goes_out_after_a_healthy_round_alone(tmp_path: Path) -> None:
    beats: list[str] = []

    class Outside(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            beats.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    server = HTTPServer(("127.0.0.1", 0), Outside)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        address = f"http://127.0.0.1:{server.server_port}/alive"
        book = BOOK.replace("language: en}", f"language: en, heartbeat: '{address}'}}")
        site = Site.at(tmp_path, Script(), book=book)
        site.run(2)
        assert beats == ["/alive", "/alive"]
        broken = book.replace("sources: {", "sources: {metrics: {type: prometheus, url: 'http://127.0.0.1:9'}, ")
        up = "  up: {title: Up, service: learning, source: metrics, slos: {a: {valid: up, good: up, target: 99%}}}\n"
        (tmp_path / "kakeibo.yaml").write_text((broken + up).replace("FOLDER", str(tmp_path)), encoding="utf-8")
        working_ = Working(read(tmp_path / "kakeibo.yaml")[0], site.store)
        assert working_.turn()
        site.write(3)
        assert working_.round(site.now).failed == ["source metrics"]
        working_.close()
        assert len(beats) == 2
    finally:
        server.shutdown()
        server.server_close()
