"""kakeibo adjust: events that are left out."""

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


@click.group("adjust", cls=Verbs)
@lang_option
def command() -> None:
    """Leave out the events of a time, as in maintenance: they count neither as good nor as failed, and are shown apart.

    For the past and for the future. Nothing is lost: who left out what, and why, stays in the book, and can be revoked.
    """


@command.command("add")
@click.argument("what")
@period_options
@click.option(
    "--kind",
    type=click.Choice(["maintenance", "exclusion"]),
    default="maintenance",
    show_default=True,
    help="Planned work, or anything else that should not count.",
)
@word_options
@json_option
@book_option
@store_option
@lang_option
def add(
    what: str,
    from_: str,
    to: str,
    kind: str,
    reason: str,
    author: str | None,
    as_json: bool,
    book: Path,
    store: str | None,
) -> int:
    """Leave out the events of WHAT, an objective, a journey or a source, within a time."""
    from kakeibo.app import slips

    the_book = open_book(book)
    speak(the_book)
    with opened_store(store, book) as the_store:
        slip = slips.add(the_book, the_store, "adjustment", slips.Entry(kind, what, from_, to, reason, author))
        return slips.show(the_book, the_store, "adjustment", as_json=as_json, number=slip.id)


def _adjustments() -> Entries:
    from kakeibo.app import slips

    return Entries(
        partial(slips.show, page="adjustment"),
        lambda store, number, reason, author: slips.revoke(store, "adjustment", number, reason, author),
    )


list_and_revoke(
    command,
    _adjustments,
    listed="What was left out: when, by whom, why, how many events; the revoked ones too.",
    revoked="Take an adjustment back: its events count again, unless another one leaves them out as well.",
)
