"""What is shipped: the wheel holds all it needs, dependencies are those that are used, the lock file is whole."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "kakeibo"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
UNSEEN = {
    "python-multipart",  # FastAPI reads forms with it
    "tzdata",  # zoneinfo looks there when the system has no zones
    "psycopg",  # SQLAlchemy imports it by the name in the store's address
}


def run(*command: str | Path, cwd: Path, **variables: str) -> str:
    """What a command prints; its complaints when it fails."""
    ran = subprocess.run(command, cwd=cwd, env={**os.environ, **variables}, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def short_demo(kakeibo: tuple[str | Path, ...], folder: Path, **variables: str) -> None:
    """The main job with an installed package, far from the sources."""
    assert "ingest" in run(*kakeibo, "--help", cwd=folder, **variables)
    run(*kakeibo, "simulate", "learning-video", "--days", "2", "--scale", "0.05", "--out", ".", cwd=folder, **variables)
    run(*kakeibo, "ingest", cwd=folder, **variables)
    run(*kakeibo, "report", "--at", "latest", "--lang", "ja", "--html", "report.html", cwd=folder, **variables)
    assert "動画を再生できる" in (folder / "report.html").read_text(encoding="utf-8")
    assert run(*kakeibo, "schema", cwd=folder, **variables).startswith("{")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built with the tools that are installed: nothing is fetched."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    tracked = run("git", "ls-files", "src/kakeibo", cwd=ROOT).split()
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert {name.removeprefix("src/") for name in tracked} - held == set()
    for suffix in (".po", ".jinja", ".css", ".schema.json", ".yaml", "migrations/env.py", "py.typed"):
        assert any(name.endswith(suffix) for name in held), suffix


def test_the_wheel_works_by_itself(wheel: Path, tmp_path: Path) -> None:
    site, folder = tmp_path / "site", tmp_path / "book"
    folder.mkdir()
    zipfile.ZipFile(wheel).extractall(site)
    where = run(sys.executable, "-c", "import kakeibo; print(kakeibo.__file__)", cwd=folder, PYTHONPATH=str(site))
    assert Path(where.strip()).is_relative_to(site)
    short_demo((sys.executable, "-m", "kakeibo"), folder, PYTHONPATH=str(site))


@pytest.mark.long
def test_the_wheel_installs_into_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    python, folder = tmp_path / "venv" / "bin" / "python", tmp_path / "book"
    folder.mkdir()
    run(sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv", cwd=tmp_path)
    install = (
        ROOT / "scripts" / "uv",
        "pip",
        "install",
        "--python",
        python,
        "--constraints",
        ROOT / "requirements.lock",
    )
    run(*install, wheel, cwd=tmp_path)
    short_demo((python.parent / "kakeibo",), folder, PYTHONPATH="")


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0].lower() for requirement in requirements}


def imported() -> Iterator[str]:
    """The top-level modules that the package imports."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.split(".")[0]


def test_dependencies_are_those_that_are_imported() -> None:
    others = set(imported()) - set(sys.stdlib_module_names) - {"kakeibo"}
    distributions = packages_distributions()
    used = {distributions[module][0].lower().replace("_", "-") for module in others}
    optional = names([one for extra in PROJECT["project"]["optional-dependencies"].values() for one in extra])
    assert used | UNSEEN == names(PROJECT["project"]["dependencies"]) | optional


def test_the_lock_names_every_dependency_with_hashes() -> None:
    entries = re.split(r"^(?=[a-z0-9])", LOCK, flags=re.MULTILINE)[1:]
    locked = {entry.split("==")[0] for entry in entries}
    asked = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]]
    assert names(asked) - locked == set()
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_no_address_of_an_index_is_written_down() -> None:
    """Where packages come from is the user's setting."""
    for name in ("requirements.lock", "pyproject.toml", "Makefile", "scripts/setup", "scripts/uv"):
        assert re.findall(r"(?:https?|file)://", (ROOT / name).read_text(encoding="utf-8")) == [], name


def test_setting_up_without_a_fitting_python_says_what_to_do() -> None:
    ran = subprocess.run(
        [ROOT / "scripts" / "setup"], env={**os.environ, "PYTHON": "no-such-python"}, capture_output=True, text=True
    )
    assert ran.returncode == 1
    assert "no Python 3.11 or newer among: no-such-python" in ran.stderr
    assert "apt-get install python3" in ran.stderr


def test_shell_scripts_are_well_formed() -> None:
    for script in [*(ROOT / "scripts").iterdir(), ROOT / ".ci" / "run"]:
        assert os.access(script, os.X_OK), script
        shell = script.read_text(encoding="utf-8").splitlines()[0].split("/")[-1].split()[-1]
        subprocess.run([shell, "-n", script], check=True)
