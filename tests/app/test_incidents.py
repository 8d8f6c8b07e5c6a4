"""Incidents by worker, shell and hooks: opened once whatever happens, joined where they belong, never silently."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select
from tests.acceptance.site import BOOK, FIRST, START, Burn, Script, Site
from tests.app.conftest import Site as Shell
from tests.app.conftest import event
from tests.oncall.team import DUTY

from kakeibo import clock
from kakeibo.alerts import gate_log
from kakeibo.alerts.acknowledgements import Acknowledgement
from kakeibo.app import answering, incident_access, incident_watch
from kakeibo.app.check import read
from kakeibo.app.incident_desk import Desk, New, of_journey
from kakeibo.app.working import Working
from kakeibo.errors import UsageError
from kakeibo.incidents import grants, records
from kakeibo.ledger.complaints import Complaint, complain
from kakeibo.ledger.releases import Release, record
from kakeibo.oncall import pages
from kakeibo.oncall.answers import subject_of
from kakeibo.store import tables

EXAMPLE = Path(__file__).parents[2] / "docs/examples/access"
FAST = Script([Burn(400, 430, 0.5)])


@pytest.fixture
def at_the_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stands where the site's does, some minutes after the incidents of these tests."""
    monkeypatch.setattr(clock, "now", lambda: START + timedelta(minutes=480))


def calm(site: Site, until: int = 395) -> None:
    site.run(until, every=until)


def desk(site: Site) -> Desk:
    return Desk(site.book, site.store, "lead")


def kinds(site: Site, number: int = 1) -> list[str]:
    return [entry.kind for entry in records.timeline(site.store, number)]


def test_a_page_opens_an_incident_that_is_measured_to_the_minute(tmp_path: Path) -> None:
    site = Site.at(tmp_path, FAST)
    calm(site)
    site.run(410)
    [one] = records.incidents(site.store)
    assert (one.state, one.origin, one.services) == ("open", "alert", ("learning",))
    assert one.title == "Trouble with: Play a video (success)"
    assert one.measured is not None
    assert one.measured.start is not None
    assert (one.measured.start.minute, one.measured.end) == (FIRST + 400, None)
    assert one.time_to_detect == 150  # the round of minute 402, half a minute into it
    site.run(470, every=10)
    [over] = records.incidents(site.store)
    assert over.measured is not None
    assert over.measured.end is not None
    assert over.measured.end.minute == FIRST + 430
    [harm] = [harm for harm in over.measured.harms if harm.slo == "play/availability"]
    assert (harm.valid, harm.bad) == (30 * 15, sum(n % 4 != 3 for n in range(10)) * 30)
    assert over.state == "open"  # whether it is over, people say
    assert {"opened", "alert", "alert_over", "measured"} == set(kinds(site))


def test_an_impact_longer_than_one_looks_at_first_has_its_end_too(tmp_path: Path) -> None:
    site = Site.at(tmp_path, Script([Burn(400, 1000, 0.5)], per_minute=8))
    site.run(1100, every=50)
    [one] = records.incidents(site.store)
    assert one.measured is not None
    assert one.measured.start is not None
    assert one.measured.end is not None
    assert (one.measured.start.minute, one.measured.end.minute) == (FIRST + 400, FIRST + 1000)


