"""Help pages and messages about wrong usage: cheap to show, and in the reader's language."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from kakeibo import i18n
from kakeibo.app.cli.help import OF_CLICK, Formatter
from kakeibo.app.cli.main import cli, main

HEAVY = {"alembic", "duckdb", "jinja2", "msgspec", "numpy", "rich", "sqlalchemy", "sqlglot", "yaml", "zstandard"}
COMMANDS = sorted(cli.list_commands(click.Context(cli)))


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """`main` chooses a language for its whole process; a test process has more to do."""
    with i18n.speaking("en"):
        yield


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run a command: (exit code, what it printed, what it complained about)."""
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    out, err = capsys.readouterr()
    assert isinstance(left.value.code, int)
    return left.value.code, out, err


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    script = (
        "import sys\n"
        "from kakeibo.app.cli.main import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "finally:\n    print(*sys.modules, file=sys.stderr)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True, env={"LANG": "C.UTF-8"}
    )
    assert {name.split(".")[0] for name in ran.stderr.split()} & (HEAVY | {"babel"}) == set()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_in_both_languages(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, english, _ = said(capsys, command, "--help", "--lang=en")
    assert code == 0
    assert english.startswith(f"Usage: kakeibo {command} ")
    code, japanese, _ = said(capsys, command, "--help", "--lang=ja")
    assert code == 0
    assert japanese.startswith(f"使い方: kakeibo {command} ")
    assert "オプション:" in japanese
    for sentence in (*OF_CLICK, "Print JSON", "The book", "default:"):
        assert sentence not in japanese


def test_lines_fit_the_terminal_by_cells(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from rich.cells import cell_len

    monkeypatch.setenv("COLUMNS", "60")
    _, japanese, _ = said(capsys, "ingest", "--help", "--lang=ja")
    assert max(cell_len(line) for line in japanese.splitlines()) <= 60


def test_paragraphs_stay_apart() -> None:
    formatter = Formatter(width=40)
    formatter.write_text("One line,\nwrapped in the source.\n\nAnother.")
    assert formatter.getvalue() == "One line, wrapped in the source.\n\nAnother.\n"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["ingest", "--folow"], "error: there is no option --folow: did you mean --follow"),
        (["simulate", "learning-video"], "error: '--out' is missing"),
        (["audit", "--lines", "many"], "error: '--lines' is not right: 'many' is not a valid integer range."),
        (["reprot"], "error: there is no command reprot: did you mean report?"),
        (["--lang=ja", "schema"], "エラー: --lang というオプションはありません"),
        (["simulate", "learning-video", "--lang=ja"], "エラー: '--out' が指定されていません"),
    ],
)
def test_wrong_usage_is_one_message(arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, *arguments)
    assert (code, out) == (2, "")
    usage, message, more = err.splitlines()
    assert usage.split()[0] in ("Usage:", "使い方:")
    assert message.startswith(complaint)
    assert "--help" in more
