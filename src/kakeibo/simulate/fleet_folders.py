"""Writes a fleet's story into a folder: messages, the list of devices, the book, and what must come of it all."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np

from kakeibo.clock import zone
from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.simulate import stories
from kakeibo.simulate.dice import Dice
from kakeibo.simulate.fleet_days import FleetDays, Sayings
from kakeibo.simulate.fleet_scenario import FleetScenario
from kakeibo.simulate.places import clear, writing

MOST_DEVICES: Final = 2_000_000
_OURS: Final = ("messages/*.ndjson", "devices.csv", "truth.json", "truth.csv")
_TWICE_ONE_IN: Final = 300
_TWICE_AFTER: Final = 1_500
_WRONG_CLOCK_ONE_IN: Final = 200
_WRONG_CLOCKS: Final = ("1970-01-01T00:00:12Z", "2099-12-31T23:59:59Z")
_AT_ONCE: Final = 50_000
_BROKEN: Final = '{"id":"sc-\n'


@dataclass(slots=True)
class FleetTruth:
    """What was written: lines and broken lines by file. What must come of it is in truth.csv and truth.json."""

    days: FleetDays
    files: dict[str, tuple[int, int]] = field(default_factory=dict)


def write(
    name: str, seed: int, out: Path, *, devices: int, days: int, progress: Callable[[int, int], None] | None = None
) -> FleetTruth:
    """Simulate the fleet `name` into the folder `out`, as `folders.write` does for sites. Holds an hour in memory."""
    truth = FleetTruth(drawn(name, seed, devices, days))
    story, hours = truth.days.story, days * 24
    with writing(out):
        clear(out, _OURS, "messages")
        for hour in range(hours):
            _write_hour(truth, hour, out)
            if progress:
                progress(hour + 1, hours)
        _write_devices(truth.days, out / "devices.csv")
        _write_outs(truth.days, out / "truth.csv")
        if not (book := out / "kakeibo.yaml").exists():
            book.write_text(stories.sample_book(story), encoding="utf-8", newline="\n")
        text = json.dumps(as_json(truth), indent=1, ensure_ascii=False) + "\n"
        (out / "truth.json").write_text(text, encoding="utf-8", newline="\n")
    return truth


def drawn(name: str, seed: int, devices: int, days: int) -> FleetDays:
    """The fleet of a story. Raises UsageError for more than can be simulated."""
    story = stories.fleets()[name]
    if not story.least_devices <= devices <= MOST_DEVICES:
        raise UsageError(
            t("{n} devices cannot be simulated", n=devices),
            t("give a number from {least} to {most}", least=story.least_devices, most=MOST_DEVICES),
        )
    if not 1 <= days <= story.most_days:
        raise UsageError(
            t("{days} days cannot be simulated", days=days),
            t("give a number from {least} to {most}", least=1, most=story.most_days),
        )
    return FleetDays(story, seed, devices, days)


def name_of(device: int) -> str:
    """What a device calls itself."""
    return f"sc-{device:06d}"


def hours(days: FleetDays) -> Iterator[Sayings]:
    """All that is said, an hour at a time, with what is delivered twice."""
    per_hour = 3600 // days.story.every
    for hour in range(days.days * 24):
        yield _with_doubles(days, days.sayings(hour * per_hour, (hour + 1) * per_hour), hour)


def payloads(days: FleetDays, said: Sayings, *, received: bool) -> Iterator[str]:
    """The messages as JSON; `received`: with the time of receipt, which otherwise the receiver adds."""
    story, wrong = days.story, _wrong_clocks(days)
    numbers = said.devices.tolist()
    odd = set(np.flatnonzero(said.failing | said.retained | (said.firmware >= 0)).tolist())
    columns = zip(said.received.tolist(), numbers, said.sequence.tolist(), said.battery.tolist(),
                  said.on_trip.tolist(), strict=True)  # fmt: skip
    for place, (at, device, sequence, charge, trip) in enumerate(columns):
        more = _more(story, said, place) if place in odd else ""
        if device in wrong:
            more += f',"sent":"{wrong[device]}"'
        when = f'"received":{at},' if received else ""
        flag = "true" if trip else "false"
        yield f'{{"id":"sc-{device:06d}",{when}"sequence":{sequence},"soc":{charge / 10},"on_trip":{flag}{more}}}\n'


def as_json(truth: FleetTruth) -> dict[str, object]:
    """The contract of truth.json, see docs/scenarios.md."""
    days, story = truth.days, truth.days.story
    lost: dict[str, int] = {}
    for one in days.outs():
        reason = "held" if one.held else one.reason
        lost[reason] = lost.get(reason, 0) + int((one.end - one.begin).sum())
    return {
        "scenario": story.name,
        "title": dict(story.title),
        "seed": days.seed,
        "devices": days.size,
        "timezone": story.timezone,
        "from": _local(story, days.start // 1000),
        "to": _local(story, days.start // 1000 + days.days * 86_400),
        "causes": [
            {
                "key": one.trouble.key,
                "kind": one.trouble.kind,
                "title": dict(one.trouble.title),
                "from": _local(story, days.start // 1000 + one.day * 86_400 + one.trouble.when[0] * 60),
                "to": _local(story, days.start // 1000 + one.day * 86_400 + one.trouble.when[1] * 60),
                "devices": len(one.devices),
                "evidence": one.trouble.evidence,
            }
            for one in days.episodes
        ],
        "breaker": [
            {"cause": trouble.key, "from": _utc(begin), "to": _utc(end)} for trouble, begin, end in days.breaker()
        ],
        "device_seconds": lost,
        "files": {name: {"lines": lines, "broken": broken} for name, (lines, broken) in truth.files.items()},
    }


def _write_hour(truth: FleetTruth, hour: int, out: Path) -> None:
    days = truth.days
    per_hour = 3600 // days.story.every
    said = _with_doubles(days, days.sayings(hour * per_hour, (hour + 1) * per_hour), hour)
    local = datetime.fromtimestamp(days.start // 1000 + hour * 3600, zone(days.story.timezone))
    name = f"messages/{local:%Y%m%d-%H}.ndjson"
    lines = payloads(days, said, received=True)
    with (out / name).open("w", encoding="utf-8", newline="\n") as file:
        while block := list(islice(lines, _AT_ONCE)):
            file.write("".join(block))
        file.write(_BROKEN)
    truth.files[name] = (len(said.devices) + 1, 1)


def _with_doubles(days: FleetDays, said: Sayings, hour: int) -> Sayings:
    """A broker delivers some messages twice, within the same hour."""
    dice = Dice(days.seed, days.story.name, days.size, "doubles", hour)
    end = days.start + (hour + 1) * 3_600_000
    chosen = np.flatnonzero((dice.below(_TWICE_ONE_IN, len(said.devices)) == 0) & (said.received + _TWICE_AFTER < end))
    columns = [np.concatenate([column, column[chosen]]) for column in _columns(said)]
    columns[0][len(said.devices) :] += _TWICE_AFTER
    order = np.argsort(columns[0], kind="stable")
    return Sayings(*(column[order] for column in columns))


def _columns(said: Sayings) -> tuple[np.ndarray, ...]:
    return (said.received, said.devices, said.sequence, said.battery, said.on_trip, said.failing, said.firmware,
            said.retained)  # fmt: skip


def _more(story: FleetScenario, said: Sayings, place: int) -> str:
    firmware = int(said.firmware[place])
    return "".join(
        (
            f',"errors":["{story.error_code}"]' if said.failing[place] else "",
            f',"firmware":"{story.firmware[firmware]}"' if firmware >= 0 else "",
            ',"retained":true' if said.retained[place] else "",
        )
    )


def _wrong_clocks(days: FleetDays) -> dict[int, str]:
    """Devices whose own clock is wrong: it is only kept, and decides nothing."""
    dice = Dice(days.seed, days.story.name, days.size, "clocks")
    chosen = np.flatnonzero(dice.below(_WRONG_CLOCK_ONE_IN, days.size) == 0).tolist()
    return {device: _WRONG_CLOCKS[n % len(_WRONG_CLOCKS)] for n, device in enumerate(chosen)}


def _write_devices(days: FleetDays, path: Path) -> None:
    story = days.story
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("device", "region", "model", "firmware"))
        for device, (region, model) in enumerate(zip(days.region.tolist(), days.model.tolist(), strict=True)):
            rows.writerow((name_of(device), story.regions[region][0], story.models[model][0], story.firmware[0]))


def _write_outs(days: FleetDays, path: Path) -> None:
    """A row for each time a device must be out, or is held by the breaker."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("device", "state", "from", "to", "reason", "cause"))
        for one in days.outs():
            state = "held" if one.held else "out"
            for device, begin, end in zip(one.devices.tolist(), one.begin.tolist(), one.end.tolist(), strict=True):
                rows.writerow((name_of(device), state, _utc(begin), _utc(end), one.reason, one.trouble.key))


def _utc(second: int) -> str:
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _local(story: FleetScenario, second: int) -> str:
    return datetime.fromtimestamp(second, zone(story.timezone)).isoformat(timespec="minutes")
