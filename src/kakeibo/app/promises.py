"""The book as it was at a moment: each SLO with the target, the window and the method that were promised then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from kakeibo import clock, ledger
from kakeibo.budgets.promises import in_force
from kakeibo.ledger.promises import History
from kakeibo.model import Book, Composite, Promise, Slo, Source
from kakeibo.store import Store


@dataclass(frozen=True, slots=True)
class Then:
    """The book as of a moment, and the whole history of each SLO whose promise ever changed."""

    book: Book
    histories: Mapping[str, History]


def record(book: Book, store: Store, source: Source) -> None:
    """Record what is promised of the SLOs of `source` from the first minute on that has not been counted."""
    made = {slo.name: promise_of(slo) for slo in book.slos_of(source.name)}
    ledger.promise(store, made, _not_counted(store, source.name))


def promise_of(slo: Slo) -> Promise:
    return Promise(slo.target, slo.window, slo.method)


def as_of(book: Book, store: Store, at: int) -> Then:
    """The book as it was promised at minute `at`.

    What it says and no ingest has recorded yet holds, as it will be recorded, from the first minute on that has not
    been counted.
    """
    held = ledger.promises(store)
    since = {source: _not_counted(store, source) for source in book.sources}
    journeys, histories = {}, {}
    for key, journey in book.journeys.items():
        slos = []
        for slo in journey.slos:
            history = held.get(slo.name, ())
            if history and not history[-1].same(promise_of(slo)) and not isinstance(slo.measure, Composite):
                begins = max(since[slo.measure.source], history[-1].since or 0)
                history = (*history, replace(promise_of(slo), since=begins))
            if len(history) > 1:
                histories[slo.name] = history
                then = in_force(history, at)
                slo = replace(slo, target=then.target, window=then.window, method=then.method)
            slos.append(slo)
        journeys[key] = replace(journey, slos=tuple(slos))
    return Then(replace(book, journeys=journeys), histories)


def _not_counted(store: Store, source: str) -> int:
    """The first minute that has not been counted of a source: after its last line, but not in the future."""
    now, last = clock.minute_of(clock.now()), ledger.health(store, source, 0, 0).last_minute
    return now if last is None else min(now, last + 1)
