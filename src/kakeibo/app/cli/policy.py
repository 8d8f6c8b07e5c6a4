"""kakeibo policy: what teams have agreed to do when budgets run out."""

from __future__ import annotations

from pathlib import Path

import click

from kakeibo.app.cli.common import book_option, json_option, lang_option, open_book, opened_store, speak, store_option


@click.command("policy")
@click.argument("team", required=False)
@click.option("--at", metavar="TIME", help="As of this moment: ISO 8601, or `latest` for the last minute counted.")
@click.option("--template", is_flag=True, help="Print a policy to begin with, to be discussed.")
@json_option
@book_option
@store_option
@lang_option
def command(team: str | None, at: str | None, template: bool, as_json: bool, book: Path, store: str | None) -> int:
    """The error budget policy of TEAM, or of all teams: in words, with its signatures, and what it says now."""
    from kakeibo.app import policy_pages, reporting

    the_book = open_book(book)
    speak(the_book)
    if template:
        return policy_pages.show_template(the_book, team)
    with opened_store(store, book) as the_store:
        minute = reporting.moment(the_book, the_store, at)
        return policy_pages.show(the_book, the_store, team, minute, as_json=as_json)
