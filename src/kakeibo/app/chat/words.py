"""What chat commands are given and what they give back. Nothing here knows Slack but the mark-up of its texts."""

from __future__ import annotations

from dataclasses import dataclass

from kakeibo.duties import Person
from kakeibo.model import Book
from kakeibo.oncall.escalation import Page
from kakeibo.store import Store


@dataclass(frozen=True, slots=True)
class Reply:
    """`text` is shown to whoever asked, or, when it is `public`, to everybody in the channel. `call` is to ring."""

    text: str
    public: bool = False
    call: Page | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """`person` asks something of the book and its store."""

    book: Book
    store: Store
    person: Person

    @property
    def zone(self) -> str:
        return self.person.timezone or self.book.organisation.timezone


def escaped(text: str) -> str:
    """A text in which Slack finds no mention, link or channel."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
