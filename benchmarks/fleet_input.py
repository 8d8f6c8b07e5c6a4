"""What it costs to receive a fleet's messages and to judge them: from files, by HTTP, from a broker; and how soon a
silent device is out."""

from __future__ import annotations

import shutil
from pathlib import Path
from statistics import median

from benchmarks.counting import Outcome
from benchmarks.measuring import PYTHON, run
from benchmarks.scenes import Scene
from benchmarks.tables import Finding

_HERE = Path(__file__).parent
_SECONDS = 20


def fleet_input(scene: Scene, lines: int, runs: int) -> Outcome:
    """A million devices with a heartbeat a minute; a hundred thousand where it is to be quick."""
    devices = 100_000 if lines < 1_000_000 else 1_000_000
    ways = ["files", "http", "detection"]
    if shutil.which("mosquitto") or Path("/usr/sbin/mosquitto").exists():
        ways.append("mqtt")
    else:
        print("there is no Mosquitto here: left out", flush=True)
    said: dict[str, dict[str, float]] = {}
    for way in ways:
        command = [PYTHON, str(_HERE / "fleet_input_task.py"), way, str(devices), str(_SECONDS)]
        found = [run(command, scene.folder).said for _ in range(runs)]
        said[way] = {name: median(one[name] for one in found) for name in found[0]}
    return [], list(_findings(said, devices))


def _findings(said: dict[str, dict[str, float]], devices: int) -> list[Finding]:
    what = f"fleet input: {devices:,} devices, {devices // 60:,} messages/s"
    found = []
    for way, words in (("files", "from files"), ("http", "by HTTP")):
        found += [
            Finding(f"{what} {words}, received and judged", said[way]["share"], "% of a core"),
            Finding(f"{what} {words}, a message", said[way]["message"], "us CPU"),
            Finding(f"{what} {words}, memory", said[way]["memory"], "MB"),
        ]
    late = said["detection"]
    found += [
        Finding(f"{what}, a silent device is out after its deadline, at most", late["latest"], "ms", 1000.0),
        Finding(f"{what}, looking every 0.25 s while nothing comes", late["share"], "% of a core"),
    ]
    for key, words in (
        ("bare", "a bare paho client that keeps nothing"),
        ("ours", "kept and judged"),
    ):
        if "mqtt" in said:
            found.append(Finding(f"fleet input: MQTT, {words}", said["mqtt"][key], "messages/s"))
            found.append(Finding(f"fleet input: MQTT, {words}, a message", said["mqtt"][f"{key}_cpu"], "us CPU"))
    return found
