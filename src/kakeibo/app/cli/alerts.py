"""kakeibo alerts: what fires now."""

from __future__ import annotations

from pathlib import Path

import click

from kakeibo.app.cli.common import book_option, json_option, lang_option, open_book, opened_store, speak, store_option


@click.command("alerts")
@click.option("--all", "everything", is_flag=True, help="Every change there ever was, not those of a week alone.")
@json_option
@book_option
@store_option
@lang_option
def command(everything: bool, as_json: bool, book: Path, store: str | None) -> int:
    """What fires now, since when, who takes it; and what changed within the last week."""
    from kakeibo.app import alerting

    the_book = open_book(book)
    speak(the_book)
    with opened_store(store, book) as the_store:
        return alerting.show(the_book, the_store, as_json=as_json, everything=everything)
