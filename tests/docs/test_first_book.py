"""The page on the first book says what the program does."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest

from kakeibo.app.proposing import OBJECTIVES
from kakeibo.budgets.provisional import ALLOWED_AT_LEAST, TARGETS

DOCS = Path(__file__).parents[2] / "docs"
WORDS = dict(enumerate(["zero", "one", "two", "three", "four", "five", "six", "seven"]))
each_page = pytest.mark.parametrize("page", [DOCS / "first-book.md", DOCS / "first-book.ja.md"], ids=lambda p: p.name)


@each_page
def test_the_targets_are_those_in_use(page: Path) -> None:
    (written,) = re.findall(r"90[,、].*?99\.99 ?%", page.read_text(encoding="utf-8"))
    assert tuple(Fraction(number) / 100 for number in re.findall(r"[\d.]+", written)) == TARGETS


@each_page
def test_the_numbers_are_those_in_use(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    allowed, objectives = WORDS[ALLOWED_AT_LEAST], WORDS[OBJECTIVES]
    assert f"at least {allowed} failures" in text or f"{ALLOWED_AT_LEAST}件以上の失敗" in text
    assert f"About {objectives} objectives" in text or f"全部で{OBJECTIVES}つほど" in text
