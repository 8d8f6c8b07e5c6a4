"""Events of a drill: what a book calls good and bad is found for any book, and the shares are exact."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.practice.made import BOOK

from kakeibo.app.check import read
from kakeibo.clock import moment_of
from kakeibo.engines.duckdb import Engine
from kakeibo.engines.samples import judge_lines
from kakeibo.model import Book, Source
from kakeibo.practice.drills.events import Traffic, line
from kakeibo.practice.drills.examples import Examples, examples, judged
from kakeibo.practice.drills.isolation import isolated
from kakeibo.practice.drills.scenarios import Trouble
from kakeibo.sources.kinds import reader

MANY = """\
organisation: {name: Testers, timezone: Asia/Tokyo, language: en, heartbeat: "https://outside.example/beat"}
teams: {player: {name: Player team, chat: "#player", notify: {page: [room, oncall], ticket: [room]}}}
services: {learning: {team: player}}
channels: {room: {type: log, file: told.log}, other: {type: log, file: other.log}}
people: {sre: {name: SRE 1, phone: "+815012345678"}}
oncall: {player: {rotas: {primary: [{participants: [sre], start: 2026-10-05}]}}}
lists: {system: [DOWN, LATE], client: [WRONG]}
sources:
  web: {type: nginx-json, path: logs/*.json, breakdown: [operation, region]}
  jobs: {type: sidekiq, path: logs/jobs*}
  numbers: {type: prometheus, url: "http://localhost:9090"}
journeys:
  play:
    title: Play
    service: learning
    source: web
    valid: operation in ('PlayVideo', 'PlayLive') and agent not like '%bot%'
    void: agent = 'probe'
    slos:
      availability: {good: status < 500 and not (error in system), target: 99.9%}
      latency: {latency: 300ms, target: 95%}
      both: {worst_of: [play/availability, play/latency], target: 99%}
  read:
    title: Read
    source: web
    valid: uri like '/books/%' and bytes between 1 and 1000
    slos: {quality: {good: "upper(kind) = 'FULL'", target: 99%}, probes: {good: cached, target: 90%}}
  report:
    title: Report
    source: jobs
    valid: class = 'ReportJob'
    slos: {latency: {good: status = 'done' and latency <= 60, target: 95%}}
  ask:
    title: Ask
    source: numbers
    slos: {availability: {valid: requests_total, bad: errors_total, target: 99%}}
"""


def book_of(folder: Path, text: str = MANY) -> Book:
    (folder / "kakeibo.yaml").write_text(text, encoding="utf-8")
    return read(folder / "kakeibo.yaml")[0]


def made_of(book: Book) -> dict[str, dict[str, Examples]]:
    return {key: found for key, one in book.journeys.items() if (found := examples(book, one))}


def verdict(book: Book, slo: str, event: object) -> str:
    """What the engine that counts real events says."""
    assert isinstance(event, dict)
    key = slo.partition("/")[0]
    [measure] = [measure for one, measure in judged(book.journeys[key]) if one.name == slo]
    with Engine(reader(Source("x", "ndjson", (), Path())), [measure], book.lists) as engine:
        data = line(event, moment_of(29_690_000), "drill-1")
        return judge_lines(engine, data, b"").verdicts[0][0]


def test_good_and_bad_events_are_found(tmp_path: Path) -> None:
    book = book_of(tmp_path)
    made = made_of(book)
    assert {key: set(found) for key, found in made.items()} == {"play": {"web"}, "read": {"web"}, "report": {"jobs"}}
    slos = [slo.name for key in made for slo, _ in judged(book.journeys[key])]
    assert slos == ["play/availability", "play/latency", "read/quality", "read/probes", "report/latency"]
    for slo in slos:
        [found] = made[slo.partition("/")[0]].values()
        assert verdict(book, slo, found.good) == "good"
        assert verdict(book, slo, found.bad[slo]) == "bad"


def test_a_bad_event_is_bad_for_nothing_else_where_that_can_be(tmp_path: Path) -> None:
    book = book_of(tmp_path)
    [found] = made_of(book)["play"].values()
    assert verdict(book, "play/latency", found.bad["play/availability"]) == "good"
    assert verdict(book, "play/availability", found.bad["play/latency"]) == "good"


def test_nobody_but_those_who_play_is_told(tmp_path: Path) -> None:
    book = book_of(tmp_path)
    copy = isolated(book, tmp_path / "d", ["other"], made_of(book))
    assert (copy.people, copy.oncall, copy.policies, copy.fleets) == ({}, {}, {}, {})
    assert copy.teams["player"].notify == {"page": ("other",), "ticket": ("other",)}
    assert copy.teams["player"].chat is None
    assert (copy.organisation.heartbeat, copy.organisation.name) == (None, "[DRILL] Testers")
    assert set(copy.channels) == {"other"}
    assert {one.kind for one in copy.sources.values()} == {"ndjson"}
    assert "ask" not in copy.journeys
    assert all(one.title["en"].startswith("[DRILL] ") for one in copy.journeys.values())
    assert [slo.name for slo in copy.journeys["play"].slos] == ["play/availability", "play/latency", "play/both"]
    assert {slo.stage for one in copy.journeys.values() for slo in one.slos} == {"page"}
    assert isolated(book, tmp_path, [], made_of(book)).teams["player"].notify == {}


GOOD, BAD, OTHER = {"is": "good"}, {"is": "bad"}, {"is": "other"}
EXAMPLES = Examples(GOOD, {"a/x": BAD, "a/y": OTHER})


@given(st.fractions(0, 1, max_denominator=1000).filter(bool), st.integers(1, 200), st.integers(1, 30))
def test_the_share_of_bad_events_is_exact(share: Fraction, per_minute: int, minutes: int) -> None:
    traffic = Traffic(EXAMPLES, per_minute, (Trouble("a/x", 2, 2 + minutes, share),))
    found = [event for number in range(-1, minutes + 4) for _, event in traffic.minute(number)]
    assert len(found) == per_minute * (minutes + 5)
    assert sum(event == BAD for event in found) == int(share * per_minute * minutes)


@given(st.fractions(0, Fraction(1, 2), max_denominator=50), st.fractions(0, Fraction(1, 2), max_denominator=50))
def test_two_troubles_share_the_events(one: Fraction, other: Fraction) -> None:
    """Each gets its share but for what it is still owed: less than two events."""
    traffic = Traffic(EXAMPLES, 100, (Trouble("a/x", 0, 5, one), Trouble("a/y", 0, 5, other)))
    found = [event for number in range(5) for _, event in traffic.minute(number)]
    assert abs(sum(event == BAD for event in found) - one * 500) < 2
    assert abs(sum(event == OTHER for event in found) - other * 500) < 2


@given(st.fractions(Fraction(1, 2), 1, max_denominator=40), st.fractions(Fraction(1, 2), 1, max_denominator=40))
def test_more_trouble_than_events_makes_some_fail_in_both_ways(one: Fraction, other: Fraction) -> None:
    good = {"status": 200, "duration": 0.1}
    examples = Examples(good, {"a/x": {**good, "status": 500}, "a/y": {**good, "duration": 9.0}})
    traffic = Traffic(examples, 100, (Trouble("a/x", 0, 5, one), Trouble("a/y", 0, 5, other)))
    found = [event for number in range(5) for _, event in traffic.minute(number)]
    assert abs(sum(event["status"] == 500 for event in found) - one * 500) < 2
    assert abs(sum(event["duration"] == 9.0 for event in found) - other * 500) < 2


def test_what_fails_by_silence_does_not_come() -> None:
    trouble = Trouble("a/fresh", 0, 2, Fraction(1, 2))
    traffic = Traffic(replace(EXAMPLES, bad={}), 10, (trouble,), frozenset({"a/fresh"}))
    assert [len(list(traffic.minute(number))) for number in range(3)] == [5, 5, 10]


def test_columns_of_a_trouble_stand_in_its_events() -> None:
    traffic = Traffic(EXAMPLES, 2, (Trouble("a/x", 0, 1, Fraction(1), {"error": "LATE"}),))
    assert [event for _, event in traffic.minute(0)] == [{"is": "bad", "error": "LATE"}] * 2


def test_seconds_are_spread_over_the_minute() -> None:
    traffic = Traffic(EXAMPLES, 4, ())
    assert [second for second, _ in traffic.minute(7)] == [0, 15, 30, 45]


def test_a_book_without_anything_to_play(tmp_path: Path) -> None:
    impossible = BOOK.replace("good: status < 500", "good: status < 500 and status > 600")
    assert made_of(book_of(tmp_path, impossible)) == {}


@pytest.mark.parametrize("form", ["regexp_matches(uri, '^/books/[0-9]+$')"])
def test_what_is_not_found_by_constants_is_left_out(form: str, tmp_path: Path) -> None:
    text = BOOK.replace("    slos:", f"    valid: {form}\n    slos:")
    assert made_of(book_of(tmp_path, text)) == {}
