"""OpenSLO out and in again: the same SLOs."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.oracle.books import books

from kakeibo.definitions.native import read_book
from kakeibo.definitions.writing import write
from kakeibo.errors import BookError
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
    assert [one.file for one in exported.warnings] == list(book.policies)  # no place for them, and nothing else
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "openslo.yaml"
        path.write_text(exported.files["openslo.yaml"], encoding="utf-8")
        return import_files("openslo", [path])


def compared(book: Book) -> Book:
    """What a book says of its SLOs: unasked lists, sources that nothing counts, and whoever is told are no part
    of it."""
    asked = {slo.measure.source for journey in book.journeys.values() for slo in journey.slos
             if not isinstance(slo.measure, Composite)}  # fmt: skip
    sources = {key: source for key, source in book.sources.items() if key in asked}
    teams = {key: replace(team, notify={}) for key, team in book.teams.items()}
    told: dict[str, Any] = {"channels": {}, "people": {}, "oncall": {}, "policies": {}}
    organisation = replace(book.organisation, address=None, sign_in=None)
    return replace(book, path=Path(), lists={}, sources=sources, teams=teams, organisation=organisation, **told)


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


BESIDE = """\
organisation: {name: Manabi, timezone: Asia/Tokyo, language: ja}
teams: {player: {name: Player team}, network: {name: Network}}
services: {learning: {team: player}}
sources:
  web: {type: nginx-json, path: logs/access.json, breakdown: [error]}
  probing: {type: ndjson, path: logs/probes.json}
  other: {type: ndjson, path: logs/other.json}
lists: {system_codes: [DOWN, "404"], client_codes: ["no"]}
journeys:
  play-video:
    title: {en: Play a video, ja: 動画を再生できる}
    service: learning
    source: web
    valid: operation = 'PlayVideo'
    slos:
      availability:
        good: status < 500 and not (error in system_codes)
        target: 99.9%
        owner: network
        split:
          by: region
          parts:
            tokyo: {owner: player, target: 99.5%, alerts: [{burn: 2%, within: 1h, severity: page}]}
            kansai: {values: [osaka, "it's", "404", "a, b: {c}"]}
      plain: {good: status < 500, target: 99%, split: {by: region, parts: [tokyo, "404"]}}
  log-in:
    title: Log in
    source: web
    probes: {source: probing, valid: result is not null, good: result not in system_codes, every: 90m}
    slos:
      availability: {good: status < 500, target: 99.9%, alerts: none}
      slices: {good: status < 500, target: 99%, method: {slices: 5m, slice_target: 95%}}
      both: {worst_of: [log-in/availability, play-video/availability/tokyo], target: 99%}
  whole:
    title: The whole
    slos:
      worst: {worst_of: [play-video/availability, log-in/availability], target: 99.5%, minimum_bad: 7}
      weighted: {weighted: {whole/worst: 2.5, play-video/availability/kansai: 1}, target: 99.9%, window: month}
      all: {product_of: [whole/weighted, log-in/both], target: 99%, alerts: none, owner: network}
"""


def test_composites_parts_and_probes_make_the_round_trip(tmp_path: Path) -> None:
    (tmp_path / "kakeibo.yaml").write_text(BESIDE, encoding="utf-8")
    book = read_book(tmp_path / "kakeibo.yaml", ("nginx-json", "ndjson"))[0]
    book = replace(book, sources={key: replace(source, base=Path()) for key, source in book.sources.items()})
    found = round_trip(book)
    assert found.book.slos() == book.slos()
    assert found.book.journeys == book.journeys
    assert (set(found.book.sources), found.book.lists) == ({"web", "probing"}, book.lists)
    assert [str(warning) for warning in found.warnings if "DataSource other" not in str(warning)] == []
    again = tmp_path / "again.yaml"
    again.write_text(write(found.book), encoding="utf-8")
    assert read_book(again, ("nginx-json", "ndjson"))[0].slos() == book.slos()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("by: region", "by: region =", "cannot name a column"),
        ("every: 90m", "every: soon", "'soon' is not a length of time"),
        ('log-in/availability]"', 'log-in/availability"', "bracket"),
        ('"{by: region', '" # {by: region', "this is not what a book would have there"),
        ("[whole/weighted, log-in/both]", "'yes'", "expected a list, found a text"),
    ],
)
def test_annotations_that_were_edited_are_checked(old: str, new: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "kakeibo.yaml").write_text(BESIDE, encoding="utf-8")
    book = read_book(tmp_path / "kakeibo.yaml", ("nginx-json", "ndjson"))[0]
    text = formats()["openslo"].export(book).files["openslo.yaml"]
    (tmp_path / "openslo.yaml").write_text(text.replace(old, new), encoding="utf-8")
    assert old in text
    with pytest.raises(BookError) as error:
        import_files("openslo", [tmp_path / "openslo.yaml"])
    assert any(message in problem.message for problem in error.value.problems)


def test_a_composite_of_what_is_kept_elsewhere_is_said(tmp_path: Path) -> None:
    (tmp_path / "kakeibo.yaml").write_text(BESIDE, encoding="utf-8")
    book = read_book(tmp_path / "kakeibo.yaml", ("nginx-json", "ndjson"))[0]
    alone = replace(book, journeys={"whole": book.journeys["whole"]})
    said = [str(warning) for warning in round_trip(alone).warnings]
    assert sum("the SLO play-video/availability is not in these files" in warning for warning in said) == 1
