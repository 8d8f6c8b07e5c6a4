"""The pages on the advisor and on drills are true: every check and key is there, and their scenarios can be played."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kakeibo.practice.drills import reading
from kakeibo.practice.ignores import ignores_in
from kakeibo.practice.kinds import checks

DOCS = Path(__file__).parents[2] / "docs"
ADVISOR = [DOCS / "advisor.md", DOCS / "advisor.ja.md"]
DRILLS = [DOCS / "drills.md", DOCS / "drills.ja.md"]


@pytest.mark.parametrize("page", ADVISOR, ids=lambda page: page.name)
def test_every_check_has_its_row(page: Path) -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \|", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(checks())


@pytest.mark.parametrize("page", ADVISOR, ids=lambda page: page.name)
def test_the_comments_shown_are_understood(page: Path) -> None:
    ignores, problems = ignores_in(page.name, page.read_text(encoding="utf-8").replace("`#", "#").replace("`。", ""))
    assert problems == []
    assert {one.elsewhere for one in ignores} == {True, False}


@pytest.mark.parametrize("page", DRILLS, ids=lambda page: page.name)
def test_every_key_of_a_scenario_is_explained_and_the_example_is_read(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [key for key in reading.SCENARIO.fields if f"`{key}`" not in text] == []
    [example] = re.findall(r"^```yaml\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    (tmp_path / "overload.yaml").write_text(example, encoding="utf-8")
    found = reading.read(tmp_path / "overload.yaml")
    assert (found.minutes, found.tell, len(found.injects), len(found.steps)) == (45, ("drill-room",), 1, 1)
