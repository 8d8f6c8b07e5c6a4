"""kakeibo export: the book for other tools."""

from __future__ import annotations

from pathlib import Path

import click

from kakeibo.app.cli.common import book_option, lang_option, open_book, speak
from kakeibo.i18n import t


@click.command("export")
@click.argument("format_", metavar="[FORMAT]", required=False)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="The folder to write the files to.")
@click.option("--force", is_flag=True, help="Replace files that are there.")
@book_option
@lang_option
def command(format_: str | None, out: Path | None, force: bool, book: Path) -> int:
    """Write the book's objectives in a format that other tools read; what it cannot express is said. Without FORMAT:
    list the formats."""
    from kakeibo.app import exporting

    if format_ is None:
        click.echo("\n".join(exporting.listed()))
        return 0
    if out is None:
        raise click.UsageError(t("--out DIR is missing: the folder to write the files to"))
    chosen = exporting.chosen(format_)
    the_book = open_book(book)
    speak(the_book)
    exported = chosen.export(the_book)
    for path in exporting.write(exported, out, replace=force):
        click.echo(exporting.written(path))
    for warning in exported.warnings:
        click.echo(exporting.worded(warning), err=True)
    return 0
