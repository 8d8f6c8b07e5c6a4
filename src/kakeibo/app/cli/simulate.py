"""kakeibo simulate: logs of a made-up site, or messages of a made-up fleet."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kakeibo.app.cli.common import lang_option
from kakeibo.errors import UsageError
from kakeibo.i18n import t

if TYPE_CHECKING:
    from collections.abc import Iterator

_USUAL_DEVICES = 200


@click.command("simulate")
@click.argument("scenario")
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="The same seed gives the same logs."
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="The folder to write to.")
@click.option("--scale", type=click.FloatRange(min=0, min_open=True), help="Of a site: times the traffic; usually 1.")
@click.option("--days", type=click.IntRange(min=1), help="The first days only. Of a fleet, so many; usually 1.")
@click.option("--devices", type=click.IntRange(min=1), help="Of a fleet: how many; usually 200.")
@click.option("--mqtt", metavar="URL", help="Of a fleet: publish to this broker: mqtt://127.0.0.1:1883/scooters")
@click.option(
    "--speed",
    type=click.FloatRange(min=0),
    help="With --mqtt: so many times as fast; 0: as fast as the broker takes it. Usually 1.",
)
@lang_option
def command(
    scenario: str,
    seed: int,
    out: Path | None,
    scale: float | None,
    days: int | None,
    devices: int | None,
    mqtt: str | None,
    speed: float | None,
) -> int:
    """Write the logs, enquiries, book and truth file of SCENARIO into a folder. docs/scenarios.md lists them.

    A fleet: its messages, list of devices, book and truth; or they are published to a broker.
    """
    from kakeibo import simulate

    if scenario in simulate.fleets():
        if scale is not None:
            raise UsageError(t("{scenario} has no {option}", scenario=scenario, option="--scale"), t("give --devices"))
        size = devices or _USUAL_DEVICES
        if mqtt is not None:
            return _publish(scenario, seed, size, days or 1, mqtt, 1.0 if speed is None else speed)
        return _fleet(scenario, seed, _folder(out), size, days or 1)
    for option, value in (("--devices", devices), ("--mqtt", mqtt), ("--speed", speed)):
        if value is not None:
            message = t("{scenario} has no {option}", scenario=scenario, option=option)
            raise UsageError(message, t("fleets have it: {names}", names=", ".join(simulate.fleets())))
    with _told() as progress:
        truth = simulate.write(scenario, seed, _folder(out), progress=progress, scale=scale or 1.0, days=days)
    click.echo(
        t(
            "{out}: {n} log files, the book {book}, truth.json and enquiries.csv",
            out=out,
            n=len(truth.files),
            book=_folder(out) / "kakeibo.yaml",
        )
    )
    return 0


def _fleet(scenario: str, seed: int, out: Path, size: int, days: int) -> int:
    from kakeibo.simulate import fleet_folders

    with _told() as progress:
        truth = fleet_folders.write(scenario, seed, out, devices=size, days=days, progress=progress)
    click.echo(
        t(
            "{out}: {n} messages of {devices} devices, the book {book}, truth.json and truth.csv",
            out=out,
            n=f"{sum(lines - broken for lines, broken in truth.files.values()):,}",
            devices=f"{size:,}",
            book=out / "kakeibo.yaml",
        )
    )
    return 0


def _publish(scenario: str, seed: int, size: int, days: int, url: str, speed: float) -> int:
    from kakeibo.simulate import fleet_folders, publishing

    broker = publishing.broker_of(url)
    with _told() as progress:
        sent = publishing.publish(
            fleet_folders.drawn(scenario, seed, size, days), broker, speed=speed, progress=progress
        )
    click.echo(t("{n} messages published below {topic}", n=f"{sent:,}", topic=f"{broker.prefix}/"))
    return 0


def _folder(out: Path | None) -> Path:
    if out is None:  # not needed by those who publish
        context = click.get_current_context()
        raise click.MissingParameter(ctx=context, param=next(p for p in context.command.params if p.name == "out"))
    return out


@contextmanager
def _told() -> Iterator[Callable[[int, int], None]]:
    """A bar that is told (done, in all)."""
    from kakeibo.app.progress import bar

    with bar(t("simulating"), sys.stderr.isatty()) as advance:
        done = 0

        def told(now: int, total: int) -> None:
            nonlocal done
            advance(now - done, total)
            done = now

        yield told
