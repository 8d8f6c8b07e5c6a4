"""Letters out of the outbox: lease, send, log. A few threads for each channel, so that a dead receiver delays no other.

A letter that is sent and not yet logged when the process dies is sent again. One whose channel is not in the book any
more is refused, which is noted like any other outcome.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TypeVar

import msgspec

from kakeibo import clock
from kakeibo.errors import KakeiboError
from kakeibo.i18n import t
from kakeibo.notifiers.kinds import Message, Notifier, Outcome
from kakeibo.store import Store, outbox
from kakeibo.store.outbox import Leased, Told

Seconds = Callable[[], int]
"""What time it is, in seconds since 1970."""
Trouble = Callable[[KakeiboError], None]
"""Told when the store fails us."""
Result = TypeVar("Result")

AT_ONCE = 4
"""Letters that one channel sends side by side."""
_BATCH = 2 * AT_ONCE
"""Letters leased in one go: with the longest time-out of a channel they take less than the lease."""
_PAUSE = 1.0


class Delivery:
    """Sends what is due through `notifiers` (channel's key -> notifier), as `holder`.

    `pace`: channel's key -> the least seconds from one letter to the next.
    """

    def __init__(
        self,
        store: Store,
        notifiers: Mapping[str, Notifier],
        holder: str,
        *,
        trouble: Trouble,
        pace: Mapping[str, float] | None = None,
    ) -> None:
        self._store = store
        self._notifiers = notifiers
        self._holder = holder
        self._pace = pace or {}
        self._trouble = trouble
        self._stop = threading.Event()
        self._threads: dict[str, threading.Thread] = {}

    def drain(self, now: Seconds) -> int:
        """Send everything that is due, and return how many letters were tried. Waits for the slowest channel."""
        channels = outbox.channels_due(self._store, now())
        with ThreadPoolExecutor(max(1, len(channels)), "drain") as pool:
            return sum(pool.map(lambda channel: self._drain(channel, now), channels))

    def start(self, now: Seconds) -> None:
        """Begin to send in the background, whatever is due or becomes so, until `stop`."""
        watch = threading.Thread(target=self._watch, args=(now,), name="outbox", daemon=True)
        self._threads[""] = watch
        watch.start()

    def stop(self) -> None:
        """Let what is being sent be finished and logged, and stop."""
        self._stop.set()
        for thread in list(self._threads.values()):
            thread.join()
        self._threads.clear()
        self._stop.clear()

    def _watch(self, now: Seconds) -> None:
        """Have a thread at work for every channel that has something to send."""
        while not self._stop.is_set():
            for channel in self._guarded(lambda: outbox.channels_due(self._store, now())) or ():
                thread = self._threads.get(channel)
                if thread is None or not thread.is_alive():
                    work = threading.Thread(target=self._drain, args=(channel, now), name=channel, daemon=True)
                    self._threads[channel] = work
                    work.start()
            self._stop.wait(_PAUSE)

    def _drain(self, channel: str, now: Seconds) -> int:
        tried = 0
        with ThreadPoolExecutor(AT_ONCE, channel) as pool:
            while not self._stop.is_set():
                leased = self._guarded(lambda: outbox.lease(self._store, channel, self._holder, now(), _BATCH))
                if not leased:
                    return tried
                tried += len(leased)
                outcomes = list(zip(leased, pool.map(self._send, leased), strict=True))
                self._guarded(partial(self._log, outcomes, now()))
        return tried

    def _send(self, leased: Leased) -> Outcome:
        began = clock.monotonic()
        notifier = self._notifiers.get(leased.letter.channel)
        if notifier is None:
            return Outcome("refused", t("there is no channel {name} in the book", name=leased.letter.channel))
        try:
            message = msgspec.json.decode(leased.letter.message, type=Message)
        except msgspec.DecodeError as error:
            return Outcome("refused", str(error))
        thread = self._guarded(partial(outbox.thread_of, self._store, leased.letter)) or ""
        try:
            outcome = notifier.send(leased.letter.target, replace(message, thread=thread))
        except Exception as error:  # a fault of ours: it costs this try of this letter, nothing else
            outcome = Outcome("unknown", f"{type(error).__name__}: {error}")
        # As many send side by side as there are threads: each keeps the pace of all of them.
        left = self._pace.get(leased.letter.channel, 0.0) * AT_ONCE - (clock.monotonic() - began)
        if left > 0:
            self._stop.wait(left)
        return outcome

    def _log(self, pairs: list[tuple[Leased, Outcome]], now: int) -> None:
        with self._store.writing() as connection:
            for leased, outcome in pairs:
                told = Told(outcome.detail, outcome.reference, int(outcome.wait))
                outbox.log(connection, leased, outcome.result, now, told=told)

    def _guarded(self, work: Callable[[], Result]) -> Result | None:
        """The store may be held or full: said, and tried again; a letter's lease runs out by itself."""
        try:
            return work()
        except KakeiboError as error:
            self._trouble(error)
            self._stop.wait(_PAUSE)
            return None
