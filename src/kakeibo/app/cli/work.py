"""kakeibo work: rounds from events to messages."""

from __future__ import annotations

from pathlib import Path

import click

from kakeibo.app.cli.common import (
    book_option,
    lang_option,
    open_book,
    opened_store,
    speak,
    store_option,
    until_told,
)


@click.command("work")
@click.option("--once", is_flag=True, help="One round, with its letters, and end.")
@click.option("--now", metavar="TIME", help="With --once: as of this moment, as if it were the present.")
@click.option(
    "--every", type=click.FloatRange(1, 60), default=10.0, show_default=True, help="Seconds from round to round."
)
@book_option
@store_option
@lang_option
def command(once: bool, now: str | None, every: float, book: Path, store: str | None) -> int:
    """Count, decide and tell, round after round, until interrupted.

    Of several workers at one store, one makes the rounds; another takes over within 30 seconds when it ends.
    """
    from kakeibo import clock
    from kakeibo.app import working
    from kakeibo.app.reporting import parsed

    if now and not once:
        raise click.UsageError("--now needs --once")
    the_book = open_book(book)
    speak(the_book)
    with opened_store(store, book) as the_store:
        if once:
            moment = parsed(now, the_book.organisation.timezone) if now else clock.now()
            return working.once(the_book, the_store, moment)
        return working.follow(book, the_book, the_store, every=every, stop=until_told())
