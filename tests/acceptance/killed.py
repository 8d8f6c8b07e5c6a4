"""A worker that goes through a scripted day, killed again and again: python -m tests.acceptance.killed FOLDER URL UNTIL
KILLS SEED.

Its clock is the minute that was decided last, so that each new worker goes on where the one before was killed. Workers
are forked, which spares each of them the seconds of starting.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

from tests.acceptance.site import FIRST, Site

from kakeibo.app.check import read
from kakeibo.app.worker import DECIDED
from kakeibo.app.working import Working
from kakeibo.store import open_store, rounds


def main(folder: Path, url: str, until: int, kills: int, seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(kills):
        child = os.fork()
        if child == 0:
            work(folder, url, until)
            os._exit(0)
        time.sleep(dice.uniform(0.03, 0.25))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            sys.exit(f"ended by itself: {status}; the day is too short for {kills} kills")
    work(folder, url, until)


def work(folder: Path, url: str, until: int) -> None:
    """Rounds, minute by minute, from the last one that was decided on."""
    store = open_store(url)
    site = Site(folder, script=None, store=store, book=read(folder / "kakeibo.yaml")[0])  # type: ignore[arg-type]
    with store.reading() as connection:
        decided = rounds.reached(connection, DECIDED)
    working = Working(site.book, store)
    while not working.turn():
        time.sleep(0.05)
    for minute in range(0 if decided is None else decided - FIRST + 1, until):
        site.minute = minute
        working.round(site.now)
        working.delivery.drain(lambda: int(site.now.timestamp()))
    working.close()
    store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:]))
