"""kakeibo charge: what spent the allowed failures."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from kakeibo.app.cli.common import (
    book_option,
    json_option,
    lang_option,
    open_book,
    opened_store,
    period_options,
    speak,
    store_option,
    word_options,
)
from kakeibo.app.cli.entries import Entries, list_and_revoke
from kakeibo.app.cli.help import Verbs


@click.group("charge", cls=Verbs)
@lang_option
def command() -> None:
    """Say what spent the allowed failures of a time: an incident, a release and so on. The statement adds it up.

    A failure is charged to one entry only: of those that overlap, to the one entered first.
    """


@command.command("add")
@click.argument("what")
@period_options
@click.option(
    "--category",
    type=click.Choice(["incident", "release", "dependency", "maintenance", "service_out"]),
    required=True,
    help="What kind of cause it was.",
)
@click.option("--name", metavar="TEXT", required=True, help="What it is called, such as: Database overload of Oct 1.")
@word_options
@json_option
@book_option
@store_option
@lang_option
def add(
    what: str,
    from_: str,
    to: str,
    category: str,
    name: str,
    reason: str,
    author: str | None,
    as_json: bool,
    book: Path,
    store: str | None,
) -> int:
    """Charge the failures of WHAT, an objective, a journey or a source, within a time."""
    from kakeibo.app import slips

    the_book = open_book(book)
    speak(the_book)
    with opened_store(store, book) as the_store:
        slip = slips.add(the_book, the_store, "charge", slips.Entry(category, what, from_, to, reason, author, name))
        return slips.show(the_book, the_store, "charge", as_json=as_json, number=slip.id)


def _charges() -> Entries:
    from kakeibo.app import slips

    return Entries(
        partial(slips.show, page="charge"),
        lambda store, number, reason, author: slips.revoke(store, "charge", number, reason, author),
    )


list_and_revoke(
    command,
    _charges,
    listed="What was charged: when, by whom, why, how many failures; the revoked ones too.",
    revoked="Take a charge back: its failures are unexplained again, unless another one covers them as well.",
)
