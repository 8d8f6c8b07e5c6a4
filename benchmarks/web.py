"""What the pages cost with a thousand objectives: the server's CPU, the browser's time beside ECharts, and viewers who
keep them open."""

from __future__ import annotations

import json
import math
import shutil
import socket
import subprocess
import tarfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.counting import Outcome
from benchmarks.following import cpu_of
from benchmarks.measuring import PYTHON, environment, run
from benchmarks.scenes import Scene
from benchmarks.tables import Finding

VIEWERS, EVERY = 50, 30
"""So many look on; each page asks again after so many seconds, as live.js does."""
ECHARTS: Final = "echarts@6.1.0"
DAYS: Final = 28
_TASK = str(Path(__file__).parent / "web_task.py")
_READY = """() => new Promise(
  (ready) => requestAnimationFrame(() => requestAnimationFrame(() => ready(performance.now()))))"""


def web(scene: Scene, lines: int, runs: int) -> Outcome:
    """1,000 objectives over 28 days; 200 where it is to be quick."""
    quick = lines < 1_000_000
    slos = 200 if quick else 1_000
    folder = scene.folder / "web"
    folder.mkdir(exist_ok=True)
    run([PYTHON, _TASK, "fill", str(folder), str(slos)], scene.folder)
    found = [run([PYTHON, _TASK, "answers", str(folder), str(slos)], scene.folder).said for _ in range(runs)]
    took = {name: median(one[name] for one in found) for name in found[0]}
    what = f"web: {slos:,} SLOs, {DAYS} days"
    findings = [
        Finding(f"{what}: overview, of a report that is there", took["overview"], "ms CPU", 100),
        Finding(f"{what}: overview and the report of a new minute", took["overview, new minute"], "ms CPU", 100),
        Finding(f"{what}: overview, all {slos:,} on one page", took["overview, all"], "ms CPU"),
        Finding(f"{what}: overview, compressed", took["KB"], "KB", 150),
        Finding(f"{what}: overview, all on one page, compressed", took["KB, all"], "KB", 150),
        Finding(f"{what}: page of a journey, whole window", took["journey"], "ms CPU", 60),
        Finding(f"{what}: page of a journey, 7 days", took["journey, 7 days"], "ms CPU", 60),
        Finding(f"{what}: page of a journey, 6 hours", took["journey, 6 hours"], "ms CPU", 60),
        Finding(f"{what}: asked again, nothing new", took["unchanged"], "ms CPU"),
    ]
    with _serving(folder) as (address, server):
        findings += _in_the_browser(scene, address, slos, max(runs, 3))
        findings.append(_looked_on(folder, slos, address, server, 20 if quick else 120))
    return [], findings


# -- the browser ----------------------------------------------------------------------------------------------------


def _in_the_browser(scene: Scene, address: str, slos: int, runs: int) -> list[Finding]:
    """Until everything is drawn, the server's part included; ours and ECharts' in turns."""
    chromium = shutil.which("chromium")
    if chromium is None:
        print("there is no chromium (Debian: apt-get install chromium): left out", flush=True)
        return []
    pages = {"first page": f"{address}/", "all": f"{address}/?rows={slos}"}
    with _peers(scene.folder / "echarts", slos) as peer:
        if peer:
            pages["ECharts"] = f"{peer}/page.html"
        took = _drawn(chromium, pages, runs)
    what = f"web: ready in Chromium, {slos:,} sparklines"
    findings = [
        Finding("web: ready in Chromium, the overview's first page", took["first page"], "ms"),
        Finding(f"{what}: overview, all on one page", took["all"], "ms"),
    ]
    if "ECharts" in took:
        findings += [
            Finding(f"{what}: {ECHARTS}", took["ECharts"], "ms"),
            Finding(f"{what}: ECharts to ours", took["ECharts"] / took["all"], "x", 3, least=True),
        ]
    return findings


def _drawn(chromium: str, pages: dict[str, str], runs: int) -> dict[str, float]:
    from playwright.sync_api import sync_playwright

    took: dict[str, list[float]] = {name: [] for name in pages}
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        for number in range(runs + 1):
            for name, address in pages.items():
                page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="ja")
                page.goto(address, timeout=300_000)
                ready = float(page.evaluate(_READY))
                if number:  # the first round warms up everything
                    took[name].append(ready)
                page.close()
        browser.close()
    return {name: median(times) for name, times in took.items()}


