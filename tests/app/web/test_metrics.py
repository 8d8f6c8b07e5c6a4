"""/metrics: the totals of the ledger, for a program that does not know us."""

from __future__ import annotations

import re
import subprocess

from starlette.testclient import TestClient
from tests.app.conftest import Site

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
