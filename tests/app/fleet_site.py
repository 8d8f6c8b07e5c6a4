"""A fleet whose messages come to us: its book, its store, and what both come to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kakeibo.app.check import read
from kakeibo.fleet.records import Records
from kakeibo.model import Book
from kakeibo.store import Store, open_store, tables

BOOK = """
organisation: {name: Manabi, language: en}
teams: {operations: {name: Operations}, other: {name: Other}}
services: {sharing: {team: operations, runbook: "https://wiki.example/sharing"}}
%(channels)s
sources: {telemetry: %(source)s}
fleets:
  scooters:
    title: Scooters can be hired
    service: sharing
    source: telemetry
    fields: {battery: soc}
    heartbeat: {silent_after: %(silent_after)s, back_after: {messages: 2, within: 1h}}
    errors: {E42: {more_than: 4, within: 1d, back_after: 1d}}
    battery: {out_below: 5%%, back_above: 15%%}
    breaker: {more_than: 100%%, within: 1s}
    %(more)s
    slos: {in_service: {target: 95%%}}
"""


def mqtt(url: str, more: str = "") -> str:
    return f"{{type: mqtt, url: '{url}', topic: 'fleet/{{device}}/state'{more}}}"


class FleetSite:
    """`folder` with a book and a store."""

    def __init__(
        self, folder: Path, source: str, *, silent_after: str = "1d", more: str = "", channels: str = ""
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.path = folder, folder / "kakeibo.yaml"
        words = {"source": source, "silent_after": silent_after, "more": more, "channels": channels}
        self.path.write_text(BOOK % words, encoding="utf-8")
        self.book: Book = read(self.path)[0]
        self.url = f"sqlite:///{folder}/kakeibo.db"
        self.store: Store = open_store(self.url)

    def lines(self) -> tuple[int, int]:
        """(messages, how many of them were none)."""
        table = tables.source_minutes
        with self.store.reading() as connection:
            rows = connection.execute(table.select()).all()
        return sum(row.lines for row in rows), sum(row.rejected for row in rows)

    def standing(self) -> dict[str, Any]:
        """Device -> (sequence, out for, code, on a trip): nothing of it depends on when messages came."""
        columns = Records(self.store, self.book.fleets["scooters"]).load().columns
        found = {}
        for name, number in columns.numbers.items():
            device = columns.device(number)
            out = device.out
            found[name] = (device.sequence, out and out.reason, out and out.detail, device.on_trip)
        return found


def message(**said: Any) -> bytes:
    return json.dumps(said).encode()
