"""A real Prometheus on a loopback port, with a history of our making, rules to evaluate, or something to scrape."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

Samples = Iterable[tuple[float, float | str]]
"""(seconds since 1970, value), in order of time."""


@contextmanager
def serving(folder: Path, scrape: str = "", *flags: str, rules: str = "", web: str = "") -> Iterator[str]:
    """The address of a server over `folder`/data, all in YAML: `scrape` its scrape_configs, `rules` what it evaluates
    every second, `web` its web.config.file: passwords and TLS."""
    _need("prometheus")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rules.yaml").write_text(rules or "groups: []\n", encoding="utf-8")
    config = f"global: {{evaluation_interval: 1s}}\nrule_files: [rules.yaml]\nscrape_configs: {scrape or '[]'}\n"
    (folder / "prometheus.yml").write_text(config, encoding="utf-8")
    port = free_port()
    command = ["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data"]
    command += [f"--web.listen-address=127.0.0.1:{port}", "--storage.tsdb.retention.time=10y", *flags]
    if web:
        (folder / "web.yml").write_text(web, encoding="utf-8")
        command.append("--web.config.file=web.yml")
    address = f"{'https' if 'tls_server_config' in web else 'http'}://127.0.0.1:{port}"
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        _wait_for(f"{address}/-/ready", server, folder / "log")
        yield address
    finally:
        server.terminate()
        server.wait(timeout=30)


def write_history(folder: Path, series: Mapping[str, Samples]) -> None:
    """Put samples into the data of a server that does not run: `series` is a selector such as 'a_total{code="200"}' ->
    its samples."""
    families: dict[str, list[str]] = {}
    for selector, samples in series.items():
        name = selector.partition("{")[0]
        families.setdefault(name, []).extend(f"{selector} {value} {at:.3f}" for at, value in samples)
    text = []
    for name, lines in families.items():
        text += [f"# TYPE {name.removesuffix('_total')} {'counter' if name.endswith('_total') else 'unknown'}", *lines]
    load(folder, text)


def load(folder: Path, lines: Iterable[str]) -> None:
    """The same from lines of OpenMetrics."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "history.om").write_text("\n".join([*lines, "# EOF\n"]), encoding="utf-8")
    promtool(folder, "tsdb", "create-blocks-from", "openmetrics", "-q", "history.om", "data")


def promtool(folder: Path, *arguments: str) -> str:
    """Run promtool, which must succeed; what it said."""
    _need("promtool")
    done = subprocess.run(["promtool", *arguments], cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout + done.stderr


def query_range(address: str, query: str, first: int, last: int, second: int = 0) -> list[dict[str, Any]]:
    """The series of a query at one second of each minute; minutes since 1970, both included."""
    stretch = {"start": first * 60 + second, "end": last * 60 + second, "step": 60}
    asked = urllib.parse.urlencode({"query": query, **stretch})
    with urllib.request.urlopen(f"{address}/api/v1/query_range?{asked}", timeout=60) as response:
        found: list[dict[str, Any]] = json.loads(response.read())["data"]["result"]
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _need(program: str) -> None:
    if shutil.which(program) is None:
        pytest.fail("these tests need Prometheus: apt-get install prometheus", pytrace=False)


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline, trusting = time.monotonic() + 60, ssl._create_unverified_context()
    while True:
        try:
            urllib.request.urlopen(address, timeout=5, context=trusting).close()
            return
        except OSError as error:
            if isinstance(error, urllib.error.HTTPError) and error.code == 401:  # it is there, and wants a password
                return
            if server.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"{server.args!r} did not start: {log.read_text(errors='replace')[-3000:]}", pytrace=False)
            time.sleep(0.05)
