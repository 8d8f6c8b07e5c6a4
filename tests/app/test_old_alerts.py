"""Old alerts from files and from a real Prometheus, and what kakeibo try makes of them."""

from __future__ import annotations

import http.server
import json
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.app.conftest import START, Site, event
from tests.prometheus_server import load, serving

from kakeibo import clock
from kakeibo.alerts.backtest import Alarm
from kakeibo.app import alert_notes, alert_server, old_alerts
from kakeibo.app.alert_notes import STILL
from kakeibo.errors import UsageError

FIRST = clock.minute_of(START)
HIGH = {"alertname": "HighErrors", "severity": "page"}


def at(minute: float) -> str:
    return (START + timedelta(minutes=minute)).isoformat().replace("+00:00", "Z")


def matrix(*series: tuple[dict[str, str], list[int]], step: int = 60) -> dict[str, Any]:
    """What /api/v1/query_range answers: samples at so many steps after START."""
    result = [
        {
            "metric": {"__name__": "ALERTS", "alertstate": "firing"} | labels,
            "values": [[FIRST * 60 + n * step, "1"] for n in times],
        }
        for labels, times in series
    ]
    return {"status": "success", "data": {"resultType": "matrix", "result": result}}


def read(folder: Path, text: str, *match: str) -> list[tuple[str, int, int]]:
    """Name, start and end of the alarms of a file, in minutes after START."""
    path = folder / "alerts.json"
    path.write_text(text, encoding="utf-8")
    found = old_alerts.gathered([str(path)], match, "UTC").over(FIRST, FIRST + 1000)
    return [(one.name, one.start - FIRST, one.end - FIRST) for one in found]


def test_runs_of_samples_are_alarms(tmp_path: Path) -> None:
    a, b = HIGH | {"instance": "a"}, HIGH | {"instance": "b"}
    answer = matrix((a, [1, 2, 3, 9]), (b, [3, 4]), ({"alertname": "Disk"}, [2, 3]))
    assert read(tmp_path, json.dumps(answer)) == [("HighErrors", 1, 5), ("Disk", 2, 4), ("HighErrors", 9, 10)]


def test_a_pending_alert_is_none(tmp_path: Path) -> None:
    assert read(tmp_path, json.dumps(matrix((HIGH | {"alertstate": "pending"}, [1, 2])))) == []


def test_an_answer_with_another_step_is_understood(tmp_path: Path) -> None:
    assert read(tmp_path, json.dumps(matrix((HIGH, [0, 1, 2, 5]), step=300))) == [
        ("HighErrors", 0, 15),
        ("HighErrors", 25, 30),
    ]


def told(labels: dict[str, str], start: float, end: float | None, **more: object) -> dict[str, object]:
    ends = "0001-01-01T00:00:00Z" if end is None else at(end)
    return {"labels": labels, "annotations": {}, "startsAt": at(start), "endsAt": ends, "fingerprint": "f"} | more


def test_alertmanagers_list_ends_where_it_was_last_heard_of(tmp_path: Path) -> None:
    alerts = [
        told(HIGH, 3.5, 20, updatedAt=at(12.5), status={"state": "active", "silencedBy": [], "inhibitedBy": []}),
        told({"alertname": "Disk"}, 1, 2.5, updatedAt=at(4), status={"state": "suppressed"}),
    ]
    assert read(tmp_path, json.dumps(alerts)) == [("Disk", 1, 3), ("HighErrors", 3, 13)]


def test_webhook_bodies_line_by_line_tell_an_alert_once(tmp_path: Path) -> None:
    bodies = [
        {"version": "4", "status": "firing", "alerts": [told(HIGH, 1, None, status="firing")]},
        {"version": "4", "status": "firing", "alerts": [told(HIGH, 1, None, status="firing")]},
        {"version": "4", "status": "resolved", "alerts": [told(HIGH, 1, 7, status="resolved")]},
        {"version": "4", "status": "firing", "alerts": [told(HIGH, 9, None, status="firing")]},
    ]
    found = read(tmp_path, "\n".join(json.dumps(body) for body in bodies) + "\n")
    assert found == [("HighErrors", 1, 7), ("HighErrors", 9, STILL - FIRST)]


