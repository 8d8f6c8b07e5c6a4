"""kakeibo check: validate the book."""

from __future__ import annotations

from pathlib import Path

import click

from kakeibo.app.cli.common import book_option, json_option, lang_option


@click.command("check")
@json_option
@book_option
@lang_option
def command(as_json: bool, book: Path) -> int:
    """Validate the book and look whether its logs are there: file, line, column, what is wrong, and the mend."""
    from kakeibo.app import check

    return check.report(book, as_json=as_json)
