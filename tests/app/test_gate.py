"""kakeibo gate and kakeibo policy as a pipeline and a reader use them."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta

import pytest
from tests.app.conftest import START, Site, event

from kakeibo import clock

POLICY = """\
policies:
  player:
    author: Reliability engineer
    approvers: [Product owner]
    approved: 2026-09-01
    revisit: 2027-03-31
    rules:
      used-up: {when: {sli: availability, state: exhausted}, then: [freeze, review], why: Users cannot wait.}
      for-weeks: {when: {missed_weeks: 2}, then: ticket}
"""
LATEST = ("--at", "latest")


@pytest.fixture
def spent(site: Site) -> Site:
    """A site whose budget of availability is spent: 100 plays in a day, 20 failed where 10 are allowed."""
    site.write("a.json", *(event(15 * n, status=500 if n % 5 == 0 else 200) for n in range(100)))
    policy(site, POLICY)
    assert site.run("ingest").code == 0
    return site


def policy(site: Site, text: str) -> None:
    (site.folder / "policies").mkdir(exist_ok=True)
    (site.folder / "policies" / "player.yaml").write_text(text, encoding="utf-8")


def test_a_spent_budget_denies_with_the_sentence(spent: Site) -> None:
    told = spent.run("gate", "learning", *LATEST)
    assert told.code == 2
    said = " ".join(told.out.split())
    assert said.startswith("No release of learning now (normal).")
    assert "Play a video (success): overspent by" in said
    assert "By rule used-up of Player team releases are frozen." in said
    assert "While releases are frozen, these pass: urgent, security." in said
    assert "--override --by NAME --reason TEXT" in said


@pytest.mark.parametrize("kind", ["urgent", "security"])
def test_urgent_and_security_fixes_pass_and_are_logged(spent: Site, kind: str) -> None:
    told = spent.run("gate", "learning", "--kind", kind, "--by", "Duty engineer", *LATEST)
    assert told.code == 0
    [entry] = json.loads(spent.run("gate", "log", "--json").out)["answers"]
    assert (entry["kind"], entry["verdict"], entry["ruled"], entry["by"]) == (kind, "allow", "allow", "Duty engineer")
    assert [reason["cause"] for reason in entry["reasons"]] == ["exempt"]


def test_an_override_passes_under_its_name_and_is_logged(spent: Site) -> None:
    words = ("--override", "--by", "Duty manager", "--reason", "contract ends today")
    told = spent.run("gate", "learning", *words, *LATEST)
    assert told.code == 0
    assert "Passed by override of Duty manager: contract ends today" in told.out
    spent.run("gate", "learning", *LATEST)
    first, second = json.loads(spent.run("gate", "log", "--json").out)["answers"]
    assert (first["verdict"], first["override"], first["id"]) == ("deny", False, 2)
    assert (second["ruled"], second["verdict"], second["override"]) == ("deny", "allow", True)
    assert (second["by"], second["reason"]) == ("Duty manager", "contract ends today")
    assert "Passed by override of Duty manager" in spent.run("gate", "log").out


@pytest.mark.parametrize("words", [(), ("--by", "Duty manager"), ("--by", " ", "--reason", "x"), ("--reason", "x")])
def test_nobody_overrides_without_name_and_reason(spent: Site, words: tuple[str, ...]) -> None:
    assert spent.run("gate", "learning", "--override", *words, *LATEST).code == 3
    assert json.loads(spent.run("gate", "log", "--json").out)["answers"] == []


def test_old_counts_warn_and_say_how_old_they_are(spent: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    last = START + timedelta(minutes=15 * 99 + 1)
    monkeypatch.setattr(clock, "now", lambda: last + timedelta(minutes=61))
    told = spent.run("gate", "learning")
    assert told.code == 1
    assert "1 hour 1 minute" in told.out
    assert "cannot be relied on" in " ".join(told.out.split())
    monkeypatch.setattr(clock, "now", lambda: last + timedelta(minutes=60))
    assert spent.run("gate", "learning").code == 2


def test_what_many_objectives_share_is_said_once(spent: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    policy(spent, POLICY.replace("exhausted", "filling").replace("missed_weeks: 2", "missed_weeks: 9"))
    monkeypatch.setattr(clock, "now", lambda: START + timedelta(days=2))
    for shown in (spent.run("gate", "learning"), spent.run("gate", "log")):
        assert shown.out.count("too old to decide by") == 1
        assert "So it is for 1 more." in " ".join(shown.out.split())
    [entry] = json.loads(spent.run("gate", "log", "--json").out)["answers"]
    assert [reason["slo"] for reason in entry["reasons"]] == ["play-video/availability", "play-video/latency"]


def test_a_policy_past_its_revisit_date_says_so_everywhere(spent: Site) -> None:
    policy(spent, POLICY.replace("2027-03-31", "2026-09-30"))
    words = "past its revisit date"
    assert words in spent.run("check").out
    assert words in spent.run("policy", *LATEST).out.lower()
    assert words in " ".join(spent.run("report", *LATEST).out.lower().split())
    told = spent.run("gate", "learning", *LATEST)
    assert told.code == 2
    assert words in " ".join(told.out.lower().split())


def test_an_unsigned_policy_stops_nobody(spent: Site) -> None:
    policy(spent, POLICY.replace("    approvers: [Product owner]\n", ""))
    assert "is not signed" in spent.run("check").out
    told = spent.run("gate", "learning", *LATEST)
    assert (told.code, "is not in force" in " ".join(told.out.split())) == (1, True)


def test_the_report_shows_what_is_due(spent: Site) -> None:
    said = " ".join(spent.run("report", *LATEST).out.split())
    assert "What was agreed" in said
    assert "Hence releases are frozen, the team meets and decides what to do (rule used-up)." in said
    assert "releases are frozen" in spent.run("report", *LATEST, "--markdown").out
    document = json.loads(spent.run("report", *LATEST, "--json").out)["policies"]
    assert [(one["team"], one["status"], [due["rule"] for due in one["due"]]) for one in document] == [
        ("player", "in_force", ["used-up"])
    ]
    page = spent.folder / "report.html"
    spent.run("report", *LATEST, "--html", str(page))
    assert "releases are frozen" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "arguments",
    [
        ("gate",),
        ("gate", "learnin"),
        ("gate", "learning", "--kind", "quick"),
        ("gate", "learning", "--nonsense"),
        ("gate", "learning", "--at", "yesterday"),
        ("gate", "learning", "--book", "nowhere.yaml"),
        ("gate", "learning", "--store", "sqlite:////nowhere/kakeibo.db"),
        ("gate", "learning", "--store", "postgresql://nobody@127.0.0.1:1/none"),
    ],
)
def test_what_is_no_answer_is_never_taken_for_one(spent: Site, arguments: tuple[str, ...]) -> None:
    told = spent.run(*arguments)
    assert (told.code, told.out) == (3, "")
    assert told.err


def test_a_fault_of_our_own_is_no_answer_either(spent: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> datetime:
        raise RuntimeError("the clock stands still")

    monkeypatch.setattr(clock, "now", broken)
    told = spent.run("gate", "learning", *LATEST)
    assert told.code == 3
    assert "the clock stands still" in told.err


def test_help_is_no_answer_but_no_fault(site: Site) -> None:
    assert site.run("gate", "--help").code == 0


def test_weeks_are_those_of_the_organisation(site: Site) -> None:
    """START is a Thursday, 9 o'clock in Tokyo: the weeks that are over by Oct 26 begin on Oct 5, 12 and 19 there."""
    week = 7 * 1440
    monday = 4 * 1440 - 9 * 60  # of Oct 5, 0:00 in Tokyo, in minutes after START
    bad = [event(monday + week + n, status=500) for n in range(3)] + [event(monday + 3 * week - 1, status=500)]
    good = [event(0), event(monday - 1), event(monday), event(monday + week + 3), event(monday + 3 * week)]
    site.write("a.json", *sorted(bad + good, key=lambda one: str(one["time"])))
    policy(site, POLICY)
    assert site.run("ingest").code == 0

    def run_of(at: str) -> list[tuple[str, int]]:
        [found] = json.loads(site.run("policy", "player", "--at", at, "--json").out)["policies"]
        return [(due["slo"], due["missed_weeks"]) for due in found["due"] if due["rule"] == "for-weeks"]

    assert run_of("2026-10-25T23:59") == []  # the second week that was missed is not over
    assert run_of("2026-10-26") == [("play-video/availability", 2)]
    assert run_of("2026-11-02T00:00") == []  # a good week ends the run
    assert run_of("2026-11-10") == []  # a week without events too: nobody can say that it was missed


