"""Workers killed at random: everything that is told without kills is told with them, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.acceptance.site import Burn, Script, Site

HERE = Path(__file__).parents[2]


def day(until: int) -> Script:
    """Burns and pauses all day long."""
    burns = [
        Burn(start, start + 8, 0.9, operation) for start in range(20, until - 60, 70) for operation in ("Play", "Buy")
    ]
    return Script(burns, silences=[(start, start + 25) for start in range(75, until - 60, 210)], per_minute=8)


def go(folder: Path, until: int, kills: int, seed: int = 1, url: str = "") -> Site:
    folder.mkdir()
    site = Site.at(folder, day(until), url or None)
    site.write(until)
    address = url or f"sqlite:///{folder}/kakeibo.db"
    command = [sys.executable, "-m", "tests.acceptance.killed", str(folder), address, str(until), str(kills), str(seed)]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, env={**os.environ, "TZ": "UTC"})
    assert done.returncode == 0, done.stderr
    return site


def outcome(site: Site) -> tuple[set[tuple[int, str, str, str]], list[tuple[str, str, int, str]]]:
    """What was told, without duplicates, and the flips."""
    return set(site.told()), [(flip.alert.subject, flip.alert.severity, flip.at, flip.after) for flip in site.flips()]


def check(folder: Path, until: int, kills: int) -> None:
    undisturbed, killed = go(folder / "undisturbed", until, 0), go(folder / "killed", until, kills)
    told, flips = outcome(undisturbed)
    assert {kind for _, kind, _, _ in told} == {"firing", "resolved", "no_data"}
    assert outcome(killed) == (told, flips)


def test_a_dozen_kills(tmp_path: Path) -> None:
    check(tmp_path, 420, 12)


@pytest.mark.long
def test_two_hundred_kills_across_a_day(tmp_path: Path) -> None:
    check(tmp_path, 1440 * 3, 200)
