"""From a book and what was posted to the rows of the report."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from kakeibo import ledger
from kakeibo.app.report import report_of
from kakeibo.clock import minute_of
from kakeibo.ledger import Posting
from kakeibo.model import (
    Book,
    Count,
    Events,
    Journey,
    Method,
    Organisation,
    Service,
    SliceShares,
    Slo,
    Source,
    Stream,
    Team,
    Window,
)
from kakeibo.predicates import parse
from kakeibo.store import Store

DAY = 1440
AT = minute_of(datetime(2026, 11, 21, 17, 23, tzinfo=UTC))  # 02:23 of the 22nd in Tokyo
WEEK = Window("7d", 7 * DAY)
ANY = parse("status < 500", {})


def slo(name: str, window: Window = WEEK) -> Slo:
    return Slo(name, Events("web", ANY, ANY), Fraction(99, 100), window)


def book_of(*slos: Slo, timezone: str = "Asia/Tokyo") -> Book:
    play = Journey("play", {"en": "Play a video"}, "cuj", "learning", "web", slos)
    sources = {name: Source(name, "ndjson", (f"{name}.json",), Path()) for name in ("web", "jobs")}
    return Book(
        path=Path("kakeibo.yaml"),
        organisation=Organisation("Manabi", timezone, "ja"),
        teams={"player": Team("player", "Player team")},
        services={"learning": Service("learning", "player")},
        sources=sources,
        journeys={"play": play},
        lists={},
    )


def enter(
    store: Store, *counts: tuple[int, str, int, int, int, int], lines: list[tuple[int, int, int]] | None = None
) -> None:
    """Post `counts`; the source delivered a line in each of their minutes unless `lines` says otherwise."""
    delivered = lines if lines is not None else sorted({(minute, 1, 0) for minute, *_ in counts})
    ledger.post(store, Posting("web", ledger.cursor(store, "web").version, counts, delivered))


def test_a_row_has_every_number_with_what_it_is_made_of(store: Store) -> None:
    start = AT - 7 * DAY
    enter(
        store,
        (start - 1, "play/a", 1000, 1000, 0, 0),  # before the window
        (start, "play/a", 500, 1, 7, 1),
        (AT - 61, "play/a", 300, 3, 0, 0),
        (AT - 1, "play/a", 190, 6, 0, 2),
        (AT, "play/a", 5, 500, 0, 0),  # not begun yet
    )
    report = report_of(book_of(slo("play/a")), store, AT)
    [row] = report.rows
    assert (report.at, report.organisation, report.timezone) == (AT, "Manabi", "Asia/Tokyo")
    assert (row.from_minute, row.to_minute, row.journey.key, row.team) == (
        start,
        AT,
        "play",
        Team("player", "Player team"),
    )
    assert row.count == Count(990, 10, 7, 3)
    assert (row.sli, row.allowed, row.left_ratio) == (Fraction(99, 100), Fraction(10), Fraction(0))
    assert row.state == "exhausted"
    assert row.burn == {"1h": Fraction(600, 196), "6h": Fraction(900, 499), "3d": Fraction(900, 499)}
    assert row.measured_minutes == 3
    assert row.coverage == Fraction(3, 7 * DAY)
    assert (row.source.first_minute, row.source.last_minute, row.source.lines) == (start - 1, AT, 3)


def test_days_are_days_of_the_local_calendar_and_add_up_to_the_window(store: Store) -> None:
    midnight = minute_of(datetime(2026, 11, 20, 15, tzinfo=UTC))
    enter(
        store,
        (AT - 7 * DAY, "play/a", 1, 0, 0, 0),
        (midnight - 1, "play/a", 2, 0, 0, 0),
        (midnight, "play/a", 3, 0, 0, 0),
        (midnight + DAY, "play/a", 4, 1, 0, 0),
    )
    [row] = report_of(book_of(slo("play/a")), store, AT).rows
    assert row.days == (
        (AT - 7 * DAY, Count(1)),
        (midnight - DAY, Count(2)),
        (midnight, Count(3)),
        (midnight + DAY, Count(4, 1)),
    )
    assert sum((count for _, count in row.days), Count()) == row.count


def test_a_day_of_25_hours_is_one_day(store: Store) -> None:
    at = minute_of(datetime(2026, 10, 27, tzinfo=UTC))  # clocks in Berlin went back on the 25th
    first, last = datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 22, 59, tzinfo=UTC)
    enter(store, *[(minute_of(moment), "play/a", 1, 0, 0, 0) for moment in (first, last)])
    [row] = report_of(book_of(slo("play/a"), timezone="Europe/Berlin"), store, at).rows
    assert row.days == ((minute_of(first), Count(2)),)


def test_a_window_that_began_before_measuring_is_filling(store: Store) -> None:
    enter(store, (AT - 7 * DAY + 1, "play/a", 10, 10, 0, 0))
    [row] = report_of(book_of(slo("play/a")), store, AT).rows
    assert row.state == "filling"
    [row] = report_of(book_of(slo("play/a")), store, AT + 1).rows
    assert row.state == "exhausted"


def test_an_slo_without_events_has_no_data_and_says_whether_the_source_has(store: Store) -> None:
    enter(store, lines=[(AT - 8 * DAY, 5, 0), (AT - 5, 5, 1), (AT - 4, 5, 5)])
    report = report_of(book_of(slo("play/a")), store, AT)
    [row] = report.rows
    assert (row.state, row.sli, row.left_ratio, row.burn) == (
        "no_data",
        None,
        None,
        {"1h": None, "6h": None, "3d": None},
    )
    assert (row.days, row.measured_minutes) == ((), 1)
    web, jobs = report.sources
    assert (web.source, web.lines, web.rejected, web.trustworthy) == ("web", 10, 6, False)
    assert (jobs.source, jobs.lines, jobs.first_minute, jobs.trustworthy) == ("jobs", 0, None, True)


def test_each_slo_is_judged_over_its_own_window(store: Store) -> None:
    enter(
        store,
        (AT - 3 * DAY, "play/a", 1, 1, 0, 0),
        (AT - 3 * DAY, "play/b", 1, 1, 0, 0),
        (AT - 9, "play/b", 5, 0, 0, 0),
    )
    book = book_of(slo("play/a"), slo("play/b", Window("12h", 720)))
    week, hours = report_of(book, store, AT).rows
    assert (week.count, hours.count) == (Count(1, 1), Count(5))
    assert (hours.from_minute, hours.days) == (
        AT - 720,
        ((minute_of(datetime(2026, 11, 21, 15, tzinfo=UTC)), Count(5)),),
    )


def test_unknown_codes_are_those_of_the_books_sources(store: Store) -> None:
    for source in ("web", "gone"):
        ledger.cursor(store, source)
        ledger.post(store, Posting(source, 0, unknown_codes={("error", "E42"): 3}))
    assert report_of(book_of(slo("play/a")), store, AT).unknown_codes == (("web", "error", "E42", 3),)


def test_a_thousand_slos_take_no_more_statements_than_one(store: Store) -> None:
    enter(store, *[(AT - n, f"play/{n}", n, 1, 0, 0) for n in range(1, 1001)])
    statements = []

    def note(*arguments: object) -> None:
        statements.append(arguments[2])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        report_of(book_of(slo("play/1")), store, AT)
        one = len(statements)
        rows = report_of(book_of(*[slo(f"play/{n}") for n in range(1, 1001)]), store, AT).rows
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert len(statements) == 2 * one
    assert [row.count for row in rows] == [Count(n, 1) for n in range(1, 1001)]


def test_the_team_of_a_journey_without_service_is_unknown(store: Store) -> None:
    book = book_of(slo("play/a"))
    orphan = replace(book, journeys={"play": replace(book.journeys["play"], service=None)})
    assert [row.team for row in report_of(orphan, store, AT).rows] == [None]


WEB = Source("web", "ndjson", ("web.json",), Path())


def defined(store: Store, at: int, *slos: Slo, source: str = "web") -> None:
    """Counting by the definitions of `slos` begins at `at`, with something read at once."""
    ledger.define(store, source, {one.name: ledger.text_of(one.measure, WEB, {}) for one in slos}, at)
    read = Stream(None, "web.json", 1, at, 1, 1, b"", 0, b"", 0, 1)
    ledger.post(store, Posting(source, ledger.cursor(store, source).version, streams=[read]))


def other(name: str) -> Slo:
    return replace(slo(name), measure=Events("web", ANY, parse("status < 400", {})))


def test_a_definition_that_changed_inside_the_window_is_named(store: Store) -> None:
    enter(store, (AT - 8 * DAY, "play/a", 10, 0, 0, 0), (AT - 1, "play/a", 10, 0, 0, 0))
    defined(store, AT - 8 * DAY, other("play/a"))
    defined(store, AT - 3 * DAY, slo("play/a"))
    book = book_of(slo("play/a"))
    [row] = report_of(book, store, AT).rows
    assert (row.redefined, row.counted_since, row.state) == (AT - 3 * DAY, None, "healthy")
    [later] = report_of(book, store, AT + 4 * DAY).rows  # the window begins with the change
    assert later.redefined is None
    [before] = report_of(book, store, AT - 4 * DAY).rows
    assert before.redefined == AT - 3 * DAY
    assert before.redefined >= before.to_minute


def test_a_book_edited_since_the_last_ingest_is_not_taken_for_what_was_counted(store: Store) -> None:
    enter(store, (AT - 1, "play/a", 10, 0, 0, 0))
    defined(store, AT - 8 * DAY, slo("play/a"))
    rows = report_of(book_of(other("play/a"), slo("play/b")), store, AT).rows
    assert [(row.redefined, row.counted_since) for row in rows] == [(AT, None), (None, AT)]
    [row] = report_of(book_of(slo("play/a")), store, AT).rows
    assert (row.redefined, row.counted_since) == (None, None)


def test_an_slo_added_to_a_source_already_read_is_filling_and_covers_what_was_counted_for_it(store: Store) -> None:
    minutes = [AT - 8 * DAY, AT - 5 * DAY, AT - 2 * DAY, AT - 1]
    enter(store, *[(minute, "play/a", 9, 1, 0, 0) for minute in minutes], (AT - 1, "play/b", 9, 1, 0, 0))
    defined(store, AT - 9 * DAY, slo("play/a"))
    defined(store, AT - 3 * DAY, slo("play/a"), slo("play/b"))
    old, new = report_of(book_of(slo("play/a"), slo("play/b")), store, AT).rows
    assert (old.state, old.measured_minutes, old.counted_since) == ("exhausted", 3, None)
    assert (new.state, new.measured_minutes, new.counted_since) == ("filling", 2, AT - 3 * DAY)
    assert (new.redefined, new.source.first_minute) == (None, AT - 8 * DAY)
    _, early = report_of(book_of(slo("play/a"), slo("play/b")), store, AT - 4 * DAY).rows
    assert (early.measured_minutes, early.coverage, early.state) == (0, Fraction(0), "no_data")


def test_another_target_or_window_applies_at_once_and_mixes_nothing(store: Store) -> None:
    enter(store, (AT - 8 * DAY, "play/a", 90, 10, 0, 0), (AT - 1, "play/a", 90, 10, 0, 0))
    defined(store, AT - 9 * DAY, slo("play/a"))
    edited = replace(slo("play/a"), target=Fraction(1, 2), window=Window("1d", DAY))
    [row] = report_of(book_of(edited), store, AT).rows
    assert (row.count, row.allowed, row.redefined) == (Count(90, 10), Fraction(50), None)


MONTH = Window("month", calendar="month", timezone="Asia/Tokyo")


def test_a_calendar_window_begins_at_local_midnight_of_the_first(store: Store) -> None:
    start = minute_of(datetime(2026, 10, 31, 15, tzinfo=UTC))
    enter(store, (start - 1, "play/a", 100, 100, 0, 0), (start, "play/a", 99, 1, 0, 0))
    [row] = report_of(book_of(slo("play/a", MONTH)), store, AT).rows
    assert (row.from_minute, row.to_minute, row.count) == (start, AT, Count(99, 1))
    assert row.state == "exhausted"
    assert row.days[0] == (start, Count(99, 1))


def test_a_calendar_window_fills_only_when_measuring_began_within_it(store: Store) -> None:
    start = minute_of(datetime(2026, 10, 31, 15, tzinfo=UTC))
    enter(store, (start + 1, "play/a", 99, 1, 0, 0))
    [row] = report_of(book_of(slo("play/a", MONTH)), store, AT).rows
    assert row.state == "filling"
    enter(store, lines=[(start, 1, 0)])
    [row] = report_of(book_of(slo("play/a", MONTH)), store, AT).rows
    assert row.state == "exhausted"


def test_slices_are_counted_in_every_place_of_a_row(store: Store) -> None:
    noon = AT // 60 * 60
    enter(
        store,
        (AT - 7 * DAY, "play/a", 1, 0, 0, 0),  # 17:23: its slice ends within the window
        (noon - 120, "play/a", 9, 0, 0, 0),
        (noon - 116, "play/a", 9, 2, 5, 1),  # the same slice: 18 of 20
        (noon - 110, "play/a", 0, 3, 0, 0),
        (noon + 21, "play/a", 0, 9, 0, 0),  # its slice ends at 17:25, after the report
    )
    sliced = replace(slo("play/a"), method=Method("slices", 5, Fraction(9, 10)))
    weighed = replace(slo("play/b"), method=Method("ratio_slices", 5))
    hours = replace(slo("play/a"), method=Method("slices", 60, Fraction(9, 10)))
    [row, silent] = report_of(book_of(sliced, weighed), store, AT).rows
    assert (row.unit, row.count, row.sli, row.allowed) == ("slices", Count(2, 1), Fraction(2, 3), Fraction(3, 100))
    assert row.burn == {"1h": None, "6h": Fraction(50), "3d": Fraction(50)}
    assert [count for _, count in row.days] == [Count(1), Count(1, 1)]
    assert (silent.state, silent.sli) == ("no_data", None)
    [row] = report_of(book_of(hours), store, AT).rows
    assert row.count == Count(1, 1)
    [row] = report_of(book_of(replace(weighed, name="play/a")), store, AT).rows
    assert row.count == SliceShares(1, 2, lost=Fraction(1, 10) + 1)
    assert row.left_ratio == 1 - Fraction(11, 10) / Fraction(3, 100)


def test_a_thousand_sliced_slos_take_no_more_statements_than_one(store: Store) -> None:
    enter(store, *[(AT - 10, f"play/{n}", n, 0, 0, 0) for n in range(1, 1001)])
    method = Method("slices", 5, Fraction(9, 10))
    statements = []

    def note(*arguments: object) -> None:
        statements.append(arguments[2])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        report_of(book_of(replace(slo("play/1"), method=method)), store, AT)
        one = len(statements)
        rows = report_of(book_of(*[replace(slo(f"play/{n}"), method=method) for n in range(1, 1001)]), store, AT).rows
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert len(statements) == 2 * one
    assert {row.count for row in rows} == {Count(1)}


@pytest.mark.parametrize("zone", ["Pacific/Apia", "America/St_Johns", "Africa/Cairo", "America/Havana"])
def test_days_add_up_to_the_window_whatever_the_clock_does(store: Store, zone: str) -> None:
    for moment in ("2012-01-03T05:00Z", "2011-11-08T05:00Z", "2024-04-29T01:00Z"):
        minute = minute_of(datetime.fromisoformat(moment))
        enter(store, *[(minute - n, "play/a", 1, 0, 0, 0) for n in range(1, 7 * DAY, 7)])
        [row] = report_of(book_of(slo("play/a"), timezone=zone), store, minute).rows
        assert sum((count for _, count in row.days), Count()) == row.count
        assert [start for start, _ in row.days] == sorted({start for start, _ in row.days})
