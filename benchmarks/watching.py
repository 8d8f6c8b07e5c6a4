"""What a minute of many budgets costs: ours, slo-generator's computing alone, Prometheus with our rules."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

from benchmarks.counting import Outcome
from benchmarks.following import cpu_of
from benchmarks.measuring import PYTHON, environment, run
from benchmarks.scenes import Scene
from benchmarks.tables import Finding

STEPS = 9
"""Windows of an SLO: long and short of four rules, and the budget's."""

_HERE = Path(__file__).parent
_SLOS_OF_PROMETHEUS = 1_000
_ROUND = 20  # seconds
_ROUNDS = 4


def watching(scene: Scene, lines: int, runs: int) -> Outcome:
    """10,000 SLOs; then how it grows with SLOs, days and slices; then the peers."""
    quick = lines < 1_000_000
    most = 2_000 if quick else 10_000
    findings = []
    scales = [(most, 28, 0), (most, 7, 0), (most // 10, 28, 0), (most // 10, 7, 0), (100, 28, 100)]
    for slos, days, sliced in scales:
        command = [PYTHON, str(_HERE / "evaluating.py"), str(slos), str(days), str(sliced)]
        found = [run(command, scene.folder).said for _ in range(runs)]
        took = {name: median(one[name] for one in found) for name in found[0]}
        what = f"{slos:,} SLOs{' in slices of 5 minutes' if sliced else ''}, {days} days"
        limits = (5.0, 0.3) if slos == most and days == 28 else (None, None)
        findings += [
            Finding(f"watch: {what}, from a cold start", took["cold"], "s CPU", limits[0]),
            Finding(f"watch: {what}, each further minute", took["minute"], "s CPU", limits[1]),
            Finding(f"watch: {what}, a minute with an event of two hours ago", took["late"], "s CPU"),
        ]
        if slos == most and days == 28:
            ours = took["minute"] / slos
            findings.append(Finding(f"watch: {what}, peak memory", took["peak"], "MB"))
            findings.append(Finding("watch: room in the store, an SLO-minute", took["bytes"], "bytes"))
    return [], [*findings, *_slo_generator(scene, ours, runs), *_prometheus(scene, ours)]


# -- slo-generator --------------------------------------------------------------------------------------------------


def _slo_generator(scene: Scene, ours: float, runs: int) -> list[Finding]:
    """Its computing alone: a backend of its own kind hands it finished counts. `ours`: CPU s an SLO and minute."""
    python = _installed("slo-generator")
    if python is None:
        print("slo-generator cannot be installed here: left out", flush=True)
        return []
    command = [str(python), str(_HERE / "slo_generator_task.py"), "500", str(STEPS)]
    cpu = median(run(command, scene.folder).said["cpu"] for _ in range(runs))
    return [
        Finding("slo-generator: an SLO and window, counts given", cpu * 1e3, "ms CPU"),
        Finding(f"slo-generator: to ours, {STEPS} windows, ours with reading", cpu * STEPS / ours, "x"),
    ]


def _installed(package: str) -> Path | None:
    """The Python of an environment of its own with this package, kept in the user's cache; None when that fails."""
    folder = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "kakeibo-bench" / package
    python = folder / "bin" / "python"
    if python.exists():
        return python
    uv = str(Path(sys.executable).with_name("uv"))
    offline = os.environ | {"UV_PYTHON_DOWNLOADS": "never"}
    for command in ([uv, "venv", "-q", str(folder)], [uv, "pip", "install", "-q", "--python", str(python), package]):
        done = subprocess.run(command, env=offline, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if done.returncode:
            shutil.rmtree(folder, ignore_errors=True)
            return None
    return python


# -- Prometheus -----------------------------------------------------------------------------------------------------


def _prometheus(scene: Scene, ours: float) -> list[Finding]:
    """A real one, evaluating what `kakeibo export prometheus` writes. Its history is of three hours only, as loading
    more takes long: that is to its advantage."""
    if shutil.which("prometheus") is None:
        print("there is no prometheus (Debian: apt-get install prometheus): left out", flush=True)
        return []
    folder = scene.folder / "prometheus"
    folder.mkdir(exist_ok=True)
    _write_rules(folder)
    _backfill(folder)
    with _counters() as target, _server(folder, target) as process:
        time.sleep(2 * _ROUND)
        before = cpu_of(process.pid)
        time.sleep(_ROUNDS * _ROUND)
        cpu = (cpu_of(process.pid) - before) / _ROUNDS
    return [
        Finding(f"Prometheus: a round of the exported rules, {_SLOS_OF_PROMETHEUS:,} SLOs", cpu, "s CPU"),
        Finding("Prometheus: to ours, an SLO and minute", cpu / _SLOS_OF_PROMETHEUS / ours, "x"),
    ]


def _names() -> list[str]:
    return [f"journey-{number // 2}/{number % 2}" for number in range(_SLOS_OF_PROMETHEUS)]


def _write_rules(folder: Path) -> None:
    """The rules of a round every minute and of budgets every five, at the pace of the benchmark."""
    lines = ["sources: {web: {type: ndjson, path: '*.json'}}", "journeys:"]
    for number in range(_SLOS_OF_PROMETHEUS // 2):
        slos = "'0': {good: status < 500, target: 99.9%}, '1': {good: status < 400, target: 99%}"
        lines.append(f"  journey-{number}: {{title: Journey {number}, source: web, slos: {{{slos}}}}}")
    (folder / "kakeibo.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    export = [PYTHON, "-m", "kakeibo", "export", "prometheus", "--out", "rules"]
    subprocess.run(export, cwd=folder, env=environment(folder), check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)  # fmt: skip
    rules = folder / "rules" / "kakeibo.rules.yaml"
    text = rules.read_text(encoding="utf-8").replace("interval: 1m\n", f"interval: {_ROUND}s\n")
    rules.write_text(text.replace("interval: 5m\n", f"interval: {5 * _ROUND}s\n"), encoding="utf-8")


def _backfill(folder: Path) -> None:
    """What the rules would have recorded in the last three hours."""
    end = int(time.time()) // 60 * 60
    with (folder / "history.txt").open("w", encoding="utf-8") as file:
        for metric, value in (("valid", 1000), ("bad", 1)):
            series = f"slo:kakeibo_events_{metric}:increase1m"
            file.write(f"# TYPE {series} gauge\n")
            for name in _names():
                labels = f'{series}{{slo="{name}",journey="{name.split("/")[0]}"}}'
                file.writelines(f"{labels} {value} {end - 60 * minute}\n" for minute in range(180, 0, -1))
        file.write("# EOF\n")
    load = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "history.txt", "data"]
    subprocess.run(load, cwd=folder, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def _counters() -> Iterator[int]:
    """A process that shows the counters of all SLOs, as `/metrics` does. Yields its port."""
    began = time.monotonic()

    class Counters(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seconds = int(time.monotonic() - began)
            lines = [
                f'kakeibo_events_{metric}_total{{slo="{name}"}} {seconds * rate}'
                for metric, rate in (("valid", 20), ("bad", 1))
                for name in _names()
            ]
            body = ("\n".join(lines) + "\n").encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Counters)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()


@contextmanager
def _server(folder: Path, target: int) -> Iterator[subprocess.Popen[bytes]]:
    (folder / "prometheus.yml").write_text(
        f"global: {{scrape_interval: {_ROUND}s}}\nrule_files: [rules/kakeibo.rules.yaml]\n"
        f"scrape_configs: [{{job_name: kakeibo, static_configs: [{{targets: ['127.0.0.1:{target}']}}]}}]\n",
        encoding="utf-8",
    )
    command: Sequence[str] = ["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data",
                              "--web.listen-address=127.0.0.1:0", "--log.level=error"]  # fmt: skip
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
        if process.poll() is not None:
            raise RuntimeError("prometheus stopped")
    finally:
        process.terminate()
        process.wait(timeout=30)
