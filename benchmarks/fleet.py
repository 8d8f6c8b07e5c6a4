"""What a fleet costs: a heartbeat a minute from every device, judged second by second in one process."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from benchmarks.counting import Outcome
from benchmarks.measuring import PYTHON, run
from benchmarks.scenes import Scene
from benchmarks.tables import Finding

_HERE = Path(__file__).parent


def fleet(scene: Scene, lines: int, runs: int) -> Outcome:
    """A million devices; a hundred thousand where it is to be quick."""
    devices = 100_000 if lines < 1_000_000 else 1_000_000
    command = [PYTHON, str(_HERE / "fleet_task.py"), str(devices), "30"]
    found = [run(command, scene.folder).said for _ in range(runs)]
    took = {name: median(one[name] for one in found) for name in found[0]}
    what = f"fleet: {devices:,} devices, {devices // 60:,} messages/s"
    return [], [
        Finding(f"{what}, judged", took["share"], "% of a core"),
        Finding(f"{what}, judged and stored each second", took["stored"], "% of a core"),
        Finding(f"{what}, a message", took["message"], "us CPU"),
        Finding(f"{what}, the longest second", took["longest"], "ms", 1000.0),
        Finding(f"{what}, a second in which nothing comes", took["scan"], "ms CPU"),
        Finding(f"{what}, memory", took["memory"], "MB"),
        Finding(f"{what}, going on after a restart", took["loading"], "s CPU"),
    ]