def test_a_crash_between_alert_and_incident_opens_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is raised after the incident was opened undoes the alert with it; the next round does both."""
    site = Site.at(tmp_path, FAST)
    calm(site)
    site.run(401)

    def crash(*_: object) -> None:
        raise RuntimeError("killed")

    working = Working(site.book, site.store)
    assert working.turn()
    with monkeypatch.context() as patch:
        patch.setattr(incident_watch, "_write", crash)
        for _ in range(4):
            site.write(site.minute + 1)
            working.round(site.now)
    assert records.incidents(site.store) == []
    assert [flip for flip in site.flips() if flip.alert.severity == "page"] == []
    working.close()
    site.run(410)
    [one] = records.incidents(site.store)
    assert len([flip for flip in site.flips() if flip.alert.severity == "page"]) == 1
    assert kinds(site).count("opened") == 1
    assert len(one.causes) == len(set(one.causes))


def test_what_depends_on_what_burns_joins_and_what_does_not_opens_its_own(tmp_path: Path) -> None:
    burns = [Burn(400, 430, 0.5), Burn(410, 430, 1.0, "Buy")]
    (tmp_path / "one").mkdir()
    site = Site.at(tmp_path / "one", Script(burns))
    calm(site)
    site.run(420)
    [one] = records.incidents(site.store)
    assert one.services == ("learning", "payments")
    assert set(one.slos) == {"play/availability", "buy/availability"}
    assert one.title == "Trouble with: Play a video (success) and 1 more"
    (tmp_path / "two").mkdir()
    apart = Site.at(tmp_path / "two", Script(burns), book=BOOK.replace(", depends_on: [payments]", ""))
    calm(apart)
    apart.run(420)
    assert [found.services for found in records.incidents(apart.store)] == [("payments",), ("learning",)]


@pytest.mark.parametrize(("says", "opened"), [("", 0), (", incidents: ticket", 1), (", incidents: never", 0)])
def test_the_team_says_which_alerts_open_one(tmp_path: Path, says: str, opened: int) -> None:
    book = BOOK.replace("{name: Player team,", f"{{name: Player team{says},").replace("stage: page", "stage: ticket")
    site = Site.at(tmp_path, FAST, book=book)
    calm(site)
    site.run(410)
    assert len(records.incidents(site.store)) == opened


def test_what_burns_again_is_opened_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site.at(tmp_path, Script([Burn(400, 410, 0.9), Burn(440, 446, 0.9)]))
    calm(site)
    site.run(438, every=4)
    monkeypatch.setattr(clock, "now", lambda: site.now)
    desk(site).resolve(1, "reports stopped")
    site.run(450)
    found = records.incidents(site.store)
    assert [one.state for one in found] == ["open"]
    assert "reopened" in kinds(site)


def test_whoever_takes_the_alert_looks_after_the_incident(tmp_path: Path) -> None:
    site = Site.at(tmp_path, FAST)
    calm(site)
    site.run(405)
    [group] = {flip.group for flip in site.flips() if flip.alert.severity == "page"}
    with site.store.writing() as connection:
        answering.note(site.book, connection, Acknowledgement(group, "engineer", "phone", "", 60 * (FIRST + 406)))
    [one] = records.incidents(site.store)
    assert (one.state, one.acknowledged_at) == ("acknowledged", 60 * (FIRST + 406))
    assert [entry.author for entry in records.timeline(site.store, 1) if entry.kind == "acknowledged"] == ["engineer"]


def asked(site: Site, minute: int, verdict: str = "outage", journey: str = "play") -> None:
    at = FIRST + minute
    complain(site.store, Complaint(journey, at, "video does not play", "", verdict, "shell", at))


def test_questions_to_support_open_one_when_there_are_enough_and_join_it_afterwards(tmp_path: Path) -> None:
    site = Site.at(tmp_path, Script())
    calm(site, 400)
    asked(site, 399)
    asked(site, 400)
    asked(site, 400, "user")
    site.run(401)
    assert records.incidents(site.store) == []
    asked(site, 401, "partial")
    site.run(403)
    [one] = records.incidents(site.store)
    assert (one.origin, one.slos) == ("support", ("play/availability", "play/latency"))
    assert kinds(site).count("enquiry") == 4
    asked(site, 403, "user")
    site.run(405)
    assert kinds(site).count("enquiry") == 5
    assert one.measured is not None
    assert one.measured.detection == "enquiry"


def test_calls_and_releases_around_it_stand_in_the_timeline_once(tmp_path: Path) -> None:
    site = Site.at(tmp_path, FAST)
    calm(site)
    now = 60 * (FIRST + 395)
    gate_log.enter(
        site.store,
        gate_log.Entry("learning", "normal", FIRST + 395, now, "allow", "allow", "engineer", "new player", {}),
    )
    record(site.store, Release("learning", "v42", FIRST + 396, "pipeline", "", FIRST + 396))
    record(site.store, Release("mail", "v7", FIRST + 396, "pipeline", "", FIRST + 396))  # of no service of the incident
    site.run(405, every=5)
    [group] = {flip.group for flip in site.flips() if flip.alert.severity == "page"}
    with site.store.writing() as connection:
        page = pages.begin(connection, DUTY, "page", subject_of(group), now + 600)
        pages.answer(connection, page.id or 0, "engineer", now + 660)
    site.run(415, every=5)
    told = [(entry.kind, entry.at, entry.text) for entry in records.timeline(site.store, 1)]
    assert [one for one in told if one[0] in ("call", "release")] == [
        ("release", now, "learning"),
        ("release", now + 60, "learning v42"),
        ("call", now + 600, DUTY.team),
        ("call", now + 660, "engineer"),
    ]


def letters(site: Site) -> list[str]:
    with site.store.reading() as connection:
        found = connection.scalars(select(tables.outbox.c.message).where(tables.outbox.c.key.like("incident%")))
        return [str(msgspec.json.decode(one)["subject"]) for one in found]


def test_reminders_and_updates_go_out_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site.at(tmp_path, FAST)
    calm(site)
    site.run(420, every=5)
    monkeypatch.setattr(clock, "now", lambda: site.now)
    mine = desk(site)
    mine.acknowledge(1)
    mine.update(1, "Videos may stop. We are working on it.", "everyone")
    due = (START + timedelta(minutes=425)).isoformat()
    mine.add_task(1, "stop the reports", "engineer", due)
    mine.add_task(1, "write to users", "", due)
    mine.finish_task(1, 2)
    site.run(470, every=10)
    about = "incident 1 (Trouble with: Play a video (success))"
    assert letters(site) == [f"Update for everyone: {about}", "Due now: stop the reports", f"Is it over? {about}"]
    assert "Due now: stop the reports" in (tmp_path / "told.txt").read_text(encoding="utf-8")


@pytest.mark.usefixtures("at_the_desk")
def test_private_incidents_are_told_to_nobody(tmp_path: Path) -> None:
    site = Site.at(tmp_path, FAST)
    site.run(440, every=440)
    one = desk(site).open(New("Accounts were looked into", ["play"], "2026-10-01T06:45", private=True))
    desk(site).update(one.id, "being looked into", "technical")
    assert letters(site) == []
    assert [found.id for found in of_journey(site.store, "play", FIRST, FIRST + 500)] == [1]
    desk(site).show_to(one.id, private=False)
    assert [found.id for found in of_journey(site.store, "play", FIRST, FIRST + 500)] == [1, one.id]
    assert of_journey(site.store, "play", FIRST, FIRST + 300) == []


# -- access for a while ------------------------------------------------------------------------------------------------


@pytest.fixture
def gated(tmp_path: Path, at_the_desk: None) -> Site:
    """A site with the example of the documentation as its way in."""
    del at_the_desk
    shutil.copy(EXAMPLE, tmp_path / "access")
    book = BOOK + "access: {ssh: {open: [./access, open], close: [./access, close], longest: 1h}}\n"
    site = Site.at(tmp_path, FAST, book=book)
    site.run(440, every=440)
    desk(site).open(New("Videos do not play", ["play"]))
    return site


def allowed(site: Site) -> str:
    path = site.folder / "access.list"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def give(site: Site, minutes: int = 10, name: str = "ssh") -> grants.Grant:
    now = desk(site).now
    return incident_access.give(
        site.book, site.store, 1, name, person="engineer", minutes=minutes, reason="logs are full", by="lead", now=now
    )


def test_access_closes_by_itself_and_is_audited(gated: Site) -> None:
    grant = give(gated)
    assert (grant.state, grant.ends) == ("open", grant.began + 600)
    assert allowed(gated) == f"1 engineer until {grant.ends}\n"
    assert incident_access.close_due(gated.book, gated.store, grant.ends - 1) == []
    [closed] = incident_access.close_due(gated.book, gated.store, grant.ends)
    assert (closed.state, allowed(gated)) == ("closed", "")
    assert incident_access.close_due(gated.book, gated.store, grant.ends + 900) == []
    assert [kind for kind in kinds(gated) if kind.startswith("grant")] == ["grant", "grant_over"]
    with gated.store.reading() as connection:
        actions = connection.scalars(select(tables.audit_log.c.action).where(tables.audit_log.c.action.like("access%")))
        assert list(actions) == ["access.opened", "access.closed"]


def test_access_is_off_and_bounded(gated: Site) -> None:
    with pytest.raises(UsageError, match="60 minutes at most"):
        give(gated, minutes=61)
    with pytest.raises(UsageError, match="no access shh: did you mean ssh"):
        give(gated, name="shh")
    desk(gated).resolve(1)
    with pytest.raises(UsageError, match="incident 1 is over"):
        give(gated)
    assert allowed(gated) == ""


def test_a_command_that_cannot_close_is_tried_until_it_does(gated: Site) -> None:
    grant = give(gated)
    (gated.folder / "access").rename(gated.folder / "gone")
    assert [one.state for one in incident_access.close_due(gated.book, gated.store, grant.ends)] == ["closing"]
    assert [one.tries for one in incident_access.close_due(gated.book, gated.store, grant.ends + 60)] == [2]
    assert kinds(gated).count("note") == 1  # said once
    (gated.folder / "gone").rename(gated.folder / "access")
    assert [one.state for one in incident_access.close_due(gated.book, gated.store, grant.ends + 120)] == ["closed"]
    assert allowed(gated) == ""


def test_a_command_that_refuses_leaves_nothing_open(gated: Site) -> None:
    (gated.folder / "access").write_text('#!/bin/sh\n[ "$1" = close ] || { echo no key; exit 1; }\n', encoding="utf-8")
    with pytest.raises(UsageError, match="could not be opened: no key"):
        give(gated)
    with gated.store.reading() as connection:
        assert [one.state for one in grants.grants(connection, 1)] == ["closed"]


def test_what_was_being_opened_by_somebody_who_died_is_closed(gated: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> tuple[bool, str]:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(incident_access, "_run", die)
        with pytest.raises(KeyboardInterrupt):
            give(gated)
    now = desk(gated).now
    assert incident_access.close_due(gated.book, gated.store, now + 60) == []
    assert [one.state for one in incident_access.close_due(gated.book, gated.store, now + 121)] == ["closed"]


def test_somebody_closes_it_early(gated: Site) -> None:
    grant = give(gated)
    assert incident_access.take_back(gated.book, gated.store, grant.id, "lead", grant.began + 60).state == "closed"
    assert allowed(gated) == ""
    with pytest.raises(UsageError, match="no access of number 9"):
        incident_access.take_back(gated.book, gated.store, 9, "lead", grant.began)


def test_the_example_can_be_run_by_itself(tmp_path: Path) -> None:
    assert os.access(EXAMPLE, os.X_OK)
    assert read(Site.at(tmp_path, Script()).book.path)[0].access == {}


# -- the shell ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def shell(site: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A site with an hour of failures, counted."""
    monkeypatch.setattr(clock, "now", lambda: START + timedelta(hours=10))
    book = (site.folder / "kakeibo.yaml").read_text(encoding="utf-8")
    (site.folder / "kakeibo.yaml").write_text(book.replace("Asia/Tokyo", "UTC"), encoding="utf-8")
    plays = [
        event(minute + n / 4, status=500 if 300 <= minute < 360 and n else 200)
        for minute in range(480)
        for n in range(4)
    ]
    site.write("access.json", *plays)
    assert site.run("ingest").code == 0
    return site


