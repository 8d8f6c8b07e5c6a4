"""The verbs `list` and `revoke`, the same for all that people enter by hand: nothing is deleted, it is taken back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

import click

from kakeibo.app.cli.common import (
    book_option,
    json_option,
    lang_option,
    open_book,
    opened_store,
    speak,
    store_option,
    word_options,
)
from kakeibo.model import Book
from kakeibo.store import Store


class Show(Protocol):
    """Prints all entries, or the one numbered; returns the exit code."""

    def __call__(self, book: Book, store: Store, /, *, as_json: bool, number: int | None = None) -> int: ...


class Entries(NamedTuple):
    """What is done with entries of one kind. `revoke` takes the store, the number, the reason, the author."""

    show: Show
    revoke: Callable[[Store, int, str, str | None], object]


def list_and_revoke(group: click.Group, entries: Callable[[], Entries], *, listed: str, revoked: str) -> None:
    """Give `group` the two verbs, with these words of help. `entries` is asked when one of them runs."""

    @group.command("list", help=listed)
    @json_option
    @book_option
    @store_option
    @lang_option
    def list_(as_json: bool, book: Path, store: str | None) -> int:
        the_book = open_book(book)
        speak(the_book)
        with opened_store(store, book) as the_store:
            return entries().show(the_book, the_store, as_json=as_json)

    @group.command("revoke", help=revoked)
    @click.argument("number", type=click.IntRange(min=1))
    @word_options
    @json_option
    @book_option
    @store_option
    @lang_option
    def revoke(number: int, reason: str, author: str | None, as_json: bool, book: Path, store: str | None) -> int:
        the_book = open_book(book)
        speak(the_book)
        with opened_store(store, book) as the_store:
            entries().revoke(the_store, number, reason, author)
            return entries().show(the_book, the_store, as_json=as_json, number=number)