def test_policy_in_words(spent: Site) -> None:
    said = " ".join(spent.run("policy", "player", *LATEST).out.split())
    assert "When the objective is about availability, and its state is exhausted: releases are frozen" in said
    assert "Users cannot wait." in said
    assert "approvers Product owner" in said
    japanese = spent.run("policy", "player", *LATEST, "--lang", "ja").out
    assert "リリース" in japanese
    told = spent.run("policy", "plaier")
    assert (told.code, "did you mean player?" in told.err) == (1, True)


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_template_is_a_policy_that_can_be_signed(site: Site, lang: str) -> None:
    text = site.run("policy", "--template", "--lang", lang).out
    policy(site, text)
    told = site.run("check", "--lang", "en")
    assert told.code == 0
    assert "the policy of player is not signed" in told.out
    signed = re.sub(r"^    # ((?:approvers|approved|revisit):)", r"    \1", text, flags=re.MULTILINE)
    policy(site, signed.replace("2026-12-01", "2026-09-01"))
    assert "the policy of player" not in site.run("check", "--lang", "en").out


def test_templates_have_the_same_rules_in_both_languages(site: Site) -> None:
    def rules(lang: str) -> list[str]:
        text = site.run("policy", "--template", "--lang", lang).out
        return [line for line in text.splitlines() if re.match(r"      [ a-z]", line) and "#" not in line]

    assert rules("en") == rules("ja")
