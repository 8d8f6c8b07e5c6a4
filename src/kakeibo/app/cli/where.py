"""kakeibo where: what the failures of a period have in common."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click

from kakeibo.app.cli.common import (
    book_option,
    find_slo,
    json_option,
    lang_option,
    open_book,
    opened_store,
    speak,
    store_option,
)


@click.command("where")
@click.argument("name", metavar="JOURNEY/SLO")
@click.option("--last", metavar="LENGTH", help="So long up to the end: 6h, 3d, 2w; left out, as --from: 1d.")
@click.option("--from", "from_", metavar="TIME", help="The beginning: ISO 8601; widened to the full hour.")
@click.option("--to", metavar="TIME", help="The end, itself not included; left out: the last minute counted.")
@json_option
@book_option
@store_option
@lang_option
def command(
    name: str, last: str | None, from_: str | None, to: str | None, as_json: bool, book: Path, store: str | None
) -> int:
    """Where the failures went: the values of columns that have more of the failures than of the successes.

    The columns are those that the source names under `breakdown` in the book.
    """
    from kakeibo.app.breaking_down import breakdown_of, period
    from kakeibo.letters import where_json, where_text

    the_book = open_book(book)
    speak(the_book)
    journey, slo = find_slo(the_book, name)
    with opened_store(store, book) as the_store:
        stretch = period(the_book, the_store, from_, to, last)
        found = breakdown_of(the_book, the_store, journey, slo, stretch)
    if as_json:
        sys.stdout.buffer.write(where_json.to_json(found) + b"\n")
    else:
        width = shutil.get_terminal_size((80, 24)).columns
        click.echo(where_text.render(found, width=width, colour=sys.stdout.isatty()), nl=False)
    return 0
