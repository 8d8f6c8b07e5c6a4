"""What a long timeline costs: 100,000 entries of one incident, among 500 others."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from benchmarks.counting import Outcome
from benchmarks.measuring import PYTHON, run
from benchmarks.scenes import Scene
from benchmarks.tables import Finding

_HERE = Path(__file__).parent


def incidents(scene: Scene, lines: int, runs: int) -> Outcome:
    """A hundred thousand entries; ten thousand where it is to be quick."""
    entries = 10_000 if lines < 1_000_000 else 100_000
    command = [PYTHON, str(_HERE / "incidents_task.py"), str(entries)]
    found = [run(command, scene.folder).said for _ in range(runs)]
    took = {name: median(one[name] for one in found) for name in found[0]}
    what = f"incidents: a timeline of {entries:,} entries"
    return [], [
        Finding(f"{what}, an entry written", took["write"], "ms CPU", 10.0),
        Finding(f"{what}, the newest 200 read", took["newest"], "ms CPU", 50.0),
        Finding(f"{what}, 200 from its middle", took["middle"], "ms CPU", 50.0),
        Finding(f"{what}, all of it", took["whole"], "s CPU"),
        Finding("incidents: 500 of them listed", took["list"], "ms CPU", 100.0),
    ]
