"""`kakeibo serve` as its user starts and stops it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx2
import pytest
from tests.app.conftest import Site
from tests.prometheus_server import free_port

from kakeibo.app.web.application import refuse_strangers
from kakeibo.errors import UsageError


@pytest.fixture
def port(told: Site) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    port = free_port()
    command = [sys.executable, "-m", "kakeibo", "serve", "--port", str(port), "--at", "latest", "--lang", "en"]
    variables, pipe = {**os.environ, "PYTHONUNBUFFERED": "1"}, subprocess.PIPE
    with subprocess.Popen(command, cwd=told.folder, env=variables, stdout=pipe, stderr=pipe, text=True) as server:
        try:
            yield port, server
        finally:
            server.kill()


def test_it_answers_until_it_is_interrupted(port: tuple[int, subprocess.Popen[str]]) -> None:
    number, server = port
    assert server.stdout is not None
    assert server.stdout.readline() == f"open http://127.0.0.1:{number} in the browser; Ctrl-C stops\n"
    assert _health(f"http://127.0.0.1:{number}/healthz", server) == {"store": "ok", "book": "ok"}
    server.send_signal(signal.SIGINT)
    rest = server.communicate(timeout=30)
    assert (rest, server.returncode) == (("", ""), 0)


def _health(address: str, server: subprocess.Popen[str]) -> object:
    """What it answers once it listens."""
    while server.poll() is None:
        try:
            return httpx2.get(address).json()
        except httpx2.TransportError:
            time.sleep(0.05)
    return None


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "kakeibo.example", ""])
def test_beyond_this_machine_is_refused_without_a_sign_in(host: str) -> None:
    with pytest.raises(UsageError, match="nobody signs in"):
        refuse_strangers(host)
    refuse_strangers("127.0.0.1")
    refuse_strangers("::1")
    refuse_strangers("localhost")


def test_what_cannot_be_served_is_told_at_once(told: Site) -> None:
    refused = told.run("serve", "--host", "0.0.0.0", "--lang", "en")
    assert refused.code == 1
    assert "nobody signs in" in refused.err
    assert "is not a time" in told.run("serve", "--at", "soon", "--lang", "en").err


def test_other_commands_load_nothing_of_the_web(told: Site) -> None:
    code = (
        "import sys; from kakeibo.app.cli import main\n"
        "try: main(['serve', '--help'])\nexcept SystemExit: pass\n"
        "print([name for name in ('fastapi', 'uvicorn', 'starlette', 'pydantic') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=told.folder, capture_output=True, text=True, check=True)
    assert ran.stdout.endswith("[]\n")
