"""kakeibo journeys: which journeys are critical, by the votes of several roles."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click

from kakeibo.app.cli.common import book_option, json_option, lang_option, open_book, opened_store, speak, store_option
from kakeibo.app.cli.help import Verbs


@click.group("journeys", cls=Verbs)
@lang_option
def command() -> None:
    """Several roles say which journeys are critical; the decision keeps the names and the date.

    Nothing is ever altered: a new vote or decision stands beside the earlier ones.
    """


@command.command("vote")
@click.argument("journey")
@click.option(
    "--role", type=click.Choice(["product", "support", "engineering"]), required=True, help="Which role votes."
)
@click.option("--score", type=click.IntRange(1, 5), required=True, help="From 1, not at all, to 5, entirely.")
@click.option("--voter", metavar="NAME", required=True, help="Who votes: the name of a role, such as support lead.")
@click.option("--note", metavar="TEXT", default="", help="A word on it, for those who read it later.")
@json_option
@book_option
@store_option
@lang_option
def vote(
    journey: str, role: str, score: int, voter: str, note: str, as_json: bool, book: Path, store: str | None
) -> int:
    """Answer a role's question on JOURNEY.

    Product: how directly is it tied to sales? Support: when it fails, do enquiries come at once? Engineering: can it
    be measured from what we record?
    """
    from kakeibo.app import voting

    the_book = open_book(book)
    speak(the_book)
    with opened_store(store, book) as the_store:
        voting.cast(the_book, the_store, journey, role, voter, score, note)
    return _show(book, store, as_json=as_json, journey=journey)


@command.command("decide")
@click.argument("journey")
@click.option(
    "--as",
    "ruling",
    type=click.Choice(["critical", "not_critical", "later"]),
    required=True,
    help="What was decided.",
)
@click.option("--by", "deciders", metavar="NAMES", required=True, help="Who decided: names of roles between commas.")
@click.option("--reason", metavar="TEXT", required=True, help="Why, for those who read it later.")
@json_option
@book_option
@store_option
@lang_option
def decide(journey: str, ruling: str, deciders: str, reason: str, as_json: bool, book: Path, store: str | None) -> int:
    """Note what was decided on JOURNEY, by whom and why."""
    from kakeibo.app import voting

    the_book = open_book(book)
    speak(the_book)
    with opened_store(store, book) as the_store:
        voting.decide(the_book, the_store, journey, ruling, deciders, reason)
    return _show(book, store, as_json=as_json, journey=journey)


@command.command("list")
@json_option
@book_option
@store_option
@lang_option
def list_(as_json: bool, book: Path, store: str | None) -> int:
    """All journeys, the highest score first: votes, and everything that was ever decided."""
    return _show(book, store, as_json=as_json)


def _show(book: Path, store: str | None, *, as_json: bool, journey: str | None = None) -> int:
    from kakeibo.app import vote_letters, voting

    the_book = open_book(book)
    speak(the_book)
    with opened_store(store, book) as the_store:
        found = [one for one in voting.ballots(the_book, the_store) if journey in (None, one.key)]
    if as_json:
        sys.stdout.buffer.write(vote_letters.to_json(found) + b"\n")
    else:
        width, zone = shutil.get_terminal_size((80, 24)).columns, the_book.organisation.timezone
        click.echo(vote_letters.text(found, zone, width=width, colour=sys.stdout.isatty()), nl=False)
    return 0
