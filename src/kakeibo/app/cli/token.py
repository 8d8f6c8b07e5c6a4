"""kakeibo token: tokens with which programs read the API."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from kakeibo.app.cli.common import book_option, json_option, lang_option, open_book, opened_store, speak, store_option
from kakeibo.app.cli.help import Verbs
from kakeibo.app.names import mend_of
from kakeibo.errors import UsageError
from kakeibo.i18n import t

if TYPE_CHECKING:
    from kakeibo.access.tokens import Token
    from kakeibo.permissions import Role


@click.group("token", cls=Verbs)
@lang_option
def command() -> None:
    """Tokens with which programs use the API: each with a role, in one team or all, and an end."""


@command.command("create")
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(["viewer", "editor", "owner"]),
    default="viewer",
    show_default=True,
    help="What it may do.",
)
@click.option("--team", metavar="TEAM", help="In which team; left out: in all.")
@click.option("--days", type=int, default=90, show_default=True, help="For how many days, at most 400.")
@book_option
@store_option
@lang_option
def create(name: str, role: str, team: str | None, days: int, book: Path, store: str | None) -> int:
    """Make a token and print it: this once, because only a hash of it is kept."""
    from kakeibo import clock
    from kakeibo.access import tokens
    from kakeibo.app.slips import author_of
    from kakeibo.permissions import EVERY_TEAM

    the_book = open_book(book)
    speak(the_book)
    if team is not None and team not in the_book.teams:
        raise UsageError(t("there is no team '{name}'", name=team), mend_of(team, the_book.teams))
    now = clock.second_of(clock.now())
    with opened_store(store, book) as the_store:
        secret = tokens.create(
            the_store, name, cast("Role", role), author_of(None), now, team=team or EVERY_TEAM, days=days
        )
    click.echo(secret)
    click.echo(t("send it as: Authorization: Bearer TOKEN; it is not shown again"), err=True)
    return 0


@command.command("list")
@json_option
@book_option
@store_option
@lang_option
def list_(as_json: bool, book: Path, store: str | None) -> int:
    """The tokens, those that ended too: what each may do, until when, and who made it."""
    import msgspec

    from kakeibo import clock
    from kakeibo.access import tokens

    the_book = open_book(book)
    speak(the_book)
    now = clock.second_of(clock.now())
    with opened_store(store, book) as the_store:
        found = tokens.tokens(the_store)
    if as_json:
        click.echo(msgspec.json.encode({"version": 1, "tokens": [_line(one, now) for one in found]}))
        return 0
    for one in found:
        told = _line(one, now)
        state = t("in force") if told["in_force"] else t("ended")
        click.echo("\t".join((one.name, one.role, one.team, told["ends"], state, one.author)))
    if not found:
        click.echo(t("there is no token yet; kakeibo token create NAME makes one"))
    return 0


def _line(one: Token, now: int) -> dict[str, Any]:
    from kakeibo.clock import iso

    return {
        "name": one.name,
        "role": one.role,
        "team": one.team,
        "author": one.author,
        "created": iso(one.created // 60),
        "ends": iso((one.revoked or one.ends) // 60),
        "in_force": one.holds(now),
    }


@command.command("revoke")
@click.argument("name")
@book_option
@store_option
@lang_option
def revoke(name: str, book: Path, store: str | None) -> int:
    """End a token now."""
    from kakeibo import clock
    from kakeibo.access import tokens
    from kakeibo.app.slips import author_of

    speak(open_book(book))
    with opened_store(store, book) as the_store:
        tokens.revoke(the_store, name, author_of(None), clock.second_of(clock.now()))
    click.echo(t("{name} is revoked", name=name))
    return 0
