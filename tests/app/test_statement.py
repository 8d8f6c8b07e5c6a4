"""From what was posted and entered to the accounts of a month, against a list of events."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.emptying import empty_out

from kakeibo import ledger
from kakeibo.app.report import report_of
from kakeibo.app.statement import Month, names_of, statement_of
from kakeibo.budgets.charges import CATEGORIES, UNEXPLAINED
from kakeibo.clock import minute_of
from kakeibo.errors import UsageError
from kakeibo.ledger import Posting
from kakeibo.letters import statement_json, statement_text
from kakeibo.model import (
    Book,
    Count,
    Events,
    Journey,
    Method,
    Organisation,
    Page,
    Revocation,
    Slip,
    Slo,
    Source,
    Window,
)
from kakeibo.predicates import parse
from kakeibo.store import Store, open_store

DAY = 1440
ANY = parse("status < 500", {})
OCTOBER = Month.named("2026-10", "Europe/Berlin")
SEPTEMBER = Month.named("2026-09", "Europe/Berlin")
SLOS = ("play/availability", "play/latency", "encode/freshness")


def book(timezone: str = "Europe/Berlin") -> Book:
    journeys = {}
    for key, source in (("play", "web"), ("encode", "jobs")):
        slos = [
            Slo(name, Events(source, ANY, ANY), Fraction(99, 100), Window("7d", 7 * DAY))
            for name in SLOS
            if name.startswith(key)
        ]
        journeys[key] = Journey(key, {}, "cuj", None, source, tuple(slos))
    sources = {name: Source(name, "ndjson", (f"{name}.json",), Path()) for name in ("web", "jobs")}
    return Book(Path("kakeibo.yaml"), Organisation("Manabi", timezone, "en"), {}, {}, sources, journeys, {})


def post(store: Store, *rows: tuple[int, str, int, int]) -> None:
    for source in ("web", "jobs"):
        counts = [(m, slo, g, b, 0, 0) for m, slo, g, b in rows if (slo[0] == "p") == (source == "web")]
        lines = sorted({(minute, 1, 0) for minute, *_ in counts})
        ledger.post(store, Posting(source, ledger.cursor(store, source).version, counts, lines))


def slip(page: Page, kind: str, what: str, start: int, end: int) -> Slip:
    return Slip(
        page, kind, what, (what,), start, end, "Operator", "seen", start, "Overload" if page == "charge" else ""
    )


@pytest.mark.parametrize(
    ("text", "zone", "first", "last"),
    [
        ("2026-10", "Asia/Tokyo", "2026-09-30T15:00Z", "2026-10-31T15:00Z"),
        ("2026-10", "Europe/Berlin", "2026-09-30T22:00Z", "2026-10-31T23:00Z"),  # an hour longer: clocks go back
        ("2028-02", "UTC", "2028-02-01T00:00Z", "2028-03-01T00:00Z"),  # a leap year
        ("2026-12", "UTC", "2026-12-01T00:00Z", "2027-01-01T00:00Z"),
    ],
)
def test_a_month_is_one_of_the_local_calendar(text: str, zone: str, first: str, last: str) -> None:
    month = Month.named(text, zone)
    ends = tuple(minute_of(datetime.fromisoformat(end)) for end in (first, last))
    assert month.window == ends
    assert Month.around(ends[0], zone) == Month.around(ends[1] - 1, zone) == month
    assert month.before(zone).window[1] == ends[0]


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-00", "2026", "october", "2026-1", "0000-01", "9999-12", "２０２６-10"]
)
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"write it like 2026-10"):
        Month.named(text, "UTC")


def test_a_running_month_is_so_far_and_has_a_forecast(store: Store) -> None:
    start, end = OCTOBER.window
    post(store, *[(start + n * DAY, "play/latency", 995, 5) for n in range(-40, 11)])
    at = start + 10 * DAY
    [account] = statement_of(book(), store, OCTOBER, at, ["play/latency"]).accounts
    assert account.present.count == Count(9_950, 50)
    assert account.present.allowed == 100
    assert account.present.left == 50
    assert account.before.count == Count(30 * 995, 150)
    assert account.before_measured
    assert account.forecast is not None
    assert account.forecast.outlook == "lasts"
    statement = statement_of(book(), store, OCTOBER, end, SLOS)
    assert not statement.so_far
    assert [one.forecast for one in statement.accounts] == [None, None, None]


def test_a_spending_too_fast_ends_within_the_month(store: Store) -> None:
    start, end = OCTOBER.window
    post(store, *[(start + n * DAY + 3, "play/latency", 960, 40) for n in range(11)])
    [account] = statement_of(book(), store, OCTOBER, start + 10 * DAY, ["play/latency"]).accounts
    assert account.forecast is not None
    assert account.forecast.outlook == "exhausted"  # 400 spent; all October will allow 310
    assert not account.before_measured
    assert end - start == 31 * DAY + 60


def test_a_month_that_has_not_begun_is_refused(store: Store) -> None:
    with pytest.raises(UsageError, match="2026-10 has not begun"):
        statement_of(book(), store, OCTOBER, OCTOBER.window[0], SLOS)


def test_names_are_objectives_journeys_or_sources() -> None:
    assert names_of(book(), []) == set(SLOS)
    assert names_of(book(), ["jobs", "play/latency"]) == {"encode/freshness", "play/latency"}
    with pytest.raises(UsageError, match="did you mean play"):
        names_of(book(), ["plai"])


# Any events, adjustments and charges -------------------------------------------------------------------------------

minutes = st.integers(SEPTEMBER.window[0] - 100, OCTOBER.window[1] + 100)
edges = st.sampled_from([*SEPTEMBER.window, OCTOBER.window[1], OCTOBER.window[0] - 1])
when = st.one_of(minutes, edges)
events = st.lists(st.tuples(when, st.sampled_from(SLOS), st.integers(0, 4), st.integers(0, 3)), max_size=25)
spans = st.tuples(when, st.integers(1, 50 * DAY))
entries = st.lists(
    st.tuples(
        st.sampled_from([("adjustment", "maintenance"), *(("charge", category) for category in CATEGORIES)]),
        st.sampled_from(["play", "encode", "play/latency"]),
        spans,
        st.booleans(),
    ),
    max_size=7,
)


@pytest.fixture(params=["sqlite", "postgresql"])
def emptied(request: pytest.FixtureRequest) -> Iterator[Callable[[], Store]]:
    """One store for all examples of a test, emptied before each."""
    store = open_store(request.getfixturevalue(f"{request.param}_url"))

    def empty() -> Store:
        empty_out(store)
        return store

    yield empty
    store.close()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(early=events, late=events, entered=entries)
def test_an_account_is_the_sum_of_its_events(
    emptied: Callable[[], Store],
    early: list[tuple[int, str, int, int]],
    late: list[tuple[int, str, int, int]],
    entered: list[tuple[tuple[Page, str], str, tuple[int, int], bool]],
) -> None:
    store = emptied()
    post(store, *early)
    held: list[Slip] = []
    for (page, kind), what, (start, length), back in entered:
        one = ledger.enter(store, slip(page, kind, what, start, start + length))
        if back:
            ledger.revoke(store, page, one.id or 0, Revocation("Team lead", "a mistake", start))
        else:
            held.append(one)
    post(store, *late)
    statement = statement_of(book(), store, OCTOBER, OCTOBER.window[1], SLOS)
    assert [account.slo.name for account in statement.accounts] == list(SLOS)
    for account in statement.accounts:
        for month, part in ((OCTOBER, account.present), (SEPTEMBER, account.before)):
            count, categories, charged = by_hand(early + late, held, account.slo.name, month)
            assert part.count == count
            assert part.allowed == Fraction(count.valid, 100)
            assert {category: bad for category, bad in part.categories.items() if bad} == categories
            assert {one.id: bad for one, bad in part.charges if bad} == charged
            assert sum(part.categories.values()) == part.spent
        moved = sum((part.count for part in account.adjusted), Count())
        assert moved.valid == account.present.count.void
        assert sum((count for _, count in account.days), Count()) == account.present.count


def by_hand(
    events: list[tuple[int, str, int, int]], held: list[Slip], slo: str, month: Month
) -> tuple[Count, dict[str, int], dict[int | None, int]]:
    """Event by event: left out, or charged to the first that fits, or unexplained."""
    count = Count()
    categories: dict[str, int] = {}
    charged: dict[int | None, int] = {}
    for minute, name, good, bad in events:
        if name != slo or not month.window[0] <= minute < month.window[1]:
            continue
        fitting = [
            one for one in held if one.what in (slo, slo.split("/")[0]) and one.from_minute <= minute < one.to_minute
        ]
        if any(one.page == "adjustment" for one in fitting):
            count += Count(0, 0, good + bad)
            continue
        count += Count(good, bad)
        holder = next((one for one in fitting if one.page == "charge"), None)
        category = holder.kind if holder else UNEXPLAINED
        if bad:
            categories[category] = categories.get(category, 0) + bad
            if holder:
                charged[holder.id] = charged.get(holder.id, 0) + bad
    return count, categories, charged


def test_a_thousand_slos_take_no_more_statements_than_one(store: Store) -> None:
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    start, end = OCTOBER.window
    many = [Slo(f"play/{n}", Events("web", ANY, ANY), Fraction(99, 100), Window("7d", 7 * DAY)) for n in range(1000)]
    journey = Journey("play", {}, "cuj", None, "web", tuple(many))
    crowded = Book(Path(), Organisation(), {}, {}, {"web": Source("web", "csv", (), Path())}, {"play": journey}, {})
    post(store, *[(start + n, one.name, 5, n) for n, one in enumerate(many)])
    ledger.enter(store, slip("adjustment", "maintenance", "play", start + 100, start + 200))
    ledger.enter(store, slip("charge", "incident", "play", start, start + 500))
    statements: list[object] = []

    def note(*arguments: object) -> None:
        statements.append(arguments[2])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        statement_of(crowded, store, OCTOBER, end, ["play/1"])
        one = len(statements)
        accounts = statement_of(crowded, store, OCTOBER, end, [slo.name for slo in many]).accounts
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert len(statements) == 2 * one
    assert accounts[150].present.count == Count(0, 0, 155)
    assert accounts[400].present.categories["incident"] == 400
    assert datetime.fromtimestamp(start * 60, UTC).day == 30


# Slices of time ----------------------------------------------------------------------------------------------------


def sliced(method: Method) -> Book:
    slo = Slo("play/latency", Events("web", ANY, ANY), Fraction(99, 100), Window("7d", 7 * DAY), method)
    journey = Journey("play", {}, "cuj", None, "web", (slo,))
    return replace(book(), journeys={"play": journey})


@pytest.mark.parametrize(
    ("method", "spent", "charged"),
    [
        (Method("slices", 5, Fraction(9, 10)), 2, 1),  # the second and the last are below 90 %
        (Method("ratio_slices", 5), Fraction(1, 2) + Fraction(1, 20) + Fraction(1, 3), Fraction(1, 2)),
    ],
)
def test_slices_of_time_are_charged_by_the_minute_in_which_they_end(
    store: Store, method: Method, spent: Fraction, charged: Fraction
) -> None:
    start = OCTOBER.window[0] + 600
    rows = [(start, 10, 0), (start + 6, 5, 5), (start + 10, 19, 1), (start + 100, 2, 1)]
    post(store, *[(minute, "play/latency", good, bad) for minute, good, bad in rows])
    ledger.enter(store, slip("charge", "incident", "play", start + 5, start + 10))
    statement = statement_of(sliced(method), store, OCTOBER, start + DAY, ["play/latency"])
    [account] = statement.accounts
    assert account.present.count.valid == 4
    assert account.present.spent == spent
    assert account.present.categories["incident"] == charged
    assert account.present.categories[UNEXPLAINED] == spent - charged
    assert account.forecast is not None
    line = json.loads(statement_json.to_json(statement))["slos"][0]
    assert (line["unit"], line["present"]["spent"]) == ("slices", pytest.approx(float(spent)))
    assert "spans of time: 4" in statement_text.render(statement, width=80, colour=False)


def test_a_slice_whose_events_are_all_left_out_is_unmeasured(store: Store) -> None:
    start = OCTOBER.window[0]
    post(store, (start, "play/latency", 1, 0), (start + 5, "play/latency", 0, 9))
    ledger.enter(store, slip("adjustment", "maintenance", "play", start + 5, start + 10))
    method = Method("slices", 5, Fraction(1, 2))
    [account] = statement_of(sliced(method), store, OCTOBER, start + DAY, ["play/latency"]).accounts
    assert account.present.count == Count(1)
    assert [part.count for part in account.adjusted] == [Count(0, 9)]


def test_the_report_forecasts_a_calendar_month_to_its_end(store: Store) -> None:
    start = OCTOBER.window[0]
    monthly = Window("month", calendar="month", timezone="Europe/Berlin")
    slo = Slo("play/latency", Events("web", ANY, ANY), Fraction(99, 100), monthly)
    the_book = replace(book(), journeys={"play": Journey("play", {}, "cuj", None, "web", (slo,))})
    post(store, *[(start + n * DAY, "play/latency", 980, 20) for n in range(10)])
    [row] = report_of(the_book, store, start + 10 * DAY).rows
    [account] = statement_of(the_book, store, OCTOBER, start + 10 * DAY, ["play/latency"]).accounts
    assert row.forecast == account.forecast
    assert row.forecast.outlook == "ends"
    assert row.left_ratio == -1
    # October will have 31,041 events and allow 310; 200 are spent, 20 a day
    assert row.forecast.likely == start + 10 * DAY + (Fraction(1000 * (31 * DAY + 60), DAY) / 100 - 200) * DAY // 20
