"""A real Prometheus on a loopback port, with whatever history lies in its folder."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


def promtool(folder: Path, *arguments: str) -> str:
    """Run promtool, which must succeed; what it said."""
    if shutil.which("promtool") is None:
        pytest.fail("these tests need promtool: apt-get install prometheus", pytrace=False)
    done = subprocess.run(["promtool", *arguments], cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout + done.stderr


def load(folder: Path, lines: Iterable[str]) -> None:
    """Put OpenMetrics samples into the history of a server that does not run."""
    (folder / "history.txt").write_text("\n".join([*lines, "# EOF\n"]), encoding="utf-8")
    promtool(folder, "tsdb", "create-blocks-from", "openmetrics", "history.txt", "data")


@contextmanager
def running(folder: Path, rules: str = "") -> Iterator[str]:
    """The address of a server over `folder`/data, evaluating `rules` (YAML) every second."""
    (folder / "rules.yaml").write_text(rules or "groups: []\n", encoding="utf-8")
    (folder / "prometheus.yml").write_text(
        "global: {evaluation_interval: 1s}\nrule_files: [rules.yaml]\n", encoding="utf-8"
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        "prometheus",
        "--config.file=prometheus.yml",
        "--storage.tsdb.path=data",
        "--storage.tsdb.retention.time=10y",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/-/ready", server, folder / "log")
        yield address
    finally:
        server.terminate()
        server.wait(timeout=30)


def query_range(address: str, query: str, first: int, last: int, second: int = 0) -> list[dict[str, Any]]:
    """The series of a query at one second of each minute; minutes since 1970, both included."""
    stretch = {"start": first * 60 + second, "end": last * 60 + second, "step": 60}
    asked = urllib.parse.urlencode({"query": query, **stretch})
    with urllib.request.urlopen(f"{address}/api/v1/query_range?{asked}", timeout=60) as response:
        found: list[dict[str, Any]] = json.loads(response.read())["data"]["result"]
    return found


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"Prometheus did not start: {log.read_text(errors='replace')[-3000:]}", pytrace=False)
            time.sleep(0.1)
