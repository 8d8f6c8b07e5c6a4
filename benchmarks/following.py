"""What small batches cost, and how soon a line is counted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from itertools import islice
from pathlib import Path
from statistics import median

from benchmarks.counting import Outcome
from benchmarks.measuring import environment, run
from benchmarks.scenes import Scene, ingest, task
from benchmarks.tables import Finding

_TICK = 0.05


def flushes(scene: Scene, lines: int, runs: int) -> Outcome:
    """CPU of one pass of `--follow`, posting included."""
    del runs
    findings = []
    log = scene.log(max(lines, 1_000_000))
    for form, path in (("json", log), ("combined", scene.log(max(lines, 1_000_000), "combined"))):
        book, took = scene.book(20, path), {}
        for batch, times in ((0, 100), (1, 100), (100, 100), (1_000, 50), (20_000, 20)):
            took[batch] = median(run(task("flushes", book, batch, times), scene.folder).said["ms"])
            limit = 3 if batch in (0, 1) else None
            findings.append(Finding(f"a pass over {batch:,} new lines, {form}", took[batch], "ms CPU", limit))
        line = (took[20_000] - took[1]) / 20_000
        findings.append(Finding(f"each further line, {form}", line * 1e3, "us CPU"))
        second = (1_000 - took[1]) / line / 1e6
        findings.append(Finding(f"lines a second on one core, a pass a second, {form}", second, "M", 0.7, least=True))
    return [], findings


def follow(scene: Scene, lines: int, runs: int) -> Outcome:
    """`ingest --follow` beside a writer of 20,000 lines a second."""
    del runs
    rate, seconds = 20_000, 10 if lines >= 1_000_000 else 3
    log = scene.log(max(lines, 1_000_000))
    growing = scene.folder / "json-growing.log"
    growing.touch()
    command = [*ingest(scene.book(20, growing)), "--follow"]
    command = [part.replace("{run}", "follow") for part in command]
    process = subprocess.Popen(command, cwd=scene.folder, env=environment(scene.folder), stdout=subprocess.PIPE)
    try:
        counted: list[tuple[float, int]] = []
        listener = threading.Thread(target=_listen, args=(process, counted))
        listener.start()
        time.sleep(2)  # started up
        before = cpu_of(process.pid)
        began = time.monotonic()
        written = _write(log, growing, rate, seconds)
        time.sleep(2)  # the last pass
        took, share = time.monotonic() - began, cpu_of(process.pid) - before
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
    listener.join()
    if sum(lines for _, lines in counted) != rate * seconds:
        raise RuntimeError(f"--follow counted {sum(lines for _, lines in counted)} of {rate * seconds} lines")
    delays = _delays(written, counted)
    what = "--follow at 20,000 lines/s"
    return [], [
        Finding(f"{what}: share of a core", share / took, "", 0.1),
        Finding(f"{what}: from line to count, the longest", max(delays), "s", 2),
        Finding(f"{what}: from line to count, median", median(delays), "s"),
    ]


def _write(log: Path, growing: Path, rate: int, seconds: int) -> list[tuple[float, int]]:
    """Write on, a twentieth of a second's lines at a time. Returns (moment, lines written in all)."""
    written: list[tuple[float, int]] = []
    batch = int(rate * _TICK)
    with log.open("rb") as source, growing.open("ab", buffering=0) as file:
        due = time.monotonic()
        for number in range(int(seconds / _TICK)):
            file.write(b"".join(islice(source, batch)))
            written.append((time.monotonic(), (number + 1) * batch))
            due += _TICK
            time.sleep(max(due - time.monotonic(), 0))
    return written


def _listen(process: subprocess.Popen[bytes], counted: list[tuple[float, int]]) -> None:
    """Note when --follow says that it has counted, which is after the posting."""
    assert process.stdout is not None
    for line in process.stdout:
        counted.append((time.monotonic(), json.loads(line)["lines"]))


def _delays(written: list[tuple[float, int]], counted: list[tuple[float, int]]) -> list[float]:
    """For each batch written, how long until it was counted."""
    delays, total, waiting = [], 0, list(written)
    for moment, lines in counted:
        total += lines
        while waiting and waiting[0][1] <= total:
            delays.append(moment - waiting.pop(0)[0])
    return delays


def cpu_of(pid: int) -> float:
    """CPU seconds that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
