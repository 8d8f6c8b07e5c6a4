"""Book and ledger -> the statement of a month. All sums in one go, however many SLOs."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kakeibo import ledger
from kakeibo.app import promises
from kakeibo.app.counts import Deliveries, adjusted, counter, source_of
from kakeibo.app.report import days_of
from kakeibo.app.reporting import moment
from kakeibo.app.slips import scope_of
from kakeibo.budgets import charges, forecast
from kakeibo.budgets.composites import not_additive
from kakeibo.budgets.statement import Account, Spending, Statement, spending
from kakeibo.clock import local, minute_of, now
from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.model import Book, Journey, Slo
from kakeibo.store import Store
from kakeibo.windows import midnight

Window = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month in a zone: "2026-10" and its minutes [from, to)."""

    text: str
    window: Window

    @classmethod
    def named(cls, text: str, zone_name: str) -> Month:
        """Raises UsageError for what is no month."""
        found = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", text)
        if found is None or not 1970 <= int(found[1]) <= 9998:
            raise UsageError(t("{text} is not a month", text=repr(text)), t("write it like 2026-10"))
        year, month = int(found[1]), int(found[2])
        first, after = date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)
        return cls(text, (midnight(first, zone_name), midnight(after, zone_name)))

    @classmethod
    def around(cls, minute: int, zone_name: str) -> Month:
        """The month that has `minute`."""
        return cls.named(local(minute, zone_name).strftime("%Y-%m"), zone_name)

    def before(self, zone_name: str) -> Month:
        """The month before it."""
        last_day = local(self.window[0], zone_name) - timedelta(days=1)
        return Month.named(last_day.strftime("%Y-%m"), zone_name)


def statement_of(book: Book, store: Store, month: Month, at: int, names: Collection[str]) -> Statement:
    """The accounts of the SLOs `names` for `month`, as of minute `at`. Raises UsageError when it has not begun."""
    start, end = month.window
    if at <= start:
        raise UsageError(t("{month} has not begun", month=month.text), t("choose a month that has"))
    book = promises.as_of(book, store, min(at, end)).book
    zone_name = book.organisation.timezone
    reader = _Reader(book, store, names, (start, min(at, end)), month.before(zone_name).window, running=at < end)
    accounts = [
        reader.account(journey, slo, end)
        for journey in book.journeys.values()
        for slo in journey.slos
        if slo.name in names
    ]
    return Statement(month.text, start, end, min(at, end), book.organisation.name, zone_name, tuple(accounts))


class _Reader:
    """What the ledger says about a month and the one before, read once for all SLOs."""

    def __init__(
        self, book: Book, store: Store, names: Collection[str], present: Window, before: Window, *, running: bool
    ) -> None:
        self.book, self.store = book, store
        self.present, self.before, self.running = present, before, running
        self.charges = ledger.slips(store, "charge")
        self.adjustments = ledger.slips(store, "adjustment")
        self.moved = ledger.moved(store, *present)
        self.days = days_of(*present, book.organisation.timezone)
        self.recent = {name: (present[1] - length, present[1]) for name, length in forecast.SPANS.items()}
        pieces = [piece for window in (present, before) for piece in charges.cut(self.charges, *window)]
        slos = [slo for journey in book.journeys.values() for slo in journey.slos if slo.name in names]
        stretches = {present, before, *self.days, *self.recent.values(), *pieces}
        self.count = counter(book, store, slos, stretches, lambda _: min(start for start, _ in stretches))
        self.deliveries = Deliveries.of(book, store)

    def account(self, journey: Journey, slo: Slo, month_end: int) -> Account:
        source = self.deliveries.source(slo, self.present)
        present = self._spending(slo, self.present)
        daily = [(day[0], self.count(slo, day)) for day in self.days]
        return Account(
            slo=slo,
            journey=journey,
            team=self.book.team_of(journey),
            source=source,
            measured_minutes=self.deliveries.measured_minutes(slo, self.present),
            present=present,
            before=self._spending(slo, self.before),
            before_measured=source.first_minute is not None and source.first_minute <= self.before[0],
            adjusted=adjusted(self.book, self.adjustments, self.moved, slo, self.present),
            days=tuple(day for day in daily if day[1].valid or day[1].void),
            forecast=self._forecast(slo, present, source.first_minute, month_end) if self.running else None,
            owner=self.book.owner_of(slo, journey),
        )

    def _spending(self, slo: Slo, window: Window) -> Spending:
        # What does not add up over time cannot be told by cause: its parts' accounts do.
        pieces = [] if not_additive(slo) else charges.cut(self.charges, *window)
        bad = {piece: self.count(slo, piece).spent for piece in pieces}
        return spending(slo, window, self.count(slo, window), self.charges, bad)

    def _forecast(self, slo: Slo, present: Spending, first: int | None, month_end: int) -> forecast.Forecast:
        counts = {name: self.count(slo, window) for name, window in self.recent.items()}
        recent = forecast.paces(present.to_minute, first, counts)
        return forecast.calendar(present.to_minute, month_end, slo.target, present.count, recent)


def chosen(book: Book, store: Store, month: str | None, at: str | None) -> tuple[Month, int]:
    """The month and the moment that were asked for: by default the present month, now; of a past month, its end."""
    zone_name = book.organisation.timezone
    named = Month.named(month, zone_name) if month else None
    if named and at is None and named.window[1] <= minute_of(now()):
        return named, named.window[1]
    minute = moment(book, store, at)
    return named or Month.around(minute - 1, zone_name), minute


def names_of(book: Book, named: Sequence[str]) -> set[str]:
    """The SLOs of the book that `named` are: SLOs, journeys or sources; all when there are none."""
    every = {slo.name for journey in book.journeys.values() for slo in journey.slos}
    return {name for what in named for name in _meant(book, what)} if named else every


def _meant(book: Book, what: str) -> set[str]:
    """An SLO, those of a journey, or those that any event of a source counts for."""
    slos = [(journey, slo) for journey in book.journeys.values() for slo in journey.slos]
    found = {slo.name for journey, slo in slos if what in (slo.name, journey.key)}
    if not found:
        scope_of(book, what)  # raises when there is no such name
        found = {slo.name for _, slo in slos if what in map(source_of, book.counted_for(slo))}
    return found
