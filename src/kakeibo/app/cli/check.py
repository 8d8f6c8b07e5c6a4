"""kakeibo check: validate the book."""

from __future__ import annotations

from pathlib import Path

import click

from kakeibo.app.cli.common import book_option, default_store, json_option, lang_option, opened_store, store_option


@click.command("check")
@json_option
@book_option
@store_option
@lang_option
def command(as_json: bool, book: Path, store: str | None) -> int:
    """Validate the book and look whether its logs are there: file, line, column, what is wrong, and the mend.

    With a store, also whether it can be opened, and what the alerts do at the usual traffic.
    """
    from kakeibo.app import check

    if store is None and not default_store(book).exists():
        return check.report(book, as_json=as_json)
    with opened_store(store, book) as the_store:
        return check.report(book, the_store, as_json=as_json)
