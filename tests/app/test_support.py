"""What support is told: against the truth of a simulation, in plain words, and what is kept of a question."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.app.conftest import Site, event

from kakeibo.app.check import read
from kakeibo.app.cli import main
from kakeibo.app.journey_words import meant, the_one_meant
from kakeibo.app.supporting import Answer, Question, answered, ask, impersonal
from kakeibo.clock import minute_of
from kakeibo.ledger.complaints import Complaint
from kakeibo.model import Book
from kakeibo.store import Store, open_store

DAYS = ["20260825", "20260826", "20260827", "20260828", "20260831", "20260901", "20261001", "20261007", "20261008",
        "20261012", "20261013", "20261014", "20261016", "20261017", "20261018"]  # fmt: skip
"""Days around the causes of the story, and calm ones before them."""
OPERATIONS = {
    "PlayVideo": "play-video",
    "SearchCourses": "search-courses",
    "LogIn": "log-in",
    "SubmitQuiz": "submit-quiz",
}


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Book, Store, dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("story") / "demo"
    with pytest.raises(SystemExit):
        main(["simulate", "learning-video", "--seed", "1", "--out", str(folder)])
    for log in (folder / "logs").iterdir():
        if not any(day in log.name for day in DAYS):
            log.unlink()
    with pytest.raises(SystemExit):
        main(["ingest", "--book", str(folder / "kakeibo.yaml")])
    book, _ = read(folder / "kakeibo.yaml")
    store = open_store(f"sqlite:///{folder}/kakeibo.db")
    yield book, store, json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    store.close()


def ingest_a_day(site: Site) -> None:
    site.write("access.json", *(event(30 * n) for n in range(48)))
    assert site.run("ingest").code == 0


def at(story: tuple[Book, Store, dict[str, Any]], journey: str, moment: datetime) -> Answer:
    book, store, _ = story
    return answered(book, store, Complaint(journey, minute_of(moment), "", "", "unknown", "shell", 0))


def middle(cause: dict[str, str]) -> datetime:
    start, end = (datetime.fromisoformat(cause[key]) for key in ("from", "to"))
    return start + (end - start) / 2


def test_every_cause_of_the_story_is_an_outage_or_part_of_one(story: tuple[Book, Store, dict[str, Any]]) -> None:
    for cause in story[2]["causes"]:
        for operation in filter(OPERATIONS.get, cause["operations"]):
            answer = at(story, OPERATIONS[operation], middle(cause))
            assert answer.verdict in ("outage", "partial"), (cause["key"], operation)


def test_what_a_cause_does_not_touch_goes_as_usual(story: tuple[Book, Store, dict[str, Any]]) -> None:
    for cause in story[2]["causes"]:
        untouched = {key for name, key in OPERATIONS.items() if name not in cause["operations"]}
        for journey in untouched:
            assert at(story, journey, middle(cause)).verdict in ("user", "unknown"), (cause["key"], journey)


def test_calm_times_are_the_user_s_side(story: tuple[Book, Store, dict[str, Any]]) -> None:
    for day in ("2026-08-28", "2026-10-12", "2026-10-13", "2026-10-16", "2026-10-18"):
        answer = at(story, "play-video", datetime.fromisoformat(f"{day}T20:30+09:00"))
        assert answer.verdict == "user", day
        assert answer.also == ()


def test_a_gap_of_the_log_is_not_known_and_not_well(story: tuple[Book, Store, dict[str, Any]]) -> None:
    [gap] = story[2]["gaps"]
    answer = at(story, "play-video", middle(gap))
    assert answer.verdict == "unknown"
    assert {one.finding.reason for one in answer.judged} == {"no_data"}


def test_what_the_failures_have_in_common_and_who_else_suffers(story: tuple[Book, Store, dict[str, Any]]) -> None:
    overload = next(one for one in story[2]["causes"] if one["key"] == "database-overload-october")
    answer = at(story, "play-video", middle(overload))
    shared = {(part.column, part.value) for one in answer.judged for part in one.parts}
    assert shared & {("error", "SYSTEM"), ("error", "TIMEOUT"), ("status", "503"), ("status", "504")}
    assert "search-courses" in {journey.key for journey in answer.also}


def test_a_time_that_was_not_counted_yet_is_not_known(story: tuple[Book, Store, dict[str, Any]]) -> None:
    answer = at(story, "play-video", datetime.fromisoformat("2026-10-19T12:00+09:00") + timedelta(days=30))
    assert (answer.verdict, answer.judged) == ("unknown", ())


@pytest.mark.parametrize(
    ("text", "journey"),
    [
        ("Video does not play", "play-video"),
        ("the videos stopped playing!", "play-video"),
        ("動画が再生されません", "play-video"),
        ("cannot login", "log-in"),
        ("ログインできない", "log-in"),
        ("クイズの解答が提出できません", "submit-quiz"),
        ("I want my money back", None),
        ("使えない", None),
        ("", None),
    ],
)
def test_plain_words_find_their_journey(
    story: tuple[Book, Store, dict[str, Any]], text: str, journey: str | None
) -> None:
    found = the_one_meant(story[0], text)
    assert (found.key if found else None) == journey
    assert (journey is not None) == bool(meant(story[0], text))


def test_each_question_is_kept_and_no_user_is(
    story: tuple[Book, Store, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    book, store, _ = story
    monkeypatch.setenv("KAKEIBO_USER_KEY", "a key that is long enough")
    question = Question(
        "video does not play, tanaka-7@example.test, 090-1234-5678, u-77", "", "2026-10-17T20:50", "u-77"
    )
    first, second = ask(book, store, question, "web"), ask(book, store, question, "shell")
    assert (first.before, second.before) == (0, 1)
    assert first.complaint.user_hash == second.complaint.user_hash
    assert first.complaint.text == "video does not play, …, …, …"
    with sqlite3.connect(store.name) as connection:
        kept = "\n".join(map(str, connection.execute("SELECT * FROM complaints")))
    assert "u-77" not in kept
    assert "tanaka" not in kept
    assert "1234" not in kept


def test_numbers_that_are_no_address_stay() -> None:
    assert impersonal("lesson 12 fails at 14:20") == "lesson 12 fails at 14:20"


def test_the_shell_answers_in_words_and_for_programs(site: Site) -> None:
    ingest_a_day(site)
    done = site.run("support", "ask", "--text", "Play a video fails", "--at", "2026-10-01T12:00")
    assert done.code == 0
    assert "Reply to copy (ja):" in done.out
    found = json.loads(site.run("support", "ask", "--text", "x", "--journey", "play-video", "--json").out)
    assert (found["version"], found["journey"], found["verdict"]) == (1, "play-video", "unknown")
    listed = json.loads(site.run("support", "list", "--json").out)["complaints"]
    assert [one["text"] for one in listed] == ["Play a video fails", "x"]
    assert site.run("support", "list", "--journey", "other").out == "No complaint has been kept.\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--text", " "], "--text is empty"),
        (["--text", "x", "--at", "25:00"], "is not a time"),
        (["--text", "x", "--journey", "nobody"], "there is no journey nobody"),
        (["--text", "x", "--user", "u" * 201], "too long for a user's id"),
    ],
)
def test_what_cannot_be_understood_is_said(site: Site, arguments: list[str], said: str) -> None:
    done = site.run("support", "ask", *arguments)
    assert done.code == 1
    assert said in done.err
    assert "Traceback" not in done.err


def test_the_key_is_made_once_and_only_its_owner_reads_it(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KAKEIBO_USER_KEY", raising=False)
    asking = ("support", "ask", "--text", "video", "--user", "u-1", "--json")
    first, second = (json.loads(site.run(*asking).out)["complaint"]["user"] for _ in range(2))
    key = Path("kakeibo.key")
    assert first == second
    assert key.stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("KAKEIBO_USER_KEY", "another key, long enough")
    assert json.loads(site.run(*asking).out)["complaint"]["user"] != first
    monkeypatch.setenv("KAKEIBO_USER_KEY", "short")
    assert "shorter than 16 characters" in site.run(*asking).err
    monkeypatch.delenv("KAKEIBO_USER_KEY")
    key.chmod(0o644)
    assert "chmod 600" in site.run(*asking).err


def test_complaints_judge_targets_in_the_lab(site: Site) -> None:
    ingest_a_day(site)
    trying = ("try", "play-video/availability", "--enquiries", "store", "--json")
    assert "no complaint about play-video" in site.run(*trying).err
    for minute in ("10", "20", "30"):
        asking = ("support", "ask", "--journey", "play-video", "--text", "x", "--at", f"2026-10-01T12:{minute}")
        assert site.run(*asking).code == 0
    found = json.loads(site.run(*trying).out)
    assert found["quiet"]["refusal"] == "few_days"
