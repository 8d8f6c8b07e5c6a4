"""CPU time and peak memory of commands, each run in a process of its own.

Times differ from run to run on a machine that others use too. So commands that are to be compared take turns (A B A B),
and the median of the runs counts: the ratio within one table holds, the seconds are only those of one machine.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

PYTHON = sys.executable


@dataclass(frozen=True, slots=True)
class Measured:
    """CPU seconds (median of the runs), peak memory in MB (the highest), and what the last run said as JSON."""

    cpu: float
    peak: float
    said: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    cpu: float
    peak: float
    said: dict[str, Any]


def take_turns(commands: Mapping[str, Sequence[str]], folder: Path, runs: int) -> dict[str, Measured]:
    """Measure each command `runs` times, in turns. `{run}` in an argument becomes a number that never comes twice."""
    done: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            done[name].append(run(command, folder))
    return {name: _summed_up(of_one) for name, of_one in done.items()}


def _summed_up(runs: list[Run]) -> Measured:
    said = dict(runs[-1].said)
    if "cpu" in said:  # what the process itself measured of a part of its work
        said["cpu"] = median(run.said["cpu"] for run in runs)
    return Measured(median(run.cpu for run in runs), max(run.peak for run in runs), said)


_numbers = iter(range(sys.maxsize))


def run(command: Sequence[str], folder: Path) -> Run:
    """One run in `folder`. Raises RuntimeError with what the command said when it fails.

    This process stays small on purpose: until a child has started its program, our own memory counts as its peak.
    """
    number = str(next(_numbers))
    arguments = [part.replace("{run}", number) for part in command]
    process = subprocess.Popen(arguments, cwd=folder, env=environment(folder), stdout=subprocess.PIPE)
    assert process.stdout is not None
    output = process.stdout.read()
    process.stdout.close()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(arguments)}: exit code {process.returncode}\n{output.decode()}")
    return Run(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, _json(output))


def environment(folder: Path) -> dict[str, str]:
    """Our own, with compiled Python kept as on a user's machine, but not among the sources."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    root = Path(__file__).parent.parent
    return kept | {
        "PYTHONPATH": f"{root / 'src'}{os.pathsep}{root}",
        "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
        "KAKEIBO_LANG": "en",
    }


def _json(output: bytes) -> dict[str, Any]:
    try:
        found = json.loads(output.strip().rsplit(b"\n", 1)[-1] or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
