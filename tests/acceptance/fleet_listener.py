"""A process that receives the messages of a fleet and judges them, until it is killed."""

from __future__ import annotations

import threading
from pathlib import Path

from kakeibo.app.check import read
from kakeibo.app.fleet_watch import FleetWatch
from kakeibo.store import open_store


def listen(book: Path, url: str) -> None:
    found, _ = read(book)
    FleetWatch(found, open_store(url), found.sources["telemetry"]).start()
    threading.Event().wait()
