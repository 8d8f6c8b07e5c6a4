"""Composites, parts, owners and probes as their users meet them, against a list of events."""

from __future__ import annotations

import json
import random
from collections import Counter
from fractions import Fraction
from importlib import resources
from typing import Any

import jsonschema
import pytest
from tests.app.conftest import BOOK, Site, event

AT = "2026-10-01T02:00Z"  # two hours after the first event
TEAMS = "teams: {player: {name: Player team}, network: {name: Network team}, screen: {name: Screen team}}"
SPLIT = """\
      availability:
        good: status < 500 and not (error in system_codes)
        target: 90%
        window: 1d
        owner: screen
        split:
          by: region
          parts:
            tokyo: {owner: network, target: 80%}
            west: {values: [osaka, "it's"], alerts: [{burn: 2%, within: 1h, severity: page}]}
"""
PROBED = """\
  log-in:
    title: Log in
    service: learning
    source: web
    valid: operation = 'LogIn'
    probes: {source: robot, good: result = 'ok', every: 6m}
    slos:
      availability: {good: status < 500, target: 90%, window: 1d}
      steady: {good: status < 500, target: 90%, window: 1d, method: {slices: 30m, slice_target: 75%}}
  site:
    title: The site
    slos:
      worst: {worst_of: [play-video/availability, log-in/availability], target: 90%, window: 1d}
      mean: {weighted: {play-video/availability: 3, log-in/availability: 0.5}, target: 90%, window: 1d}
      both: {product_of: [site/worst, play-video/availability/tokyo], target: 90%, window: 1d}
"""
REGIONS = ("tokyo", "osaka", "it's", "kyoto", "", None)
PARTS = {"tokyo": ("tokyo",), "west": ("osaka", "it's"), "other": ("kyoto", "", None)}
Plays = list[dict[str, object]]


def plays(seed: int) -> Plays:
    """Plays in one hour, in every region and in none: good, bad, left out, and such as nobody can judge."""
    dice = random.Random(seed)
    found = []
    for _ in range(300):
        fields: dict[str, object] = {"status": dice.choice([200, 200, 500]), "agent": dice.choice(["", "", "probe"])}
        fields["error"] = dice.choice(["", "", "BAD_INPUT", "SYSTEM", "E42"])
        region = dice.choice(REGIONS)
        found.append(event(dice.randrange(60), **fields) | ({} if region is None else {"region": region}))
    return found


def judged(events: Plays) -> Counter[str]:
    found: Counter[str] = Counter()
    for one in events:
        if one["agent"] == "probe":
            found["void"] += 1
        elif one["status"] == 500 or one["error"] == "SYSTEM":
            found["bad"] += 1
        elif one["error"] == "E42":
            found["bad"] += 1
            found["unknown"] += 1
        else:
            found["good"] += 1
    return found


@pytest.fixture
def made(site: Site) -> tuple[Site, Plays]:
    """A book with all of it, and two hours counted: log-ins each ten minutes, a probe each five, the last at 00:50."""
    before, _, after = BOOK.partition("      availability:")
    book = before + SPLIT + after.partition("\n")[2] + PROBED
    book = book.replace("teams: {player: {name: Player team}}", TEAMS)
    book = book.replace("sources:\n", "sources:\n  robot: {type: ndjson, path: probes.json}\n")
    (site.folder / "kakeibo.yaml").write_text(book, encoding="utf-8")
    events = plays(7)
    logins = [event(n, operation="LogIn", status=500 if n == 20 else 200) for n in range(0, 60, 10)]
    site.write("access.json", *events, *logins, event(119, operation="Other"))
    probes = [{"time": event(n)["time"], "result": "bad" if n in (25, 50) else "ok"} for n in range(0, 55, 5)]
    (site.folder / "probes.json").write_text("".join(json.dumps(one) + "\n" for one in probes))
    assert site.run("check").code == 0
    assert site.run("ingest").code == 0
    return site, events


