"""kakeibo release: what went live, so that it stands beside the failures that followed."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kakeibo.app.cli.common import book_option, json_option, lang_option, open_book, opened_store, speak, store_option

_SHOWN = 50


@click.command("release")
@click.argument("service", required=False)
@click.argument("version", required=False)
@click.option("--at", metavar="TIME", default="", help="When it went live: ISO 8601; left out: now.")
@click.option("--by", metavar="NAME", help="Who released: a name or a role; left out: the user of this machine.")
@click.option("--note", metavar="TEXT", default="", help="A word on it, for those who read it later.")
@json_option
@book_option
@store_option
@lang_option
def command(
    service: str | None,
    version: str | None,
    at: str,
    by: str | None,
    note: str,
    as_json: bool,
    book: Path,
    store: str | None,
) -> int:
    """Note that VERSION of SERVICE went live; without them, list the releases.

    A pipeline calls it after each release. The page of a journey shows the releases of
    its service on the chart, and nothing is ever altered.
    """
    from kakeibo.app import releasing
    from kakeibo.ledger.releases import releases

    the_book = open_book(book)
    speak(the_book)
    with opened_store(store, book) as the_store:
        if service is not None and version is not None:
            told, _ = releasing.release(the_book, the_store, service, version, at=at, author=by, note=note)
            found = [told]
        else:
            found = releases(the_store, [service] if service else None)[:_SHOWN]
    if as_json:
        sys.stdout.buffer.write(releasing.to_json(found) + b"\n")
    else:
        click.echo(releasing.listed(found, the_book.organisation.timezone), nl=False)
    return 0
