"""The picture of a trial: days across, targets down; where the bands lie. Nothing is drawn here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import Final, Literal

from kakeibo.alerts.trial import Trial
from kakeibo.budgets.candidates import Day, below
from kakeibo.clock import local
from kakeibo.i18n import t
from kakeibo.letters import figures

LEFT: Final = 92
WIDTH: Final = 600
ROW: Final = 20
BAND: Final = 16

Kind = Literal["kept", "missed", "filling", "nothing"]


@dataclass(frozen=True, slots=True)
class Band:
    """Neighbouring days that are alike, and what they are in words."""

    x: str
    width: str
    kind: Kind
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """One target. `bands`: kept or missed as of each day's end; `bad`: where single days were below the target."""

    y: int
    label: str
    promised: bool
    bands: tuple[Band, ...]
    bad: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Marks:
    """A line of marks below the targets: days on which something happened outside."""

    y: int
    label: str
    places: tuple[tuple[str, str, str], ...]


def lines(trial: Trial) -> list[Line]:
    """A line for each target, the strictest at the bottom."""
    found = []
    for number, tried in enumerate(trial.tried):
        target = tried.candidate.target
        bad = [day for day in trial.days if below(day.count, target)]
        found.append(
            Line(
                y=number * ROW,
                label=figures.exact_percent(target),
                promised="book" in tried.candidate.origins,
                bands=tuple(_bands(trial, target)),
                bad=tuple((_x(trial, day.start), _width(trial, day.start, day.end)) for day in bad),
            )
        )
    return found


def marks(trial: Trial, alarms: Sequence[tuple[int, int]] | None = None) -> list[Marks]:
    """What happened outside: rises of enquiries, known incidents. First the `alarms` of one candidate, if given."""
    rows: list[tuple[str, list[tuple[int, int, str]]]] = []
    if alarms is not None:
        rows.append((t("Alerts"), [(start, end, "") for start, end in alarms]))
    if trial.quiet is not None:
        risen = set(trial.quiet.rises)
        days = [day for day in trial.days if local(day.start, trial.timezone).date() in risen]
        rows.append((t("Enquiries rose"), [(day.start, day.end, "") for day in days]))
    if trial.backtest is not None:
        incidents = [case.incident for case in trial.backtest.cases]
        inside = [one for one in incidents if one.start < trial.to_minute and one.end > trial.from_minute]
        rows.append((t("Past incidents"), [(one.start, one.end, one.name) for one in inside]))
    first = len(trial.tried)
    return [
        Marks(
            (first + number) * ROW + 6,
            label,
            tuple(
                (_x(trial, max(start, trial.from_minute)), _width(trial, start, end), _words(trial, start, name))
                for start, end, name in places
            ),
        )
        for number, (label, places) in enumerate(rows)
    ]


def height(trial: Trial, *, alarms: bool = False) -> int:
    """Of the picture, with its axis."""
    rows = len(trial.tried) + alarms + (trial.quiet is not None) + (trial.backtest is not None)
    return rows * ROW + 32


def _bands(trial: Trial, target: Fraction) -> Iterator[Band]:
    for kind, run in groupby(trial.days, key=lambda day: _kind(day, target)):
        days = list(run)
        start, end = days[0].start, days[-1].end
        first, last = (figures.short_day(minute, trial.timezone) for minute in (start, days[-1].start))
        when = first if first == last else t("{first} to {last}", first=first, last=last)
        words = {
            "kept": t("kept"),
            "missed": t("not kept"),
            "filling": t("no whole window yet"),
            "nothing": t("no data"),
        }
        yield Band(_x(trial, start), _width(trial, start, end), kind, f"{when}: {words[kind]}")


def _kind(day: Day, target: Fraction) -> Kind:
    if day.window is None:
        return "filling"
    if not day.window.valid:
        return "nothing"
    return "missed" if below(day.window, target) else "kept"


def _words(trial: Trial, start: int, name: str) -> str:
    when = figures.short_day(start, trial.timezone)
    return f"{when}: {name}" if name else when


def _x(trial: Trial, minute: int) -> str:
    return _text(LEFT + Fraction(WIDTH * (minute - trial.from_minute), trial.to_minute - trial.from_minute))


def _width(trial: Trial, start: int, end: int) -> str:
    """At least two units: what happened must be seen."""
    inside = min(end, trial.to_minute) - max(start, trial.from_minute)
    return _text(max(Fraction(WIDTH * inside, trial.to_minute - trial.from_minute), Fraction(2)))


def _text(number: Fraction) -> str:
    """A coordinate to a hundredth of a unit, the only rounding of the picture."""
    return f"{float(number):.2f}".rstrip("0").rstrip(".")