def test_an_incident_is_run_in_the_shell_from_beginning_to_end(shell: Shell) -> None:
    opened = shell.run("incident", "open", "Videos do not play", "--about", "play-video", "--at", "2026-10-01T05:10",
                       "--author", "support")  # fmt: skip
    assert opened.code == 0, opened.err
    assert "Users were hit from Oct 1, 2026, 05:00 UTC to Oct 1, 2026, 06:00 UTC (1 hour)." in opened.out
    steps: list[tuple[str, ...]] = [
        ("ack", "1"), ("role", "1", "commander", "lead"), ("task", "1", "stop the reports", "--owner", "engineer"),
        ("task", "1", "--done", "1"), ("note", "1", "load at 90", "--at", "2026-10-01T05:20", "--milestone"),
        ("update", "1", "--text", "Videos play again.", "--for", "everyone"), ("mitigate", "1", "reports stopped"),
        ("edit", "1", "--title", "Database overloaded", "--started", "2026-10-01T04:58", "--reason", "as support says"),
        ("resolve", "1", "schedule moved"),
    ]  # fmt: skip
    for step in steps:
        done = shell.run("incident", *step, "--author", "lead")
        assert done.code == 0, (step, done.err)
    shown = shell.run("incident", "show", "1").out
    for said in ("Incident 1: Database overloaded", "lead leads (commander)", "Last update (", "Videos play again.",
                 "As people say: since Oct 1, 2026, 04:58 UTC.", "* 05:20", "Over. schedule moved"):  # fmt: skip
        assert said in " ".join(shown.split()), said
    assert "load at 90" in shell.run("incident", "show", "1", "--milestones").out
    assert "No incident." in shell.run("incident", "list").out
    assert "Database overloaded" in shell.run("incident", "list", "--all", "--team", "player").out
    told = json.loads(shell.run("incident", "show", "1", "--json").out)
    assert told["incident"]["seconds_to_restore"] == 3600
    assert [task["done"] is not None for task in told["incident"]["tasks"]] == [True]
    counted = [slo for slo in told["incident"]["impact"]["slos"] if slo["slo"] == "play-video/availability"]
    assert [(slo["valid"], slo["bad"]) for slo in counted] == [(240, 180)]


