"""The READMEs are true: their commands run, their book is a book, their links and pictures are there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kakeibo.app.check import read

ROOT = Path(__file__).parent.parent
READMES = [ROOT / "README.md", ROOT / "README.ja.md"]
PAGES = [*READMES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
LOG = "/var/log/nginx/access.log"
PICTURE_BYTES = 300_000

each_readme = pytest.mark.parametrize("page", READMES, ids=lambda page: page.name)


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text(page), re.DOTALL | re.MULTILINE)


def commands(page: Path) -> list[str]:
    """The commands of all shell blocks, without their comments."""
    lines = (line.split(" #")[0].strip() for block in blocks(page, "sh") for line in block.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def write_log(path: Path) -> None:
    """A day of a small site in nginx's combined format."""
    start = datetime.now(UTC) - timedelta(days=1)
    pages = ["/", "/about", "/articles/one", "/articles/two", "/search?q=x"]
    with path.open("w", encoding="utf-8") as file:
        for number in range(3_000):
            moment = (start + timedelta(seconds=20 * number)).strftime("%d/%b/%Y:%H:%M:%S +0000")
            status = 503 if number % 500 == 7 else 200
            request = f"GET {pages[number % len(pages)]} HTTP/1.1"
            file.write(f'192.0.2.{number % 200} - - [{moment}] "{request}" {status} 512 "-" "Mozilla/5.0"\n')


@each_readme
def test_every_command_runs(page: Path, tmp_path: Path) -> None:
    """One after the other, as a reader types them; what `make` does is tested by running make."""
    log = tmp_path / "log" / "access.log"
    log.parent.mkdir()
    write_log(log)
    script = "\n".join(line for line in commands(page) if not line.startswith("make ")).replace(LOG, str(log))
    (tmp_path / ".venv").symlink_to(Path(sys.executable).parents[1])
    lang = "ja" if page.name == "README.ja.md" else "en"
    ran = subprocess.run(
        ["bash", "-euc", script], cwd=tmp_path, env={**os.environ, "KAKEIBO_LANG": lang}, capture_output=True, text=True
    )
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
    assert "home/availability" in ran.stdout
    assert (tmp_path / "report.html").stat().st_size > 10_000
    assert str(log) in script


def test_both_readmes_show_the_same_commands() -> None:
    assert commands(READMES[0]) == commands(READMES[1])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", text(ROOT / "Makefile"), re.MULTILINE))
    named = {line.split()[1] for line in commands(page) if line.startswith("make ")}
    named |= set(re.findall(r"`(?:KAKEIBO_LANG=ja )?make ([a-z-]+)`", text(page)))
    assert named <= targets


def test_make_help_lists_every_target() -> None:
    makefile = text(ROOT / "Makefile")
    listed = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert [line.split()[1] for line in listed.splitlines()] == phony.split()


@each_readme
def test_the_book_is_a_book(page: Path, tmp_path: Path) -> None:
    (book,) = blocks(page, "yaml")
    assert len(book.splitlines()) <= 15
    (tmp_path / "kakeibo.yaml").write_text(book, encoding="utf-8")
    found, warnings = read(tmp_path / "kakeibo.yaml")
    assert len(found.journeys["play-video"].slos) == 2
    assert [warning.message for warning in warnings if "no file matches" not in warning.message] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", text(page))
    files = [target.split("#")[0] for target in targets if not target.startswith(("http", "#"))]
    assert [name for name in files if not (page.parent / name).exists()] == []


@each_readme
def test_the_picture_is_there_and_light(page: Path) -> None:
    (picture,) = re.findall(r"!\[[^]]+\]\((.*?)\)", text(page))
    data = (ROOT / picture).read_bytes()
    assert data.startswith(b"\x89PNG")
    assert len(data) < PICTURE_BYTES


def test_every_page_is_in_the_list_of_pages() -> None:
    index = text(ROOT / "docs" / "README.md") + text(ROOT / "docs" / "decisions" / "README.md")
    pages = [page.name for page in (ROOT / "docs").rglob("*.md") if page.name != "README.md"]
    assert [name for name in pages if f"{name})" not in index] == []
