"""kakeibo postmortem as its users call it, and what the worker does by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from tests.app.conftest import Site

from kakeibo.app import postmortem_watch, postmortems
from kakeibo.app.check import read
from kakeibo.incidents import changes as incidents
from kakeibo.incidents.nouns import Detection, Edge, Harm, Measurement
from kakeibo.ledger.slips import enter
from kakeibo.model import Book, Slip
from kakeibo.postmortems import adoption, changes, records
from kakeibo.postmortems.changes import Act
from kakeibo.postmortems.criterion import Due
from kakeibo.store import Store, open_store, outbox

NOW = int(datetime(2026, 10, 20, 12, tzinfo=UTC).timestamp())
DAY = 24 * 3600
BOOK = """\
organisation: {name: Testers, timezone: Asia/Tokyo, language: en, digest: ["out:all"], address: "https://k.example"}
channels: {out: {type: log, file: told.txt}}
teams: {player: {name: Player team, notify: {ticket: ["out:player", oncall]}}, search: {name: Search team}}
services: {learning: {team: player, runbook: "https://wiki.example/learning"}, search: {team: search}}
policies: {search: {postmortem: {budget: 90%, also: none}, rules: {spent: {when: {state: exhausted}, then: freeze}}}}
sources: {web: {type: nginx-json, path: logs/*.json*}}
journeys:
  play-video:
    title: {en: Play a video, ja: 動画を再生できる}
    service: learning
    source: web
    slos: {availability: {good: status < 500, target: 90%, window: 1d}}
  find:
    title: {en: Find a course}
    service: search
    source: web
    slos: {availability: {good: status < 500, target: 90%, window: 1d}}
"""
TEXT = """\
---
date: 2026-09-01
team: player
author: Player on call
triggers: [load]
root_causes: [capacity_planning]
---

# Videos did not start

## Summary

動画が再生できませんでした。

## Actions

| Action | Type | Owner | Due | Done |
| --- | --- | --- | --- | --- |
| Alert on the pool | detect | Platform team | 2026-09-30 |  |

## Open questions

- [ ] Why so long?
"""


@pytest.fixture
def pool(site: Site) -> Site:
    """A site with a draft that was imported from a folder."""
    folder = site.folder / "written"
    folder.mkdir()
    (folder / "pool.md").write_text(TEXT, encoding="utf-8")
    assert site.run("postmortem", "import", "written", "--drafts", "--author", "Platform team").code == 0
    return site


def test_from_the_draft_to_the_registry(pool: Site) -> None:
    asked = pool.run(
        "postmortem", "comment", "PM-1", "--question", "Whose job?", "--quote", "the pool", "--author", "Support"
    )
    assert "1    question: Whose job? (Support)" in asked.out
    refused = pool.run("postmortem", "ready", "PM-1")
    assert refused.code == 1
    assert "Why so long?" in refused.err
    assert "1: Whose job?" in refused.err
    pool.run("postmortem", "answer", "PM-1", "1", "Ours.", "--author", "Player on call")
    text = pool.run("postmortem", "show", "PM-1", "--markdown").out
    (pool.folder / "new.md").write_text(text.replace("[ ] Why", "[x] Why"), encoding="utf-8")
    saved = pool.run(
        "postmortem", "edit", "PM-1", "--file", "new.md", "--author", "Player on call", "--note", "found out"
    )
    assert saved.code == 0
    assert "Nothing is open" in saved.out
    assert "It is ready" in pool.run("postmortem", "ready", "PM-1").out
    assert pool.run("postmortem", "meet", "PM-1").code == 0
    assert pool.run("postmortem", "meet", "PM-1", "--present", "Support", "--present", "Platform team").code == 0
    own = pool.run("postmortem", "publish", "PM-1", "--reviewer", "player on call")
    assert (own.code, "is the author" in own.err) == (1, True)
    assert "Published; reviewed by Support." in pool.run("postmortem", "publish", "PM-1", "--reviewer", "Support").out
    found = json.loads(pool.run("postmortem", "show", "PM-1", "--json").out)
    assert found["postmortem"]["state"] == "published"
    assert found["meetings"][0]["present"] == ["Support", "Platform team"]
    assert [one["open"] for one in found["comments"]] == [False]
    assert "PM-1" in pool.run("postmortem", "search", "動画", "再生").out
    assert "Nothing was found." in pool.run("postmortem", "search", "nowhere").out
    causes = json.loads(pool.run("postmortem", "causes", "--by", "budget", "--json").out)["causes"]
    assert [[bar["cause"] for bar in each["bars"]] for each in causes] == [["load"], ["capacity_planning"]]
    late = json.loads(pool.run("postmortem", "overdue", "--json").out)
    assert [(one["what"], one["owner"]) for one in late["overdue"]] == [("Alert on the pool", "Platform team")]
    assert "Actions that are overdue" in pool.run("postmortem", "digest", "--month", "2026-09").out
    assert pool.run("postmortem", "list", "--team", "player", "--state", "published").out.startswith("PM-1")
    assert pool.run("postmortem", "done", "PM-1", "1").code == 0
    assert "No action is overdue." in pool.run("postmortem", "overdue").out
    assert "Published; reviewed by Support." in pool.run("postmortem", "show", "PM-1").out


def test_two_people_edit_and_nothing_is_lost(pool: Site) -> None:
    for name, words in (("theirs", "two hours"), ("ours", "three hours")):
        (pool.folder / f"{name}.md").write_text(TEXT.replace("so long", words), encoding="utf-8")
    assert pool.run("postmortem", "edit", "PM-1", "--file", "theirs.md", "--author", "Support").code == 0
    lost = pool.run("postmortem", "edit", "PM-1", "--file", "ours.md", "--began-with", "1")
    assert lost.code == 1
    assert "changed meanwhile by Support" in lost.err
    assert "+- [ ] Why two hours?" in lost.err
    assert "--began-with 2" in lost.err
    assert "two hours" in pool.run("postmortem", "show", "PM-1", "--markdown").out
    assert "so long" in pool.run("postmortem", "show", "PM-1", "--version", "1").out


def test_what_was_written_in_an_editor_is_never_lost(pool: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not when the text has not the form, and not the one that lies there from the time before."""
    for words in ("one", "two"):
        monkeypatch.setenv("EDITOR", f"sed -i 's/^date: .*/date: day {words}/'")
        refused = pool.run("postmortem", "edit", "PM-1")
        assert refused.code == 1
        assert "is not a day" in refused.err
    assert "date: day one" in (pool.folder / "PM-1.mine.md").read_text()
    assert "date: day two" in (pool.folder / "PM-1.mine-2.md").read_text()
    monkeypatch.setenv("EDITOR", "sed -i 's/so long/two hours/'")
    assert "two hours" in pool.run("postmortem", "edit", "PM-1").out
    (pool.folder / "bytes.md").write_bytes(b"\xff\xfe\x00")
    assert "UTF-8" in pool.run("postmortem", "edit", "PM-1", "--file", "bytes.md").err


def test_a_folder_is_imported_again(pool: Site) -> None:
    written = pool.folder / "written"
    (written / "pool.md").write_text(TEXT.replace("so long", "two hours"), encoding="utf-8")
    (written / "README.md").write_text("# How we write\n", encoding="utf-8")
    (written / "empty.md").write_text("", encoding="utf-8")
    (written / "bytes.md").write_bytes(b"\xff\xfe\x00")
    taken = pool.run("postmortem", "import", "written", "--json")
    assert taken.code == 1
    files = {one["file"]: (one["how"], one["id"]) for one in json.loads(taken.out)["files"]}
    assert files == {
        "written/README.md": ("skipped", None),
        "written/bytes.md": ("refused", None),
        "written/empty.md": ("refused", None),
        "written/pool.md": ("changed", "PM-1"),
    }
    assert "as it was" in pool.run("postmortem", "import", "written").out
    (pool.folder / "here.md").write_text(TEXT.replace("so long", "here"), encoding="utf-8")
    assert pool.run("postmortem", "edit", "PM-1", "--file", "here.md").code == 0
    (written / "pool.md").write_text(TEXT.replace("so long", "there"), encoding="utf-8")
    both = pool.run("postmortem", "import", "written")
    assert "PM-1 was edited here and in the file" in both.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", "PM-9"], "there is no postmortem PM-9"),
        (["show", "nine"], "is no postmortem"),
        (["draft"], "one of the two"),
        (["draft", "7"], "there is no incident 7"),
        (["comment", "PM-1"], "give one of"),
        (["answer", "PM-1", "5", "Because."], "has no comment 5"),
        (["digest", "--month", "October"], "is not a month"),
        (["meet", "PM-1", "--present", "Support"], "has not begun"),
    ],
)
def test_what_cannot_be_is_said(pool: Site, arguments: list[str], said: str) -> None:
    refused = pool.run("postmortem", *arguments)
    assert refused.code
    assert said in refused.err
    assert "Traceback" not in refused.err


