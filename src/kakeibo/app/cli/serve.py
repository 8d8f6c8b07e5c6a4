"""kakeibo serve: the pages, the API, metrics, and a door for alerts of other tools."""

from __future__ import annotations

import os
from pathlib import Path

import click

from kakeibo.app.cli.common import book_option, lang_option, opened_store, speak, store_option
from kakeibo.i18n import t

_PATIENCE = 3.0
"""Seconds to wait for the store: those who ask are waiting too."""


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at: this machine's own.")
@click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True, help="The port to listen at.")
@click.option(
    "--name",
    "names",
    multiple=True,
    metavar="HOST",
    help="Another name for it, under which a proxy on this machine passes requests on; may be repeated.",
)
@click.option("--at", metavar="TIME", help="Show this moment, not the present: ISO 8601, or `latest`.")
@book_option
@store_option
@lang_option
def command(host: str, port: int, names: tuple[str, ...], at: str | None, book: Path, store: str | None) -> int:
    """Show the book in the browser, until interrupted: overview, journeys, statement, alerts, glossary.

    Programs find /api/v1, /metrics and /healthz. Only this machine is answered,
    unless the book lets people sign in.
    """
    from kakeibo.app.web.application import Settings, can_sign_in, refuse_strangers, serve
    from kakeibo.app.web.desk import PAUSE, Desk
    from kakeibo.app.web.incoming import VARIABLE

    with opened_store(store, book, _PATIENCE) as the_store:
        desk = Desk(book, the_store, at, PAUSE)
        refuse_strangers(host, can_sign_in(desk))
        speak(desk.book())
        if at:
            desk.glance(at)  # a time that is none is told now, not on every page
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        click.echo(t("open {address} in the browser; Ctrl-C stops", address=address))
        serve(desk, Settings(host, port, names, os.environ.get(VARIABLE, "")))
    return 0
