"""The book as it was at a moment: each SLO with the target, the window and the method that were promised then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from kakeibo import clock, ledger
from kakeibo.app.counts import source_of
from kakeibo.budgets.promises import in_force
from kakeibo.ledger.promises import History
from kakeibo.model import Book, Promise, Slo, Source
from kakeibo.store import Store


@dataclass(frozen=True, slots=True)
class Then:
    """The book as of a moment, and the whole history of each SLO whose promise ever changed."""

    book: Book
    histories: Mapping[str, History]


def record(book: Book, store: Store, source: Source) -> None:
    """Record what is promised of the SLOs of `source` from the first minute on that has not been counted. What is put
    together from several sources is recorded with each of them."""
    made = {
        one.name: promise_of(one)
        for journey in book.journeys.values()
        for slo in journey.slos
        for one in (slo, *slo.parts)
        if source.name in _sources(book, one)
    }
    ledger.promise(store, made, _not_counted(store, source.name))


def promise_of(slo: Slo) -> Promise:
    return Promise(slo.target, slo.window, slo.method)


def as_of(book: Book, store: Store, at: int) -> Then:
    """The book as it was promised at minute `at`.

    What it says and no ingest has recorded yet holds, as it will be recorded, from the first minute on that has not
    been counted.
    """
    held = ledger.promises(store)
    begins = {source: _not_counted(store, source) for source in book.sources}
    histories: dict[str, History] = {}

    def then(slo: Slo) -> Slo:
        history = held.get(slo.name, ())
        if history and not history[-1].same(promise_of(slo)):
            since = max(history[-1].since or 0, *(begins[source] for source in _sources(book, slo)))
            history = (*history, replace(promise_of(slo), since=since))
        parts = tuple(then(part) for part in slo.parts)
        if len(history) < 2:
            return replace(slo, parts=parts) if parts else slo
        histories[slo.name] = history
        held_then = in_force(history, at)
        return replace(slo, target=held_then.target, window=held_then.window, method=held_then.method, parts=parts)

    journeys = {
        key: replace(journey, slos=tuple(then(slo) for slo in journey.slos)) for key, journey in book.journeys.items()
    }
    return Then(replace(book, journeys=journeys), histories)


def _sources(book: Book, slo: Slo) -> set[str]:
    """The sources that an SLO is counted from."""
    return {source_of(leaf) for leaf in book.counted_for(slo)}


def _not_counted(store: Store, source: str) -> int:
    """The first minute that has not been counted of a source: after its last line, but not in the future."""
    now, last = clock.minute_of(clock.now()), ledger.health(store, source, 0, 0).last_minute
    return now if last is None else min(now, last + 1)
