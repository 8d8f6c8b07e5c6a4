"""kakeibo simulate: logs of a made-up site."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kakeibo.app.cli.common import lang_option
from kakeibo.i18n import t


@click.command("simulate")
@click.argument("scenario")
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="The same seed gives the same logs."
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The folder to write to.")
@click.option(
    "--scale", type=click.FloatRange(min=0, min_open=True), default=1.0, show_default=True, help="Times the traffic."
)
@click.option("--days", type=click.IntRange(min=1), help="The first days only.")
@lang_option
def command(scenario: str, seed: int, out: Path, scale: float, days: int | None) -> int:
    """Write the logs, enquiries, book and truth file of SCENARIO into a folder. docs/scenarios.md lists them."""
    from kakeibo import simulate
    from kakeibo.app.progress import bar

    with bar(t("simulating"), sys.stderr.isatty()) as advance:
        done = 0

        def told(now: int, total: int) -> None:
            nonlocal done
            advance(now - done, total)
            done = now

        truth = simulate.write(scenario, seed, out, progress=told, scale=scale, days=days)
    click.echo(
        t(
            "{out}: {n} log files, the book {book}, truth.json and enquiries.csv",
            out=out,
            n=len(truth.files),
            book=out / "kakeibo.yaml",
        )
    )
    return 0
