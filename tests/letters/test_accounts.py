"""Rows of other windows and methods, and alerts, in words: golden in both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction

import pytest

from kakeibo.alerts.decide import Terms, decide
from kakeibo.alerts.windows import USUAL, meaning
from kakeibo.budgets import arithmetic
from kakeibo.budgets.report import Report, Row
from kakeibo.i18n import speaking
from kakeibo.letters import decisions, figures, overview, phrases, pictures, report_html, report_json, report_text
from kakeibo.letters.cautions import cautions
from kakeibo.model import BurnRule, Count, Events, Method, SliceShares, Slo, Window
from kakeibo.predicates import parse

ANY = parse("true", {})
DAY = 1440
SLICES = Method("slices", 5, Fraction(95, 100))
RATIOS = Method("ratio_slices", 5)


def recounted(row: Row, count: Count, method: Method) -> Row:
    """The same row of another method, with `count` on its first day alone."""
    target = row.slo.target
    return replace(
        row,
        slo=replace(row.slo, method=method),
        count=count,
        days=((row.days[0][0], count),),
        sli=arithmetic.sli(count),
        allowed=arithmetic.allowed(count, target),
        left_ratio=arithmetic.left_ratio(count, target),
    )


def months(row: Row) -> Row:
    """The same row over the calendar's month so far."""
    window = Window("month", calendar="month", timezone="Asia/Tokyo")
    return replace(row, slo=replace(row.slo, window=window), from_minute=window.bounds(row.to_minute)[0])


@pytest.fixture
def rows(row_of: Callable[..., Row]) -> dict[str, Row]:
    row = row_of(days=dict.fromkeys(range(28), (49_990, 10)))
    return {
        "slices": recounted(row, Count(8_061, 3), SLICES),
        "ratio": recounted(row, SliceShares(8_000, 64, lost=Fraction(10, 3)), RATIOS),
        "none": recounted(row, Count(), SLICES),
        "month": months(row),
    }


def lines(rows: dict[str, Row]) -> Iterator[str]:
    for name, row in rows.items():
        yield f"{name}: {phrases.account(row)}"
        yield f"{name}: {phrases.spent(row)} / {phrases.within(row)} / {phrases.reached(row)}"
    yield from overview.notes(Report(rows["month"].to_minute, "", "Asia/Tokyo", tuple(rows.values()), (), ()))
    for rule in USUAL:
        yield f"{decisions.rule(rule)}: {meaning(rule)}"
    terms = Terms(Fraction(999, 1000), 28 * DAY, 3)
    burning, slow, one, nothing = Count(9_800, 200), Count(9_999, 1), Count(9, 1), Count()
    pairs = [(burning, burning), (burning, slow), (slow, slow), (one, one), (burning, nothing), (nothing, nothing)]
    for long, short in pairs:
        yield decisions.reason(decide(USUAL[0], long, short, terms))
    for slo, per_hour in cautioned():
        yield from (f"{message}; {mend}" for message, mend in cautions(slo, per_hour))


def cautioned() -> list[tuple[Slo, Fraction | None]]:
    usual = Slo("play/a", Events("web", ANY, ANY), Fraction(999, 1000), Window("28d", 28 * DAY))
    return [
        (replace(usual, target=Fraction(9, 10)), None),
        (replace(usual, window=Window("1d", DAY)), None),
        (replace(usual, method=Method("ratio_slices", 60)), Fraction(10)),
        (usual, Fraction(10)),
        (replace(usual, minimum_bad=1), Fraction(1, 48)),
        (usual, Fraction(10**6)),
        (replace(usual, alerts=()), Fraction(10)),
    ]


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_golden(rows: dict[str, Row], lang: str, same_as_golden: Callable[[str, str], None]) -> None:
    with speaking(lang):
        same_as_golden(f"accounts.{lang}.txt", "\n".join(lines(rows)) + "\n")


def test_what_is_fine_gets_no_caution() -> None:
    *_, busy, silent = cautioned()
    assert cautions(*busy) == cautions(*silent) == []


def test_the_bound_of_an_impossible_rule_is_possible() -> None:
    slo = replace(cautioned()[0][0], alerts=(BurnRule(Fraction(1, 50), 60, "page"),))
    [(message, mend)] = cautions(slo, None)
    assert "at a target of 90%" in message
    assert "below 1.4%" in mend
    assert cautions(replace(slo, alerts=(BurnRule(Fraction(14, 1000), 60, "page"),)), None) == []


@pytest.mark.parametrize(
    ("window", "words"),
    [
        (Window("28d", 28 * DAY), "28 days"),
        (Window("1M", months=1), "1 month"),
        (Window("2Q", months=6), "6 months"),
        (Window("1Y", months=12), "1 year"),
        (Window("week", calendar="week"), "a calendar week"),
    ],
)
def test_windows_in_words(window: Window, words: str) -> None:
    assert figures.window(window) == words
    if not window.calendar:
        assert figures.within(window, 29_888_100) == f"in {words}"


def test_a_month_that_is_over_is_not_so_far() -> None:
    window = Window("month", calendar="month", timezone="UTC")
    _, end = window.bounds(0)[0], window.period_end(29_888_100)
    assert end is not None
    assert figures.within(window, end) == "over the whole month"
    assert figures.within(window, end - 1) == figures.within(window, end + 1) == "so far this month"


def test_pictures_and_pages_of_slices(rows: dict[str, Row]) -> None:
    row = rows["ratio"]
    assert pictures.days(row)[0].share == row.sli == 1 - Fraction(10, 3) / 8_064
    page = report_html.render(Report(row.to_minute, "", "Asia/Tokyo", tuple(rows.values()), (), ()))
    for words in ("Spans", "Share of good spans of time per day", "so far this month", ">3.3<"):
        assert words in page
    assert "3.3 of 8.0 allowed bad spans spent in 28 days" in report_text.render(
        Report(row.to_minute, "", "Asia/Tokyo", (row,), (), ()), width=200, colour=False
    )


def test_slices_for_programs(rows: dict[str, Row]) -> None:
    import json

    report = Report(rows["slices"].to_minute, "", "Asia/Tokyo", tuple(rows.values()), (), ())
    slices, ratio, _, month = json.loads(report_json.to_json(report))["slos"]
    assert [slices[key] for key in ("method", "unit", "valid", "bad", "spent")] == ["slices", "slices", 8_064, 3, 3]
    assert [ratio[key] for key in ("method", "unit", "bad", "spent")] == ["ratio_slices", "slices", 64, 10 / 3]
    assert [month[key] for key in ("method", "unit", "window", "from")] == [
        "occurrences", "events", "month", "2026-09-30T15:00:00Z",
    ]  # fmt: skip
