"""The report in the terminal."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from kakeibo.budgets.report import Report, Row, SourceHealth
from kakeibo.i18n import LANGUAGES, speaking
from kakeibo.letters import lines, report_text
from kakeibo.letters.wrapping import wrap

ANSI = re.compile(r"\x1b\[[0-9;]*m")
words = st.text(st.sampled_from("abc xyz,.動画を再生できる、。「」ーA1%"), max_size=200)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_golden(month: Report, same_as_golden: Callable[[str, str], None], lang: str) -> None:
    with speaking(lang):
        same_as_golden(f"report.{lang}.txt", report_text.render(month, width=80, colour=False))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("width", [45, 80, 133])
def test_no_line_is_wider_than_the_terminal(month: Report, lang: str, width: int) -> None:
    with speaking(lang):
        text = report_text.render(month, width=width, colour=False)
    assert [line for line in text.splitlines() if cell_len(line) > width] == []
    assert [line for line in text.splitlines() if line != line.rstrip()] == []


def test_colour_adds_colour_and_nothing_else(month: Report) -> None:
    plain, coloured = (report_text.render(month, width=80, colour=colour) for colour in (False, True))
    assert "\x1b" not in plain
    assert "\x1b[1;31m" in coloured
    strip = "\n".join(line.rstrip() for line in ANSI.sub("", coloured).split("\n"))
    assert strip == plain


def test_english_in_a_pipe_is_plain_ascii_but_for_titles(month: Report) -> None:
    text = report_text.render(month, width=80, colour=False).replace("受講を申し込める", "")
    assert text.isascii()


def test_worst_comes_first(month: Report) -> None:
    text = report_text.render(month, width=80, colour=False)
    order = [text.index(f"\n{state} ") for state in ("exhausted", "at risk", "no data", "still filling", "healthy")]
    assert order == sorted(order)


def test_rows_of_a_source_that_cannot_be_read_carry_a_mark(row_of: Callable[..., Row]) -> None:
    unread = SourceHealth("web", 1000, 11, Fraction(1, 100), 0, 1)
    row = row_of(days=dict.fromkeys(range(28), (1000, 0)), source=unread)
    text = report_text.render(Report(row.to_minute, "", "UTC", (row,), (unread,), ()), width=80, colour=False)
    assert "Not to be trusted: 1.1% of the lines of web could not be read, more than the 1% set." in " ".join(
        text.split()
    )
    assert "Promises kept: 0 of 1\nCannot be said yet: 1." in text


def test_a_log_cannot_write_into_the_terminal(row_of: Callable[..., Row], report_of: Callable[..., Report]) -> None:
    row = row_of(title={"en": "Play\x1b[2J\nall [red]well[/red]"}, days={0: (1, 0)})
    report = report_of([row], [("web", "error", "\x1b]0;owned\x07\u202e", 3)])
    text = report_text.render(report, width=100, colour=False)
    assert "\x1b" not in text
    assert "Play\\x1b[2J\\x0aall [red]well[/red] (success)" in text
    assert "'\\x1b]0;owned\\x07\\x202e'" in text


def test_an_empty_book() -> None:
    text = report_text.render(Report(0, "", "UTC", (), (), ()), width=80, colour=False)
    assert text == "As of Jan 1, 1970, 00:00 UTC\nNo promises have been made yet.\n"


@given(text=words, width=st.integers(20, 60))
@settings(max_examples=200)
def test_wrapping_loses_nothing_and_fits(text: str, width: int) -> None:
    found = list(wrap(text, width))
    assert all(cell_len(line) <= width for line in found)
    assert "".join("".join(found).split()) == "".join(text.split())


def test_japanese_lines_do_not_begin_with_a_full_stop() -> None:
    assert list(wrap("あいうえおかきくけこ。さ", 20)) == ["あいうえおかきくけ", "こ。さ"]


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (Fraction(1), "[##########]"),
        (Fraction(999, 1000), "[#########-]"),
        (Fraction(1, 2), "[#####-----]"),
        (Fraction(1, 1000), "[#---------]"),
        (Fraction(0), "[----------]"),
        (Fraction(-3), "[----------]"),
        (None, "[          ]"),
    ],
)
def test_a_bar_is_full_or_empty_only_when_the_budget_is(left: Fraction | None, expected: str) -> None:
    assert lines.bar(left, 10) == expected