def test_labels_choose(tmp_path: Path) -> None:
    text = json.dumps(matrix((HIGH, [1]), ({"alertname": "Disk", "severity": "page"}, [2])))
    assert read(tmp_path, text, "severity=page", "alertname=Disk") == [("Disk", 2, 3)]
    assert read(tmp_path, text, "severity=ticket") == []


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[1]",
        '{"data": {"resultType": "vector", "result": []}}',
        '{"data": {"resultType": "matrix", "result": [{"metric": {}}]}}',
        '[{"labels": {}, "startsAt": "yesterday"}]',
        '{"alerts": [{"labels": 3, "startsAt": "2026-10-01T00:00:00Z"}]}',
        "{broken",
        "[" * 100_000,
    ],
)
def test_other_json_is_refused_with_the_mend(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match=r"alerts.json: old alerts cannot be read from this: give a CSV file"):
        read(tmp_path, text)


def alerts_history(stretches: dict[str, list[tuple[int, int]]]) -> list[str]:
    """ALERTS as Prometheus records them, evaluated every half minute."""
    lines = ["# TYPE ALERTS gauge"]
    for name, runs in stretches.items():
        for start, end in runs:
            times = range((FIRST + start) * 60, (FIRST + end) * 60, 30)
            labels = f'alertname="{name}",alertstate="firing",severity="page"'
            lines += [f"ALERTS{{{labels}}} 1 {when}" for when in times]
            # What Prometheus writes when it ends, OpenMetrics cannot say: so it looks back five minutes.
    return lines


def test_a_real_server_is_asked_over_the_record_in_stretches(tmp_path: Path) -> None:
    load(tmp_path, alerts_history({"HighErrors": [(10, 20), (7195, 7205)], "Disk": [(7300, 7301)]}))
    with serving(tmp_path) as address:
        notes = alert_server.ask(address, FIRST, FIRST + 2 * 7200)
        asked = old_alerts.gathered([address + "/"], ["alertname=HighErrors"], "UTC").over(FIRST, FIRST + 2 * 7200)
    found = old_alerts.alarms(notes, {})
    # Five minutes of looking back after the last sample, which lies half a minute before the end.
    assert [(one.name, one.start - FIRST, one.end - FIRST) for one in found] == [
        ("HighErrors", 10, 25),
        ("HighErrors", 7195, 7210),
        ("Disk", 7300, 7306),
    ]
    assert asked == [Alarm(one.start, one.end, one.name) for one in found if one.name == "HighErrors"]


LIVE = """\
groups:
- name: live
  rules:
  - {alert: AlwaysOn, expr: vector(1), labels: {severity: page}}
"""


def test_a_rule_that_really_fires_is_read_from_the_saved_answer(tmp_path: Path) -> None:
    before = clock.minute_of(datetime.now(UTC))
    with serving(tmp_path, rules=LIVE) as address:
        answer = saved_answer(address)
    (alarm,) = read_notes(tmp_path, answer)
    assert alarm.labels["alertname"] == "AlwaysOn"
    assert before <= alarm.start < alarm.end <= clock.minute_of(datetime.now(UTC)) + 1


def saved_answer(address: str) -> str:
    """The answer of the server, once the rule has fired for some seconds."""
    while True:
        now = time.time()
        asked = {"query": alert_server.QUERY, "start": now - 30, "end": now, "step": 1}
        with urllib.request.urlopen(f"{address}/api/v1/query_range?{urllib.parse.urlencode(asked)}") as response:
            text: str = response.read().decode()
        if any(len(series["values"]) > 2 for series in json.loads(text)["data"]["result"]):
            return text
        time.sleep(0.2)


def read_notes(folder: Path, text: str) -> list[alert_notes.Note]:
    (folder / "saved.json").write_text(text, encoding="utf-8")
    return alert_notes.read(folder / "saved.json", "UTC")


