"""The pages about policies are true: what they show can be read, what can be written is explained."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from kakeibo.alerts.gate import Cause
from kakeibo.app.check import read
from kakeibo.definitions.policies import POLICY
from kakeibo.letters.gate import EntryLine, ReasonLine
from kakeibo.letters.policies_json import DueLine, PoliciesDocument, PolicyLine
from kakeibo.policies import Act

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [DOCS / "policy.md", DOCS / "policy.ja.md"]
CONTRACT = (DOCS / "contracts" / "gate.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_example_can_be_read(page: Path, tmp_path: Path) -> None:
    first = re.findall(r"^```yaml\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)[0]
    (tmp_path / "kakeibo.yaml").write_text(f"teams: {{player: {{name: Player team}}}}\n{first}", encoding="utf-8")
    book, warnings = read(tmp_path / "kakeibo.yaml")
    assert [rule.key for rule in book.policies["player"].rules][-2:] == ["used-up", "for-weeks"]
    assert warnings == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_word_that_can_be_written_is_explained(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    rules: Any = POLICY.fields["rules"].shape
    when: Any = rules.of.fields["when"].shape
    words = [*when.fields, *get_args(Act), *rules.of.fields, *POLICY.fields]
    assert [word for word in words if not re.search(rf"`{word}\b|^    {word}:", text, re.MULTILINE)] == []


def test_both_pages_have_the_same_tables() -> None:
    firsts = [re.findall(r"^\| ([^|]*) \|", page.read_text(encoding="utf-8"), re.MULTILINE) for page in PAGES]
    words = [[re.findall(r"`(\w+)`", cell) for cell in cells] for cells in firsts]
    assert words[0] == words[1]


def section(heading: str) -> list[str]:
    """The fields of the first table after a heading."""
    after = CONTRACT.split(heading, 1)[1]
    table = re.search(r"(?:^\|.*\n)+", after, re.MULTILINE)
    assert table is not None
    return re.findall(r"^\| `(\w+)`", table[0], re.MULTILINE)


@pytest.mark.parametrize(
    ("heading", "struct", "besides"),
    [
        ("## `kakeibo gate SERVICE --json`", EntryLine, ["version"]),
        ("Each of `reasons`", ReasonLine, []),
        ("## `kakeibo policy --json`", PoliciesDocument, []),
        ("Each of `policies`", PolicyLine, []),
        ("Each of `due`", DueLine, []),
    ],
)
def test_the_contract_names_every_field(heading: str, struct: type[msgspec.Struct], besides: list[str]) -> None:
    assert section(heading) == besides + [field.encode_name for field in msgspec.structs.fields(struct)]


def test_the_contract_names_every_cause() -> None:
    assert [cause for cause in get_args(Cause) if f"`{cause}`" not in CONTRACT] == []
