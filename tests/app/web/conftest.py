"""A small site as the web shows it: a book full of text that would like to be markup, a log, an open desk."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, sync_playwright
from starlette.testclient import TestClient
from starlette.types import ASGIApp
from tests.app.conftest import Site, event

from kakeibo.app.web.application import create
from kakeibo.app.web.desk import Desk
from kakeibo.store import open_store

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>'\"&"
BOOK = """\
organisation: {name: %(evil)s, timezone: Asia/Tokyo, language: ja}
teams: {player: {name: %(evil)s}, other: {name: Other team}}
services:
  learning: {team: player, title: {en: %(evil)s}, runbook: "https://wiki.example/learning"}
  trick: {team: other, runbook: "javascript:alert(3)"}
sources:
  web: {type: nginx-json, path: logs/*.json*, fields: {duration: request_time}, breakdown: [error]}
journeys:
  play-video:
    title: {en: Play a video, ja: 動画を再生できる}
    service: learning
    source: web
    valid: operation = 'PlayVideo'
    void: agent = '</code><script>alert(4)</script>'
    slos:
      availability: {good: status < 500, target: 90%%, window: 1d}
      latency: {good: duration <= 0.3, target: 50%%, window: 1d}
  search:
    title: {en: %(evil)s, ja: %(evil)s}
    kind: cmc
    service: trick
    source: web
    valid: operation = 'Search'
    slos:
      availability: {good: status < 500, target: 99.9%%, window: 28d}
"""
TOKEN = "sesame"


def yaml(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@pytest.fixture
def told(site: Site) -> Site:
    """The site with a day of events, of which one in ten of the videos failed."""
    (site.folder / "kakeibo.yaml").write_text(BOOK % {"evil": yaml(EVIL)}, encoding="utf-8")
    for hour in range(30):
        status = 500 if hour == 20 else 200
        plays = [event(60 * hour + n, status=status, agent=EVIL) for n in range(3)]
        site.write("access.json", *plays, event(60 * hour, operation="Search", error=EVIL))
    assert site.run("ingest").code == 0
    return site


@pytest.fixture
def desk(told: Site) -> Iterator[Desk]:
    store = open_store(f"sqlite:///{told.folder}/kakeibo.db", patience=0.2)
    yield Desk(Path("kakeibo.yaml"), store, "latest")
    store.close()


@pytest.fixture
def app(desk: Desk) -> ASGIApp:
    return create(desk, token=TOKEN)


@pytest.fixture
def client(app: ASGIApp) -> Iterator[TestClient]:
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        yield client


@contextmanager
def listening(app: ASGIApp) -> Iterator[str]:
    """The address of a real server, for programs that are not ours."""
    server = uvicorn.Server(uvicorn.Config(app, "127.0.0.1", 0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def address(app: ASGIApp) -> Iterator[str]:
    with listening(app) as address:
        yield address


@pytest.fixture
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        pytest.fail("these tests need Chromium: apt-get install chromium", pytrace=False)
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()
