"""What cannot be written down is told by word of mouth.

Alerts and letters live in the store. When the store takes nothing, because its disk is full or its server is gone, the
organisation's receivers are told directly, once each, and once more when it takes alerts again. Only this process knows
that: after a restart it is told anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from kakeibo.app.channel_checks import receiver
from kakeibo.app.health import LASTING
from kakeibo.i18n import speaking, t
from kakeibo.letters import notifications as letters
from kakeibo.model import Book
from kakeibo.notifiers.kinds import Message, Notifier


class LastResort:
    """Knows who was told."""

    def __init__(self, book: Book, notifiers: Mapping[str, Notifier]) -> None:
        self._book, self._notifiers = book, notifiers
        self._since = 0
        self._told: set[str] = set()
        self._tried = -1

    def look(self, unrecorded: int | None, minute: int) -> None:
        """Once a minute: tell what is to be told. `unrecorded`: since which minute nothing can be written down."""
        if self._tried == minute:
            return
        self._tried = minute
        if unrecorded is None:
            over = partial(letters.resolved, self._matter(minute))
            self._told -= self._send(over, self._told)
        elif minute - unrecorded >= LASTING:
            self._since = unrecorded
            what = partial(letters.in_trouble, self._matter(minute), what=self._sentence())
            self._told |= self._send(what, set(self._book.organisation.notify) - self._told)

    def _send(self, write: partial[Message], receivers: set[str]) -> set[str]:
        """Send one message to each; returns those that may have it."""
        if not receivers:
            return set()
        with speaking(self._book.organisation.language):
            messages = {to: write(message_id=f"store:{self._since}:{to}") for to in receivers}
        with ThreadPoolExecutor(len(messages), "last-resort") as pool:
            outcomes = pool.map(self._carry, messages, messages.values())
        return {to for to, arrived in zip(messages, outcomes, strict=True) if arrived}

    def _carry(self, to: str, message: Message) -> bool:
        channel, target = receiver(to)
        try:
            return self._notifiers[channel].send(target, message).result in ("sent", "unknown")
        except Exception:  # a fault of ours: tried again in a minute
            return False

    def _sentence(self) -> str:
        with speaking(self._book.organisation.language):
            return t("The store takes nothing: no alert can be decided or sent until it does.")

    def _matter(self, minute: int) -> letters.Matter:
        with speaking(self._book.organisation.language):
            name = t("the store of kakeibo")
        zone, address = self._book.organisation.timezone, self._book.organisation.address or ""
        return letters.Matter(f"store:{self._since}", "page", name, "", self._since, minute, zone, (), address=address)
