"""The worker as a process: whose turn it is, round after round, until told to stop.

Of several workers at one store, the one with the lease makes the rounds; the others wait, and take over when it ends.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

import click

from kakeibo import clock
from kakeibo.app.check import read
from kakeibo.app.delivering import Delivery
from kakeibo.app.escalating import escalate, notifiers_of
from kakeibo.app.last_resort import LastResort
from kakeibo.app.wording import words_of
from kakeibo.app.worker import Round, Worker, holder_here, is_gone
from kakeibo.errors import KakeiboError, StoreBusy
from kakeibo.i18n import t
from kakeibo.model import Book
from kakeibo.notifiers import http
from kakeibo.notifiers.kinds import Notifier, Undelivered
from kakeibo.store import Store, leases

LEASE: Final = "worker"
HOLD: Final = 20
"""Seconds that a worker which has died keeps the others waiting, at most."""
_RENEW: Final = 5.0
STUCK: Final = 120.0
"""Seconds without a sign of life from a round after which its lease is not renewed: another worker may take over."""
_STEP: Final = 0.2

Stop = Callable[[], bool]


def once(book: Book, store: Store, now: datetime) -> int:
    """One round as of `now`, and its letters; exit code 1 when a step failed. Raises StoreBusy when another worker is
    at work."""
    working = Working(book, store)
    if not working.turn(waiting=False):
        raise StoreBusy(t("another worker is at work on this store"), t("stop it first, or leave it to that one"))
    try:
        done = working.round(now)
        sent = working.delivery.drain(lambda: int(now.timestamp()))
        click.echo(
            t("decided {minutes} minutes: {changes} changes, {letters} letters, {sent} tries to deliver",
              minutes=f"{done.minutes:,}", changes=f"{done.changes:,}", letters=f"{done.letters:,}", sent=f"{sent:,}")
        )  # fmt: skip
        return int(bool(done.failed))
    finally:
        working.close()


def follow(path: Path, book: Book, store: Store, *, every: float, stop: Stop) -> int:
    """Rounds every `every` seconds until `stop()`; the round under way is finished first."""
    working = Working(book, store)
    edited = _stamp(path)
    try:
        while not stop():
            began = clock.monotonic()
            if working.turn():
                if (stamp := _stamp(path)) != edited:
                    edited = stamp
                    working.read_again(path)
                working.delivering()
                working.watching()
                working.round(clock.now())
            while not stop() and (left := every - (clock.monotonic() - began)) > 0:
                clock.sleep(min(left, _STEP))
    finally:
        working.close()
    return 0


class Working:
    """A worker with its lease, its letters and its calls; `worker`: one of its own, left out: a usual one."""

    def __init__(self, book: Book, store: Store, worker: Worker | None = None) -> None:
        self._book, self._store = book, store
        self._holder = holder_here()
        self._waits = False
        self._leads = False
        self._locked_out: int | None = None
        """Since which minute the store has not even said whose turn it is."""
        self._refused = _Once("")
        self._renewal = _Renewal(store, self._holder)
        self._worker = worker or Worker(book, store, _say, alive=self._renewal.alive)
        self._open()

    def _open(self) -> None:
        self._notifiers: Mapping[str, Notifier] = notifiers_of(self._book)
        pace = {key: one.pace for key, one in self._notifiers.items()}
        self.delivery = Delivery(
            self._store, self._notifiers, self._holder, trouble=_Once(t("delivering")).say, pace=pace
        )
        self._delivers = False
        self._last_resort = LastResort(self._book, self._notifiers)

    def turn(self, *, waiting: bool = True) -> bool:
        """Whether it is ours to make rounds. The first time we have to wait, that is said."""
        try:
            ours = leases.take(self._store, LEASE, self._holder, _seconds(), HOLD, is_gone)
        except KakeiboError as error:
            self._cannot_tell(error)
            return False
        self._leads, self._locked_out = ours, None
        if ours:
            self._renewal.alive()
            self._renewal.start()
        elif waiting and not self._waits:
            _say(t("another worker is at work on this store; waiting until it ends"))
        self._waits = not ours
        if not ours:
            self._worker.stop_watching()
        return ours

    def _cannot_tell(self, error: KakeiboError) -> None:
        """The store does not say whose turn it is: said, and told past the store by the worker whose turn it was."""
        self._refused.say(error)
        if self._leads:
            minute = clock.minute_of(clock.now())
            self._locked_out = self._locked_out or minute
            self._last_resort.look(self._locked_out, minute)

    def delivering(self) -> None:
        """Have letters sent in the background from now on."""
        if not self._delivers:
            self.delivery.start(_seconds)
            self._delivers = True

    def watching(self) -> None:
        """Have what devices send received and judged in the background from now on."""
        self._worker.watch()

    def round(self, now: datetime) -> Round:
        """One round: the worker's, then calls, then a sign of life to the outside when all went well."""
        call = partial(
            escalate,
            self._book,
            self._store,
            self._notifiers,
            self._holder,
            int(now.timestamp()),
            write=words_of(self._book),
        )
        done = self._worker.round(now, call)
        self._last_resort.look(self._worker.unrecorded, clock.minute_of(now))
        if not done.failed and self._book.organisation.heartbeat:
            beat(self._book.organisation.heartbeat)
        return done

    def read_again(self, path: Path) -> None:
        """Go on with the book as it is now; with the one before when it cannot be used."""
        try:
            book, _ = read(path)
        except KakeiboError as error:
            _say(t("the book was changed and cannot be used; going on with the one before: {why}", why=error))
            return
        self._stop_delivering()
        self._book = book
        self._worker.follow(book)
        self._open()
        _say(t("the book was changed: going on with it"))

    def close(self) -> None:
        """Finish what is being sent, and let the lease go."""
        self._stop_delivering()
        self._worker.close()
        self._renewal.stop()
        with suppress(KakeiboError):
            leases.let_go(self._store, LEASE, self._holder)

    def _stop_delivering(self) -> None:
        if self._delivers:
            self.delivery.stop()
            self._delivers = False
        for one in self._notifiers.values():
            one.close()


