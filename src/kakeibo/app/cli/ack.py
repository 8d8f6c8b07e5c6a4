"""kakeibo ack: somebody takes an alert."""

from __future__ import annotations

from pathlib import Path

import click

from kakeibo.app.cli.common import book_option, lang_option, open_book, opened_store, speak, store_option
from kakeibo.i18n import t


@click.command("ack")
@click.argument("alert", metavar="ALERT|SLO")
@click.option("--by", metavar="NAME", help="Who takes it: a name or a role; left out: the user of this machine.")
@click.option("--note", metavar="TEXT", default="", help="A few words for the others.")
@book_option
@store_option
@lang_option
def command(alert: str, by: str | None, note: str, book: Path, store: str | None) -> int:
    """Say that you are looking into an alert: nobody else is called for it, and those who were told are told so."""
    from kakeibo.app import alerting

    the_book = open_book(book)
    speak(the_book)
    with opened_store(store, book) as the_store:
        taken = alerting.take(the_book, the_store, alert, by=by, note=note)
    click.echo(t("{alert}: {who} is looking into it", alert=taken.group, who=taken.author))
    return 0
