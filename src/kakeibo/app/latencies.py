"""Book and ledger -> the latencies of a trial: of columns whose histogram the source keeps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from kakeibo import intervals, ledger
from kakeibo.budgets.candidates import Day
from kakeibo.budgets.latency import Hours, Latency, latency
from kakeibo.clock import MINUTES_PER_HOUR
from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.model import Book, Composite, Events, Signs, Slo
from kakeibo.store import Store

MOST_THRESHOLDS = 20
_SECONDS: Final = {"us": Fraction(1, 10**6), "ms": Fraction(1, 1000), "s": Fraction(1), "m": Fraction(60)}


@dataclass(frozen=True, slots=True)
class Asked:
    """A threshold as a user wrote it: seconds, where it has a unit, or else a number in the unit of the log."""

    text: str
    value: Fraction
    seconds: bool


def parsed_thresholds(text: str) -> tuple[Asked, ...]:
    """Thresholds between commas: "0.2,0.3" or "300ms,1s". Raises UsageError for what is none."""
    found = [_threshold(word.strip()) for word in text.replace("、", ",").split(",")]
    if len(found) > MOST_THRESHOLDS:
        raise UsageError(t("too many thresholds: {n}", n=len(found)), t("give at most {n}", n=MOST_THRESHOLDS))
    return tuple(dict.fromkeys(found))


def _threshold(word: str) -> Asked:
    found = re.fullmatch(r"([0-9]{1,10}(?:\.[0-9]{1,10})?)\s*(us|ms|s|m)?", word, re.ASCII)
    if found is None or not Fraction(found[1]):
        raise UsageError(
            t("{text} is no threshold", text=repr(word)),
            t("write --latency 300ms,1s, or numbers in the unit of the log: --latency 0.2,0.3"),
        )
    return Asked(word, Fraction(found[1]) * _SECONDS.get(found[2], Fraction(1)), bool(found[2]))


def latencies(
    book: Book, store: Store, slo: Slo, stretch: tuple[int, int], days: Sequence[Day], asked: tuple[Asked, ...]
) -> tuple[Latency, ...]:
    """The columns with a histogram that `good` compares; if it compares none and thresholds are asked for, all of them.

    Raises UsageError for thresholds of an SLO without a histogram, and for such as the histogram cannot tell at.
    """
    columns: list[str] = []
    signs = Signs()
    if isinstance(slo.measure, Events):
        source = book.sources[slo.measure.source]
        kept, compared, signs = source.histogram, slo.measure.good.columns, source.signs
        columns = [column for column in kept if column in compared] or (list(kept) if asked else [])
    if asked and not columns:
        raise UsageError(t("no histogram is kept for {slo}", slo=slo.name), _mend(slo))
    wanted = {column: tuple(_number(one, column, signs) for one in asked) for column in columns}
    return tuple(_latency(store, slo, column, stretch, days, numbers) for column, numbers in wanted.items())


def _number(asked: Asked, column: str, signs: Signs) -> Fraction:
    """A threshold as the column has it. Raises UsageError where its unit is not known, and for more than two
    significant digits, between which the histogram cannot tell."""
    if asked.seconds and column != signs.duration:
        raise UsageError(
            t("nobody has said in which unit {column} is, so that {text} cannot be found",
              column=column, text=asked.text),
            t("write at the source in the book `duration: {{column: {column}, unit: ms}}`, or give plain numbers",
              column=column),
        )  # fmt: skip
    value = asked.value * signs.per_second if asked.seconds else asked.value
    if intervals.number_at(value) is None:
        raise UsageError(
            t("the histogram cannot tell at {text}", text=asked.text),
            t("choose a number of at most two digits besides zeros, such as 0.25 or 1200"),
        )
    return value


def _mend(slo: Slo) -> str:
    if isinstance(slo.measure, Composite):
        return t("ask one of them: {names}", names=", ".join(name for name, _ in slo.measure.parts))
    if not isinstance(slo.measure, Events):
        return t("ask the server of metrics that counts them")
    return t(
        "write histogram: [duration] at source {source} in the book, with a column of yours; numbers are kept "
        "from the next `kakeibo ingest` on, those of before by `kakeibo ingest --recount {source}`",
        source=slo.measure.source,
    )


def _latency(
    store: Store, slo: Slo, column: str, stretch: tuple[int, int], days: Sequence[Day], asked: tuple[Fraction, ...]
) -> Latency:
    hours = hours_of(store, slo, column, stretch)
    wanted = dict.fromkeys(asked, "asked") | dict.fromkeys(thresholds_of(slo, column), "book")
    judged = [] if slo.method.slice_minutes else days
    return latency(column, hours, list(wanted.items()), judged, slo.window, slo.target)


def hours_of(store: Store, slo: Slo, column: str, stretch: tuple[int, int]) -> Hours:
    """The histogram of a column, by hour: valid events by interval."""
    start, end = stretch
    kept = ledger.intervals_by_hour(store, slo.name, column, start // MINUTES_PER_HOUR, -(-end // MINUTES_PER_HOUR))
    return {hour: {number: count.valid for number, count in values.items()} for hour, values in kept.items()}


def compared(book: Book, slo: Slo) -> str | None:
    """The column with a histogram that `good` compares, if there is one."""
    if not isinstance(slo.measure, Events):
        return None
    kept = book.sources[slo.measure.source].histogram
    return next((column for column in kept if column in slo.measure.good.columns), None)


def thresholds_of(slo: Slo, column: str) -> list[Fraction]:
    """The thresholds that `good` compares the column with, where the histogram can tell."""
    if not isinstance(slo.measure, Events):
        return []
    atoms = [atom for atom in slo.measure.good.atoms if atom.columns == {column}]
    constants = {Fraction(repr(constant)) for atom in atoms for _, constant in atom.comparisons or ()}
    return sorted(value for value in constants if value > 0 and intervals.number_at(value) is not None)
