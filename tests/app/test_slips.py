"""Adjustments, charges and the statement as their users meet them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.app.conftest import Site, event

PERIOD = ("--from", "2026-10-01T09:02", "--to", "2026-10-01T09:06")  # Tokyo: minutes 2 to 5 of the story
WHY = ("--reason", "new disks", "--author", "Operations lead")
AT = "2026-10-01T01:00Z"


@pytest.fixture
def counted(site: Site) -> Site:
    """Ten plays in ten minutes, the last five failed; all counted."""
    site.write("access.json", *(event(n, status=500 if n >= 5 else 200) for n in range(10)))
    site.run("ingest")
    return site


def rows(site: Site) -> dict[str, Any]:
    return {row["slo"]: row for row in json.loads(site.run("report", "--at", AT, "--json").out)["slos"]}


def numbers(site: Site) -> tuple[int, int, int]:
    row = rows(site)["play-video/availability"]
    return row["good"], row["bad"], row["void"]


def test_leaving_out_and_taking_it_back(counted: Site) -> None:
    before = rows(counted)
    assert numbers(counted) == (5, 5, 0)
    added = counted.run("adjust", "add", "play-video", *PERIOD, *WHY)
    assert added.code == 0
    assert "1    maintenance, play-video" in added.out
    assert "Oct 1, 2026, 09:02 JST to Oct 1, 2026, 09:06 JST (4 minutes)" in added.out
    assert "Left out: good 7, failed 1." in added.out  # two objectives: good 3 and 4, failed 1 and 0
    assert numbers(counted) == (2, 4, 4)
    [part] = rows(counted)["play-video/availability"]["adjusted"]
    assert (part["id"], part["good"], part["bad"], part["reason"]) == (1, 3, 1, "new disks")
    assert "4 minutes left out as maintenance (Operations lead: new disks)" in counted.run("report", "--at", AT).out
    assert "Left out by rule" not in counted.run("report", "--at", AT).out

    back = counted.run("adjust", "revoke", "1", "--reason", "it was put off", "--author", "Team lead")
    assert "Revoked by Team lead" in back.out
    assert "Had left out: good 7, failed 1." in back.out
    assert rows(counted) == before
    again = counted.run("adjust", "revoke", "1", "--reason", "again")
    assert again.code == 1
    assert "1 was revoked already, by Team lead" in again.err


def test_late_events_and_a_recount_are_left_out_too(counted: Site) -> None:
    counted.run("adjust", "add", "web", *PERIOD, *WHY)
    counted.write("late.json", event(3), event(9))
    counted.run("ingest")
    assert numbers(counted) == (2 + 1, 4, 4 + 1)
    counted.run("ingest", "--recount")
    assert numbers(counted) == (3, 4, 5)


def test_the_list_for_programs(counted: Site) -> None:
    counted.run("adjust", "add", "play-video/latency", *PERIOD, *WHY, "--kind", "exclusion")
    counted.run("adjust", "revoke", "1", "--reason", "wrong day", "--author", "Team lead")
    [line] = json.loads(counted.run("adjust", "list", "--json").out)["adjustments"]
    assert line["entered"].startswith("20")
    assert line["revoked"].pop("at").startswith("20")
    del line["entered"]
    assert line == {
        "id": 1,
        "kind": "exclusion",
        "name": "",
        "what": "play-video/latency",
        "scope": ["play-video/latency"],
        "from": "2026-10-01T00:02:00Z",
        "to": "2026-10-01T00:06:00Z",
        "good": 4,
        "bad": 0,
        "unknown": 0,
        "author": "Operations lead",
        "reason": "new disks",
        "revoked": {"author": "Team lead", "reason": "wrong day"},
    }


def test_seconds_take_in_the_minutes_they_touch(counted: Site) -> None:
    period = ("--from", "2026-10-01T00:02:59Z", "--to", "2026-10-01T00:03:01Z")
    out = counted.run("adjust", "add", "play-video/availability", *period, *WHY, "--json").out
    [line] = json.loads(out)["adjustments"]
    assert (line["from"], line["to"], line["good"]) == ("2026-10-01T00:02:00Z", "2026-10-01T00:04:00Z", 2)


def test_charging_and_the_statement(counted: Site) -> None:
    name = ("--category", "incident", "--name", "Database overload")
    first = counted.run("charge", "add", "web", "--from", "2026-10-01T09:05", "--to", "2026-10-01T09:07", *name, *WHY)
    assert "1    incident, web: Database overload" in first.out
    assert "Failures charged: 2." in first.out
    second = ("--category", "release", "--name", "Player 2.0")
    counted.run("charge", "add", "play-video", "--from", "2026-10-01T09:06", "--to", "2026-10-01T09:08", *second, *WHY)
    text = counted.run("statement", "play-video/availability", "--month", "2026-10", "--at", AT).out
    assert "Statement for October 2026, so far: until Oct 1, 2026, 10:00 JST" in text
    document = json.loads(counted.run("statement", "--month", "2026-10", "--json").out)
    spent = document["slos"][0]["present"]
    assert not document["so_far"]
    assert (spent["allowed"], spent["spent"], spent["left"]) == (1, 5, -4)
    assert {category: bad for category, bad in spent["categories"].items() if bad} == {
        "incident": 2,
        "release": 1,
        "unexplained": 2,
    }
    counted.run("charge", "revoke", "1", "--reason", "it was the release")
    listed = json.loads(counted.run("charge", "list", "--json").out)["charges"]
    assert [(line["name"], line["bad"], line["revoked"] is None) for line in listed] == [
        ("Database overload", 0, False),
        ("Player 2.0", 2, True),
    ]
    markdown = counted.run("statement", "--month", "2026-10", "--markdown").out
    assert "- release: 2" in markdown
    assert "リリース" in counted.run("statement", "--month", "2026-10", "--lang", "ja").out


def test_an_empty_page_says_so(site: Site) -> None:
    assert site.run("adjust", "list").out == "Nothing has been left out.\n"
    assert site.run("charge", "list").out == "Nothing has been charged.\n"
    assert json.loads(site.run("charge", "list", "--json").out) == {"version": 1, "charges": []}
    assert "not one event counted" in site.run("statement", "--month", "2026-10").out


def test_the_author_is_the_user_of_the_machine(counted: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "operator")
    counted.run("adjust", "add", "play-video", *PERIOD, "--reason", "new disks")
    assert "operator: new disks" in counted.run("adjust", "list").out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["add", "play-vido", *PERIOD, *WHY],
            "there is no objective, journey or source play-vido: did you mean play-video?",
        ),
        (["add", "web", "--from", "tomorrow", "--to", AT, *WHY], "'tomorrow' is not a time"),
        (["add", "web", "--from", AT, "--to", AT, *WHY], f"the end {AT} is not after the beginning {AT}"),
        (["add", "web", *PERIOD, "--reason", "  "], "--reason is empty: say it in a few words"),
        (["add", "web", *PERIOD, "--reason", "x", "--author", ""], "--author is empty"),
        (["revoke", "7", "--reason", "x"], "there is no adjustment 7: kakeibo adjust list shows them"),
    ],
)
def test_wrong_input_is_one_message(site: Site, arguments: list[str], message: str) -> None:
    output = site.run("adjust", *arguments)
    assert output.code == 1
    assert message in output.err
    assert "Traceback" not in output.err
    assert site.run("adjust", "list").out == "Nothing has been left out.\n"


def test_wrong_usage_is_one_message(site: Site) -> None:
    assert "there is no command ad" in site.run("adjust", "ad").err
    assert site.run("adjust", "add", "web").code == 2
    assert "2027-01 has not begun" in site.run("statement", "--month", "2027-01", "--at", AT).err
    assert "'spring' is not a month" in site.run("statement", "--month", "spring").err
