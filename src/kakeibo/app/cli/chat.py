"""kakeibo chat: what a chat has to be told."""

from __future__ import annotations

from pathlib import Path

import click

from kakeibo.app.cli.common import book_option, lang_option, open_book, speak
from kakeibo.app.cli.help import Verbs


@click.group("chat", cls=Verbs)
@lang_option
def command() -> None:
    """Set up Slack for commands and buttons: docs/chat.md goes through it."""


@command.command("manifest")
@click.option("--url", metavar="URL", required=True, help="Where kakeibo serve is reached: https://kakeibo.example.org")
@book_option
@lang_option
def manifest(url: str, book: Path) -> int:
    """The manifest of the Slack app, to be pasted at Slack where a new app is made."""
    from kakeibo.app.chat.manifest import manifest

    the_book = open_book(book)
    speak(the_book)
    click.echo(manifest(the_book, url))
    return 0
