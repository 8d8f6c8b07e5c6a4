"""kakeibo gate: may this service be released?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from kakeibo.app.cli.common import book_option, json_option, lang_option, open_book, opened_store, speak, store_option

if TYPE_CHECKING:
    from kakeibo.policies import Kind


@click.command("gate")
@click.argument("service")
@click.option(
    "--kind",
    type=click.Choice(["normal", "urgent", "security"]),
    default="normal",
    show_default=True,
    help="What is in the release.",
)
@click.option("--override", is_flag=True, help="Pass all the same; needs --by and --reason, and is logged.")
@click.option("--by", metavar="NAME", help="Who releases: a name or a role; left out: the user of this machine.")
@click.option("--reason", metavar="TEXT", help="Why, for those who read the log.")
@click.option("--at", metavar="TIME", help="As of this moment: ISO 8601, or `latest` for the last minute counted.")
@json_option
@book_option
@store_option
@lang_option
def command(
    service: str,
    kind: str,
    override: bool,
    by: str | None,
    reason: str | None,
    at: str | None,
    as_json: bool,
    book: Path,
    store: str | None,
) -> int:
    """May SERVICE be released now, by its team's policy? Exit code 0: yes; 1: with care; 2: no; from 3 on: not known.

    Every answer is logged: `kakeibo gate log` shows them.
    """
    from kakeibo.app import gating, reporting

    the_book = open_book(book)
    speak(the_book)
    with opened_store(store, book) as the_store:
        if service == "log":
            return gating.show_log(the_store, the_book, as_json=as_json)
        asked = gating.Asked(service, cast("Kind", kind), override, by, reason)
        minute = reporting.moment(the_book, the_store, at)
        return gating.show(gating.ask(the_book, the_store, asked, minute), the_book, as_json=as_json)
