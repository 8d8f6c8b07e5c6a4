"""The advisor as people use it: printed, for programs, each month; only what our own postmortems speak of."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

import jsonschema
import msgspec
import pytest
from sqlalchemy import select
from tests.app.conftest import BOOK, Site, event
from tests.app.lessons import SLO, published
from tests.practice.test_manifests import MANIFESTS

from kakeibo.app.check import read
from kakeibo.app.worker import Worker
from kakeibo.notifiers.kinds import Message
from kakeibo.practice.drills.records import KINDS
from kakeibo.practice.kinds import Subject
from kakeibo.store import open_store, tables

DOCS = Path(__file__).parents[2] / "docs"
AT = ("--at", "2026-11-22T09:00")
PAGING = BOOK.replace("target: 90%, window: 1d", "target: 90%, window: 1d, stage: page").replace(
    ', runbook: "https://wiki.example/learning"', ""
)


@pytest.fixture
def learned(site: Site) -> Site:
    """The site after two incidents, with the twenty manifests beside it."""
    folder = site.folder / "deploy"
    folder.mkdir()
    for path in MANIFESTS:
        (folder / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    store = open_store(f"sqlite:///{site.folder}/kakeibo.db")
    published(store, "One machine was lost", ("hardware", "design"))
    published(store, "Requests were cut off", ("release", "deployment"), text="SIGTERM", burnt=Fraction(1, 3))
    store.close()
    return site


def advised(site: Site, *arguments: str) -> Any:
    done = site.run("advise", *arguments, *AT, "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_without_postmortems_there_is_nothing_to_say(site: Site) -> None:
    told = site.run("advise", *AT)
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith("No postmortem has been published yet")
    assert "16 checks kept quiet" in " ".join(told.out.split())


def test_what_is_said_cites_postmortems_and_what_they_burnt(learned: Site) -> None:
    told = " ".join(learned.run("advise", "deploy", *AT).out.split())
    assert "2 places were found with what has cost you outages." in told
    assert "deploy/17-profile.yaml:20: Deployment members/profile answers requests with one pod" in told
    assert "This comes from PM-1 (2026-09-01, One machine was lost)." in told
    assert "they burnt 132% of the budget of Play a video (success)." in told
    assert "up to 80% of all budget that incidents burnt would have been saved" in told
    assert "13-thumbnails" not in told  # nothing of ours speaks of memory
    assert told.index("17-profile") < told.index("07-checkout")
    japanese = learned.run("advise", "deploy", *AT, "--lang", "ja").out.replace("\n  ", "")
    assert "1つのPodでリクエストに答えています" in japanese


def test_for_programs(learned: Site) -> None:
    found = advised(learned, "deploy")
    assert (found["version"], found["postmortems"], found["files"]) == (1, 2, 20)
    assert found["burnt"] == [{"slo": SLO, "ratio": float(Fraction(124, 75)), "exact": "124/75"}]
    by_check = {one["check"]: one for one in found["advice"]}
    one = by_check["one-replica"]
    assert one["saved"] == "99/124"
    assert [lesson["name"] for lesson in one["postmortems"]] == ["PM-1"]
    [finding] = one["findings"]
    assert (finding["file"], finding["line"], finding["ignored"]) == ("deploy/17-profile.yaml", 20, None)
    assert {one["standing"] for one in found["resting"]} == {"uncited"}
    assert len(found["resting"]) + len(found["advice"]) == 16
    everything = advised(learned, "deploy", "--all")
    assert (len(everything["advice"]), everything["resting"]) == (16, [])
    later = json.loads(learned.run("advise", "deploy", "--at", "2027-09-01T00:00", "--json").out)
    assert {one["standing"] for one in later["resting"]} == {"uncited", "retired"}
    assert later["advice"] == []


SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/run"}},
    },
    "$defs": {
        "run": {
            "type": "object",
            "required": ["tool"],
            "additionalProperties": False,
            "properties": {
                "tool": {
                    "type": "object",
                    "required": ["driver"],
                    "additionalProperties": False,
                    "properties": {
                        "driver": {
                            "type": "object",
                            "required": ["name"],
                            "additionalProperties": False,
                            "properties": {
                                "name": {"type": "string"},
                                "version": {"type": "string"},
                                "rules": {"type": "array", "uniqueItems": True, "items": {"$ref": "#/$defs/rule"}},
                            },
                        }
                    },
                },
                "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                "invocations": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["executionSuccessful"],
                        "additionalProperties": False,
                        "properties": {
                            "executionSuccessful": {"type": "boolean"},
                            "toolExecutionNotifications": {
                                "type": "array",
                                "items": {
                                    "type": "object",
                                    "required": ["message"],
                                    "additionalProperties": False,
                                    "properties": {
                                        "level": {"$ref": "#/$defs/level"},
                                        "message": {"$ref": "#/$defs/message"},
                                        "locations": {"type": "array", "items": {"$ref": "#/$defs/location"}},
                                    },
                                },
                            },
                        },
                    },
                },
                "results": {"type": "array", "items": {"$ref": "#/$defs/result"}},
            },
        },
        "rule": {
            "type": "object",
            "required": ["id"],
            "additionalProperties": False,
            "properties": {
                "id": {"type": "string"},
                "shortDescription": {"$ref": "#/$defs/message"},
                "help": {"$ref": "#/$defs/message"},
                "properties": {"type": "object"},
            },
        },
        "message": {
            "type": "object",
            "required": ["text"],
            "additionalProperties": False,
            "properties": {"text": {"type": "string", "minLength": 1}},
        },
        "level": {"enum": ["none", "note", "warning", "error"]},
        "location": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "physicalLocation": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {
                        "artifactLocation": {
                            "type": "object",
                            "additionalProperties": False,
                            "properties": {"uri": {"type": "string", "pattern": r"^[^\s\\]+$"}},
                        },
                        "region": {
                            "type": "object",
                            "additionalProperties": False,
                            "properties": {
                                "startLine": {"type": "integer", "minimum": 1},
                                "startColumn": {"type": "integer", "minimum": 1},
                            },
                        },
                    },
                }
            },
        },
        "result": {
            "type": "object",
            "required": ["message"],
            "additionalProperties": False,
            "properties": {
                "ruleId": {"type": "string"},
                "ruleIndex": {"type": "integer", "minimum": -1},
                "level": {"$ref": "#/$defs/level"},
                "message": {"$ref": "#/$defs/message"},
                "locations": {"type": "array", "items": {"$ref": "#/$defs/location"}},
                "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
                "suppressions": {
                    "type": "array",
                    "uniqueItems": True,
                    "items": {
                        "type": "object",
                        "required": ["kind"],
                        "additionalProperties": False,
                        "properties": {
                            "kind": {"enum": ["inSource", "external"]},
                            "status": {"enum": ["accepted", "underReview", "rejected"]},
                            "justification": {"type": "string"},
                        },
                    },
                },
            },
        },
    },
}
"""What SARIF 2.1.0 (OASIS) demands of the parts that we write: names, types, words, and nothing else."""


def test_sarif(learned: Site) -> None:
    profile = learned.folder / "deploy" / "17-profile.yaml"
    text = profile.read_text(encoding="utf-8")
    comment = "  # kakeibo: ignore one-replica until 2027-03-31: moved next quarter\n"
    profile.write_text(text.replace("  replicas: 1\n", comment + "  replicas: 1\n"), encoding="utf-8")
    (learned.folder / "deploy" / "with space.yaml").write_text("a: [\n", encoding="utf-8")
    done = learned.run("advise", "deploy", "--all", *AT, "--sarif")
    document = json.loads(done.out)
    jsonschema.validate(document, SARIF, format_checker=jsonschema.FormatChecker())
    [run] = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in run["results"])
    by_rule = {one["ruleId"]: one for one in run["results"]}
    assert by_rule["one-replica"]["suppressions"][0]["justification"] == "moved next quarter"
    assert by_rule["no-resource-requests"]["level"] == "note"
    assert by_rule["no-graceful-stop"]["level"] == "warning"
    [note] = run["invocations"][0]["toolExecutionNotifications"]
    assert note["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "deploy/with%20space.yaml"
    prints = [one["partialFingerprints"]["kakeibo/v1"] for one in run["results"]]
    assert len(prints) == len(set(prints))


def test_markdown_and_forms_that_exclude_each_other(learned: Site) -> None:
    told = learned.run("advise", "deploy", *AT, "--markdown").out
    assert told.startswith("## Advice\n")
    assert "### There is only one of it" in told
    wrong = learned.run("advise", "--json", "--sarif")
    assert (wrong.code, "two forms" in wrong.err) == (1, True)
    assert "there is no file or folder" in learned.run("advise", "nowhere").err


def test_the_book_names_the_files_and_its_comments_ignore(learned: Site) -> None:
    book = learned.folder / "kakeibo.yaml"
    text = "advice: {paths: [deploy]}\n" + book.read_text(encoding="utf-8")
    book.write_text(text, encoding="utf-8")
    assert advised(learned)["files"] == 20
    comment = "# kakeibo: ignore one-replica in *-profile.yaml until 2026-11-22: the last day\n"
    book.write_text(comment + text, encoding="utf-8")
    [one] = [one for one in advised(learned)["advice"] if one["check"] == "one-replica"]
    assert one["findings"][0]["ignored"] == {"until": "2026-11-22", "reason": "the last day"}
    assert "17-profile" not in learned.run("advise", *AT).out
    assert "ignored until 2026-11-22: the last day" in learned.run("advise", *AT, "--all").out


def test_a_log_without_a_field_is_found(learned: Site) -> None:
    store = open_store(f"sqlite:///{learned.folder}/kakeibo.db")
    published(store, "Nobody saw it", ("dependency", "observability"), text="no log, no alert, no runbook")
    store.close()
    lines = [event(n) for n in range(5)]
    for one in lines:
        del one["request_time"]
    learned.write("access.json", *lines)
    [one] = [one for one in advised(learned)["advice"] if one["check"] == "missing-fields"]
    assert [finding["message"] for finding in one["findings"]] == [
        "play-video/latency: the newest lines of web have no field duration"
    ]


def test_once_a_month_by_the_worker(learned: Site) -> None:
    channels = "channels: {room: {type: log, file: told.log}}\nadvice: {paths: [deploy, gone], notify: [room]}\n"
    (learned.folder / "kakeibo.yaml").write_text(channels + PAGING, encoding="utf-8")
    learned.write("access.json", event(0))
    book, _ = read(Path("kakeibo.yaml"))
    store = open_store(f"sqlite:///{learned.folder}/kakeibo.db")
    worker = Worker(book, store, print)
    for moment in (
        datetime(2026, 11, 22, 3, 0, tzinfo=UTC),
        datetime(2026, 11, 30, 14, 59, tzinfo=UTC),
        datetime(2026, 11, 30, 15, 0, tzinfo=UTC),  # December begins in Tokyo
        datetime(2026, 11, 30, 15, 1, tzinfo=UTC),
        datetime(2026, 12, 31, 14, 59, tzinfo=UTC),
    ):
        assert worker.round(moment).failed == []
    with store.reading() as connection:
        rows = connection.execute(select(tables.outbox).where(tables.outbox.c.key.like("advice:%"))).all()
    [row] = rows
    assert (row.key, row.channel) == ("advice:2026-12:room", "room")
    message = msgspec.json.decode(row.message, type=Message)
    assert message.subject == "Advice of December 2026"
    assert message.summary.startswith("2 places were found")
    assert [label for label, _ in message.facts] == ["There is only one of it", "Requests are cut off when a pod stops"]
    assert "PM-1" in message.facts[0][1]
    worker.close()
    store.close()


def test_nothing_is_told_where_nothing_was_found(site: Site) -> None:
    channels = "channels: {room: {type: log, file: told.log}}\nadvice: {notify: [room]}\n"
    (site.folder / "kakeibo.yaml").write_text(channels + BOOK, encoding="utf-8")
    book, _ = read(Path("kakeibo.yaml"))
    site.write("access.json", event(0))
    store = open_store(f"sqlite:///{site.folder}/kakeibo.db")
    worker = Worker(book, store, print)
    for month in (11, 12):
        assert worker.round(datetime(2026, month, 22, 3, 0, tzinfo=UTC)).failed == []
    with store.reading() as connection:
        assert connection.execute(select(tables.outbox).where(tables.outbox.c.key.like("advice:%"))).all() == []
    worker.close()
    store.close()


def test_receivers_that_are_not_there_are_told_of(site: Site) -> None:
    (site.folder / "kakeibo.yaml").write_text("advice: {notify: [rom]}\n" + BOOK, encoding="utf-8")
    assert "there is no channel 'rom'" in site.run("check").out
    (site.folder / "kakeibo.yaml").write_text("advice: {paths: [kakeibo.yaml, gone]}\n" + BOOK, encoding="utf-8")
    told = site.run("check")
    assert (told.code, "kakeibo.yaml:1:32: there is no file or folder gone" in told.out) == (0, True)


def test_the_contracts_name_every_field(site: Site) -> None:
    contract = (DOCS / "contracts" / "advice.md").read_text(encoding="utf-8")
    found = json.loads(site.run("advise", "--all", "--json").out)
    fields = {*found, *found["advice"][0]}
    assert [name for name in fields if f"`{name}`" not in contract] == []
    assert [word for word in get_args(Subject) if f"`{word}`" not in contract] == []
    drill = (DOCS / "contracts" / "drill.md").read_text(encoding="utf-8")
    assert [kind for kind in KINDS if f"`{kind}`" not in drill] == []
    listed = json.loads(site.run("drill", "list", "--json").out)
    assert listed == {"version": 1, "drills": []}
