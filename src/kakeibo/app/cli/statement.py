"""kakeibo statement: the household page of a month."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click

from kakeibo.app.cli.common import book_option, json_option, lang_option, open_book, opened_store, speak, store_option


@click.command("statement")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--month", metavar="YYYY-MM", help="Which month, in the organisation's zone; left out: the present one.")
@click.option("--at", metavar="TIME", help="As of this moment: ISO 8601, or `latest` for the last minute counted.")
@click.option("--markdown", is_flag=True, help="Print Markdown, for chat or a wiki.")
@json_option
@book_option
@store_option
@lang_option
def command(
    names: tuple[str, ...],
    month: str | None,
    at: str | None,
    markdown: bool,
    as_json: bool,
    book: Path,
    store: str | None,
) -> int:
    """The household page of a month: what was allowed, what spent it, what is left, and what changed.

    Of all objectives, or of those named: objectives, journeys or sources.
    """
    from kakeibo.app.breaking_down import explained
    from kakeibo.app.statement import chosen, names_of, statement_of
    from kakeibo.letters import statement_json, statement_markdown, statement_text

    the_book = open_book(book)
    speak(the_book)
    with opened_store(store, book) as the_store:
        statement = statement_of(
            the_book, the_store, *chosen(the_book, the_store, month, at), names_of(the_book, names)
        )
        statement = explained(the_book, the_store, statement)
    if as_json:
        sys.stdout.buffer.write(statement_json.to_json(statement) + b"\n")
    elif markdown:
        click.echo(statement_markdown.render(statement), nl=False)
    else:
        width = shutil.get_terminal_size((80, 24)).columns
        click.echo(statement_text.render(statement, width=width, colour=sys.stdout.isatty()), nl=False)
    return 0