# -- by itself --------------------------------------------------------------------------------------------------------


@pytest.fixture
def book(tmp_path: Path) -> Book:
    (tmp_path / "kakeibo.yaml").write_text(BOOK, encoding="utf-8")
    return read(tmp_path / "kakeibo.yaml")[0]


@pytest.fixture
def store(sqlite_url: str) -> Iterator[Store]:
    opened = open_store(sqlite_url)
    yield opened
    opened.close()


def incident(
    store: Store, spent: int = 50, journey: str = "play-video", detection: Detection = "alert", private: bool = False,
    at: int = NOW - DAY, resolved: bool = True,
) -> int:  # fmt: skip
    """A measured incident whose impact is over."""
    slo, service = f"{journey}/availability", {"play-video": "learning", "find": "search"}[journey]
    opening = incidents.Opening("It <b>broke</b>", "alert", [slo], [service], private=private)
    minute = at // 60
    harm = Harm(slo, 1_000, 100, Fraction(1, 100), Fraction(spent), Fraction(100))
    edges = Edge(minute, minute, minute), Edge(minute + 30, minute + 30, minute + 31)
    with store.writing() as connection:
        number = incidents.open_(connection, opening, incidents.Act.ours(at)).id
        measured = Measurement(minute + 40, *edges, at + 120, detection, (harm,), 812)
        incidents.measured(connection, number, measured, incidents.Act.ours(at + 2_400))
        if resolved:
            incidents.resolve(connection, number, incidents.Act("Player on call", at + 2_400, "cli"))
    return number


