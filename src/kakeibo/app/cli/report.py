"""kakeibo report: the budgets as of a moment."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click

from kakeibo.app.cli.common import book_option, json_option, lang_option, open_book, opened_store, speak, store_option


@click.command("report")
@click.option("--at", metavar="TIME", help="As of this moment: ISO 8601, or `latest` for the last minute counted.")
@click.option("--markdown", is_flag=True, help="Print Markdown, for chat or a wiki.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write one self-contained page, to send.")
@json_option
@book_option
@store_option
@lang_option
def command(at: str | None, markdown: bool, html: Path | None, as_json: bool, book: Path, store: str | None) -> int:
    """The budgets as of now: per objective what was promised, what was reached and what is left."""
    from kakeibo.app import reporting
    from kakeibo.app.breaking_down import with_contributors

    the_book = open_book(book)
    speak(the_book)
    with opened_store(store, book) as the_store:
        minute = reporting.moment(the_book, the_store, at)
        report = reporting.report_of(the_book, the_store, minute)
        if as_json:
            report = with_contributors(the_book, the_store, report)
    if html is not None:
        reporting.write_html(report, html)
        return 0
    if as_json:
        sys.stdout.buffer.write(reporting.as_json(report))
        return 0
    if markdown:
        click.echo(reporting.as_markdown(report), nl=False)
        return 0
    width = shutil.get_terminal_size((80, 24)).columns
    click.echo(reporting.as_text(report, width=width, colour=sys.stdout.isatty()), nl=False)
    return 0