def test_statistics_tell_before_from_after(shell: Shell) -> None:
    for title in ("one", "two"):
        shell.run("incident", "open", title, "--about", "play-video", "--at", "2026-10-01T05:10")
    said = shell.run("incident", "stats", "--change", "2026-10-01T05:00").out
    assert "before 2026-10-01T05:00: incidents: 0" in said
    assert "from 2026-10-01T05:00 on: incidents: 2" in said
    assert "median 1 hour, nine in ten within 1 hour (n = 2)" in " ".join(said.split())
    groups = json.loads(shell.run("incident", "stats", "--json").out)["groups"]
    assert groups["Player team"]["to_restore"] == {"n": 2, "median_seconds": 3600.0, "p90_seconds": 3600}
    assert groups["all"]["to_acknowledge"] is None


def test_two_who_edit_lose_nothing(shell: Shell) -> None:
    shell.run("incident", "open", "Videos", "--about", "play-video", "--at", "2026-10-01T05:10")
    seen = str(json.loads(shell.run("incident", "show", "1", "--json").out)["incident"]["version"])
    assert shell.run("incident", "edit", "1", "--title", "Database", "--seen", seen, "--author", "first").code == 0
    late = shell.run("incident", "edit", "1", "--title", "Network", "--seen", seen, "--author", "second")
    assert late.code == 1
    assert "was changed meanwhile by first" in late.err
    assert "Incident 1: Database" in shell.run("incident", "show", "1").out