def look(book: Book, store: Store, now: int = NOW) -> int:
    return postmortem_watch.follow(book, store, now // 60, now)


def told(store: Store) -> list[tuple[str, dict[str, object]]]:
    letters = outbox.lease(store, "out", "test", NOW + 99 * DAY, 50)
    return [(one.letter.target, json.loads(one.letter.message)) for one in letters]


def test_a_draft_opens_by_itself_once_and_its_team_is_told(book: Book, store: Store) -> None:
    number = incident(store)
    assert look(book, store) == 1
    for later in (60, 600, DAY):
        assert look(book, store, NOW + later) == 0
    [draft] = records.postmortems(store)
    assert (draft.incident, draft.team, draft.state) == (number, "player", "draft")
    assert draft.burnt == {"play-video/availability": Fraction(1, 2)}
    assert (draft.head.measured.bad, draft.head.measured.users) == (90, 812)
    text = records.text(store, draft.id).text
    assert "Play a video (success): 100 of 1,000 failed (10%), 90 more than usual; 50% of what is allowed" in text
    assert "- [ ] Who is in charge of this postmortem?" in text
    assert "Users hit: 812" in text
    [(target, message)] = told(store)
    assert target == "player"
    assert message["links"] == [["PM-1", "https://k.example/postmortems/PM-1"]]
    assert "it burnt much of a budget" in str(message["summary"])


@pytest.mark.parametrize(
    ("changed", "due", "drafts"),
    [
        ({"spent": 20}, ("budget",), 1),
        ({"spent": 19}, None, 0),
        ({"spent": 1, "detection": "enquiry"}, ("unnoticed",), 1),
        ({"spent": 50, "journey": "find"}, None, 0),  # by the policy of its team
        ({"spent": 90, "journey": "find"}, ("budget",), 1),
        ({"spent": 90, "private": True}, ("budget",), 0),
    ],
)
def test_the_criterion_of_the_team_decides(
    book: Book, store: Store, changed: dict[str, object], due: tuple[str, ...] | None, drafts: int
) -> None:
    number = incident(store, **changed)  # type: ignore[arg-type]
    look(book, store)
    said = adoption.judged(store).get(number)
    assert (said.due.reasons if said else None) == due
    assert len(records.postmortems(store)) == drafts


def test_an_incident_that_asks_for_none_is_asked_again_until_its_logs_are_in(book: Book, store: Store) -> None:
    number = incident(store, spent=5)
    look(book, store)
    assert adoption.judged(store) == {}
    look(book, store, NOW + 8 * DAY)
    assert adoption.judged(store)[number].due.reasons == ()


def test_an_incident_that_nobody_resolves_is_due_a_week_after_its_impact_ended(book: Book, store: Store) -> None:
    number, light = incident(store, resolved=False), incident(store, spent=5, resolved=False)
    ended = (NOW - DAY) // 60 * 60 + 30 * 60
    look(book, store, ended + 7 * DAY)
    assert adoption.judged(store) == {}
    assert look(book, store, ended + 7 * DAY + 300) == 1
    assert adoption.judged(store).keys() == {number}
    [draft] = records.postmortems(store)
    assert (draft.incident, draft.head.measured.ended, draft.head.measured.resolved) == (number, ended, None)
    with store.writing() as connection:  # then it asks for one for another reason
        incidents.mitigate(connection, light, incidents.Act("Player on call", ended + 8 * DAY, "cli"), "rolled back")
    assert look(book, store, ended + 8 * DAY) == 1
    assert adoption.judged(store)[light].due.reasons == ("intervention",)
    assert look(book, store, ended + 9 * DAY) == 0


def test_what_lies_outside_is_counted_and_opens_no_draft(book: Book, store: Store) -> None:
    number, minute = incident(store), (NOW - DAY) // 60
    charge = Slip(
        page="charge", kind="dependency", what="play-video", scope=("play-video",), from_minute=minute,
        to_minute=minute + 5, author="Support", reason="their network", entered=minute, name="The provider",
    )  # fmt: skip
    enter(store, charge)
    look(book, store)
    assert adoption.judged(store)[number].due == Due(("budget",), exempt=True)
    assert records.postmortems(store) == []


def test_by_hand_it_opens_once_too(book: Book, store: Store) -> None:
    number = incident(store)
    first = postmortems.draft(book, store, number, "Support", NOW)
    assert postmortems.draft(book, store, number, "Support", NOW) == first
    look(book, store)
    assert len(records.postmortems(store)) == 1
    assert adoption.judged(store)[number].postmortem == first.id


def test_the_digest_is_told_when_a_month_is_over_once(book: Book, store: Store) -> None:
    november = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp())
    assert look(book, store) == 0  # what was before kakeibo looked is no news
    assert look(book, store, november) == 1
    assert look(book, store, november + 900) == 0
    [(target, message)] = told(store)
    assert (target, message["subject"]) == ("all", "Postmortems of October 2026")
    assert message["links"] == [["Postmortems of October 2026", "https://k.example/postmortems/digest?month=2026-10"]]