class _Renewal:
    """Keeps the lease while a round takes long, as long as there are signs of life."""

    def __init__(self, store: Store, holder: str) -> None:
        self._store, self._holder = store, holder
        self._alive = clock.monotonic()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="lease", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def alive(self) -> None:
        """A sign of life."""
        self._alive = clock.monotonic()

    def _run(self) -> None:
        while not self._stop.wait(_RENEW):
            if clock.monotonic() - self._alive > STUCK:
                continue
            with suppress(KakeiboError):  # the store is held: tried again before the lease runs out
                leases.take(self._store, LEASE, self._holder, _seconds(), HOLD)


class _Once:
    """Says a trouble when it is another than before; `step`: with what, "" for nothing in particular."""

    def __init__(self, step: str) -> None:
        self._said, self._step = "", step

    def say(self, error: KakeiboError) -> None:
        if str(error) != self._said:
            self._said = str(error)
            _say(f"{self._step}: {error}" if self._step else str(error))


def beat(address: str) -> None:
    """A sign of life to the outside. When it does not arrive, the outside raises alarm: that is what it is for."""
    with suppress(Undelivered):
        http.post(address, b"", {}, allow_private=True)


def _stamp(path: Path) -> tuple[tuple[str, int, int], ...]:
    """What changes when the book is edited."""
    files = sorted(path.rglob("*.y*ml")) if path.is_dir() else [path]
    stats = [(file, file.stat()) for file in files if file.exists()]
    return tuple((str(file), stat.st_mtime_ns, stat.st_size) for file, stat in stats)


def _seconds() -> int:
    return int(clock.now().timestamp())


def _say(text: str) -> None:
    click.echo(f"{clock.now():%Y-%m-%dT%H:%M:%SZ} {text}", err=True)
