"""kakeibo support: what to answer a user for whom something does not work."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click

from kakeibo.app.cli.common import book_option, json_option, lang_option, open_book, opened_store, speak, store_option
from kakeibo.app.cli.help import Verbs


@click.group("support", cls=Verbs)
@lang_option
def command() -> None:
    """Tell an outage from a problem on one user's side, by what was counted around the time.

    Each question is kept as a complaint, which later judges the targets: kakeibo try --enquiries store.
    """


@command.command("ask")
@click.option("--text", metavar="TEXT", required=True, help="What the user says: video does not play.")
@click.option("--at", metavar="TIME", default="", help="When it happened: 14:20 or ISO 8601; left out: now.")
@click.option("--journey", metavar="JOURNEY", default="", help="The journey; left out: the one that the words mean.")
@click.option("--user", metavar="ID", default="", help="Who it was; only a keyed digest of it is kept.")
@json_option
@book_option
@store_option
@lang_option
def ask(text: str, at: str, journey: str, user: str, as_json: bool, book: Path, store: str | None) -> int:
    """Outage, partial outage, probably the user's side, or not known: with the numbers, and a reply to copy."""
    from kakeibo.app import support_letters, supporting

    the_book = open_book(book)
    speak(the_book)
    with opened_store(store, book) as the_store:
        answer = supporting.ask(the_book, the_store, supporting.Question(text, journey, at, user), "shell")
    if as_json:
        sys.stdout.buffer.write(support_letters.to_json(answer) + b"\n")
    else:
        width = shutil.get_terminal_size((80, 24)).columns
        click.echo(support_letters.text(answer, width=width, colour=sys.stdout.isatty()), nl=False)
    return 0


@command.command("list")
@click.option("--journey", metavar="JOURNEY", help="Only complaints about this journey.")
@json_option
@book_option
@store_option
@lang_option
def list_(journey: str | None, as_json: bool, book: Path, store: str | None) -> int:
    """The complaints that were kept: when, about what, and what was answered."""
    from kakeibo.app import support_letters
    from kakeibo.ledger.complaints import complaints

    the_book = open_book(book)
    speak(the_book)
    with opened_store(store, book) as the_store:
        found = complaints(the_store, journey)
    if as_json:
        sys.stdout.buffer.write(support_letters.list_json(found) + b"\n")
    else:
        click.echo(support_letters.listed(found, the_book.organisation.timezone), nl=False)
    return 0
