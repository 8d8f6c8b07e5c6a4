"""kakeibo silence: alerts that are not told for a while."""

from __future__ import annotations

from pathlib import Path

import click

from kakeibo.app.cli.common import (
    book_option,
    json_option,
    lang_option,
    open_book,
    opened_store,
    speak,
    store_option,
    word_options,
)
from kakeibo.app.cli.entries import Entries, list_and_revoke
from kakeibo.app.cli.help import Verbs


@click.group("silence", cls=Verbs)
@lang_option
def command() -> None:
    """Keep alerts quiet for a while: they are decided and shown, and told to nobody.

    Who was told that something fires is told that it is over all the same. What still fires at the end is told then.
    """


@command.command("add")
@click.argument("what")
@click.option("--for", "length", metavar="LENGTH", help="For how long: 30m, 1h, 2d.")
@click.option("--from", "from_", metavar="TIME", help="The beginning; left out: now.")
@click.option("--to", metavar="TIME", help="The end, in place of --for; without a zone, the organisation's.")
@word_options
@json_option
@book_option
@store_option
@lang_option
def add(
    what: str,
    length: str | None,
    from_: str | None,
    to: str | None,
    reason: str,
    author: str | None,
    as_json: bool,
    book: Path,
    store: str | None,
) -> int:
    """Keep the alerts of WHAT quiet: an objective, a journey, a service or a source."""
    from kakeibo.app import alerting
    from kakeibo.definitions.amounts import length as minutes_of

    the_book = open_book(book)
    speak(the_book)
    with opened_store(store, book) as the_store:
        slip = alerting.silence(
            the_book, the_store, what, from_=from_, to=to, minutes=minutes_of(length) if length else None,
            reason=reason, author=author,
        )  # fmt: skip
        return alerting.silences(the_book, the_store, as_json=as_json, number=slip.id)


def _silences() -> Entries:
    from kakeibo.app import alerting, slips

    return Entries(
        alerting.silences,
        lambda store, number, reason, author: slips.revoke(store, "silence", number, reason, author),
    )


list_and_revoke(
    command,
    _silences,
    listed="What was silenced: when, by whom, why; the revoked ones too.",
    revoked="End a silence: what fires is told again.",
)