def rows(site: Site) -> dict[str, Any]:
    document = json.loads(site.run("report", "--at", AT, "--json").out)
    schema = json.loads(resources.files("kakeibo.letters").joinpath("report.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, schema, cls=jsonschema.Draft202012Validator)
    return {row["slo"]: row for row in document["slos"]}


COUNTS = ("good", "bad", "void", "unknown")


def test_parts_add_up_to_the_event(made: tuple[Site, Plays]) -> None:
    site, events = made
    whole = rows(site)["play-video/availability"]
    for part in whole["parts"]:
        values = PARTS[part["slo"].rpartition("/")[2]]
        expected = judged([one for one in events if one.get("region") in values])
        assert {name: part[name] for name in COUNTS} == {name: expected[name] for name in COUNTS}
    assert [part["slo"].rpartition("/")[2] for part in whole["parts"]] == list(PARTS)
    assert {name: whole[name] for name in COUNTS} == {name: judged(events)[name] for name in COUNTS}
    assert sum(part["share_of_bad"] for part in whole["parts"]) == pytest.approx(1)
    assert [part["alerts"] for part in whole["parts"]] == [False, True, False]
    assert [(part["target"], part["owner"]) for part in whole["parts"]] == [
        (0.8, "network"),
        (0.9, "screen"),
        (0.9, "screen"),
    ]


def test_parts_go_on_adding_up_when_something_is_left_out(made: tuple[Site, Plays]) -> None:
    site, _ = made
    period = ("--from", "2026-10-01T09:10", "--to", "2026-10-01T09:30", "--reason", "new disks")
    before = rows(site)["play-video/availability"]
    told = site.run("adjust", "add", "play-video/availability", *period)
    after = rows(site)["play-video/availability"]
    moved = after["void"] - before["void"]
    assert moved > 50
    assert f"good {before['good'] - after['good']}, failed {before['bad'] - after['bad']}." in told.out  # each once
    for row in (before, after):
        assert {name: sum(part[name] for part in row["parts"]) for name in COUNTS} == {
            name: row[name] for name in COUNTS
        }
    refused = site.run("adjust", "add", "play-video/availability/tokyo", *period)
    assert (refused.code, "name the whole" in refused.err) == (1, True)
    assert "play-video/availability, log-in/availability" in site.run("adjust", "add", "site/worst", *period).err
    site.run("adjust", "revoke", "1", "--reason", "wrong day")
    assert rows(site)["play-video/availability"]["parts"] == before["parts"]


def test_users_and_probes_are_one_account(made: tuple[Site, Plays]) -> None:
    site, _ = made
    found = rows(site)
    row = found["log-in/availability"]
    assert (row["valid"], row["bad"], row["composite"]) == (6 + 11, 1 + 2, "sum")
    assert row["probes"] == {
        "valid": 11,
        "bad": 2,
        "last": "2026-10-01T00:50:00Z",
        "every_minutes": 6,
        "missing": True,
    }
    # 00:00 users 2 of 3 and probes 5 of 6 good; 00:30 users 3 of 3, probes 4 of 5: one slice of 7/9, one of 7/8
    assert (found["log-in/steady"]["valid"], found["log-in/steady"]["bad"]) == (2, 0)
    report = site.run("report", "--at", AT).out
    assert "Caution: no probe since Oct 1, 2026, 09:50 JST" in report
    assert "Events of probes among these: 11, of which 2 failed." in report
    early = json.loads(site.run("report", "--at", "2026-10-01T00:56Z", "--json").out)["slos"]
    assert [row["probes"]["missing"] for row in early if row["probes"]] == [False, False]


def test_a_slice_has_the_events_of_both_accounts(made: tuple[Site, Plays]) -> None:
    site, _ = made
    book = site.folder / "kakeibo.yaml"
    book.write_text(book.read_text().replace("slice_target: 75%", "slice_target: 80%"))
    steady = rows(site)["log-in/steady"]
    assert (steady["valid"], steady["bad"]) == (2, 1)


def test_composites_are_made_of_their_parts(made: tuple[Site, Plays]) -> None:
    site, events = made
    found = rows(site)
    counts = judged(events)
    play = Fraction(counts["good"], counts["good"] + counts["bad"])
    log_in = Fraction(14, 17)
    inside = judged([one for one in events if one.get("region") == "tokyo"])
    tokyo = Fraction(inside["good"], inside["good"] + inside["bad"])
    expected = {
        "worst": min(play, log_in),
        "mean": (3 * play + log_in / 2) / (3 + Fraction(1, 2)),
        "both": min(play, log_in) * tokyo,
    }
    for name, share in expected.items():
        row = found[f"site/{name}"]
        assert row["sli"] == float(share)
        assert row["spent"] == pytest.approx(float((1 - share) * row["valid"]))
    assert found["site/worst"]["valid"] == counts["good"] + counts["bad"] + 17
    assert found["site/mean"]["made_of"] == [
        {"slo": "play-video/availability", "weight": 3.0},
        {"slo": "log-in/availability", "weight": 0.5},
    ]
    told = json.loads(site.run("explain", "site/mean", "--json").out)
    assert [part["sli"] for part in told["parts"]] == [float(play), float(log_in)]


def test_every_door_opens_for_composites_and_parts(made: tuple[Site, Plays]) -> None:
    site, _ = made
    text = " ".join(site.run("report", "--at", AT).out.split())
    for sentence in (
        "As good as the worst of: play-video/availability,",
        "improved by Screen team",
        "Alerts of their own: west.",
        "all else: ",
    ):
        assert sentence in text
    for form in ("--markdown", "--html=page.html"):
        assert site.run("report", "--at", AT, form).code == 0
    assert "As good as the worst of" in (site.folder / "page.html").read_text(encoding="utf-8")
    statement = site.run("statement", "site/worst", "--month", "2026-10", "--at", AT).out
    assert "What spent it is told in the accounts of these." in " ".join(statement.split())
    accounts = json.loads(site.run("statement", "--month", "2026-10", "--at", AT, "--json").out)["slos"]
    assert {one["slo"]: one["owner"] for one in accounts}["play-video/availability"] == "screen"
    of_probes = json.loads(site.run("statement", "robot", "--month", "2026-10", "--at", AT, "--json").out)["slos"]
    assert [one["slo"] for one in of_probes][:2] == ["log-in/availability", "log-in/steady"]
    for name in ("site/worst", "site/both", "log-in/availability", "log-in/steady", "play-video/availability/tokyo"):
        assert site.run("try", name).code == 0
    assert "region = 'osaka'" in site.run("explain", "play-video/availability/west").out
    audit = site.run("audit").out
    assert "log-in/availability/probes" in audit
    assert "availability/tokyo" not in audit


def test_a_column_to_split_by_that_is_not_there(made: tuple[Site, Plays]) -> None:
    site, _ = made
    book = site.folder / "kakeibo.yaml"
    book.write_text(book.read_text().replace("by: region", "by: regoin"))
    told = site.run("check")
    assert (told.code, "source web has no column regoin" in told.out) == (1, True)


def test_a_slip_for_a_source_covers_what_is_counted_from_it(made: tuple[Site, Plays]) -> None:
    site, _ = made
    site.run(
        "adjust", "add", "robot", "--from", "2026-10-01T09:00", "--to", "2026-10-01T10:00", "--reason", "robot ill"
    )
    row = rows(site)["log-in/availability"]
    assert (row["valid"], row["bad"], row["void"]) == (6, 1, 11)
    assert [(one["what"], one["good"], one["bad"]) for one in row["adjusted"]] == [("robot", 9, 2)]
    assert rows(site)["site/mean"]["adjusted"] == row["adjusted"]
