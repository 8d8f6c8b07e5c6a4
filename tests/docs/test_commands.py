"""Every command and option is documented, in both languages, and nothing is documented that is not there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from kakeibo.app.cli.main import cli

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [DOCS / "commands.md", DOCS / "commands.ja.md"]
SHARED = {"--book", "--store", "--lang", "--json", "--help"}
CONTEXT = click.Context(cli)


def sections(page: Path) -> dict[str, str]:
    """The text about each command, and under "" what stands before the first."""
    first, *rest = re.split(r"^## kakeibo ", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {"": first, **{part.split("\n", 1)[0]: part for part in rest}}


def in_table(text: str) -> set[str]:
    """The options that head a row of a table."""
    return {option for row in re.findall(r"^\| (`--.*?) \|", text, re.MULTILINE) for option in options_in(row)}


def options_in(text: str) -> set[str]:
    return set(re.findall(r"--[a-z][a-z-]*", text))


def options_of(name: str) -> set[str]:
    command = cli.get_command(CONTEXT, name)
    assert command is not None
    verbs = command.commands.values() if isinstance(command, click.Group) else ()
    params = (param for one in (command, *verbs) for param in one.get_params(CONTEXT))
    return {word for param in params for word in param.opts if word.startswith("--")}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_has_its_section(page: Path) -> None:
    assert sorted(sections(page)) == sorted(["", *cli.list_commands(CONTEXT)])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_options_that_commands_share_are_explained_once(page: Path) -> None:
    assert in_table(sections(page)[""]) == SHARED


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
@pytest.mark.parametrize("name", cli.list_commands(CONTEXT))
def test_every_option_is_explained_and_exists(page: Path, name: str) -> None:
    section = sections(page)[name]
    assert in_table(section) == options_of(name) - SHARED
    assert options_in(section) <= options_of(name) | SHARED


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_page_says_which_commands_lack_a_shared_option(page: Path) -> None:
    lacking = {name for name in cli.list_commands(CONTEXT) if not options_of(name) >= SHARED}
    assert lacking == {"chat", "export", "import", "init", "notify", "schema", "serve", "simulate", "user", "work"}
    assert all(f"`{name}`" in sections(page)[""] for name in lacking)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_example_is_understood(page: Path) -> None:
    """click takes its words apart without a complaint."""
    shown = set()
    for block in re.findall(r"^```sh\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE):
        for line in block.splitlines():
            program, name, *arguments = shlex.split(line.split(" > ")[0])
            command = cli.get_command(CONTEXT, name)
            assert program == "kakeibo"
            assert command is not None
            shown.add(name)
            if isinstance(command, click.Group) and arguments and not arguments[0].startswith("-"):
                verb, *arguments = arguments
                name, command = verb, command.commands[verb]
            command.make_context(name, arguments)
    assert shown == set(cli.list_commands(CONTEXT))
