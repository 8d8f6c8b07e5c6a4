"""kakeibo import: a book from the definitions of other tools."""

from __future__ import annotations

from pathlib import Path

import click

from kakeibo.app.cli.common import lang_option


@click.command("import")
@click.argument("format_", metavar="FORMAT")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="BOOK", help="Write the book there; left out: print it."
)
@click.option("--force", is_flag=True, help="Replace the book if there is one.")
@lang_option
def command(format_: str, files: tuple[Path, ...], out: Path | None, force: bool) -> int:
    """Make a book of the definitions of another tool: openslo, sloth, pyrra or backstage.

    What a book cannot express is said, with its place; it is never left out silently.
    """
    from kakeibo.app import importing
    from kakeibo.app.cli.common import BOOK_NAME
    from kakeibo.app.exporting import worded
    from kakeibo.definitions.writing import write

    imported = importing.import_book(format_, files)
    for warning in imported.warnings:
        click.echo(worded(warning), err=True)
    if out is None:
        click.echo(write(imported.book), nl=False)
    else:
        click.echo(importing.write_book(imported, out / BOOK_NAME if out.is_dir() else out, force=force))
    return 0
