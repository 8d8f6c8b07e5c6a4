"""kakeibo ingest: count what is new."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kakeibo.app.cli.common import (
    book_option,
    json_option,
    lang_option,
    open_book,
    opened_store,
    speak,
    store_option,
    until_told,
)


@click.command("ingest")
@click.argument("names", nargs=-1, metavar="[SOURCE]...")
@click.option("--follow", is_flag=True, help="Keep counting what is written, until interrupted.")
@click.option(
    "--every", type=click.FloatRange(0.1, 3600), default=1.0, show_default=True, help="With --follow: seconds."
)
@click.option(
    "--recount", is_flag=True, help="Forget the sources' counts and positions first, then count from the start."
)
@json_option
@book_option
@store_option
@lang_option
def command(
    names: tuple[str, ...], follow: bool, every: float, recount: bool, as_json: bool, book: Path, store: str | None
) -> int:
    """Count what is new in the logs of all sources, or of those named.

    Whatever was counted before is not counted again, also when logs were renamed, compressed or given twice.
    """
    from kakeibo.app import ingesting

    the_book = open_book(book)
    speak(the_book)
    sources = ingesting.chosen(the_book, names)
    with opened_store(store, book) as the_store:
        if recount:
            ingesting.forget(the_book, the_store, sources)
        if follow:
            return ingesting.follow(the_book, the_store, sources, every=every, stop=until_told(), as_json=as_json)
        return ingesting.once(the_book, the_store, sources, as_json=as_json, bar=sys.stderr.isatty() and not as_json)
