"""kakeibo audit-log: who changed what, by which door."""

from __future__ import annotations

from pathlib import Path

import click

from kakeibo.app.cli.common import book_option, json_option, lang_option, open_book, opened_store, speak, store_option


@click.command("audit-log")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="So many, the newest.")
@json_option
@book_option
@store_option
@lang_option
def command(limit: int, as_json: bool, book: Path, store: str | None) -> int:
    """Who changed what, when, and by which door: the shell, pages, API, chat or telephone; the newest first."""
    import msgspec

    from kakeibo.app.audit_lines import lines, to_json
    from kakeibo.store import audit

    the_book = open_book(book)
    speak(the_book)
    with opened_store(store, book) as the_store:
        found = audit.entries(the_store, limit)
    if as_json:
        click.echo(msgspec.json.encode({"version": 1, "entries": [to_json(one) for one in found]}))
        return 0
    for line in lines(found, the_book.organisation.timezone):
        click.echo("\t".join(line))
    return 0
