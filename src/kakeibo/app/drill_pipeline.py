"""The real pipeline on a drill's own book, logs and store: events are written as time goes by, and the worker counts,
decides and tells as it does at work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from kakeibo.alerts import record
from kakeibo.alerts.acknowledgements import acknowledgements
from kakeibo.app.check import read
from kakeibo.app.delivering import Delivery
from kakeibo.app.escalating import notifiers_of
from kakeibo.app.worker import Worker, holder_here
from kakeibo.definitions.writing import write
from kakeibo.model import Book
from kakeibo.practice.drills import events
from kakeibo.practice.drills.examples import Examples
from kakeibo.practice.drills.isolation import LOGS, isolated, log_of
from kakeibo.practice.drills.records import Alert
from kakeibo.practice.drills.scenarios import Scenario
from kakeibo.store import open_store

STORE: Final = "kakeibo.db"


class Pipeline:
    """Everything that counts in a drill, in `folder`, from `began` on. `silent`: SLOs that fail by too few events."""

    def __init__(
        self,
        book: Book,
        scenario: Scenario,
        made: Mapping[str, Mapping[str, Examples]],
        folder: Path,
        began: datetime,
        silent: frozenset[str],
    ) -> None:
        self._folder, self._began, self._mark = folder, began, folder.name
        self.book = _written(isolated(book, folder, scenario.tell, made))
        self._traffic = events.traffic_of(scenario, made, silent)
        self._minute = -scenario.history
        self._waiting: list[tuple[datetime, str, bytes]] = []
        self._store = open_store(f"sqlite:///{folder / STORE}")
        self._worker = Worker(self.book, self._store, lambda _: None)
        self._delivery = Delivery(self._store, notifiers_of(self.book), holder_here(), trouble=lambda _: None)

    def close(self) -> None:
        self._worker.close()
        self._store.close()

    def round(self, now: datetime, *, resolved: bool) -> int:
        """Write the events that have happened by `now`, and have them counted, decided and told; how many there were.
        Once it is `resolved` nothing fails any more."""
        if resolved:
            self._traffic = [(source, replace(one, troubles=())) for source, one in self._traffic]
        written = self._write(now)
        self._worker.round(now)
        self._delivery.drain(lambda: int(now.timestamp()))
        return written

    def alerts(self) -> tuple[Alert, ...]:
        """Every alert that has begun to fire, in order."""
        return tuple(
            Alert(flip.noted, flip.alert.subject, flip.alert.severity)
            for flip in record.flips(self._store)
            if flip.after == "firing" and "/" in flip.alert.subject
        )

    def answered(self) -> int | None:
        """The second in which the first alert was taken, as by `kakeibo ack` over the drill's book; None: none was."""
        groups = {flip.group for flip in record.flips(self._store) if flip.group}
        with self._store.reading() as connection:
            taken = acknowledgements(connection, groups)
        return min((one.at for one in taken.values()), default=None)

    def _write(self, now: datetime) -> int:
        while self._began + timedelta(minutes=self._minute) <= now:
            for source, traffic in self._traffic:
                for second, event in traffic.minute(self._minute):
                    at = self._began + timedelta(minutes=self._minute, microseconds=int(second * 1_000_000))
                    self._waiting.append((at, source, events.line(event, at, self._mark)))
            self._minute += 1
        ready: dict[str, list[bytes]] = {}
        for at, source, line in self._waiting:
            if at <= now:
                ready.setdefault(source, []).append(line)
        self._waiting = [one for one in self._waiting if one[0] > now]
        for source, lines in ready.items():
            with log_of(self._folder, source).open("ab") as log:
                log.write(b"".join(lines))
        return sum(map(len, ready.values()))


def _written(copy: Book) -> Book:
    """The book of the drill, as it is read back from its file, over logs that are still empty."""
    folder = copy.path.parent
    (folder / LOGS).mkdir()
    for source in copy.sources:
        log_of(folder, source).touch()
    copy.path.write_text(write(copy), encoding="utf-8")
    read_back, _ = read(copy.path)
    return read_back
