"""/metrics: the totals of the ledger, for a program that does not know us."""

from __future__ import annotations

import json
import re
import subprocess
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlencode

from starlette.testclient import TestClient
from tests.acceptance.site import FIRST, Burn, Script
from tests.acceptance.site import Site as Days
from tests.app.conftest import Site
from tests.app.web.conftest import listening
from tests.prometheus_server import serving

from kakeibo.app.web.application import create
from kakeibo.app.web.desk import Desk
from kakeibo.app.web.metrics import Family, written


def samples(text: str) -> dict[str, float]:
    return {name: float(value) for name, value in re.findall(r"^([a-z_]+\{.*\}) (\S+)$", text, re.MULTILINE)}


def test_totals_are_those_of_the_ledger_and_do_not_fall(client: TestClient, told: Site) -> None:
    found = samples(client.get("/metrics").text)
    for column, expected in {"valid": 90, "good": 87, "bad": 3, "void": 0, "unknown": 0}.items():
        assert found[f'kakeibo_events_{column}_total{{slo="play-video/availability"}}'] == expected
    assert found['kakeibo_target_ratio{slo="search/availability"}'] == 0.999
    hour = ("--from", "2026-10-02T05:00", "--to", "2026-10-02T06:00", "--reason", "moved", "--author", "sre")
    assert told.run("adjust", "add", "play-video", *hour).code == 0
    after = samples(client.get("/metrics").text)
    totals = {name: value for name, value in found.items() if "_total" in name}
    assert {name: after[name] for name in totals} == totals
    assert told.run("adjust", "revoke", "1", "--reason", "no", "--author", "sre").code == 0
    again = samples(client.get("/metrics").text)
    assert {name: again[name] for name in totals} == totals


def test_prometheus_understands_it(client: TestClient) -> None:
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=answer.content, capture_output=True, timeout=60, check=False
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


def test_names_are_escaped_and_what_is_not_known_is_missing() -> None:
    family = Family("a", "gauge", "one\ntwo \\", (({"l": 'x"\\\n'}, 1), ({"l": "y"}, None), ({}, 2)))
    assert written([family]) == '# HELP a one\\ntwo \\\\\n# TYPE a gauge\na{l="x\\"\\\\\\n"} 1\na 2\n'


def test_a_store_that_does_not_answer_is_told(client: TestClient, told: Site) -> None:
    assert client.get("/healthz").json() == {"store": "ok", "book": "ok"}
    (told.folder / "kakeibo.db").write_bytes(b"no database" * 1000)
    assert client.get("/healthz").status_code == 503
    assert client.get("/metrics").status_code == 503


def test_a_real_prometheus_reads_how_the_worker_and_the_alerts_stand(tmp_path: Path) -> None:
    days = Days.at(tmp_path, Script([Burn(60, 90, 0.9)]))
    days.run(58, every=58)
    days.run(70)
    with listening(create(Desk(tmp_path / "kakeibo.yaml", days.store))) as ours:
        target = ours.removeprefix("http://")
        job = (
            f"[{{job_name: us, scrape_interval: 1s, scrape_timeout: 1s, static_configs: [{{targets: ['{target}']}}]}}]"
        )
        with serving(tmp_path / "prometheus", job) as url:
            assert value(url, 'kakeibo_alerts_firing{severity="page"}') == 1
            assert value(url, 'kakeibo_alerts_firing{severity="ticket"}') == 1
            for step in ("decided", "healthy"):
                assert value(url, f'kakeibo_worker_timestamp_seconds{{step="{step}"}}') == 60 * (FIRST + 70)
            assert value(url, 'kakeibo_outbox_letters{state="sent"}') > 0
    days.store.close()


def value(url: str, query: str) -> float:
    """The value of one series, once it has been scraped."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with urllib.request.urlopen(f"{url}/api/v1/query?{urlencode({'query': query})}") as answer:
            found = json.load(answer)["data"]["result"]
        if found:
            return float(found[0]["value"][1])
        time.sleep(0.1)
    raise AssertionError(f"never scraped: {query}")
