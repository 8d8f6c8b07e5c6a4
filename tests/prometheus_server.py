"""A real Prometheus on a loopback port, with a history of our making or with something to scrape."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

Samples = Iterable[tuple[float, float | str]]
"""(seconds since 1970, value), in order of time."""


@contextmanager
def serving(folder: Path, scrape: str = "", *flags: str) -> Iterator[str]:
    """The address of a server with its data in `folder`; `scrape` is its scrape_configs, in YAML."""
    _need("prometheus")
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "prometheus.yml"
    config.write_text(f"scrape_configs: {scrape or '[]'}\n", encoding="utf-8")
    port = free_port()
    command = ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}"]
    command += [f"--web.listen-address=127.0.0.1:{port}", "--storage.tsdb.retention.time=10y", *flags]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _wait_for(f"http://127.0.0.1:{port}/-/ready", server, folder / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=30)


def write_history(folder: Path, series: Mapping[str, Samples]) -> None:
    """Blocks of a server's data: `series` is a selector such as 'a_total{code="200"}' -> its samples."""
    _need("promtool")
    folder.mkdir(parents=True, exist_ok=True)
    families: dict[str, list[str]] = {}
    for selector, samples in series.items():
        name = selector.partition("{")[0]
        families.setdefault(name, []).extend(f"{selector} {value} {at:.3f}" for at, value in samples)
    text = []
    for name, lines in families.items():
        text += [f"# TYPE {name.removesuffix('_total')} {'counter' if name.endswith('_total') else 'unknown'}", *lines]
    file = folder / "history.om"
    file.write_text("\n".join([*text, "# EOF", ""]), encoding="utf-8")
    command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "-q", str(file), str(folder / "data")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _need(program: str) -> None:
    if shutil.which(program) is None:
        pytest.fail("these tests need Prometheus: apt-get install prometheus", pytrace=False)


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            if server.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"Prometheus did not start: {log.read_text(errors='replace')}", pytrace=False)
            time.sleep(0.05)
