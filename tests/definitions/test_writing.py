"""A book that is written is read back as the same objects."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.oracle.books import TEXTS, books

from kakeibo.definitions import quantities, writing
from kakeibo.definitions.native import read_book
from kakeibo.duties import Layer
from kakeibo.model import Book, Queries

HERE = Path(__file__).parent


def read_again(text: str) -> Book:
    """The book of a text, as if it stood in the present folder."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kakeibo.yaml"
        path.write_text(text, encoding="utf-8")
        book = read_book(path, ("nginx-json", "sidekiq"))[0]
        return from_here(book, Path(folder))


def from_here(book: Book, folder: Path) -> Book:
    """The same book with its files named from the present folder."""

    def here(path: Path | None) -> Path | None:
        return path and path.relative_to(folder)

    def layer(one: Layer) -> Layer:
        return replace(one, except_ical=here(one.except_ical), from_ical=here(one.from_ical))

    return replace(
        book,
        path=Path("kakeibo.yaml"),
        sources={key: replace(source, base=Path()) for key, source in book.sources.items()},
        people={key: replace(person, absences=here(person.absences)) for key, person in book.people.items()},
        oncall={
            team: replace(duty, rotas={
                key: replace(rota, layers=tuple(map(layer, rota.layers))) for key, rota in duty.rotas.items()
            })
            for team, duty in book.oncall.items()
        },
    )  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(books())
def test_a_written_book_is_read_as_the_same(book: Book) -> None:
    assert read_again(writing.write(book)) == book


@pytest.mark.long
@settings(max_examples=2_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(books())
def test_many_written_books_are_read_as_the_same(book: Book) -> None:
    assert read_again(writing.write(book)) == book


def test_the_example_stays_the_same() -> None:
    book = read_book(HERE / "example.yaml", ("nginx-json", "sidekiq"))[0]
    book = from_here(book, HERE)
    assert read_again(writing.write(book)) == book


@given(st.one_of(TEXTS, st.text(min_size=1)))
def test_a_text_is_one_line_and_stays_a_text(text: str) -> None:
    written = writing.flow({"key": text})
    assert len(written.splitlines()) == 1


def test_what_all_objectives_share_is_written_once() -> None:
    book = read_book(HERE / "example.yaml", ("nginx-json", "sidekiq"))[0]
    text = writing.write(book)
    assert text.count("valid: operation = 'PlayVideo'") == 1
    assert max(map(len, text.splitlines())) <= writing.WIDTH


def test_queries_are_written_with_what_counts_first() -> None:
    book = read_book(HERE / "example.yaml", ("nginx-json", "sidekiq"))[0]
    journey = next(iter(book.journeys.values()))
    slo = replace(journey.slos[0], measure=Queries("web", "all_total", bad="bad_total"))
    other = replace(journey.slos[1], measure=Queries("web", "seen_total", good="fast_total"))
    text = writing.write(replace(book, journeys={journey.key: replace(journey, slos=(slo, other))}))
    assert "{valid: all_total, bad: bad_total, target: 99.9%}" in text
    assert "{valid: seen_total, good: fast_total, target: " in text


@pytest.mark.parametrize(
    ("minutes", "text"), [(5, "5m"), (60, "1h"), (90, "90m"), (1440, "24h"), (4320, "3d"), (3000, "50h")]
)
def test_lengths_are_written_as_people_do(minutes: int, text: str) -> None:
    assert quantities.length(minutes) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(Fraction(999, 1000), "99.9%"), (Fraction(1, 8), "12.5%"), (Fraction(0), "0%"), (Fraction(1), "100%")],
)
def test_shares_are_exact(share: Fraction, text: str) -> None:
    assert quantities.share(share) == text


COMBINED = """\
teams: {player: {}, network: {}}
sources:
  web: {type: nginx-json, path: log}
  probe-log: {type: nginx-json, path: probes}
journeys:
  play-video:
    title: Play a video
    source: web
    valid: path = '/play'
    slos:
      availability:
        good: status < 500
        target: 99.9%
        owner: player
        split: {by: region, parts: {tokyo: {values: [JP-13, "it's"], owner: network, target: 99%}, osaka: {}}}
      latency: {good: duration < 1, target: 99%, split: {by: region, parts: [tokyo, osaka]}}
      steady:
        good: status < 500
        target: 99.5%
        method: {slices: 5m, slice_target: 95%}
        probes: {source: probe-log, valid: target = 'x', good: result = 'ok', every: 5m}
  all:
    title: All of it
    slos:
      worst: {worst_of: [play-video/availability, play-video/latency], target: 99%, alerts: none}
      mean: {weighted: {play-video/availability: 3, play-video/latency: 0.5}, target: 99%}
      chain: {product_of: [play-video/availability, play-video/latency/tokyo], target: 98%, minimum_bad: 2}
"""


def test_what_is_put_together_split_or_probed_stays_so() -> None:
    book = read_again(COMBINED)
    assert read_again(writing.write(book)) == book


FLEET = """\
organisation: {timezone: Asia/Tokyo}
channels: {vehicles: {type: log}}
teams: {operations: {}, network: {}}
services: {sharing: {team: operations}}
sources: {telemetry: {type: nginx-json, path: telemetry.json}, other: {type: nginx-json, path: other.json}}
fleets:
  scooters:
    title: {en: Scooters can be hired, ja: 乗れる}
    service: sharing
    source: telemetry
    fields: {device: id, battery: soc}
    unknown_devices: refuse
    devices: devices.csv
    heartbeat: {silent_after: 15m, back_after: {messages: 2, within: 90s}}
    errors: {E42: {more_than: 3, within: 10m, back_after: 1h}, "7": {more_than: 1, within: 2d, back_after: 61s}}
    battery: {out_below: 5.0001%, back_above: 15%}
    breaker: {more_than: 33%, within: 9m, ahead: 4m, at_least: 2}
    stall_after: 50s
    stage: act
    act: {channel: vehicles, target: fleet/commands, confirm_within: 30s, tries: 3}
    slos:
      in_service:
        target: 95%
        window: 7d
        alerts: [{burn: 2%, within: 1h, severity: page}]
        minimum_bad: 3600
        owner: operations
        split:
          reason:
            lost: {values: [heartbeat, unknown], owner: network, alerts: [{burn: 5%, within: 6h, severity: ticket}]}
          region: [tokyo, osaka]
          model: {old: {values: [m1, "it's"], target: 90%}}
      quiet: {target: 50%, alerts: none}
  plain: {title: Plain, source: other, heartbeat: {silent_after: 1h}, slos: {in_service: {target: 99%}}}
"""


def test_fleets_are_written_and_read_as_the_same() -> None:
    book = read_again(FLEET)
    assert [*book.fleets] == [*book.journeys] == ["scooters", "plain"]
    assert book.fleets["scooters"].act is not None
    written = writing.write(book)
    assert read_again(written) == book
    assert writing.write(read_again(written)) == written
    assert "plain: {title: Plain, source: other, heartbeat: {silent_after: 1h}, slos: {in_service: {target: 99%}}}" in (
        " ".join(written.split())
    )