@contextmanager
def _peers(folder: Path, slos: int) -> Iterator[str | None]:
    """The address of a page with as many sparklines by ECharts; None where the package cannot be had."""
    if not _unpacked(folder):
        print("ECharts cannot be had here (npm pack): left out", flush=True)
        yield None
        return
    (folder / "page.html").write_text(_page(slos), encoding="utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def _unpacked(folder: Path) -> bool:
    """Whether the script of ECharts lies in `folder`, as its package has it."""
    folder.mkdir(exist_ok=True)
    if (folder / "echarts.min.js").exists():
        return True
    npm = shutil.which("npm")
    pack = [npm or "", "pack", ECHARTS, "--silent"]
    if not npm or subprocess.run(pack, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
        return False
    [package] = folder.glob("echarts-*.tgz")
    with tarfile.open(package) as archive:
        script = archive.extractfile("package/dist/echarts.min.js")
        assert script is not None
        (folder / "echarts.min.js").write_bytes(script.read())
    return True


def _page(slos: int) -> str:
    """Lines of a day a point and a dashed target, of the same size as ours, with no animation and no axes."""
    series = [[round(99.9 + 0.08 * math.sin(n * day), 3) for day in range(DAYS)] for n in range(slos)]
    options = {
        "animation": False,
        "grid": {"left": 0, "right": 0, "top": 1, "bottom": 1},
        "xAxis": {"type": "category", "show": False},
        "yAxis": {"type": "value", "show": False, "min": 99.5, "max": 100},
    }
    line: dict[str, Any] = {"type": "line", "symbol": "none", "silent": True}
    return f"""<!DOCTYPE html><meta charset="utf-8"><title>ECharts</title>
<style>div {{ width: 134px; height: 32px }}</style><script src="echarts.min.js"></script><body><script>
const target = Array({DAYS}).fill(99.9);
for (const values of {json.dumps(series)}) {{
  const place = document.body.appendChild(document.createElement("div"));
  echarts.init(place).setOption({{...{json.dumps(options)}, series: [
    {{...{json.dumps(line)}, data: values}}, {{...{json.dumps(line)}, data: target, lineStyle: {{type: "dashed"}}}}]}});
}}
</script>"""


# -- viewers --------------------------------------------------------------------------------------------------------


@contextmanager
def _serving(folder: Path) -> Iterator[tuple[str, int]]:
    """The address of `kakeibo serve`, and its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [PYTHON, "-m", "kakeibo", "serve", "--port", str(port)]
    process = subprocess.Popen(command, cwd=folder, env=environment(folder), stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        process.stdout.readline()
        address = f"http://127.0.0.1:{port}"
        while _ask(f"{address}/healthz", None) is None:
            time.sleep(0.1)
        yield address, process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def _looked_on(folder: Path, slos: int, address: str, server: int, seconds: int) -> Finding:
    """The share of a core that viewers cost who leave their pages open, while counts come in every second.

    Half of them look at the overview in either language, a fifth at it for their team, the others at a journey.
    """
    writer = subprocess.Popen([PYTHON, _TASK, "following", str(folder), str(slos)], env=environment(folder))
    try:
        overviews = [f"{address}/?lang={'ja' if n % 2 else 'en'}" for n in range(VIEWERS // 2)]
        teams = [f"{address}/?team=team-{n}" for n in range(VIEWERS // 5)]
        journeys = [f"{address}/journeys/journey-{n}" for n in range(VIEWERS - len(overviews) - len(teams))]
        pages = [*overviews, *teams, *journeys]
        known = {page: _ask(page, None) for page in pages}
        before, began, asked = cpu_of(server), time.monotonic(), 0
        while (due := asked * EVERY / VIEWERS) < seconds:
            time.sleep(max(began + due - time.monotonic(), 0))
            # A step of seven: those who look at the same page do not ask one after another.
            page = pages[asked * 7 % VIEWERS]
            known[page] = _ask(page, known[page])
            asked += 1
        share = (cpu_of(server) - before) / (time.monotonic() - began)
    finally:
        writer.terminate()
        writer.wait(timeout=30)
    what = f"web: {VIEWERS} viewers of {slos:,} SLOs, counts every second"
    return Finding(f"{what}: share of a core", share, "", 0.1)


def _ask(address: str, known: str | None) -> str | None:
    """The mark of a page; None while nobody answers."""
    headers = {"accept-encoding": "gzip", **({"if-none-match": known} if known else {})}
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers)) as answer:
            answer.read()
            return str(answer.headers.get("etag", ""))
    except urllib.error.HTTPError as error:
        if error.code != 304:
            raise
        return known
    except OSError:
        return None
