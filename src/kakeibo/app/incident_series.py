"""What a server of metrics had around an incident: the counts that were made of it, and its samples if it has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from kakeibo import clock, ledger
from kakeibo.engines.prometheus_api import Series, Server
from kakeibo.errors import PredicateError, SourceError
from kakeibo.model import Book, Queries, Source
from kakeibo.sources.prometheus import Prometheus
from kakeibo.sources.promql import Expression, query
from kakeibo.store import Store

MOST: Final = 100_000
"""Samples of a source that are kept; the first series are whole, of the others it is said how many there are."""

Stretch = tuple[int, int]


def series_of(book: Book, store: Store, source: Source, stretch: Stretch) -> dict[str, Any] | None:
    """The SLOs of a source of type prometheus, each with its queries and its counts by minute, and the series that the
    server answers these queries with. `error`: why it has not answered (all of) them, else None. None: it has no SLOs.
    """
    measures = {slo.name: slo.measure for slo in book.slos_of(source.name) if isinstance(slo.measure, Queries)}
    if not measures:
        return None
    counts = ledger.series(store, list(measures), *stretch, 1)
    objectives = [
        {"slo": slo, "valid": asked.valid, "good": asked.good, "bad": asked.bad,
         "counts": [[clock.iso(minute), count.good, count.bad] for minute, count in counts.get(slo, ())]}
        for slo, asked in measures.items()
    ]  # fmt: skip
    queries: list[dict[str, Any]] = []
    error = None
    try:
        queries.extend(_asked(source, measures, stretch))
    except (SourceError, PredicateError) as failed:
        error = str(failed)
    return {"source": source.name, "error": error, "objectives": objectives, "queries": queries}


def what(found: Mapping[str, Any]) -> str:
    """What the manifest says of it."""
    if found["error"]:
        return f"counts of its objectives; the server did not give its samples: {found['error']}"
    return "counts of its objectives, and the server's samples"


def _asked(source: Source, measures: Mapping[str, Queries], stretch: Stretch) -> Iterator[dict[str, Any]]:
    options = Prometheus(source)
    server, left = Server(options), MOST
    try:
        for text, expression in _texts(measures, options.step):
            answer = server.points(text, *stretch, options.step) if expression else server.samples(text, *stretch)
            found = [one for one in answer if one.samples]
            kept = []
            for one in found:
                left -= len(one.samples)
                if left < 0:
                    break
                kept.append(_series(one))
            yield {"query": text, "series": kept, "left_off": len(found) - len(kept)}
    finally:
        server.close()


def _texts(measures: Mapping[str, Queries], step: int) -> dict[tuple[str, bool], None]:
    """What is asked, each once; whether it is an expression, which the server computes."""
    texts: dict[tuple[str, bool], None] = {}
    for measure in measures.values():
        for text in filter(None, (measure.valid, measure.good, measure.bad)):
            asked = query(text)
            if isinstance(asked, Expression):
                texts[asked.over(step), True] = None
            else:
                texts |= dict.fromkeys((selector, False) for selector in asked.selectors)
    return texts


def _series(one: Series) -> dict[str, Any]:
    """Times in UTC to the millisecond."""
    return {"labels": dict(one.labels), "samples": [[_time(at), value] for at, value in one.samples]}


def _time(milliseconds: int) -> str:
    moment = clock.moment_of(0) + timedelta(milliseconds=milliseconds)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}Z"
