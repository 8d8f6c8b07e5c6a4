"""Evidence from sources that are no lines of single events: jobs put together from several lines, and Parquet."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import UTC, datetime
from typing import Any

import duckdb
import pytest
from tests.app.conftest import Site

from kakeibo import clock

BOOK = """\
organisation: {name: Testers, timezone: Asia/Tokyo, language: en}
services: {mail: {runbook: "https://wiki.example/mail"}}
sources:
  jobs: {type: sidekiq, path: logs/jobs*.log, deadline: 30m}
  table: {type: parquet, path: "logs/*.parquet"}
journeys:
  mail:
    title: Mail
    service: mail
    source: jobs
    slos: {sent: {good: status = 'done', target: 90%, window: 1d}}
  deliver:
    title: Deliver
    service: mail
    source: table
    slos: {delivered: {good: status < 500, target: 90%, window: 1d}}
"""
AT = int(datetime(2026, 10, 1, 5, 0, tzinfo=UTC).timestamp())


def job(jid: str, status: str, enqueued: int, completed: int) -> str:
    """A line of the middleware; times in minutes after AT."""
    times = {"enqueued_at": AT + 60.0 * enqueued, "completed_at": AT + 60.0 * completed}
    return json.dumps({"jid": jid, "class": "MailJob", "queue": "default", "status": status, **times})


@pytest.fixture
def mailed(site: Site) -> Site:
    (site.folder / "kakeibo.yaml").write_text(BOOK, encoding="utf-8")
    site.write("jobs-1.log", job("early", "done", -200, -199), job("far", "retry", -20, -19))
    site.write("jobs-2.log", job("far", "done", 2, 3), job("never", "retry", -15, -14), job("late", "done", 300, 301))
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT TIMESTAMPTZ '2026-10-01 05:00:00+00' + INTERVAL (n) MINUTE AS time, "
            f"CASE WHEN n = 10 THEN 503 ELSE 200 END AS status FROM range(-600, 600) r(n)) "
            f"TO '{site.folder}/logs/table.parquet'"
        )
    for step in (
        ("ingest",),
        ("incident", "open", "Mails", "--about", "mail", "--at", "2026-10-01T05:00:00Z"),
        ("incident", "resolve", "1", "--at", "2026-10-01T05:20:00Z"),
    ):
        assert site.run(*step).code == 0, step
    return site


def archived(site: Site) -> tuple[dict[str, str], dict[str, Any]]:
    """The archive's files below events/, and its manifest with `what` it says of each file."""
    assert site.run("incident", "evidence", "1", "--out", "evidence.zip").code == 0
    with zipfile.ZipFile(site.folder / "evidence.zip") as archive:
        names = [name for name in archive.namelist() if name.startswith("events/")]
        manifest = json.loads(archive.read("manifest.json"))
        manifest["what"] = {one["name"]: one["what"] for one in manifest["files"]}
        return {name: archive.read(name).decode() for name in names}, manifest


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))[1:]


def test_jobs_and_tables_around_the_incident_are_kept(mailed: Site) -> None:
    files, manifest = archived(mailed)
    said = manifest["what"]
    assert sorted(files) == ["events/jobs.csv", "events/table.csv"]
    assert said["events/jobs.csv"] == "events from the log, judged: a sample"
    (first, first_judged, first_line), (second, second_judged, second_line) = rows(files["events/jobs.csv"])
    assert (first, first_judged) == ("2026-10-01T05:03:00Z", "mail/sent=good")
    assert "class=MailJob" in first_line
    assert (second, second_judged) == ("2026-10-01T05:15:00Z", "mail/sent=bad")
    assert "status=unfinished" in second_line
    table = rows(files["events/table.csv"])
    # The impact ends as soon as there is enough to say that it is over: when that was, the manifest says.
    every = [clock.iso(minute) for minute in range(AT // 60 - 600, AT // 60 + 600)]
    assert [minute for minute, _, _ in table] == [at for at in every if manifest["from"] <= at < manifest["to"]]
    assert manifest["from"] <= "2026-10-01T04:40:00Z" < "2026-10-01T05:41:00Z" <= manifest["to"]
    assert [minute for minute, judged, _ in table if "bad" in judged] == ["2026-10-01T05:10:00Z"]


def test_a_table_that_is_none_is_said(mailed: Site) -> None:
    (mailed.folder / "logs" / "other.parquet").write_bytes(b"no table")
    files, manifest = archived(mailed)
    assert "not a Parquet file" in files["events/table.txt"]
    assert manifest["what"]["events/table.txt"] == "why no events could be read"
    assert "events/jobs.csv" in files
