"""kakeibo try: the lab that chooses targets."""

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

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("try")
@click.argument("name", metavar="JOURNEY/SLO")
@click.option("--targets", metavar="LIST", help="Targets to try, in percent: 99,99.9; left out: the usual ones.")
@click.option("--latency", metavar="LIST", help="Thresholds to try: 300ms,1s; or in the unit of the log: 0.2,0.3.")
@click.option(
    "--enquiries",
    type=_FILE,
    help="A CSV of enquiries per day or hour, or `store`, the complaints kept: looks for quiet days.",
)
@click.option("--column", metavar="NAME", help="Which column of it has the number of enquiries.")
@click.option("--churn", type=_FILE, help="A CSV of customers who left, likewise: quiet is when neither rose.")
@click.option("--incidents", type=_FILE, help="A CSV of known incidents (start, end, name): judges the alerts by them.")
@click.option(
    "--alerts",
    multiple=True,
    metavar="FILE|URL",
    help="Old alerts, judged by the same: CSV, JSON of Prometheus or Alertmanager, or a Prometheus server.",
)
@click.option("--alert-match", multiple=True, metavar="LABEL=VALUE", help="Only old alerts with this label.")
@click.option("--at", metavar="TIME", help="As of this moment: ISO 8601; left out: the last minute counted.")
@click.option("--markdown", is_flag=True, help="Print Markdown, for chat or a wiki.")
@click.option("--html", type=_FILE, help="Write one self-contained page, to send.")
@json_option
@book_option
@store_option
@lang_option
def command(
    name: str,
    targets: str | None,
    latency: str | None,
    enquiries: Path | None,
    column: str | None,
    churn: Path | None,
    incidents: Path | None,
    alerts: tuple[str, ...],
    alert_match: tuple[str, ...],
    at: str | None,
    markdown: bool,
    html: Path | None,
    as_json: bool,
    book: Path,
    store: str | None,
) -> int:
    """Try other targets on the recorded past: what each would have meant, before anybody promises it."""
    from dataclasses import replace

    from kakeibo.app import latencies, reporting, supporting, trying
    from kakeibo.letters import trial_html, trial_json, trial_markdown, trial_text

    the_book = open_book(book)
    speak(the_book)
    journey, slo = find_slo(the_book, name)
    kept = str(enquiries) == trying.KEPT
    files = trying.Files(None if kept else enquiries, column, churn, incidents, alerts, alert_match)
    question = trying.asked(targets, files, the_book.organisation.timezone, kept=kept)
    if latency is not None:
        question = replace(question, thresholds=latencies.parsed_thresholds(latency))
    with opened_store(store, book) as the_store:
        minute = reporting.moment(the_book, the_store, at or "latest")
        if kept:
            question = replace(question, enquiries=supporting.enquiries(the_book, the_store, journey.key, minute))
        trial = trying.trial_of(the_book, the_store, journey, slo, minute, question)
    if html is not None:
        reporting.write_page(trial_html.render(trial), html)
    elif as_json:
        sys.stdout.buffer.write(trial_json.to_json(trial) + b"\n")
    elif markdown:
        click.echo(trial_markdown.render(trial), nl=False)
    else:
        width = shutil.get_terminal_size((80, 24)).columns
        click.echo(trial_text.render(trial, width=width, colour=sys.stdout.isatty()), nl=False)
    return 0
