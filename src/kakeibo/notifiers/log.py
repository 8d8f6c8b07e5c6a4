"""A line to standard error or a file: to try things out before anybody is woken up."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any, ClassVar, Final

from kakeibo import clock
from kakeibo.notifiers.kinds import Message, Notifier, Outcome

_ONE_AT_A_TIME: Final = threading.Lock()


class Log(Notifier):
    KIND = "log"
    TARGET = "own"
    OPTIONS: ClassVar[dict[str, dict[str, Any]]] = {
        "file": {"type": "string", "description": "The file to add to. Left out: standard error."}
    }

    def carry(self, target: str, message: Message) -> Outcome:
        when = clock.iso(message.at // 60)
        words = [
            when,
            message.kind,
            message.group,
            *([f"-> {target}"] if target else []),
            message.subject,
            message.summary,
        ]
        line = " | ".join(" ".join(word.split()) for word in words) + "\n"
        try:
            with _ONE_AT_A_TIME:
                if file := self.text("file"):
                    with Path(file).open("a", encoding="utf-8") as log:
                        log.write(line)
                else:
                    sys.stderr.write(line)
                    sys.stderr.flush()
        except OSError as error:
            return Outcome("later", f"{error.filename or ''}: {error.strerror or error}")
        return Outcome("sent")
