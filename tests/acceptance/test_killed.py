"""Workers killed at random: everything that is told without kills is told with them, and nothing else."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from subprocess import PIPE, Popen

import pytest
from tests.acceptance.site import Burn, Script, Site

HERE = Path(__file__).parents[2]


def day(until: int) -> Script:
    """Burns and pauses all day long."""
    burns = [
        Burn(start, start + 8, 0.9, operation) for start in range(20, until - 60, 70) for operation in ("Play", "Buy")
    ]
    return Script(burns, silences=[(start, start + 25) for start in range(75, until - 60, 210)], per_minute=8)


def go(folder: Path, until: int, kills: int) -> tuple[Site, Popen[str]]:
    """A site, and the process that works through its day."""
    folder.mkdir()
    site = Site.at(folder, day(until))
    site.write(until)
    address = f"sqlite:///{folder}/kakeibo.db"
    command = [sys.executable, "-m", "tests.acceptance.killed", str(folder), address, str(until), str(kills), "1"]
    return site, Popen(command, cwd=HERE, stderr=PIPE, text=True, env={**os.environ, "TZ": "UTC"})


def outcome(site: Site) -> tuple[set[tuple[int, str, str, str]], list[tuple[str, str, int, str]]]:
    """What was told, without duplicates, and the flips."""
    return set(site.told()), [(flip.alert.subject, flip.alert.severity, flip.at, flip.after) for flip in site.flips()]


def check(folder: Path, until: int, kills: int) -> None:
    days = [go(folder / name, until, number) for name, number in (("undisturbed", 0), ("killed", kills))]
    errors = [process.communicate()[1] for _, process in days]  # side by side, which takes half the time
    assert [process.returncode for _, process in days] == [0, 0], errors
    (undisturbed, _), (killed, _) = days
    told, flips = outcome(undisturbed)
    assert {kind for _, kind, _, _ in told} == {"firing", "resolved", "no_data"}
    assert outcome(killed) == (told, flips)


def test_a_dozen_kills(tmp_path: Path) -> None:
    check(tmp_path, 420, 12)


@pytest.mark.long
def test_two_hundred_kills_across_a_day(tmp_path: Path) -> None:
    check(tmp_path, 1440 * 3, 200)
