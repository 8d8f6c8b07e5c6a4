"""What a wrong book is told: every message golden, with line and column, in both languages."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from kakeibo import definitions, i18n
from kakeibo.definitions.files import MAX_BYTES
from kakeibo.definitions.native import read_book
from kakeibo.definitions.shapes import nearest
from kakeibo.errors import BookError
from kakeibo.model import Signs

HERE = Path(__file__).parent
KINDS = ("nginx-json", "prometheus", "sidekiq")
EXAMPLE = (HERE / "example.yaml").read_text(encoding="utf-8")
GOLDEN: dict[str, list[dict[str, Any]]] = yaml.safe_load((HERE / "messages.yaml").read_text(encoding="utf-8"))


def signs(kind: str, options: object) -> Signs:
    """An access log tells of itself; of jobs let nothing be known here."""
    del options
    return Signs("status < 500", "duration") if kind == "nginx-json" else Signs()


def told(path: Path) -> list[str]:
    """The errors of a book, or else its warnings, without the folder they are in."""
    try:
        problems = read_book(path, KINDS, ["prometheus"], signs)[2]
    except BookError as error:
        problems = error.problems
    return [str(problem).replace(f"{path}/", "").replace(f"{path.parent}/", "") for problem in problems]


def told_of(text: str, folder: Path) -> list[str]:
    book = folder / "kakeibo.yaml"
    book.write_text(text, encoding="utf-8")
    return [line.removeprefix("kakeibo.yaml:").strip() for line in told(book)]


@pytest.mark.parametrize(
    "case", GOLDEN["mistakes"] + GOLDEN["oddities"] + GOLDEN["measures"], ids=lambda case: str(case["name"])
)
def test_one_change_to_the_example(case: dict[str, Any], tmp_path: Path) -> None:
    assert case["instead_of"] in EXAMPLE
    assert told_of(EXAMPLE.replace(case["instead_of"], case["written"], 1), tmp_path) == case["says"]


@pytest.mark.parametrize("case", GOLDEN["unreadable"], ids=lambda case: repr(case["written"]))
def test_unreadable_files(case: dict[str, Any], tmp_path: Path) -> None:
    assert told_of(case["written"], tmp_path) == case["says"]


def test_the_example_is_right(tmp_path: Path) -> None:
    assert told_of(EXAMPLE, tmp_path) == []


def test_deep_nesting_ends_before_the_stack_does(tmp_path: Path) -> None:
    assert told_of("[" * 100_000, tmp_path) == [
        "1:65: nested deeper than 64 levels; look for brackets that are never closed, and for aliases inside aliases"
    ]


def test_aliases_nest_as_deep_as_what_they_stand_for(tmp_path: Path) -> None:
    chain = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 1000))
    (line,) = told_of(chain, tmp_path)
    assert line.startswith("64:12: nested deeper than 64 levels; ")


def test_alias_bomb(tmp_path: Path) -> None:
    levels = [f"{key}: &{key} [{f'*{above}, ' * 9}]" for above, key in zip("abcdefghij", "bcdefghijk", strict=True)]
    assert told_of("\n".join(["a: &a [x]", *levels]), tmp_path) == [
        "7:32: the book has more than 1,000,000 entries; write fewer, or use fewer aliases inside aliases"
    ]


def test_no_book(tmp_path: Path) -> None:
    assert told(tmp_path / "none.yaml") == [
        "none.yaml: there is no book here; give its path with --book, or let one be proposed: kakeibo init LOGFILE"
    ]


def test_folder_without_a_book(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("teams: {}")
    (tmp_path / ".hidden.yaml").write_text("teams: {}")
    assert told(tmp_path) == [f"{tmp_path.name}: no YAML file in this folder; put the book there as kakeibo.yaml"]


def test_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "kakeibo.yaml").symlink_to(tmp_path / "gone.yaml")
    assert told(tmp_path) == [
        "kakeibo.yaml: cannot be read (No such file or directory); check the file and its permissions"
    ]


def test_path_that_cannot_be(tmp_path: Path) -> None:
    (line,) = told(tmp_path / ("x" * 1000))
    assert line.endswith(": cannot be read (File name too long); check the file and its permissions")


def test_log_given_in_place_of_a_book(tmp_path: Path) -> None:
    with (tmp_path / "book.yaml").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    assert told(tmp_path / "book.yaml") == [
        "book.yaml: larger than 32 MB: this is no book; give the path of the book with --book"
    ]


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    book = tmp_path / "book.yaml"
    book.write_bytes("a: b\nあ: ".encode() + b"\xff")
    assert told(book) == ["book.yaml:2:4: not a text file in UTF-8; save the file as UTF-8"]


def test_key_in_two_files(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("organisation: {name: A}\nteams: {player: {name: P}}")
    (tmp_path / "b.yaml").write_text("organisation: {language: ja}\nteams: {player: {name: Q}}")
    assert told(tmp_path) == [
        "b.yaml:1:1: 'organisation' is written in two files, first in a.yaml:1:1; keep one of the two",
        "b.yaml:2:9: 'player' is written in two files, first in a.yaml:2:9; keep one of the two",
    ]


def test_a_broken_file_is_told_alone_lest_references_to_it_seem_wrong(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("teams: {player: {name: P}")
    (tmp_path / "b.yaml").write_text("services: {learning: {team: player}}")
    assert [line.split(":")[0] for line in told(tmp_path)] == ["a.yaml"]


def test_an_entry_with_an_error_is_not_unknown_too(tmp_path: Path) -> None:
    text = "teams: {player: {nam: P}}\nservices: {learning: {team: player}}\n"
    assert told_of(text, tmp_path) == ["1:18: unknown key 'nam'; did you mean 'name'?"]


def test_a_list_with_an_error_is_not_unknown_too(tmp_path: Path) -> None:
    text = EXAMPLE.replace("[SYSTEM, TIMEOUT]", "[[SYSTEM], TIMEOUT]").replace(
        "'PlayVideo'", "'x' or a in system_codes"
    )
    assert [line.split(":")[0] for line in told_of(text, tmp_path)] == ["7"]


def test_the_same_error_by_two_aliases_is_told_once(tmp_path: Path) -> None:
    text = "teams: {a: &t {nam: P}, b: *t, c: *t}"
    assert told_of(text, tmp_path) == ["1:16: unknown key 'nam'; did you mean 'name'?"]


def test_nearest_of_many_names_shows_some() -> None:
    assert nearest("zzz", [f"team-{n:02}" for n in range(12)]) == "known are: " + ", ".join(
        [f"team-{n:02}" for n in range(10)] + ["..."]
    )


def test_no_nearest_of_very_many_names() -> None:
    assert nearest("team-1", [f"team-{n}" for n in range(2, 300)]).startswith("known are: ")


def sentences() -> set[str]:
    """Every sentence of this room: the literal arguments of t()."""
    found = set()
    for file in Path(str(definitions.__file__)).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "t":
                assert isinstance(node.args[0], ast.Constant), f"{file}:{node.lineno}"
                found.add(str(node.args[0].value))
    return found


def test_every_sentence_is_golden() -> None:
    shown = Path(__file__).read_text(encoding="utf-8") + "\n".join(
        line for cases in GOLDEN.values() for case in cases for line in case["says"]
    )
    silent = [text for text in sentences() if not re.search(re.sub(r"\\{\w+\\}", ".+", re.escape(text)), shown)]
    assert silent == []


def test_every_sentence_is_there_in_japanese() -> None:
    japanese = i18n.catalogue("ja")
    assert sorted(sentences() - japanese.keys()) == []
    for english in sentences():
        assert set(re.findall(r"{\w+}", english)) == set(re.findall(r"{\w+}", japanese[english])), english


def test_messages_in_japanese(tmp_path: Path) -> None:
    with i18n.speaking("ja"):
        assert told_of(EXAMPLE.replace("target: 99.9%", "target: 99.9"), tmp_path) == [
            "16:88: 99.9 は単位がないため、意味が決まりません; 99.9% と書いてください"
        ]
