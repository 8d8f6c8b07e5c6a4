"""What may be wrong with us: a source that delivers nothing, a disk that fills up, a worker that does not get on."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from kakeibo import ledger
from kakeibo.alerts.decide import State
from kakeibo.alerts.record import Alert, Change, Standing
from kakeibo.app.routing import SOURCE, STORE, WORKER
from kakeibo.clock import MINUTES_PER_DAY, MINUTES_PER_HOUR
from kakeibo.i18n import t
from kakeibo.model import Book, Slip, Source
from kakeibo.store import Store

LASTING: Final = 3
"""Minutes of trouble with a step before it is told: what heals by itself need not be known."""
LITTLE: Final = 200_000_000
ENOUGH: Final = 300_000_000
"""Bytes free on the store's disk: below the first it is told, from the second on it is over."""
SHORTEST: Final = 10
"""Minutes of silence that are never told, unless the book says so."""
_LOOKED_AT: Final = 7 * MINUTES_PER_DAY


@dataclass
class Troubles:
    """Steps of the worker that fail: since which minute, and why."""

    since: dict[str, int] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)

    def fails(self, step: str, why: str, now: int) -> bool:
        """Note a failure; whether it is a new one, to be said."""
        self.since.setdefault(step, now)
        new = self.why.get(step) != why
        self.why[step] = why
        return new

    def works(self, step: str) -> bool:
        """Note that a step went well; whether it had failed before."""
        self.why.pop(step, None)
        return self.since.pop(step, None) is not None

    def lasting(self, now: int) -> dict[str, int]:
        """The steps that have failed for too long, and since when."""
        return {step: since for step, since in self.since.items() if now - since >= LASTING}


class Health:
    """Holds what is usual for each source, looked up once an hour."""

    def __init__(self, book: Book, store: Store) -> None:
        self._book, self._store = book, store
        self._usual: dict[tuple[str, int], int] = {}

    def changes(self, now: int, standings: Mapping[Alert, Standing], troubles: Troubles) -> list[Change]:
        """What is otherwise in minute `now` than it stood."""
        found = [*self._sources(now), *self._disk(now, standings), self._worker(now, troubles)]
        return [change for change in found if change.after != _state(standings, change.alert)]

    def _sources(self, now: int) -> Iterator[Change]:
        delivered = ledger.last_delivered(self._store, now)
        for name, source in self._book.sources.items():
            alert = Alert(SOURCE + name, "page")
            last = delivered.get(name)
            if last is None or self._is_left_out(source, now):
                yield Change(alert, "quiet", now, "left_out")
                continue
            silent, allowed = now - 1 - last, self._allowed(source, last)
            after: State = "firing" if silent >= allowed else "quiet"
            yield Change(alert, after, now, "silent" if silent >= allowed else "delivers",
                         {"since": last + 1, "silent": silent, "allowed": allowed})  # fmt: skip

    def _allowed(self, source: Source, last: int) -> int:
        """Minutes for which a source may be silent: as the book says, or twice its longest pause of the last week."""
        if source.silent_after is not None:
            return source.silent_after
        key = (source.name, last // MINUTES_PER_HOUR)
        if key not in self._usual:
            start = last - _LOOKED_AT
            pauses = [
                end - begin for begin, end in ledger.gaps(self._store, source.name, start, last + 1) if begin > start
            ]
            self._usual[key] = max(SHORTEST, 2 * max(pauses, default=0))
        return self._usual[key]

    def _is_left_out(self, source: Source, now: int) -> bool:
        """Whether maintenance leaves out everything that is counted from a source."""
        adjustments = [slip for slip in ledger.slips(self._store, "adjustment") if _holds(slip, now)]
        counted = self._book.slos_of(source.name)
        return bool(adjustments) and all(any(slip.covers(slo.name) for slip in adjustments) for slo in counted)

    def _disk(self, now: int, standings: Mapping[Alert, Standing]) -> Iterator[Change]:
        folder = Path(self._store.name).parent
        if "://" in self._store.name or not folder.is_dir():  # a database server looks after its own disk
            return
        free, alert = shutil.disk_usage(folder).free, Alert(STORE, "page")
        needed = ENOUGH if _state(standings, alert) == "firing" else LITTLE
        yield Change(alert, "firing" if free < needed else "quiet", now, "space", {"free": free})

    def _worker(self, now: int, troubles: Troubles) -> Change:
        lasting = troubles.lasting(now)
        facts = {"since": min(lasting.values(), default=now), "steps": {step: troubles.why[step] for step in lasting}}
        return Change(
            Alert(WORKER, "page"), "firing" if lasting else "quiet", now, "trouble" if lasting else "well", facts
        )


def disk_sentence(free: int) -> str:
    """What is said of a disk that fills up."""
    return t("Only {mb} MB are free on the disk of the store: counting will stop when it is full.",
             mb=f"{free / 1e6:,.0f}")  # fmt: skip


def _state(standings: Mapping[Alert, Standing], alert: Alert) -> State:
    return standings[alert].state if alert in standings else "quiet"


def _holds(slip: Slip, now: int) -> bool:
    return slip.revoked is None and slip.from_minute <= now < slip.to_minute
