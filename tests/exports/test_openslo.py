"""OpenSLO out and in again: the same SLOs."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.oracle.books import books

from kakeibo.definitions.native import read_book
from kakeibo.exports import formats
from kakeibo.imports import Imported, import_files
from kakeibo.model import Book, Composite, Queries, Slo, Source

EXAMPLE = Path(__file__).parents[1] / "definitions" / "example.yaml"
QUERIES = (
    "requests_total",
    'requests_total{job="web",code!~"5.."}',
    "sum(increase(x[$window])) - sum(increase(y[$window]))",
)


def round_trip(book: Book) -> Imported:
    exported = formats()["openslo"].export(book)
    assert exported.warnings == ()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "openslo.yaml"
        path.write_text(exported.files["openslo.yaml"], encoding="utf-8")
        return import_files("openslo", [path])


def compared(book: Book) -> Book:
    """What a book says of its SLOs: lists that nothing asks and sources that nothing counts are no part of it."""
    asked = {slo.measure.source for journey in book.journeys.values() for slo in journey.slos
             if not isinstance(slo.measure, Composite)}  # fmt: skip
    return replace(book, path=Path(), lists={}, sources={key: it for key, it in book.sources.items() if key in asked})


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(books())
def test_a_round_trip_gives_the_same_slos(book: Book) -> None:
    found = round_trip(book)
    assert compared(found.book) == compared(book)
    assert found.book.lists in ({}, book.lists)
    assert [str(warning) for warning in found.warnings if "is not in the book" not in str(warning)] == []


@pytest.mark.long
@settings(max_examples=1_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(books())
def test_many_round_trips(book: Book) -> None:
    assert compared(round_trip(book).book) == compared(book)


@settings(max_examples=25, deadline=None)
@given(books(), st.sampled_from(QUERIES), st.sampled_from(QUERIES), st.booleans())
def test_queries_make_the_round_trip_too(book: Book, valid: str, share: str, good: bool) -> None:
    def counted(slo: Slo, source: str) -> Slo:
        return replace(slo, measure=Queries(source, valid, **{"good" if good else "bad": share}))

    sources = {key: Source(key, "prometheus", (), Path(), options={"url": "http://p.example"}) for key in book.sources}
    journeys = {
        key: replace(journey, slos=tuple(counted(slo, journey.source) for slo in journey.slos))
        for key, journey in book.journeys.items()
    }
    book = replace(book, sources=sources, journeys=journeys)
    assert compared(round_trip(book).book) == compared(book)


def test_the_example_makes_the_round_trip() -> None:
    book = read_book(EXAMPLE, ("nginx-json", "sidekiq"))[0]
    book = replace(book, sources={key: replace(source, base=Path()) for key, source in book.sources.items()})
    assert compared(round_trip(book).book) == compared(book)


def test_a_composite_is_said_and_left_out() -> None:
    book = read_book(EXAMPLE, ("nginx-json", "sidekiq"))[0]
    journey = next(iter(book.journeys.values()))
    parts = tuple((slo.name, Fraction(1)) for slo in journey.slos)
    whole = replace(journey.slos[0], name=f"{journey.key}/whole", measure=Composite("worst", parts))
    exported = formats()["openslo"].export(replace(book, journeys={journey.key: replace(journey, slos=(whole,))}))
    assert [(warning.file, warning.level) for warning in exported.warnings] == [(whole.name, "warning")]
    assert "kind: SLO\n" not in exported.files["openslo.yaml"]