class Page(http.server.BaseHTTPRequestHandler):
    """A web server that is no Prometheus."""

    def do_GET(self) -> None:
        self.send_response(404 if self.path.startswith("/gone") else 200)
        self.end_headers()
        self.wfile.write(b'{"status": "error"}' if self.path.startswith("/json") else b"<html>hello</html>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def page() -> Iterator[str]:
    server = http.server.HTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("path", ["", "/json", "/gone"])
def test_what_is_no_prometheus_is_said_so(page: str, path: str) -> None:
    with pytest.raises(UsageError, match="does not say which alerts fired"):
        alert_server.ask(page + path, FIRST, FIRST + 10)


def test_nobody_answers() -> None:
    with pytest.raises(UsageError, match=r"Connection refused.*http://localhost:9090"):
        alert_server.ask("http://127.0.0.1:1", FIRST, FIRST + 10)


@pytest.fixture
def outage(site: Site) -> Site:
    """Two hours, everything fails from minute 60 to 80; the incident is noted."""
    site.write("access.json", *(event(n, status=500 if 60 <= n < 80 else 200) for n in range(120) for _ in range(3)))
    assert site.run("ingest").code == 0
    rows = f"start,end,name\n{at(60)},{at(80)},Database\n"
    (site.folder / "incidents.csv").write_text(rows, encoding="utf-8")
    return site


def test_each_old_alert_is_judged_on_its_own(outage: Site) -> None:
    slow, noisy = {"alertname": "Slow"}, {"alertname": "Noisy"}
    alerts = matrix((HIGH, [*range(63, 85)]), (noisy, [5, 6, 30]))
    (outage.folder / "prometheus.json").write_text(json.dumps(alerts), encoding="utf-8")
    body = json.dumps({"version": "4", "alerts": [told(slow, 75, None, status="firing")]})
    (outage.folder / "hook.jsonl").write_text(body + "\n", encoding="utf-8")
    asked = ["--incidents", "incidents.csv", "--alerts", "prometheus.json", "--alerts", "hook.jsonl"]
    found = outage.run("try", "play-video/availability", *asked, "--json")
    assert (found.code, found.err) == (0, "")
    test = json.loads(found.out)["backtest"]
    names = test["old_by_name"]
    assert {name: (one["caught"], one["missed"], one["false"]) for name, one in names.items()} == {
        "HighErrors": (1, 0, 0),
        "Noisy": (0, 1, 2),
        "Slow": (1, 0, 0),
    }
    assert (names["HighErrors"]["delays"], names["Slow"]["delays"]) == ([3], [15])
    # One that nobody saw end fires until the end of the record, minute 120.
    assert names["Slow"]["alert_minutes"] == 45
    assert test["old"]["alerts"] == 3
    only = outage.run("try", "play-video/availability", *asked, "--alert-match", "alertname=Noisy", "--json")
    assert set(json.loads(only.out)["backtest"]["old_by_name"]) == {"Noisy"}
    text = outage.run("try", "play-video/availability", *asked).out
    assert "- HighErrors" in text
    assert "- Noisy" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--incidents", "incidents.csv", "--alerts", "nope.json"], "there is no file nope.json"),
        (["--incidents", "incidents.csv", "--alert-match", "a=b"], "--alert-match is about --alerts"),
        (["--incidents", "incidents.csv", "--alerts", "incidents.csv", "--alert-match", "a"], "'a' is no label"),
        (["--incidents", "incidents.csv", "--alerts", "http://127.0.0.1:1"], "does not say which alerts fired"),
        (["--alerts", "incidents.csv"], "old alerts are judged by incidents"),
        (["--churn", "incidents.csv"], "--churn stands beside --enquiries"),
    ],
)
def test_mistakes_get_one_message(outage: Site, arguments: list[str], message: str) -> None:
    found = outage.run("try", "play-video/availability", *arguments)
    assert found.code == 1
    assert message in found.err
    assert "Traceback" not in found.err
