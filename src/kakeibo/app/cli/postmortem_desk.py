"""What the commands of kakeibo postmortem share: the book and the store, who acts when, what is printed."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kakeibo.app.cli.common import open_book, opened_store, speak

if TYPE_CHECKING:
    from kakeibo.letters.lines import Page
    from kakeibo.model import Book
    from kakeibo.postmortems.changes import Act
    from kakeibo.store import Store


def author_option(command: click.decorators.FC) -> click.decorators.FC:
    return click.option(
        "--author", metavar="NAME", help="Who says so: a name or a role; left out: the user of this machine."
    )(command)


@contextmanager
def opened(book: Path, store: str | None) -> Iterator[tuple[Book, Store]]:
    the_book = open_book(book)
    speak(the_book)
    with opened_store(store, book) as the_store:
        yield the_book, the_store


def act_of(author: str | None) -> Act:
    from kakeibo.app.slips import author_of
    from kakeibo.postmortems.changes import Act

    return Act(author_of(author), now())


def now() -> int:
    from kakeibo import clock

    return clock.second_of(clock.now())


def page() -> Page:
    from kakeibo.letters.lines import Page

    return Page(shutil.get_terminal_size((80, 24)).columns, sys.stdout.isatty())


def tell(text: bytes | str) -> None:
    if isinstance(text, bytes):
        sys.stdout.buffer.write(text + b"\n")
    else:
        click.echo(text, nl=False)


def tell_one(store: Store, number: int, book: Book) -> None:
    """One as it stands now: its text, comments, and what is to be done next."""
    from kakeibo.app import postmortem_pages

    click.echo(postmortem_pages.as_text(store, number, book.organisation.timezone, page()), nl=False)
