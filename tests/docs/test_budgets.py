"""The numbers of docs/budgets.md are computed, not remembered."""

from __future__ import annotations

import re
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from kakeibo.alerts.windows import USUAL, meaning, short_minutes, threshold
from kakeibo.budgets import arithmetic
from kakeibo.budgets.composites import composed
from kakeibo.budgets.methods import Deliveries, Slices, judged_by_count
from kakeibo.clock import local, minute_of
from kakeibo.definitions.native import read_book
from kakeibo.letters import figures
from kakeibo.model import Composite, Count, Slo

PAGE = (Path(__file__).parents[2] / "docs" / "budgets.md").read_text(encoding="utf-8")
DAY = 1440


def table(heading: str) -> list[list[str]]:
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = re.search(r"\n\|---.*?\n((?:\|.*\n)+)", section)
    assert rows
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in rows[1].splitlines()]


def slo_of(written: str, folder: Path) -> Slo:
    """The objective that a book says with these keys."""
    slo = f"{{good: status < 500, target: 99%, {written}}}"
    text = "organisation: {timezone: Asia/Tokyo}\nsources: {web: {type: csv, path: x}}\n"
    (folder / "b.yaml").write_text(text + f"journeys: {{j: {{title: J, source: web, slos: {{a: {slo}}}}}}}\n")
    return read_book(folder / "b.yaml", ["csv"])[0].journeys["j"].slos[0]


@pytest.mark.parametrize("row", table("Windows"), ids=lambda row: row[0])
def test_windows_begin_where_the_page_says(row: list[str], tmp_path: Path) -> None:
    window = slo_of(row[0].strip("`"), tmp_path).window
    start, _ = window.bounds(minute_of(datetime(2026, 3, 31, 9, 30, tzinfo=ZoneInfo("Asia/Tokyo"))))
    zone = "America/New_York" if "New York" in row[2] else "Asia/Tokyo"
    assert local(start, zone).strftime("%-d %B, %H:%M") == row[2].removesuffix(" in New York")


@pytest.mark.parametrize("row", table("Methods"), ids=lambda row: row[0])
def test_methods_come_to_what_the_page_says(row: list[str], tmp_path: Path) -> None:
    written = row[0].split("`")[1]
    slo = slo_of(f"method: {written}", tmp_path)
    good, bad = np.array([1000] * 11 + [5]), np.array([0] * 11 + [5])
    starts = np.arange(0, 60, 5)
    if slo.method.kind == "counted_slices":
        count = judged_by_count(slo.method, starts, good, Deliveries((0, 60), starts)).count(0, 60)
    elif slo.method.slice_minutes:
        count = Slices(slo.method, starts, good, bad).count(0, 60)
    else:
        count = Count(int(good.sum()), int(bad.sum()))
    sli, left = arithmetic.sli(count), arithmetic.left_ratio(count, slo.target)
    assert sli is not None
    assert left is not None
    shown = [figures.whole(count.valid), figures.amount(count.spent), f"{float(100 * sli):.2f} %"]
    shown += [f"{float(arithmetic.allowed(count, slo.target)):g}", f"{float(100 * left):.2f} %"]
    assert row[2:] == shown


def test_the_rules_are_those_of_the_code() -> None:
    for row, rule in zip(table("Alerts"), USUAL, strict=True):
        within = figures.span(rule.minutes).replace("1 hour", "1h").replace(" hours", "h").replace(" days", "d")
        assert row[0] == f"{figures.percent(rule.share)[:-1]} % within {within.replace('1 day', '24h')}"
        assert row[1:3] == [rule.severity, figures.span(short_minutes(rule))]
        assert [Fraction(cell) for cell in row[3:5]] == [threshold(rule, days * DAY) for days in (28, 30)]
        assert row[5].split(",")[0].lower() in meaning(rule).lower()


@pytest.mark.parametrize(
    ("row", "how"), list(zip(table("Put together from others"), ("worst", "weighted", "product"), strict=True))
)
def test_composites_come_to_what_the_page_says(row: list[str], how: Literal["worst", "weighted", "product"]) -> None:
    measure = Composite(how, (("play", Fraction(3)), ("login", Fraction(1))))
    found = composed(measure, [Count(9_980, 20), Count(1_998, 2)])
    assert Fraction(row[1].removesuffix(" %").split()[-1]) == 100 * (arithmetic.sli(found) or 0)
    assert Fraction(row[2]) == found.spent


def test_the_parts_of_the_page_add_up() -> None:
    *parts, whole = [[int(cell.replace(",", "")) for cell in row[1:3]] for row in table("Split into parts")]
    assert [sum(numbers) for numbers in zip(*parts, strict=True)] == whole
    allowed = arithmetic.allowed(Count(whole[0] - whole[1], whole[1]), Fraction(99, 100))
    for (_, bad), row in zip([*parts, whole], table("Split into parts"), strict=True):
        assert row[3:] == [f"{100 * bad // whole[1]} %", f"{100 * bad / allowed} %"]
