"""Work that hangs: left alone, asked after, and its outcome taken when it comes back."""

from __future__ import annotations

import threading

import pytest

from kakeibo import clock
from kakeibo.app.hanging import Progress, Runs
from kakeibo.errors import SourceError, StoreError
from kakeibo.i18n import language, speaking


class Stuck:
    """Work that waits until it is let go; `error` is what it ends with then."""

    def __init__(self, error: Exception | None = None) -> None:
        self.go, self.begun, self.error = threading.Event(), 0, error

    def __call__(self, progress: Progress) -> None:
        del progress
        self.begun += 1
        self.go.wait()
        if self.error:
            raise self.error


@pytest.mark.parametrize("error", [None, StoreError("the disk came back, and is full")])
def test_it_is_not_begun_twice_and_its_outcome_is_taken_when_it_comes_back(error: Exception | None) -> None:
    runs, work = Runs(patience=0.05), Stuck(error)
    for _ in range(3):
        with pytest.raises(SourceError, match="it hangs, and the others go on without it"):
            runs.do("web", work)
        assert runs.hangs("web")
        assert not runs.hangs("jobs")
    assert work.begun == 1
    work.go.set()
    ended: list[Exception | None] = []
    while not ended:  # as later rounds ask, however slow this machine is
        try:
            runs.do("web", work)
            ended.append(None)
        except SourceError:
            continue
        except StoreError as late:
            ended.append(late)
    assert ended == [error]
    assert work.begun == 1
    assert not runs.hangs("web")


def test_what_gets_on_is_waited_for_however_long_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock that stands at each look a minute later: only progress makes up for it."""
    alive: list[str] = []
    moment, looked = 0.0, threading.Event()

    def look() -> float:
        return moment

    def is_alive() -> None:
        alive.append("alive")
        looked.set()

    def work(progress: Progress) -> None:
        nonlocal moment
        for _ in range(3):
            moment += 60
            progress(1)
            looked.clear()
            looked.wait()

    monkeypatch.setattr(clock, "monotonic", look)
    Runs(patience=61, alive=is_alive).do("web", work)
    assert len(alive) >= 3


def test_it_speaks_the_language_of_its_round() -> None:
    heard: list[str] = []
    with speaking("ja"):
        Runs().do("web", lambda _: heard.append(language()))
    assert heard == ["ja"]
