"""kakeibo notify: try a channel."""

from __future__ import annotations

from pathlib import Path

import click

from kakeibo.app.cli.common import book_option, json_option, lang_option, open_book, speak


@click.command("notify")
@click.argument("to", metavar="CHANNEL[:TARGET]")
@click.option("--text", metavar="TEXT", default="", help="What to say; left out: that it is a test.")
@json_option
@book_option
@lang_option
def command(to: str, text: str, as_json: bool, book: Path) -> int:
    """Send a test message by a channel of the book, and say what became of it.

    Exit code 1 when it was not delivered. Nothing is kept, and nothing is tried again.
    """
    from kakeibo.app import notifying

    the_book = open_book(book)
    speak(the_book)
    return notifying.notify(the_book, to, text, as_json=as_json)
