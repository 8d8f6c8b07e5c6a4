"""kakeibo user: local accounts, for when the sign-in provider is down."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kakeibo.app.cli.common import book_option, lang_option, opened_store, speak_of, store_option
from kakeibo.app.cli.help import Verbs
from kakeibo.i18n import t


@click.group("user", cls=Verbs)
@lang_option
def command() -> None:
    """Local accounts, for when the provider is down: whoever signs in with one is an admin, for an hour."""


@command.command("set-password")
@click.argument("name")
@click.option(
    "--stdin", "from_stdin", is_flag=True, help="Read the password from the standard input, not the keyboard."
)
@book_option
@store_option
@lang_option
def set_password(name: str, from_stdin: bool, book: Path, store: str | None) -> int:
    """Make an account, or give it another password; it is asked for twice, and what was typed is not shown."""
    from kakeibo import clock
    from kakeibo.access import accounts
    from kakeibo.app.slips import author_of

    speak_of(book)
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt(t("password"), hide_input=True, confirmation_prompt=t("once more"))
    with opened_store(store, book) as the_store:
        accounts.set_password(the_store, name, password, author_of(None), clock.second_of(clock.now()))
    click.echo(t("{name} can sign in now, as an admin", name=name))
    return 0


@command.command("list")
@book_option
@store_option
@lang_option
def list_(book: Path, store: str | None) -> int:
    """The accounts, and when each password was set."""
    from kakeibo.access import accounts
    from kakeibo.clock import iso

    speak_of(book)
    with opened_store(store, book) as the_store:
        found = accounts.accounts(the_store)
    for one in found:
        click.echo(f"{one.name}\t{iso(one.at // 60)}")
    if not found:
        click.echo(t("there is no local account; kakeibo user set-password NAME makes one"))
    return 0


@command.command("remove")
@click.argument("name")
@book_option
@store_option
@lang_option
def remove(name: str, book: Path, store: str | None) -> int:
    """Remove an account; whoever uses it is signed out."""
    from kakeibo.access import accounts
    from kakeibo.app.slips import author_of

    speak_of(book)
    with opened_store(store, book) as the_store:
        accounts.remove(the_store, name, author_of(None))
    click.echo(t("{name} is removed", name=name))
    return 0
