"""On-call as its users meet it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.app.conftest import Site

from kakeibo import clock

AT = ("--at", "2026-11-24T12:00")  # a Tuesday, in Tokyo
WHY = ("--reason", "school concert", "--author", "SRE 1")
BOOK = """
people:
  sre-1: {name: SRE 1, slack: U1, phone: $SRE_1_PHONE, email: x@example.org, contact: {page: [slack, phone after 5m]}}
  sre-2: {name: SRE 2, slack: U2}
  dev-1: {name: Developer 1, slack: U3}
  lead: {name: Team lead}
oncall:
  player:
    timezone: Asia/Tokyo
    rotas:
      primary:
        - {participants: [dev-1], start: 2026-10-05, handover: daily 09:00, hours: [Mon-Fri 09:00-18:00]}
        - {participants: [sre-1, sre-2], start: 2026-10-05, handover: weekly Mon 10:00}
    escalation: [{notify: primary}, {notify: lead, after: 10m}]
"""
HOLIDAYS = (
    "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART;VALUE=DATE:20261124\nSUMMARY:Holiday\nEND:VEVENT\nEND:VCALENDAR\n"
)


@pytest.fixture
def duty(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.delenv("SRE_1_PHONE", raising=False)
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 20, 3, tzinfo=UTC))
    with (site.folder / "kakeibo.yaml").open("a", encoding="utf-8") as book:
        book.write(BOOK)
    return site


def changed(site: Site, old: str, new: str) -> None:
    path = site.folder / "kakeibo.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_who_is_on_call_and_who_is_next(duty: Site) -> None:
    shown = duty.run("oncall", *AT)
    assert shown.code == 0
    assert shown.out.splitlines() == [
        "Player team",
        "  primary: Developer 1 (dev-1) until Nov 24, 2026, 18:00 JST, then SRE 2 (sre-2)",
        "    Reached by: Slack",
        "  Called for a page: primary -> lead after 10 minutes",
    ]
    japanese = duty.run("oncall", "--at", "2026-11-20T20:00", "--lang", "ja").out
    assert "  primary: 2026年11月23日 09:00 JST まで" in japanese
    assert "連絡方法: Slack、5分後に電話" in japanese
    assert not (duty.folder / "kakeibo.db").exists()


def test_for_programs_without_any_address(duty: Site) -> None:
    document = json.loads(duty.run("oncall", "--at", "2026-11-20T20:00", "--json").out)
    [team] = document["teams"]
    assert team["rotas"] == [
        {
            "rota": "primary",
            "person": "sre-1",
            "until": "2026-11-23T00:00:00Z",
            "change": None,
            "contact": [{"by": "slack", "after_minutes": 0}, {"by": "phone", "after_minutes": 5}],
            "next": {"person": "dev-1", "from": "2026-11-23T00:00:00Z", "until": "2026-11-23T09:00:00Z"},
        }
    ]
    assert "example.org" not in json.dumps(document)


def test_override_swap_and_revoke(duty: Site) -> None:
    times = ("--from", "2026-11-24T11:00", "--to", "2026-11-24T13:00")
    entered = duty.run("oncall", "override", "player", "lead", *times, *WHY)
    assert entered.out.splitlines()[:2] == [
        "1    player/primary: Team lead (lead) is on call",
        "     Nov 24, 2026, 11:00 JST to Nov 24, 2026, 13:00 JST (2 hours)",
    ]
    assert "primary: Team lead (lead) until Nov 24, 2026, 13:00 JST, then Developer 1" in duty.run("oncall", *AT).out
    assert "Changed by hand: 1 of kakeibo oncall list" in duty.run("oncall", *AT).out
    duty.run("oncall", "swap", "player/primary", "sre-1", "sre-2", "--from", "2026-11-20", "--to", "2026-11-23", *WHY)
    assert "primary: SRE 2 (sre-2)" in duty.run("oncall", "--at", "2026-11-20T20:00").out
    back = duty.run("oncall", "revoke", "1", "--reason", "put off", "--author", "Team lead")
    assert "Revoked by Team lead" in back.out
    assert "primary: Developer 1" in duty.run("oncall", *AT).out
    listed = json.loads(duty.run("oncall", "list", "--json").out)["changes"]
    assert [(one["id"], one["kind"], one["other"], bool(one["revoked"])) for one in listed] == [
        (1, "override", None, True),
        (2, "swap", "sre-2", False),
    ]
    assert "1 was revoked already, by Team lead" in duty.run("oncall", "revoke", "1", "--reason", "again").err
    assert "there is no change 9" in duty.run("oncall", "revoke", "9", "--reason", "again").err


def test_what_is_typed_wrongly(duty: Site) -> None:
    times = ("--from", "2026-11-24T11:00", "--to", "2026-11-24T13:00")
    cases = [
        (("oncall", "--team", "plaier"), "there is no team plaier in the book: did you mean player?"),
        (("oncall", "override", "player/first", "lead", *times, *WHY), "there is no rota player/first in the book"),
        (
            ("oncall", "override", "player", "led", *times, *WHY),
            "there is no person led in the book: did you mean lead?",
        ),
        (("oncall", "swap", "player", "lead", "lead", *times, *WHY), "nobody swaps with themselves"),
        (("oncall", "override", "player", "lead", "--from", "2026-11-24", "--to", "2026-11-24", *WHY), "is not after"),
        (("oncall", "--at", "noon"), "'noon' is not a time"),
        (("oncall", "--json", "list"), "options stand behind the verb: kakeibo oncall list ..."),
    ]
    for arguments, message in cases:
        told = duty.run(*arguments)
        assert (told.code in (1, 2), message in told.err) == (True, True), told.err


def test_a_calendar_goes_out_and_comes_back_as_shifts(duty: Site) -> None:
    out = duty.run("oncall", "export", "--out", "shifts.ics", "--days", "30")
    assert out.out.startswith("shifts.ics: ")
    assert b"BEGIN:VTIMEZONE" in Path("shifts.ics").read_bytes()
    before = duty.run("oncall").out
    layers = BOOK[BOOK.index("        - {participants: [dev-1]") : BOOK.index("    escalation:")]
    changed(duty, layers, "        - {from_ical: shifts.ics}\n")
    assert duty.run("oncall").out == before
    mine = duty.run("oncall", "export", "--out", "mine.ics", "--person", "sre-1", "--team", "player")
    assert mine.code == 0
    assert b"SRE 2" not in Path("mine.ics").read_bytes()


def test_holidays_suspend_a_layer_and_a_broken_file_does_not_stop_anybody(duty: Site) -> None:
    changed(duty, "hours: [Mon-Fri 09:00-18:00]}", "hours: [Mon-Fri 09:00-18:00], except_ical: holidays.ics}")
    Path("holidays.ics").write_text(HOLIDAYS)
    assert "primary: SRE 2 (sre-2)" in duty.run("oncall", *AT).out
    Path("holidays.ics").write_text("nonsense")
    shown = duty.run("oncall", *AT)
    assert "primary: Developer 1" in shown.out
    assert "warning: holidays.ics: not readable as a calendar" in shown.err


def test_check_looks_ahead(duty: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    changed(duty, "    escalation: [{notify: primary}", "      late: [{participants: [sre-1], start: 2099-01-01}]\n"
            "      same: [{participants: [sre-1, sre-2], start: 2026-10-05}]\n"
            "    escalation: [{notify: primary}")  # fmt: skip
    changed(duty, "sre-2: {name: SRE 2, slack: U2}", "sre-2: {name: SRE 2, slack: U2, absences: away.ics}")
    Path("away.ics").write_text(
        HOLIDAYS.replace("DTSTART;VALUE=DATE:20261124", "DTSTART:20200101T000000Z\nDTEND:20990101T000000Z")
    )
    told = duty.run("check").out
    assert re.search(r"note: kakeibo.yaml:\d+:7: nobody is on call in player/late from", told)
    assert (
        "SRE 1 (sre-1) is on call in primary and in same at once" in told
        or "SRE 2 (sre-2) is on call in primary" in told
    )
    assert "SRE 2 (sre-2) is away from" in told
    assert "Team lead (lead) is called, but cannot be reached" in told
    assert "SRE 1 (sre-1): the address for telephone is not set here; set $SRE_1_PHONE where kakeibo runs" in told
    monkeypatch.setenv("SRE_1_PHONE", "+81 3 0000 0000")
    assert "$SRE_1_PHONE" not in duty.run("check").out
    changed(duty, "participants: [sre-1, sre-2], start: 2026-10-05, handover: weekly Mon 10:00",
            "participants: [sre-1], start: 2099-10-05")  # fmt: skip
    changed(duty, "      same: [{participants: [sre-1, sre-2], start: 2026-10-05}]\n", "")
    assert re.search(r"warning: kakeibo.yaml:\d+:7: nobody is on call in player/primary from", duty.run("check").out)


def test_check_says_when_nobody_would_be_called(duty: Site) -> None:
    told = duty.run("check").out
    assert "no alert calls whoever is on duty for player" in told
    assert "SRE 1 (sre-1): the book has no channel of type slack" in told
    changed(
        duty, "teams: {player: {name: Player team}}", "teams: {player: {name: Player team, notify: {page: [oncall]}}}"
    )
    changed(duty, "people:\n", "channels: {slack: {type: slack, token_env: SLACK_TOKEN, channel: '#sre'}}\npeople:\n")
    told = duty.run("check").out
    assert "no alert calls" not in told
    assert "(sre-1): the book has no channel of type slack" not in told


def test_a_book_without_on_call(site: Site) -> None:
    assert site.run("oncall").out == "Nobody is on call: the book has no section oncall.\n"
    assert json.loads(site.run("oncall", "--json").out)["teams"] == []
