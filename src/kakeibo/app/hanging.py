"""Work that may hang: done in a thread of its own, and waited for as long as it gets on.

A disk that does not answer, a server that sends a byte a minute: nothing in this process can end such a call. So it is
left alone: the round goes on without it, and each later round asks whether it has come back.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from kakeibo import clock
from kakeibo.errors import SourceError
from kakeibo.i18n import t

PATIENCE: Final = 30.0
"""Seconds without any progress that are waited for."""
_LOOK: Final = 1.0

Progress = Callable[[int], None]
"""Told now and then, while work gets on, by how much."""
Work = Callable[[Progress], object]


class Runs:
    """Work by name, at most one of a name at a time. `alive` is called while something gets on."""

    def __init__(self, patience: float = PATIENCE, alive: Callable[[], None] = lambda: None) -> None:
        self._patience, self._alive = patience, alive
        self._left: dict[str, _Run] = {}

    def do(self, name: str, work: Work) -> None:
        """Do it and raise what it raises; raises SourceError when it hangs, or hangs still. What has come back is not
        done again at once: its outcome is this round's."""
        run = self._left.pop(name, None) or _Run.of(work)
        while not run.ended.wait(min(_LOOK, self._patience)):
            if clock.monotonic() - run.moved > self._patience:
                self._left[name] = run
                raise SourceError(
                    t("it hangs, and the others go on without it"), t("see whether its disk or server answers")
                )
            self._alive()
        if run.error is not None:
            raise run.error

    def hangs(self, name: str) -> bool:
        """Whether it is left alone: then nothing it uses may be closed."""
        return name in self._left


@dataclass
class _Run:
    """`moved`: when it got on last, by the clock that only goes forward."""

    moved: float
    ended: threading.Event = field(default_factory=threading.Event)
    error: BaseException | None = None

    @classmethod
    def of(cls, work: Work) -> _Run:
        run = cls(clock.monotonic())
        context = contextvars.copy_context()  # the language that is spoken, and who is at work
        # A daemon: what hangs must not keep the process from ending.
        threading.Thread(target=context.run, args=(run._do, work), name="run", daemon=True).start()
        return run

    def _do(self, work: Work) -> None:
        try:
            work(self._got_on)
        except BaseException as error:  # handed to whoever waits
            self.error = error
        finally:
            self.ended.set()

    def _got_on(self, more: int) -> None:
        del more
        self.moved = clock.monotonic()