def test_evidence_is_one_archive_with_what_was_counted(shell: Shell) -> None:
    shell.run("incident", "open", "Videos", "--about", "play-video", "--at", "2026-10-01T05:10")
    assert shell.run("incident", "evidence", "1", "--out", "evidence.zip").code == 0
    with zipfile.ZipFile(shell.folder / "evidence.zip") as archive:
        names = archive.namelist()
        manifest = json.loads(archive.read("manifest.json"))
        counts = archive.read("counts.csv").decode().splitlines()
        events = archive.read("events/web.csv").decode().splitlines()
    assert names == ["manifest.json", "incident.json", "counts.csv", "alerts.json", "releases.json", "events/web.csv"]
    assert (manifest["from"], manifest["to"]) == ("2026-10-01T04:30:00Z", "2026-10-01T06:30:00Z")
    assert [file["name"] for file in manifest["files"]] == names[1:]
    assert len(counts) == 1 + 2 * 120
    assert "2026-10-01T05:00:00Z,play-video/availability,1,3,0,0" in counts
    assert len(events) == 1 + 4 * 120
    assert sum("play-video/availability=bad" in line for line in events) == 180
    assert shell.run("incident", "evidence", "1", "--out", "nowhere/e.zip").code == 1


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (("show", "9"), "there is no incident 9"),
        (("open", "x", "--about", "play-vidoe"), "did you mean play-video?"),
        (("open", " "), "--title is empty"),
        (("open", "x", "--at", "noon"), "'noon' is not a time"),
        (("list", "--team", "nobody"), "there is no team nobody"),
        (("ack", "9"), "there is no incident 9"),
        (("evidence", "9", "--out", "e.zip"), "there is no incident 9"),
        (("access", "9", "ssh", "--person", "x", "--reason", "y"), "the book has no access ssh"),
    ],
)
def test_bad_input_gets_one_clear_answer(shell: Shell, step: tuple[str, ...], said: str) -> None:
    done = shell.run("incident", *step)
    assert done.code == 1
    assert said in done.err
    assert "Traceback" not in done.err
