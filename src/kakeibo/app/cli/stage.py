"""kakeibo stage: how much an objective's alerts may disturb."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from kakeibo.app.cli.common import (
    book_option,
    json_option,
    lang_option,
    open_book,
    opened_store,
    speak,
    store_option,
)
from kakeibo.errors import UsageError
from kakeibo.i18n import t

if TYPE_CHECKING:
    from kakeibo.model import Stage


@click.command("stage")
@click.argument("slo", required=False)
@click.argument("stage", type=click.Choice(["provisional", "ticket", "page"]), required=False)
@click.option("--by", metavar="NAME", help="Who decides: a name or a role; left out: the user of this machine.")
@click.option("--reason", metavar="TEXT", help="Why; needed to move.")
@json_option
@book_option
@store_option
@lang_option
def command(
    slo: str | None,
    stage: str | None,
    by: str | None,
    reason: str | None,
    as_json: bool,
    book: Path,
    store: str | None,
) -> int:
    """The stage of every objective, or of one; with a stage, move it there.

    provisional: nobody is told. ticket: told as work for working hours. page: what is urgent wakes somebody up.
    """
    from kakeibo.app import alerting

    the_book = open_book(book)
    speak(the_book)
    with opened_store(store, book) as the_store:
        if slo and stage:
            if not reason:
                raise UsageError(t("moving to another stage is a decision"), t("say why with --reason"))
            alerting.move(the_book, the_store, slo, cast("Stage", stage), by=by, reason=reason)
        return alerting.show_stages(the_book, the_store, slo, as_json=as_json)