def test_nobody_is_told_a_digest_who_did_not_ask_for_it(book: Book, store: Store) -> None:
    silent = replace(book, organisation=replace(book.organisation, digest=()))
    look(silent, store)
    assert look(silent, store, int(datetime(2026, 11, 1, tzinfo=UTC).timestamp())) == 0


def test_a_draft_that_was_withdrawn_opens_no_more_by_itself(book: Book, store: Store) -> None:
    number = incident(store)
    look(book, store)
    with store.writing() as connection:
        changes.withdraw(connection, 1, "a test of ours", Act("Support", NOW))
    for later in (600, DAY, 8 * DAY):
        look(book, store, NOW + later)
    assert [one.state for one in records.postmortems(store)] == ["withdrawn"]
    month = postmortems.month_of(book, "2026-10", NOW)
    assert (found := postmortems.digest_of(book, store, month).adoption).due == 0
    assert (found.withdrawn, found.share) == (1, None)
    again = postmortems.draft(book, store, number, "Support", NOW)
    assert (again.id, again.state) == (2, "draft")
    found = postmortems.digest_of(book, store, month).adoption
    assert (found.due, found.withdrawn) == (1, 0)


def test_one_that_was_withdrawn_before_it_was_due_opens_no_more_either(book: Book, store: Store) -> None:
    number = incident(store)
    postmortems.draft(book, store, number, "Support", NOW)
    with store.writing() as connection:
        changes.withdraw(connection, 1, "a test of ours", Act("Support", NOW))
    look(book, store)
    assert [one.state for one in records.postmortems(store)] == ["withdrawn"]
    assert adoption.judged(store)[number].postmortem == 1


