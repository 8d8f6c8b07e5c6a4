"""kakeibo advise: what our own postmortems advise."""

from __future__ import annotations

from pathlib import Path

import click

from kakeibo.app.cli.common import book_option, json_option, lang_option, open_book, opened_store, speak, store_option


@click.command("advise")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--all", "everything", is_flag=True, help="Run checks that no postmortem cites, too, and show what is ignored."
)
@click.option("--at", metavar="TIME", help="As of this moment: ISO 8601, or `latest` for the last minute counted.")
@click.option("--markdown", is_flag=True, help="Print Markdown, for a wiki, a ticket or a chat.")
@click.option("--sarif", is_flag=True, help="Print SARIF 2.1.0, for code hosts and editors.")
@json_option
@book_option
@store_option
@lang_option
def command(
    paths: tuple[Path, ...],
    everything: bool,
    at: str | None,
    markdown: bool,
    sarif: bool,
    as_json: bool,
    book: Path,
    store: str | None,
) -> int:
    """Look for mistakes that have cost you outages: in the book, in what was counted, and in the files at PATHS.

    PATHS are files or folders: Kubernetes, nginx, Sidekiq, Terraform's plan as JSON, certificates, alert rules. Left
    out: those that the book names under advice.
    """
    from kakeibo.app import advising, reporting

    form = advising.form_of(as_json=as_json, sarif=sarif, markdown=markdown)
    the_book = open_book(book)
    speak(the_book)
    with opened_store(store, book) as the_store:
        minute = reporting.moment(the_book, the_store, at) if at else advising.now()
        found = advising.advise(book, the_store, minute, paths=paths, everything=everything)
    return advising.show(found, the_book, form, everything=everything)
