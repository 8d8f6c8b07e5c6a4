"""What else a user waits for: start-up, `init` on a big log, the demo, the ledger by itself."""

from __future__ import annotations

import subprocess
from pathlib import Path

from benchmarks.counting import Outcome
from benchmarks.measuring import PYTHON, environment, take_turns
from benchmarks.scenes import Scene
from benchmarks.tables import Finding, Row

_KAKEIBO = [PYTHON, "-m", "kakeibo"]


def start_up(scene: Scene, lines: int, runs: int) -> Outcome:
    del lines
    measured = take_turns({"help": [*_KAKEIBO, "--help"]}, scene.folder, max(runs, 3))["help"]
    return [], [Finding("kakeibo --help", measured.cpu, "s CPU", 0.3)]


def init(scene: Scene, lines: int, runs: int) -> Outcome:
    """Only where the command exists."""
    del runs
    import kakeibo.app.cli

    if not (Path(kakeibo.app.cli.__file__).parent / "init.py").exists():
        print("there is no `kakeibo init` yet: left out", flush=True)
        return [], []
    log = scene.log(lines)
    command = [*_KAKEIBO, "init", "--stdout", str(log)]
    measured = take_turns({"init": command}, scene.folder, 1)["init"]
    row = Row("kakeibo init, nginx JSON", lines, measured.cpu, log.stat().st_size, measured.peak)
    return [row], [Finding(f"kakeibo init, {lines:,} lines", measured.cpu * 1_000_000 / lines, "s CPU a million", 15)]


def demo(scene: Scene, lines: int, runs: int) -> Outcome:
    """The simulated site: two months of few lines a minute, so that nearly every line is a group of its own."""
    del lines
    folder = scene.folder / "demo"
    environ = environment(scene.folder)
    command = [*_KAKEIBO, "simulate", "learning-video", "--seed", "1", "--out", str(folder)]
    subprocess.run(command, env=environ, check=True, stdout=subprocess.DEVNULL)
    store = f"sqlite:///{folder}/store-{{run}}.db"
    ingest = [*_KAKEIBO, "ingest", "--json", "--book", str(folder / "kakeibo.yaml"), "--store", store]
    measured = take_turns({"demo": ingest}, scene.folder, runs)["demo"]
    counted = sum(source["lines"] for source in measured.said["sources"])
    size = sum(source["bytes"] for source in measured.said["sources"])
    return [Row("kakeibo ingest, the demo (two months)", counted, measured.cpu, size, measured.peak)], []


def ledger(scene: Scene, lines: int, runs: int) -> Outcome:
    """The ledger's own script, whose lines are "what   number unit CPU ...", joined to the table."""
    del lines, runs
    script = Path(__file__).parent / "ledger.py"
    if not script.exists():
        print("benchmarks/ledger.py is not there: left out", flush=True)
        return [], []
    output = subprocess.run([PYTHON, script], env=environment(scene.folder), check=True, stdout=subprocess.PIPE).stdout
    findings = []
    for line in output.decode().splitlines():
        what, number, unit = line[:50].strip(), *line[50:].split()[:2]
        findings.append(Finding(f"ledger: {what}", float(number), unit + " CPU" * ("CPU" in line)))
    return [], findings
