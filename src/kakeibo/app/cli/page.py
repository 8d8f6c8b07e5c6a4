"""kakeibo page: somebody's telephone rings."""

from __future__ import annotations

from pathlib import Path

import click

from kakeibo.app.cli.common import book_option, json_option, lang_option, open_book, opened_store, speak, store_option
from kakeibo.i18n import t


@click.command("page")
@click.argument("nickname")
@click.option("--message", metavar="TEXT", default="", help="What is read out: why you call.")
@click.option("--by", metavar="NAME", help="Who calls: a name or a role; left out: the user of this machine.")
@click.option("--wait", is_flag=True, help="Stay until somebody answers; exit code 1 when nobody does.")
@json_option
@book_option
@store_option
@lang_option
def command(
    nickname: str, message: str, by: str | None, wait: bool, as_json: bool, book: Path, store: str | None
) -> int:
    """Make the telephone of NICKNAME (a key or name of people) ring, and note who answers.

    It rings up to three times, two minutes apart: while --wait stays, or else while a worker runs.
    """
    from kakeibo.app import calling
    from kakeibo.app.escalating import Sent
    from kakeibo.app.slips import author_of

    the_book = open_book(book)
    speak(the_book)
    with opened_store(store, book) as the_store:
        person = calling.person_of(the_book, nickname)
        page = calling.call(the_book, the_store, person, author_of(by), "cli", message)
        rounds = calling.waited(the_book, the_store, page) if wait else iter(calling.ring(the_book, the_store, page))
        rang = False
        for found in rounds:
            if isinstance(found, Sent):
                rang = rang or found.outcome.result == "sent"
                if found.outcome.detail and found.outcome.result != "sent":
                    click.echo(t("error: {message}", message=found.outcome.detail), err=True)
            elif not as_json:
                click.echo(calling.line(the_book, found))
        now = calling.read(the_store, page)
        if as_json:
            click.echo(calling.to_json(now).decode())
        elif not wait:
            click.echo(calling.line(the_book, now))
        return 0 if now.state in ("answered", "resolved") or (rang and not wait) else 1
