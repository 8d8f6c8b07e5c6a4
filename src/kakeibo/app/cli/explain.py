"""kakeibo explain: sample events of an objective."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click

from kakeibo.app.cli.common import (
    book_option,
    find_slo,
    json_option,
    lang_option,
    open_book,
    opened_store,
    speak,
    store_option,
)
from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.model import Book, Composite, Journey, Queries, Slo


@click.command("explain")
@click.argument("name", metavar="JOURNEY/SLO")
@click.option("--lines", type=click.IntRange(min=1), default=100_000, show_default=True, help="Look at so many lines.")
@click.option("--show", type=click.IntRange(1, 100), default=3, show_default=True, help="Kinds of events per verdict.")
@json_option
@book_option
@store_option
@lang_option
def command(name: str, lines: int, show: int, as_json: bool, book: Path, store: str | None) -> int:
    """Show events from the newest logs as good, bad, left out or not counted, and why.

    Looks at the logs themselves: nothing is counted, and the store is not needed. Of an objective that is put together
    from others: of which ones, with what has been counted of each.
    """
    from kakeibo.app.explaining import composition_of, samples_of
    from kakeibo.letters import compositions, samples

    the_book = open_book(book)
    speak(the_book)
    journey, slo = find_slo(the_book, name)
    measure = slo.measure
    if isinstance(measure, Queries):
        return _minutes(the_book, journey, slo, measure, as_json=as_json)
    width, colour = shutil.get_terminal_size((80, 24)).columns, sys.stdout.isatty()
    if isinstance(measure, Composite):
        with opened_store(store, book) as the_store:
            whole = composition_of(the_book, the_store, journey, slo, measure)
        if as_json:
            sys.stdout.buffer.write(compositions.to_json(whole) + b"\n")
        else:
            click.echo(compositions.render(whole, width=width, colour=colour), nl=False)
        return 0
    if journey.key in the_book.fleets:
        message = t("{slo} counts device-seconds: there are no events to show", slo=slo.name)
        raise UsageError(message, t("kakeibo fleet status says which devices are out, and why"))
    found = samples_of(the_book, the_book.sources[measure.source], measure, lines)
    if as_json:
        sys.stdout.buffer.write(samples.to_json(found, slo=slo, measure=measure, journey=journey) + b"\n")
        return 0
    text = samples.render_samples(
        found, slo=slo, measure=measure, journey=journey, width=width, colour=colour, limit=show
    )
    click.echo(text, nl=False)
    return 0


def _minutes(book: Book, journey: Journey, slo: Slo, measure: Queries, *, as_json: bool) -> int:
    """The newest minutes of an objective that is counted by queries."""
    from kakeibo.app.explaining import newest_minutes
    from kakeibo.letters import minutes

    rows, series = newest_minutes(book.sources[measure.source], slo.name, measure)
    if as_json:
        document = minutes.to_json(rows, series, slo=slo, measure=measure, journey=journey)
        sys.stdout.buffer.write(document + b"\n")
        return 0
    width, zone = shutil.get_terminal_size((80, 24)).columns, book.organisation.timezone
    colour = sys.stdout.isatty()
    text = minutes.render_minutes(
        rows[-10:], series, slo=slo, measure=measure, journey=journey, zone=zone, width=width, colour=colour
    )
    click.echo(text, nl=False)
    return 0
