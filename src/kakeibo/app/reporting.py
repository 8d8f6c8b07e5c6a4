"""The report as its user asks for it: of which moment, in which form."""

from __future__ import annotations

import os
import tempfile
from datetime import datetime
from pathlib import Path

import click

from kakeibo import clock, ledger
from kakeibo.app.report import report_of
from kakeibo.budgets.report import Report
from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.letters import report_html, report_json, report_markdown, report_text
from kakeibo.model import Book
from kakeibo.store import Store

__all__ = ["as_json", "as_markdown", "as_text", "moment", "parsed", "report_of", "write_html", "write_page"]

_LAST_YEAR = 9000
"""Windows reach beyond the moment they are of, and the calendar ends with the year 9999."""


def moment(book: Book, store: Store, text: str | None) -> int:
    """The minute that `--at` names: now when left out; `latest` is the end of the last minute that was counted.

    A time without a zone is the organisation's. When nothing was counted in the last day, a hint goes to the error
    stream.
    """
    if text is not None and text != "latest":
        return clock.minute_of(parsed(text, book.organisation.timezone))
    last = _last_minute(book, store)
    if text == "latest":
        if last is None:
            raise UsageError(t("nothing has been counted yet"), t("run kakeibo ingest first"))
        return last + 1
    now = clock.minute_of(clock.now())
    if last is None:
        click.echo(t("nothing has been counted yet: run kakeibo ingest first"), err=True)
    elif now - last > clock.MINUTES_PER_DAY:
        when = clock.local(last, book.organisation.timezone).strftime("%Y-%m-%d %H:%M %Z")
        click.echo(t("the last event counted is of {when}; --at latest reports as of then", when=when), err=True)
    return now


def parsed(text: str, zone: str) -> datetime:
    """A time as a user writes it; without a zone of its own it is in `zone`. Raises UsageError."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            t("{text} is not a time", text=repr(text)), t("write 2026-10-01, 2026-10-01T09:30 or 2026-10-01T00:30Z")
        ) from None
    if not 1970 <= found.year <= _LAST_YEAR:
        raise UsageError(
            t("{text} is too far away", text=repr(text)), t("give a year from 1970 to {last}", last=_LAST_YEAR)
        )
    return found if found.tzinfo else found.replace(tzinfo=clock.zone(zone))


def _last_minute(book: Book, store: Store) -> int | None:
    found = [ledger.health(store, source, 0, 0).last_minute for source in book.sources]
    return max((minute for minute in found if minute is not None), default=None)


def as_json(report: Report) -> bytes:
    return report_json.to_json(report) + b"\n"


def as_markdown(report: Report) -> str:
    return report_markdown.render(report)


def as_text(report: Report, *, width: int, colour: bool) -> str:
    return report_text.render(report, width=width, colour=colour)


def write_html(report: Report, path: Path) -> None:
    """Write the report as a page."""
    write_page(report_html.render(report), path)


def write_page(page: str, path: Path) -> None:
    """Write a page, whole or not at all."""
    if not path.parent.is_dir():
        raise UsageError(t("there is no folder {path}", path=path.parent), t("make it first, or choose another"))
    with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".html", delete=False, encoding="utf-8") as file:
        file.write(page)
    os.chmod(file.name, 0o644)  # noqa: PTH101
    os.replace(file.name, path)  # noqa: PTH105
    click.echo(t("written: {path}", path=path))