# -- endings ----------------------------------------------------------------------------------------------------------


def test_an_action_is_done(pool: Site) -> None:
    before = pool.run("postmortem", "show", "PM-1", "--markdown").out
    done = pool.run("postmortem", "done", "PM-1", "1", "--on", "2026-09-20", "--author", "Platform team")
    assert done.code == 0
    assert "2026-09-20 |" in done.out
    found = json.loads(pool.run("postmortem", "show", "PM-1", "--json").out)
    assert found["postmortem"]["actions"][0]["done"] == "2026-09-20"
    assert found["postmortem"]["text_version"] == 2
    assert [(one["step"], one["author"]) for one in found["steps"]][-1] == ("action_done", "Platform team")
    assert pool.run("postmortem", "show", "PM-1", "--version", "1").out == before
    assert "Platform team\tpostmortem.action_done\tPM-1\t1: Alert on the pool\n" in pool.run("audit-log").out


def test_a_draft_is_withdrawn(pool: Site) -> None:
    gone = pool.run("postmortem", "withdraw", "PM-1", "--reason", "written twice", "--author", "Support")
    assert "Withdrawn: written twice" in gone.out
    assert "withdrawn" in pool.run("postmortem", "list", "--state", "withdrawn").out
    assert pool.run("postmortem", "list", "--state", "draft").out == "There are no postmortems.\n"
    [*_, last] = json.loads(pool.run("postmortem", "show", "PM-1", "--json").out)["steps"]
    assert (last["step"], last["detail"]) == ("withdrawn", "written twice")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["done", "PM-1", "9"], "has no action 9"),
        (["done", "PM-1", "1", "--on", "today"], "is no day"),
        (["done", "PM-1", "1", "--on", "2999-01-01"], "has not come yet"),
        (["done", "PM-9", "1"], "there is no postmortem PM-9"),
        (["withdraw", "PM-9", "--reason", "x"], "there is no postmortem PM-9"),
        (["withdraw", "PM-1", "--reason", " "], "--reason"),
    ],
)
def test_an_ending_that_cannot_be_is_said(pool: Site, arguments: list[str], said: str) -> None:
    refused = pool.run("postmortem", *arguments)
    assert refused.code
    assert said in refused.err
    assert "Traceback" not in refused.err
