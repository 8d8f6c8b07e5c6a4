"""Writes a simulation into a folder: logs, enquiries, the sample book and the truth about them all."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np

from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.simulate import access, jobs, stories
from kakeibo.simulate.dice import Dice
from kakeibo.simulate.enquiries import Enquiries
from kakeibo.simulate.places import clear, writing
from kakeibo.simulate.scenario import Scenario
from kakeibo.simulate.traffic import Requests, gap_starts, requests
from kakeibo.simulate.truth import FileTruth, Truth, count_requests

_PLAIN_DAYS = 7  # logrotate compresses what is older
_GZIP_LEVEL = 1
_BREAKS_ONE_DAY_IN = 9
_OURS = ("logs/access-*.json", "logs/access-*.json.gz", "logs/sidekiq-*.json", "enquiries.csv", "truth.json")


def write(
    name: str,
    seed: int,
    out: Path,
    *,
    progress: Callable[[int, int], None] | None = None,
    scale: float = 1.0,
    days: int | None = None,
) -> Truth:
    """Simulate a scenario into the folder `out` (new, empty, or that of a former simulation: its logs are
    replaced, its book, which somebody may have edited, is not).

    `scale` multiplies the traffic, `days` takes the first days only, `progress` is told (days done, days in all).
    Holds one day at a time in memory. Raises UsageError for what it cannot do.
    """
    scenario = stories.scenario(name)
    days = _checked(scenario, scale, days)
    truth, enquiries = Truth(scenario, seed, float(scale), days), Enquiries(scenario, seed, days)
    with writing(out):
        clear(out, _OURS, "logs")
        for done, day in enumerate(scenario.calendar(days), start=1):
            _write_day(truth, enquiries, day, out)
            if progress:
                progress(done, days)
        enquiries.save(out / "enquiries.csv")
        truth.enquiries = enquiries.total
        if not (book := out / "kakeibo.yaml").exists():
            book.write_text(stories.sample_book(scenario), encoding="utf-8", newline="\n")
        truth.save(out / "truth.json")
    return truth


def _write_day(truth: Truth, enquiries: Enquiries, day: date, out: Path) -> None:
    scenario = truth.scenario
    traffic = requests(scenario, truth.seed, day, truth.scale)
    count_requests(truth, day, traffic)
    enquiries.add(day, traffic, truth.scale)
    lines = access.lines(scenario, truth.seed, day, traffic)
    old = day < scenario.calendar(truth.days)[-_PLAIN_DAYS:][0]
    name = f"logs/access-{day:%Y%m%d}.json{'.gz' if old else ''}"
    broken = _breaks(truth, day, traffic, lines)
    _write_log(out / name, "".join(lines).encode("utf-8", "surrogateescape"))
    truth.files[name] = FileTruth(len(lines), broken)

    runs = jobs.runs(scenario, truth.seed, day, truth.scale)
    jobs.count_runs(truth, day, runs)
    entries = sorted(entry for run in runs for entry in run.lines)
    name = f"logs/sidekiq-{day:%Y%m%d}.json"
    _write_log(out / name, "".join(line for _, line in entries).encode())
    truth.files[name] = FileTruth(len(entries), 0)


def _breaks(truth: Truth, day: date, traffic: Requests, lines: list[str]) -> int:
    """Put a broken line into the log on some days, and where a gap begins; says how many."""
    dice = Dice(truth.seed, truth.scenario.name, "broken", day)
    places = [1 + dice.one(len(lines) - 1)] if dice.one(_BREAKS_ONE_DAY_IN) == 0 else []
    places += [int(np.searchsorted(traffic.at_ms, ms)) for ms in gap_starts(truth.scenario, "web", day)]
    for place in places:
        lines.insert(place, access.broken(lines[place - 1], dice).decode("utf-8", "surrogateescape"))
    return len(places)


def _write_log(path: Path, content: bytes) -> None:
    if path.suffix != ".gz":
        path.write_bytes(content)
        return
    with path.open("wb") as file, gzip.GzipFile("", "wb", _GZIP_LEVEL, file, mtime=0) as packed:
        packed.write(content)


def _checked(scenario: Scenario, scale: float, days: int | None) -> int:
    if not 0 < scale <= 1000:
        raise UsageError(
            t("the scale {scale} cannot be simulated", scale=scale), t("give a number above 0, at most 1000")
        )
    if days is not None and not 1 <= days <= scenario.days:
        raise UsageError(
            t("{days} days cannot be simulated", days=days),
            t("this scenario lasts {days} days: give a number from 1 to {days}", days=scenario.days),
        )
    return days or scenario.days
