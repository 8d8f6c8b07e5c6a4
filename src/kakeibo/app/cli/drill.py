"""kakeibo drill: incidents that are none, to learn from before there is one."""

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
    until_told,
)
from kakeibo.app.cli.help import Verbs


@click.group("drill", cls=Verbs)
@lang_option
def command() -> None:
    """Play an incident that is none, with the real counting and alerting on a copy of the book.

    Nothing is written to your own store, and nobody is told but those who take part.
    """


@command.command("run")
@click.argument("scenario", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--unscripted", is_flag=True, help="Do not show what is expected of whom.")
@click.option(
    "--role", "roles", metavar="ROLE=NAME", multiple=True, help="Who plays a role; may be given several times."
)
@click.option("--tell", metavar="CHANNEL", multiple=True, help="Whom its alerts are told, in place of the scenario's.")
@click.option("--pick", metavar="ID", default="", help="Which incident of a Wheel of Misfortune; left out: it is spun.")
@click.option("--allow-programs", "programs", is_flag=True, help="Run the programs that the scenario names.")
@click.option(
    "--every", type=click.FloatRange(0.1, 60), default=5.0, show_default=True, help="Seconds from one look to the next."
)
@book_option
@lang_option
def run(
    scenario: Path,
    unscripted: bool,
    roles: tuple[str, ...],
    tell: tuple[str, ...],
    pick: str,
    programs: bool,
    every: float,
    book: Path,
) -> int:
    """Play SCENARIO, a YAML file or one of the Wheel of Misfortune, until it ends or is resolved."""
    from kakeibo.app import drills

    the_book = open_book(book)
    speak(the_book)
    return drills.run(
        book,
        the_book,
        scenario,
        roles=roles,
        scripted=not unscripted,
        programs=programs,
        pick=pick,
        tell=tell,
        every=every,
        stop=until_told(),
    )


@command.command("note")
@click.argument("what", type=click.Choice(["detected", "acknowledged", "hypothesis", "right", "resolved"]))
@click.option("--drill", metavar="ID", help="Which drill; left out: the newest.")
@click.option("--by", metavar="ROLE", default="", help="Which role said or did it.")
@click.option("--text", metavar="TEXT", default="", help="What they said.")
@book_option
@lang_option
def note(what: str, drill: str | None, by: str, text: str, book: Path) -> int:
    """Note WHAT has just taken place, as the facilitator does. With `resolved` the drill ends."""
    from kakeibo.app import drills

    the_book = open_book(book)
    speak(the_book)
    return drills.note(book, the_book, what, drill, by, text)


@command.command("report")
@click.argument("drill", required=False)
@click.option("--markdown", is_flag=True, help="Print Markdown, for chat or a wiki.")
@json_option
@book_option
@lang_option
def report(drill: str | None, markdown: bool, as_json: bool, book: Path) -> int:
    """How long each step took in DRILL (left out: the newest), against earlier runs of its scenario."""
    from kakeibo.app import drills

    the_book = open_book(book)
    speak(the_book)
    return drills.report(book, the_book, drill, form="json" if as_json else "markdown" if markdown else "text")


@command.command("list")
@json_option
@book_option
@lang_option
def list_(as_json: bool, book: Path) -> int:
    """Every drill, the newest first."""
    from kakeibo.app import drills

    the_book = open_book(book)
    speak(the_book)
    return drills.show(book, the_book, as_json=as_json)


@command.command("from-incident")
@click.argument("incident", type=click.IntRange(min=1))
@book_option
@store_option
@lang_option
def from_incident(incident: int, book: Path, store: str | None) -> int:
    """Print a scenario in which everything fails as it did in INCIDENT, to be kept in a file and edited."""
    from kakeibo.app import drills

    the_book = open_book(book)
    speak(the_book)
    with opened_store(store, book) as the_store:
        click.echo(drills.from_incident(the_book, the_store, incident), nl=False)
    return 0
