"""The reference of the book is true: its examples can be read, its messages are real, no key is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from kakeibo.definitions.native import read_book
from kakeibo.definitions.schema import BOOK
from kakeibo.definitions.shapes import Either, Field, Items, Record, Table
from kakeibo.errors import BookError

HERE = Path(__file__).parent
PAGES = sorted((HERE.parents[1] / "docs").glob("book*.md"))


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def keys(fields: Mapping[str, Field]) -> Iterator[str]:
    """Every key a book can have, save the names of the user's choice."""
    for name, field in fields.items():
        yield name
        shape = field.shape
        while isinstance(shape, Table | Items | Either):
            shape = shape.mapping if isinstance(shape, Either) else shape.of
        if isinstance(shape, Record):
            yield from keys(shape.fields)


def test_there_is_a_page_in_each_language() -> None:
    assert [page.name for page in PAGES] == ["book.ja.md", "book.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_examples_can_be_read(page: Path, tmp_path: Path) -> None:
    whole, *parts = blocks(page, "yaml")
    (tmp_path / "kakeibo.yaml").write_text(whole, encoding="utf-8")
    assert read_book(tmp_path / "kakeibo.yaml", ["nginx-json", "sidekiq"])[2] == []
    for part in parts:
        (tmp_path / "part.yaml").write_text(part, encoding="utf-8")
        with pytest.raises(BookError) as caught:
            read_book(tmp_path / "part.yaml", [])
        assert {problem.message for problem in caught.value.problems} == {"there is no source 'web'"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_key_is_explained(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [key for key in keys(BOOK.fields) if not re.search(rf"(^### |`|\{{){key}\b", text, re.MULTILINE)] == []


def test_the_messages_are_real() -> None:
    golden = yaml.safe_load((HERE / "messages.yaml").read_text(encoding="utf-8"))
    said = {line for cases in golden.values() for case in cases for line in case["says"]}
    shown = [line.removeprefix("kakeibo.yaml:") for block in blocks(PAGES[1], "text") for line in block.splitlines()]
    assert len(shown) == 4
    assert set(shown) <= said
