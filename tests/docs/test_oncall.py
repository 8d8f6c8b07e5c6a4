"""The examples of the pages about on-call are books, and the rules they name are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kakeibo.definitions.native import read_book
from kakeibo.oncall.escalation import LEASE, LIMITS, SKEW

PAGES = sorted((Path(__file__).parents[2] / "docs").glob("oncall*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_example_is_a_book(page: Path, tmp_path: Path) -> None:
    [example] = re.findall(r"^```yaml\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    (tmp_path / "kakeibo.yaml").write_text(example, encoding="utf-8")
    book, _, warnings = read_book(tmp_path / "kakeibo.yaml", [])
    assert warnings == []
    assert "primary" in book.oncall["player"].rotas


def test_the_numbers_are_those_of_the_code() -> None:
    text = " ".join(PAGES[1].read_text(encoding="utf-8").split())
    limits = {channel: most for channel, (most, within) in LIMITS.items() if within == 15 * 60}
    said = "at most {phone} calls, {sms} text messages, {slack} Slack messages and {email} mails in 15 minutes"
    assert said.format(**limits) in text
    assert f"unknown after {LEASE} seconds" in text
    assert f"put back by more than {SKEW} seconds" in text
