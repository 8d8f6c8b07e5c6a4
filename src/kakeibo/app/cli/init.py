"""kakeibo init: look at logs and propose a book."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kakeibo.app.cli.common import BOOK_NAME, book_option, lang_option


@click.command("init")
@click.argument("logs", nargs=-1, required=True, metavar="LOG...", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace the book if there is one.")
@click.option("--stdout", "to_stdout", is_flag=True, help="Print the book instead of writing it.")
@book_option
@lang_option
def command(logs: tuple[Path, ...], force: bool, to_stdout: bool, book: Path) -> int:
    """Look at one or more logs and propose a book: journeys, what is good, and provisional targets.

    A log is told by its content: nginx or Apache, JSON lines, Sidekiq jobs, AWS ALB, CSV or Parquet, also .gz or .zst.
    """
    from kakeibo.app import starting

    if book.is_dir():
        book = book / BOOK_NAME
    if not to_stdout:
        starting.refuse_to_overwrite(book, force=force)
    proposal = starting.propose(logs, book, bar=sys.stderr.isatty())
    if to_stdout:
        click.echo(proposal.text, nl=False)
        return 0
    starting.write(proposal, book)
    click.echo(starting.in_words(proposal, book))
    return 0
