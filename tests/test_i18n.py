"""Every sentence a person reads exists in Japanese, with the same placeholders, and none is left over."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
from babel.messages.extract import extract

import kakeibo
from kakeibo.app.cli.help import paragraphs
from kakeibo.app.cli.main import cli
from kakeibo.i18n import catalogue, language, speaking, t

PACKAGE = Path(kakeibo.__file__).parent


def sentences() -> Iterator[str]:
    """What the package says: in code, in templates, on help pages."""
    for path in sorted(PACKAGE.rglob("*.py")):
        yield from code_sentences(path.read_text(encoding="utf-8"))
    for path in sorted(PACKAGE.rglob("*.jinja")):
        with path.open("rb") as file:
            for _, message, _, _ in extract("jinja2.ext:babel_extract", file, keywords={"t": None}):
                assert isinstance(message, str), f"{path}: t takes one sentence"
                yield message
    yield from help_sentences(cli)


def code_sentences(code: str) -> Iterator[str]:
    """The constants given to `t` and `marked`, also within f-strings (where Babel's extractor sees them or not,
    depending on the version of Python)."""
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Call(func=ast.Name(id="t" | "marked"), args=[ast.Constant(value=str(sentence)), *_]):
                yield sentence


def help_sentences(command: click.Command) -> Iterator[str]:
    """What the help pages of a command and of those below it say."""
    yield from paragraphs(command.help or "")
    yield from (option.help for option in command.params if isinstance(option, click.Option) and option.help)
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from help_sentences(found)


def placeholders(sentence: str) -> set[str]:
    return set(re.findall(r"{(\w*)", sentence))


def test_every_sentence_is_translated() -> None:
    assert sorted(set(sentences()) - set(catalogue("ja"))) == []


def test_no_translation_is_left_over() -> None:
    assert sorted(set(catalogue("ja")) - set(sentences())) == []


def test_translations_keep_their_placeholders() -> None:
    assert [
        sentence for sentence, words in catalogue("ja").items() if placeholders(sentence) != placeholders(words)
    ] == []


def test_a_sentence_stands_once_in_the_catalogue() -> None:
    text = (PACKAGE / "locale" / "ja.po").read_text(encoding="utf-8")
    entries = re.findall(r"^msgid (.+?)^msgstr", text, re.MULTILINE | re.DOTALL)
    assert len(entries) == len(set(entries))


def test_speaking_changes_the_language_and_changes_it_back() -> None:
    before = language()
    with speaking("ja"):
        assert t("healthy") == "順調"
        assert t("{n} days", n=3) == "3日"
    assert language() == before
    assert t("{n} days", n=3) == "3 days"


def test_sentences_are_found_wherever_they_stand() -> None:
    code = 'f"{t(\'one\')} {x}"; t("two " "three", n=4); marked("five"); t(word); other("six")'
    assert sorted(code_sentences(code)) == ["five", "one", "two three"]
