"""Book and ledger -> where the failures of a period went; also of a report's rows and a statement's accounts."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from typing import Final

from kakeibo import clock, ledger
from kakeibo.app.counts import counter
from kakeibo.app.reporting import moment, parsed
from kakeibo.budgets import arithmetic
from kakeibo.budgets.breakdown import ENOUGH, Breakdown, Part, parts_of, ranked
from kakeibo.budgets.report import Report, Row
from kakeibo.budgets.statement import Statement
from kakeibo.clock import MINUTES_PER_HOUR
from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.model import Book, Composite, Count, Events, Journey, Slo, Source
from kakeibo.store import Store

_UNITS: Final = {"h": 60, "d": 24 * 60, "w": 7 * 24 * 60}


def period(book: Book, store: Store, from_: str | None, to: str | None, last: str | None) -> tuple[int, int]:
    """[from, to) as asked for, widened to whole hours (UTC): by default the last day that was counted.

    Raises UsageError for what is no time, no length, or an end before its beginning.
    """
    if last is not None and from_ is not None:
        raise UsageError(t("--last and --from exclude each other"), t("give one of them"))
    end = moment(book, store, to or "latest")
    start = _before(end, last or "1d") if from_ is None else clock.minute_of(parsed(from_, book.organisation.timezone))
    if start >= end:
        raise UsageError(t("the period ends before it begins"), t("give the later time with --to"))
    return start // MINUTES_PER_HOUR * MINUTES_PER_HOUR, -(-end // MINUTES_PER_HOUR) * MINUTES_PER_HOUR


def _before(end: int, length: str) -> int:
    found = re.fullmatch(r"([1-9][0-9]{0,3})([hdw])", length)
    if found is None:
        raise UsageError(t("{text} is not a length of time", text=repr(length)), t("write --last 6h, 3d or 2w"))
    return end - int(found[1]) * _UNITS[found[2]]


def breakdown_of(book: Book, store: Store, journey: Journey, slo: Slo, stretch: tuple[int, int]) -> Breakdown:
    """Where the failures of `slo` went in a stretch of whole hours. Raises UsageError without parts."""
    source = _source(book, slo)
    start, end = stretch
    window = slo.window.bounds(end)
    count = counter(book, store, [slo], {stretch, window}, lambda _: min(start, window[0]))
    found = ledger.parts_of(store, slo.name, start // MINUTES_PER_HOUR, end // MINUTES_PER_HOUR)
    moved = ledger.moved(store, start, end)
    revoked = {slip.id for slip in ledger.slips(store, "adjustment") if slip.revoked}
    return Breakdown(
        organisation=book.organisation.name,
        timezone=book.organisation.timezone,
        journey=journey,
        slo=slo,
        from_minute=start,
        to_minute=end,
        counted=ledger.sums(store, [stretch])[stretch].get(slo.name, Count()),
        adjusted=sum(of[slo.name].bad for slip, of in moved.items() if slip not in revoked and slo.name in of),
        allowed=None if slo.method.slice_minutes else arithmetic.allowed(count(slo, window), slo.target),
        parts=_by_column(source, found),
    )


def with_contributors(book: Book, store: Store, report: Report) -> Report:
    """The report with what the failures of its rows have in common: of those that have spent much of their budget."""
    rows = [replace(row, contributors=_of(book, store, row)) for row in report.rows]
    return replace(report, rows=tuple(rows))


def explained(book: Book, store: Store, statement: Statement) -> Statement:
    """The statement with the same of its accounts."""
    accounts = [
        replace(
            account,
            contributors=contributors(
                book, store, account.slo, (account.present.from_minute, account.present.to_minute)
            )
            if _much(account.present.count, account.present.allowed)
            else (),
        )
        for account in statement.accounts
    ]
    return replace(statement, accounts=tuple(accounts))


def _of(book: Book, store: Store, row: Row) -> tuple[Part, ...]:
    much = _much(row.count, row.allowed)
    return contributors(book, store, row.slo, (row.from_minute, row.to_minute)) if much else ()


def _much(count: Count, allowed: Fraction) -> bool:
    """Whether it is worth asking: enough failures to tell, and half of what is allowed is gone. An answer reads a month
    of parts, some 30 ms an SLO."""
    return count.bad >= ENOUGH and 2 * count.spent >= allowed


def contributors(book: Book, store: Store, slo: Slo, stretch: tuple[int, int]) -> tuple[Part, ...]:
    """What the failures of a stretch have in common, the most telling first; nothing where no parts are kept.

    The stretch is widened to whole hours.
    """
    if not isinstance(slo.measure, Events) or not book.sources[slo.measure.source].breakdown:
        return ()
    found = ledger.parts_of(store, slo.name, stretch[0] // MINUTES_PER_HOUR, -(-stretch[1] // MINUTES_PER_HOUR))
    return ranked(_by_column(book.sources[slo.measure.source], found))


def _by_column(source: Source, found: ledger.Parts) -> dict[str, tuple[Part, ...]]:
    """The parts of every column that events are told apart by; the intervals of numbers are no values."""
    values = {
        column: {value: count for value, count in found.get(column, {}).items() if value[0] != "interval"}
        for column in source.breakdown
    }
    return {column: parts_of(column, held) for column, held in values.items() if held}


def _source(book: Book, slo: Slo) -> Source:
    """The source of an SLO, which is broken down by some column. Raises UsageError when there is none."""
    if isinstance(slo.measure, Composite):
        raise UsageError(
            t("{slo} is put together from others, which have the values", slo=slo.name),
            t("ask one of them: {names}", names=", ".join(name for name, _ in slo.measure.parts)),
        )
    if not isinstance(slo.measure, Events):
        raise UsageError(
            t("{slo} is not counted event by event: there are no values to look at", slo=slo.name),
            t("ask the server of metrics that counts them"),
        )
    source = book.sources[slo.measure.source]
    if not source.breakdown:
        raise UsageError(
            t("source {source} is not broken down by any column", source=source.name),
            t("write breakdown: [operation, error] in the book, with columns of yours; events are counted by them from "
              "the next `kakeibo ingest` on, those of before by `kakeibo ingest --recount {source}`",
              source=source.name),
        )  # fmt: skip
    return source
