"""kakeibo oncall: who is on duty."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kakeibo.app.cli.common import (
    book_option,
    default_store,
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
from kakeibo.i18n import t

if TYPE_CHECKING:
    from collections.abc import Callable

    from kakeibo.store import Store

F = TypeVar("F", bound="Callable[..., Any]")


def times(command: F) -> F:
    """--from and --to, by the clock of the team."""
    to = click.option("--to", metavar="TIME", required=True, help="Its end, itself not included; in the team's zone.")
    from_ = click.option(
        "--from", "from_", metavar="TIME", required=True, help="The beginning: ISO 8601; without a zone, the team's."
    )
    return from_(to(command))


@contextmanager
def store_if_any(url: str | None, book: Path) -> Iterator[Store | None]:
    """The store, unless there is none yet: asking who is on duty makes no file."""
    if url is None and not default_store(book).exists():
        yield None
        return
    with opened_store(url, book) as the_store:
        yield the_store


@click.group("oncall", cls=Verbs, invoke_without_command=True)
@click.option("--at", metavar="TIME", help="Of which moment; without a zone, the organisation's. Left out: now.")
@click.option("--team", metavar="TEAM", help="Of this team alone.")
@json_option
@book_option
@store_option
@lang_option
@click.pass_context
def command(
    context: click.Context, at: str | None, team: str | None, as_json: bool, book: Path, store: str | None
) -> int:
    """Who is on call, until when, who is next, and how they are reached.

    Without a verb it shows that. The verbs enter and list what people change by hand, and write calendars.
    """
    if context.invoked_subcommand:
        given = [
            name
            for name in context.params
            if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
        ]
        if given:
            verb = context.invoked_subcommand
            raise click.UsageError(t("options stand behind the verb: kakeibo oncall {verb} ...", verb=verb), context)
        return 0
    from kakeibo.app import oncall

    the_book = open_book(book)
    speak(the_book)
    with store_if_any(store, book) as the_store:
        return oncall.show(the_book, the_store, at, team, as_json=as_json)


@command.command("override")
@click.argument("rota")
@click.argument("person")
@times
@word_options
@json_option
@book_option
@store_option
@lang_option
def override(
    rota: str,
    person: str,
    from_: str,
    to: str,
    reason: str,
    author: str | None,
    as_json: bool,
    book: Path,
    store: str | None,
) -> int:
    """PERSON is on call in ROTA (TEAM/ROTA) within a time, whoever it would have been."""
    return _enter("override", rota, (person,), (from_, to, reason, author), (as_json, book, store))


@command.command("swap")
@click.argument("rota")
@click.argument("person")
@click.argument("other")
@times
@word_options
@json_option
@book_option
@store_option
@lang_option
def swap(
    rota: str,
    person: str,
    other: str,
    from_: str,
    to: str,
    reason: str,
    author: str | None,
    as_json: bool,
    book: Path,
    store: str | None,
) -> int:
    """PERSON and OTHER swap all their turns in ROTA (TEAM/ROTA) within a time."""
    return _enter("swap", rota, (person, other), (from_, to, reason, author), (as_json, book, store))


def _changes() -> Entries:
    from kakeibo.app import oncall

    return Entries(oncall.list_, oncall.revoke)


list_and_revoke(
    command,
    _changes,
    listed="What was changed by hand: when, by whom, why; the revoked ones too.",
    revoked="Take a change back: the rota holds again.",
)


@command.command("export")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", required=True, help="The .ics file to write.")
@click.option("--team", metavar="TEAM", help="Only the shifts of this team.")
@click.option("--person", metavar="PERSON", help="Only the shifts of this person, in their zone.")
@click.option(
    "--days", type=click.IntRange(1, 400), default=90, show_default=True, help="How far ahead, counted from now."
)
@book_option
@store_option
@lang_option
def export(out: Path, team: str | None, person: str | None, days: int, book: Path, store: str | None) -> int:
    """Write the coming shifts as a calendar that other programs read."""
    from kakeibo.app import oncall

    the_book = open_book(book)
    speak(the_book)
    with store_if_any(store, book) as the_store:
        return oncall.export(the_book, the_store, out, team, person, days)


def _enter(
    kind: Any,
    rota: str,
    people: tuple[str, ...],
    typed: tuple[str, str, str, str | None],
    common: tuple[bool, Path, str | None],
) -> int:
    from kakeibo.app import oncall

    as_json, book, store = common
    the_book = open_book(book)
    speak(the_book)
    with opened_store(store, book) as the_store:
        new = oncall.change(the_book, the_store, kind, rota, people, oncall.Entry(*typed))
        return oncall.list_(the_book, the_store, as_json=as_json, number=new.id)
