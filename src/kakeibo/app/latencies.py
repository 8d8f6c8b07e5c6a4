"""Book and ledger -> the latencies of a trial: of columns whose histogram the source keeps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from kakeibo import intervals, ledger
from kakeibo.budgets.candidates import Day
from kakeibo.budgets.latency import Latency, latency
from kakeibo.clock import MINUTES_PER_HOUR
from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.model import Book, Composite, Events, Slo
from kakeibo.store import Store

MOST_THRESHOLDS = 20


def parsed_thresholds(text: str) -> tuple[Fraction, ...]:
    """Numbers between commas, in the unit of the log: "0.2,0.3". Raises UsageError for what is none, and for more than
    two significant digits, between which the histogram cannot tell."""
    found = []
    for word in text.replace("、", ",").split(","):
        if not re.fullmatch(r"[0-9]{1,10}(\.[0-9]{1,10})?", word.strip()):
            raise UsageError(
                t("{text} is no threshold", text=repr(word.strip())),
                t("write numbers in the unit of the log, like --latency 0.2,0.3"),
            )
        value = Fraction(word.strip())
        if not value or intervals.number_at(value) is None:
            raise UsageError(
                t("the histogram cannot tell at {text}", text=word.strip()),
                t("choose a number of at most two digits besides zeros, such as 0.25 or 1200"),
            )
        found.append(value)
    if len(found) > MOST_THRESHOLDS:
        raise UsageError(t("too many thresholds: {n}", n=len(found)), t("give at most {n}", n=MOST_THRESHOLDS))
    return tuple(dict.fromkeys(found))


def latencies(
    book: Book, store: Store, slo: Slo, stretch: tuple[int, int], days: Sequence[Day], asked: tuple[Fraction, ...]
) -> tuple[Latency, ...]:
    """The columns with a histogram that `good` compares; if it compares none and thresholds are asked for, all of them.

    Raises UsageError for thresholds of an SLO without a histogram.
    """
    columns: list[str] = []
    if isinstance(slo.measure, Events):
        kept, compared = book.sources[slo.measure.source].histogram, slo.measure.good.columns
        columns = [column for column in kept if column in compared] or (list(kept) if asked else [])
    if asked and not columns:
        raise UsageError(t("no histogram is kept for {slo}", slo=slo.name), _mend(slo))
    return tuple(_latency(store, slo, column, stretch, days, asked) for column in columns)


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
    start, end = stretch
    kept = ledger.intervals_by_hour(store, slo.name, column, start // MINUTES_PER_HOUR, -(-end // MINUTES_PER_HOUR))
    hours = {hour: {number: count.valid for number, count in values.items()} for hour, values in kept.items()}
    wanted = dict.fromkeys(asked, "asked") | dict.fromkeys(_of_book(slo, column), "book")
    judged = [] if slo.method.slice_minutes else days
    return latency(column, hours, list(wanted.items()), judged, slo.window, slo.target)


def _of_book(slo: Slo, column: str) -> list[Fraction]:
    """The thresholds that `good` compares the column with, where the histogram can tell."""
    if not isinstance(slo.measure, Events):
        return []
    atoms = [atom for atom in slo.measure.good.atoms if atom.columns == {column}]
    constants = {Fraction(repr(constant)) for atom in atoms for _, constant in atom.comparisons or ()}
    return sorted(value for value in constants if value > 0 and intervals.number_at(value) is not None)
