"""What `check` looks for where an SLO is a query: the options of its source, and whether it tells a number of events.

The network is left alone: whether the server has such series is said by `audit` and `ingest`.
"""

from __future__ import annotations

from collections.abc import Iterator

from kakeibo.definitions.marks import Marks
from kakeibo.errors import OptionError, PredicateError, Problem
from kakeibo.i18n import t
from kakeibo.model import Book, Queries, Source
from kakeibo.sources.kinds import kinds
from kakeibo.sources.promql import Counters, Query, query


def problems_of(book: Book, source: Source, marks: Marks) -> Iterator[Problem]:
    """Everything wrong with one server and the queries that are put to it."""
    try:
        kinds()[source.kind](source)
    except OptionError as error:
        yield Problem(*marks.locate(("sources", source.name, *error.keys), key=True), error.message, error.mend)
    for slo in book.slos_of(source.name):
        journey, sli, *_ = slo.name.split("/")
        if isinstance(slo.measure, Queries):
            yield from _queries(slo.measure, ("journeys", journey), sli, marks)


def _queries(measure: Queries, journey: tuple[str, ...], sli: str, marks: Marks) -> Iterator[Problem]:
    below = (*journey, "slos", sli)
    found: list[Query] = []
    for word, text in (("valid", measure.valid), ("good", measure.good), ("bad", measure.bad)):
        if text is None:
            continue
        keys = (*below, word) if marks.has((*below, word)) else (*journey, word)
        try:
            found.append(query(text))
        except PredicateError as error:
            yield Problem(*marks.locate(keys, error.offset), error.message, error.mend)
    if len(found) == 2 and isinstance(found[0], Counters) != isinstance(found[1], Counters):
        message = t("one query is a counter, the other an expression: they would not count the same samples")
        yield Problem(*marks.locate(below), message, t("write both as counters, or both with [$window]"))
