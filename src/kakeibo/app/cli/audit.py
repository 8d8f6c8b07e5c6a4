"""kakeibo audit: which objective cannot be measured."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click

from kakeibo.app.cli.common import book_option, json_option, lang_option, open_book, opened_store, speak, store_option


@click.command("audit")
@click.argument("names", nargs=-1, metavar="[SOURCE]...")
@click.option("--lines", type=click.IntRange(min=1), default=50_000, show_default=True, help="Look at so many lines.")
@json_option
@book_option
@store_option
@lang_option
def command(names: tuple[str, ...], lines: int, as_json: bool, book: Path, store: str | None) -> int:
    """Look at the newest lines: which objective cannot be measured from them, why, on which share, and the mend."""
    from kakeibo.app.auditing import audit
    from kakeibo.app.ingesting import chosen
    from kakeibo.letters import findings

    the_book = open_book(book)
    speak(the_book)
    with opened_store(store, book) as the_store:
        found = audit(the_book, the_store, chosen(the_book, names), lines)
    if as_json:
        sys.stdout.buffer.write(findings.to_json(found) + b"\n")
    else:
        width = shutil.get_terminal_size((80, 24)).columns
        click.echo(findings.render(found, width=width, colour=sys.stdout.isatty()), nl=False)
    return int(any(subject.level == "impossible" for subject in found))
