"""Places: of keys, of values, of one character within a text however it is quoted."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kakeibo.definitions.marks import Marks
from kakeibo.definitions.native import read_book
from kakeibo.definitions.nodes import MapNode, TextNode, compose

TEXT = """\
sources:
  web:
    type: sidekiq
    path: [a, b]
    fields: {operation: x, nested:
      {deep: y}}
"""


def marks_of(text: str) -> Marks:
    root, problems = compose("book.yaml", text)
    assert isinstance(root, MapNode)
    assert problems == []
    return Marks(root, {"book.yaml": text})


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ((), (1, 1)),
        (("sources",), (1, 1)),
        (("sources", "web"), (2, 3)),
        (("sources", "web", "type"), (3, 11)),
        (("sources", "web", "path"), (4, 5)),
        (("sources", "web", "path", "1"), (4, 15)),
        (("sources", "web", "path", "2"), (4, 5)),
        (("sources", "web", "fields", "operation"), (5, 25)),
        (("sources", "web", "fields", "nested", "deep"), (6, 14)),
        (("sources", "web", "fields", "missing"), (5, 5)),
        (("sources", "web", "type", "beyond"), (3, 5)),
        (("sources", "missing", "too"), (1, 1)),
    ],
)
def test_values_are_located_and_what_is_missing_at_its_parent(keys: tuple[str, ...], place: tuple[int, int]) -> None:
    assert marks_of(TEXT).locate(keys) == ("book.yaml", *place)


def test_the_key_can_be_asked_for() -> None:
    assert marks_of(TEXT).locate(("sources", "web", "type"), key=True) == ("book.yaml", 3, 5)


def test_a_book_that_was_read_can_be_asked(tmp_path: Path) -> None:
    book = tmp_path / "kakeibo.yaml"
    book.write_text(TEXT)
    _, marks, _ = read_book(book, ["sidekiq"])
    assert marks.locate(("sources", "web", "fields", "operation")) == (str(book), 5, 25)
    assert list(marks.names("sources")) == ["web"]
    assert list(marks.names("teams")) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("k: a and @b", (1, 10)),
        ("k: 'a and @b'", (1, 11)),
        ("k: 'it''s @b'", (1, 11)),
        ('k: "a and @b"', (1, 11)),
        ('k: "\\x61\\u0062\\"\\n\\t @b"', (1, 22)),
        ('k: "a\\\n   b @b"', (2, 6)),
        ("k: a\n   and\n   @b", (3, 4)),
        ("k: 'a\n   and\n\n   @b'", (4, 4)),
        ("k: |\n  a\n  and @b", (3, 7)),
        ("k: >-  # folded\n  a\n  and @b\n", (3, 7)),
        ("k: 動画 @b", (1, 7)),
        ("- no\n- k: 😀 @b", (2, 8)),
    ],
)
def test_a_character_of_a_text(text: str, found: tuple[int, int]) -> None:
    root, _ = compose("book.yaml", text)
    node = root.items[1] if root is not None and not isinstance(root, MapNode | TextNode) else root
    assert isinstance(node, MapNode)
    value = node.entries["k"][1]
    assert isinstance(value, TextNode)
    assert Marks(node, {"book.yaml": text}).within(value, value.value.index("@")) == ("book.yaml", *found)


@pytest.mark.parametrize(("text", "end"), [("k: ab", 6), ("k: 'ab'", 7), ('k: "a\\x62"', 10)])
def test_the_end_of_a_text_is_behind_its_last_character(text: str, end: int) -> None:
    assert marks_of(text).locate(("k",), 2) == ("book.yaml", 1, end)


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=60),
    st.integers(0, 59),
    st.sampled_from(["'", '"', "|", None]),
    st.integers(4, 80),
)
def test_every_visible_character_is_found_in_what_another_writer_wrote(
    value: str, offset: int, style: str | None, width: int
) -> None:
    text = yaml.safe_dump({"k": value}, default_style=style, width=width, allow_unicode=True)
    node = marks_of(text).root.entries["k"][1]
    assert isinstance(node, TextNode)
    assert node.value == value
    if offset >= len(value) or value[offset].isspace():
        return
    _, line, column = marks_of(text).locate(("k",), offset)
    written = text.split("\n")[line - 1][column - 1 :]
    assert written.startswith((value[offset], "\\"))
