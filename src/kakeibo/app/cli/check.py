"""kakeibo check: validate the book."""

from __future__ import annotations

from pathlib import Path

import click

from kakeibo.app.cli.common import book_option, json_option, lang_option, opened_store, store_option


@click.command("check")
@json_option
@book_option
@store_option
@lang_option
def command(as_json: bool, book: Path, store: str | None) -> int:
    """Validate the book and look whether its logs are there: file, line, column, what is wrong, and the mend.

    With --store, whether that store can be opened, too.
    """
    from kakeibo.app import check

    if store is not None:
        with opened_store(store, book):
            pass
    return check.report(book, as_json=as_json)
