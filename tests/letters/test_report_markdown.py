"""The report for chat and wiki."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kakeibo.budgets.report import Report, Row
from kakeibo.i18n import LANGUAGES, speaking
from kakeibo.letters import report_markdown


@pytest.mark.parametrize("lang", LANGUAGES)
def test_golden(month: Report, same_as_golden: Callable[[str, str], None], lang: str) -> None:
    with speaking(lang):
        same_as_golden(f"report.{lang}.md", report_markdown.render(month))


def test_titles_and_codes_stay_text(row_of: Callable[..., Row], report_of: Callable[..., Report]) -> None:
    title = {"en": "[x](javascript:a) <img> *a* `b` | @here\n# c"}
    text = report_markdown.render(report_of([row_of(title=title, days={0: (1, 0)})], [("web", "e", "_u_<b>", 2)]))
    assert r"\[x\](javascript:a) \<img\> \*a\* \`b\` \| \@here\\x0a\# c" in text
    assert r"'\_u\_\<b\>'" in text


def test_an_empty_book() -> None:
    assert report_markdown.render(Report(0, "", "UTC", (), (), ())) == (
        "As of Jan 1, 1970, 00:00 UTC\n\n**No promises have been made yet.**\n"
    )
