"""A site whose days are scripted: events appended to a real log as its clock goes on, and a real worker's rounds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kakeibo.alerts import record
from kakeibo.alerts.record import Flip
from kakeibo.app.check import read
from kakeibo.app.working import Working
from kakeibo.model import Book
from kakeibo.store import Store, open_store

BOOK = """\
organisation: {name: Testers, timezone: UTC, language: en}
channels: {out: {type: log, file: FOLDER/told.txt}}
teams: {player: {name: Player team, notify: {page: ["out:page"], ticket: ["out:ticket"]}}}
services:
  learning: {team: player, runbook: "https://wiki.example/learning", depends_on: [payments]}
  payments: {team: player, runbook: "https://wiki.example/payments"}
sources: {web: {type: nginx-json, path: access.log, fields: {duration: request_time}}}
journeys:
  play:
    title: {en: Play a video, ja: 動画を再生できる}
    service: learning
    source: web
    valid: operation = 'Play'
    slos:
      availability: {good: status < 500, target: 99.9%, window: 28d, stage: page}
      latency: {good: duration <= 0.3, target: 99.9%, window: 28d, stage: page}
  buy:
    title: {en: Buy a course, ja: 講座を購入できる}
    service: payments
    source: web
    valid: operation = 'Buy'
    slos:
      availability: {good: status < 500, target: 99.9%, window: 28d, stage: page}
"""
START = datetime(2026, 10, 1, tzinfo=UTC)
FIRST = int(START.timestamp()) // 60


@dataclass(frozen=True)
class Burn:
    """From minute `start` to `end`, the share of events of an operation that fails or is slow."""

    start: int
    end: int
    share: float
    operation: str = "Play"
    slow: bool = False


@dataclass
class Script:
    """What happens, by minutes since START: burns, and stretches in which nothing is logged at all."""

    burns: list[Burn] = field(default_factory=list)
    silences: list[tuple[int, int]] = field(default_factory=list)
    per_minute: int = 20

    def lines(self, minute: int) -> Iterator[str]:
        """The log lines of a minute."""
        if any(start <= minute < end for start, end in self.silences):
            return
        for number in range(self.per_minute):
            when = START + timedelta(minutes=minute, seconds=number)
            operation = "Buy" if number % 4 == 3 else "Play"
            event: dict[str, object] = {
                "time": when.isoformat(), "operation": operation, "status": 200, "request_time": 0.1,
            }  # fmt: skip
            for burn in self.burns:
                burns = burn.start <= minute < burn.end and burn.operation == operation
                if burns and number < burn.share * self.per_minute:
                    event |= {"request_time": 2.0} if burn.slow else {"status": 503, "error": "DB_DOWN"}
            yield json.dumps(event) + "\n"


@dataclass
class Site:
    """The site in a folder, with its worker. `minute` is where its clock stands."""

    folder: Path
    script: Script
    store: Store
    book: Book
    minute: int = 0
    seconds: int = 30
    """So many seconds into each minute, the worker makes its round."""

    @classmethod
    def at(cls, folder: Path, script: Script, url: str | None = None, book: str = BOOK) -> Site:
        path = folder / "kakeibo.yaml"
        path.write_text(book.replace("FOLDER", str(folder)), encoding="utf-8")
        (folder / "access.log").touch()
        return cls(folder, script, open_store(url or f"sqlite:///{folder}/kakeibo.db"), read(path)[0])

    def write(self, until: int) -> None:
        """Have everything logged before minute `until`."""
        with (self.folder / "access.log").open("a", encoding="utf-8") as log:
            for minute in range(self.minute, until):
                log.writelines(self.script.lines(minute))
        self.minute = until

    def run(self, until: int, every: int = 1, working: Working | None = None) -> None:
        """A round in every minute (or every so many) up to `until`, with its letters."""
        mine = working or Working(self.book, self.store)
        assert mine.turn()
        try:
            while self.minute < until:
                self.write(min(self.minute + every, until))
                moment = self.now
                done = mine.round(moment)
                assert done.failed == []
                mine.delivery.drain(lambda moment=moment: int(moment.timestamp()))  # type: ignore[misc]
        finally:
            if working is None:
                mine.close()

    @property
    def now(self) -> datetime:
        return START + timedelta(minutes=self.minute, seconds=self.seconds)

    def told(self) -> list[tuple[int, str, str, str]]:
        """What receivers got: minute since START, kind, receiver, subject."""
        path = self.folder / "told.txt"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        found = []
        for line in lines:
            when, kind, _, receiver, subject, *_ = line.split(" | ")
            minute = (datetime.fromisoformat(when) - START) // timedelta(minutes=1)
            found.append((minute, kind, receiver.removeprefix("-> "), subject))
        return found

    def summary(self) -> list[tuple[str, str, str]]:
        """The same without the minutes."""
        return [one[1:] for one in self.told()]

    def flips(self) -> list[Flip]:
        return record.flips(self.store)
