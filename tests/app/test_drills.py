"""Drills: the clock driven from here, the pipeline real, and the organisation's own store as it was."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from tests.app.conftest import Site, event

from kakeibo import ledger
from kakeibo.app import drills
from kakeibo.app.check import read
from kakeibo.app.drilling import Drill, Due, Playing
from kakeibo.errors import BookError, UsageError
from kakeibo.letters import drills as letter
from kakeibo.model import Count
from kakeibo.practice.drills import incidents, reading, records
from kakeibo.practice.drills.measures import earlier, measures, median
from kakeibo.practice.drills.records import Alert, Note, Ran, Run
from kakeibo.practice.drills.scenarios import Cue, Inject
from kakeibo.store import open_store

BEGAN = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
SCENARIO = """\
title: {en: Videos do not start, ja: 動画が始まらない}
minutes: 12m
story: The monthly job
right: {en: the monthly job, ja: 月次の処理}
traffic: 20
history: 70m
tell: [room]
trouble: [{slo: play-video/availability, from: 2m, to: 10m, bad: 50%, with: {error: SYSTEM}}]
injects: [{at: 3m, to: communications, say: Support has had 12 enquiries}]
script: [{at: 4m, who: commander, do: Ask for a scribe}]
steps: [{at: 1m, run: [sh, -c, "echo began >> chaos"], undo: [sh, -c, "echo undone >> chaos"]}]
"""
CHANNELS = "channels: {room: {type: log, file: told.log}, public: {type: log, file: public.log}}\n"


@pytest.fixture
def played(site: Site) -> Site:
    """The site with a target that pages, a team that is told of everything, some counts, and a scenario."""
    book = site.folder / "kakeibo.yaml"
    text = book.read_text(encoding="utf-8").replace("target: 90%, window: 1d", "target: 99.9%")
    text = text.replace("{name: Player team}", "{name: Player team, notify: {page: [public], ticket: [public]}}")
    book.write_text(CHANNELS + text, encoding="utf-8")
    (site.folder / "overload.yaml").write_text(SCENARIO, encoding="utf-8")
    site.write("access.json", *(event(n, status=500 if n > 55 else 200) for n in range(60)))
    assert site.run("ingest").code == 0
    return site


def begun(site: Site, name: str = "overload.yaml", **playing: object) -> Drill:
    book, _ = read(Path("kakeibo.yaml"))
    _, folder = records.begin(Path("drills"), "overload")
    how = Playing({"commander": "SRE lead"}, base=site.folder, **playing)  # type: ignore[arg-type]
    return Drill(book, reading.read(Path(name)), folder, BEGAN, how)


def digest(store: Path) -> str:
    """Every row of every table, and the bytes of the file."""
    with sqlite3.connect(store) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = [(name, sorted(map(repr, connection.execute(f'SELECT * FROM "{name}"')))) for name in sorted(tables)]
    connection.close()
    return hashlib.sha256(repr(rows).encode() + store.read_bytes()).hexdigest()


def at(minutes: float) -> datetime:
    return BEGAN + timedelta(minutes=minutes)


def test_a_drill_from_its_beginning_to_its_end(played: Site) -> None:
    before = digest(played.folder / "kakeibo.db")
    seen: list[Due] = []
    with begun(played, programs=True) as drill:
        for half_minutes in range(14):
            seen += drill.step(at(half_minutes / 2))
        detected = drill.run.alerts[0].at
        second = int(BEGAN.timestamp())
        for minute, kind in ((4, "acknowledged"), (5, "hypothesis"), (6, "right"), (7, "resolved")):
            records.note(drill.folder, Note(second + 60 * minute, kind, "commander", "the monthly job"))  # type: ignore[arg-type]
        drill.step(at(7.5))
        assert drill.is_resolved
        run = drill.finish(at(7.5))
    assert digest(played.folder / "kakeibo.db") == before

    kinds = [type(one.what) for one in seen]
    assert kinds.index(Ran) < kinds.index(Inject) < kinds.index(Cue)
    assert [one.what.code for one in seen if isinstance(one.what, Ran)] == [0]
    assert (played.folder / "chaos").read_text(encoding="utf-8") == "began\nundone\n"
    found = measures(run)
    assert found.detect == detected - run.trouble
    assert 60 <= (found.detect or 0) <= 240
    assert (found.acknowledge, found.hypothesis, found.resolve) == (120, 240, 300)
    assert {(alert.slo, alert.severity) for alert in run.alerts} >= {("play-video/availability", "page")}

    told = (played.folder / "told.log").read_text(encoding="utf-8").splitlines()
    assert told
    assert all("[DRILL]" in line for line in told)
    assert not (played.folder / "public.log").exists()


def test_events_have_a_mark_and_the_share_that_was_asked_for(played: Site) -> None:
    with begun(played) as drill:
        for minute in range(13):
            drill.step(at(minute))
        run = drill.finish(at(12))
    lines = (drill.folder / "logs" / "web.json").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in lines]
    assert {one["drill"] for one in events} == {"overload-1"}
    assert len(events) == run.events == 20 * (70 + 12) + 1
    times = [datetime.fromisoformat(one["time"]) for one in events]
    bad = [time for time, one in zip(times, events, strict=True) if one.get("error") == "SYSTEM"]
    assert (len(bad), min(bad) >= at(2), max(bad) < at(10)) == (80, True, True)
    store = open_store(f"sqlite:///{drill.folder}/kakeibo.db")
    start = int(at(2).timestamp()) // 60
    count = ledger.sums(store, [(start, start + 8)])[start, start + 8]["play-video/availability"]
    store.close()
    assert (count.valid, count.bad) == (160, 80)


def test_what_is_resolved_fails_no_more(played: Site) -> None:
    with begun(played) as drill:
        drill.step(at(4))
        records.note(drill.folder, Note(int(at(4).timestamp()), "resolved"))
        drill.step(at(5))
        drill.step(at(9))
    events = (drill.folder / "logs" / "web.json").read_text(encoding="utf-8").splitlines()
    last = [json.loads(line) for line in events[-60:]]
    assert all(one["error"] != "SYSTEM" for one in last)


def test_a_scripted_drill_shows_what_is_expected_and_another_does_not(played: Site) -> None:
    for scripted in (True, False):
        with begun(played, scripted=scripted) as drill:
            seen = drill.step(at(5))
        assert any(isinstance(one.what, Cue) for one in seen) is scripted
        assert not any(isinstance(one.what, Ran) for one in seen)
        assert not (played.folder / "chaos").exists()


def test_somebody_takes_the_alert_by_the_usual_command(played: Site) -> None:
    with begun(played) as drill:
        for minute in range(8):
            drill.step(at(minute))
        taken = played.run(
            "ack", "play-video/availability", "--book", str(drill.folder / "kakeibo.yaml"), "--by", "SRE lead"
        )
        assert taken.code == 0, taken.err
        drill.step(at(9))
        assert drill.run.answered is not None
        assert measures(drill.run).acknowledge is not None


def test_a_program_that_is_not_there_and_one_that_fails(played: Site) -> None:
    text = SCENARIO.replace("steps: [", "steps: [{at: 0, run: [no-such-program]}, {at: 0, run: [sh, -c, exit 3]}, ")
    (played.folder / "overload.yaml").write_text(text, encoding="utf-8")
    with begun(played, programs=True) as drill:
        drill.step(at(0))
    assert [one.code for one in drill.run.ran] == [None, 3]


def test_the_command_from_run_to_report(played: Site) -> None:
    """A short real run: nothing but the clock of this machine."""
    text = SCENARIO.replace("12m", "1m").replace("from: 2m, to: 10m", "from: 0")
    text = "\n".join(line for line in text.splitlines() if line.split(":")[0] not in ("injects", "script", "steps"))
    (played.folder / "short.yaml").write_text(text + "\ninjects: [{at: 0, to: scribe, say: Begin}]\n", encoding="utf-8")
    before = digest(played.folder / "kakeibo.db")
    book, _ = read(Path("kakeibo.yaml"))
    looks = iter([False, False, False, False])
    code = drills.run(
        Path("kakeibo.yaml"), book, Path("short.yaml"), roles=["scribe=Support lead"], scripted=False, programs=False,
        pick="", tell=(), every=0.1, stop=lambda: next(looks, True),
    )  # fmt: skip
    assert code == 0
    assert digest(played.folder / "kakeibo.db") == before
    sheet = (played.folder / "drills/short-1/sheet.md").read_text(encoding="utf-8")
    assert "The monthly job" in sheet
    assert "Support lead" in sheet
    [run] = json.loads(played.run("drill", "list", "--json").out)["drills"]
    assert (run["id"], run["scripted"], run["ended"] is not None) == ("short-1", False, True)
    assert run["events"] >= 20 * 70
    assert "Videos do not start (short-1, without a script)" in played.run("drill", "report").out
    assert played.run("drill", "report", "short-1", "--markdown").out.startswith("## Videos do not start")
    assert "is over" in played.run("drill", "note", "resolved").err


def test_reports_compare_with_earlier_runs_of_the_same_kind() -> None:
    def run(began: int, resolved: int | None, *, scripted: bool = True, ended: int | None = 1) -> Run:
        notes = () if resolved is None else (Note(began + resolved, "resolved"),)
        return Run("x-1", "x", {"en": "X"}, scripted, 30, began, began, {}, ended=ended, notes=notes)

    runs = [
        run(100, 60),
        run(200, 90),
        run(300, None),
        run(400, 10, scripted=False),
        run(500, 30, ended=None),
        run(600, 300),
    ]
    before = earlier(runs[-1], runs)
    assert [one.began for one in before] == [100, 200, 300]
    assert median(before, "resolve") == 75
    assert median(before[:1], "resolve") == 60
    assert median(before, "detect") is None
    assert median([run(0, 1), run(0, 2), run(0, 4)], "resolve") == 2
    assert measures(run(100, -5)).resolve == 0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("title:", "titel:"), "did you mean 'title'"),
        (("bad: 50%", "bad: 0%"), "no share of events that fail"),
        (("minutes: 12m", "minutes: 9h"), "at most 8 hours"),
        (("minutes: 12m", "minutes: 3m"), "after the end"),
        (("to: 10m", "to: 2m"), "ends before it begins"),
        (("traffic: 20", "traffic: 60000"), "too many"),
        (("history: 70m", "history: 30d"), "at most 3 days"),
        (("at: 3m", "at: soon"), "not a length of time"),
    ],
)
def test_scenarios_that_cannot_be_played_say_why(change: tuple[str, str], says: str, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SCENARIO.replace(*change), encoding="utf-8")
    with pytest.raises(BookError, match=says):
        reading.read(tmp_path / "a.yaml")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("play-video/availability", "play-video/availabilty"), "did you mean 'play-video/availability'"),
        (("tell: [room]", "tell: [rom]"), "there is no channel"),
    ],
)
def test_scenarios_that_do_not_fit_the_book_leave_nothing_behind(
    change: tuple[str, str], says: str, played: Site
) -> None:
    (played.folder / "overload.yaml").write_text(SCENARIO.replace(*change), encoding="utf-8")
    told = played.run("drill", "run", "overload.yaml")
    assert (told.code, says in told.err) == (1, True)
    assert list((played.folder / "drills").iterdir()) == []


def test_events_that_your_own_book_would_count_are_not_even_written(played: Site) -> None:
    book = played.folder / "kakeibo.yaml"
    book.write_text(book.read_text(encoding="utf-8").replace("logs/*.json*", "'**/*.json'"), encoding="utf-8")
    told = played.run("drill", "run", "overload.yaml")
    assert (told.code, "would count the events of the drill as its own" in told.err) == (1, True)
    assert list((played.folder / "drills").iterdir()) == []


def test_the_wheel_of_misfortune(played: Site) -> None:
    wheel = [
        {"id": "1", "title": "Incident 1", "scenario": "The database does not answer", "difficulty": "3"},
        {"id": 2, "title": "Incident 2", "scenario": "A disk is full", "inkstory": "disk.json"},
    ]
    (played.folder / "wheel.json").write_text(json.dumps(wheel), encoding="utf-8")
    chosen = reading.read(Path("wheel.json"), "2")
    assert (chosen.name, chosen.title["en"], chosen.injects[0].say["en"]) == ("wheel-2", "Incident 2", "A disk is full")
    assert reading.read(Path("wheel.json")).name in ("wheel-1", "wheel-2")
    with pytest.raises(UsageError, match="there are: 1, 2"):
        reading.read(Path("wheel.json"), "3")
    _, folder = records.begin(Path("drills"), chosen.name)
    book, _ = read(Path("kakeibo.yaml"))
    with Drill(book, chosen, folder, BEGAN, Playing({})) as drill:
        assert [one.what for one in drill.step(at(0))] == list(chosen.injects)
        records.note(folder, Note(int(at(3).timestamp()), "detected"))
        assert drill.step(at(4)) == []
        assert measures(drill.finish(at(4))).detect == 180
    for text in ("[]", "{", '{"a": 1}'):
        (played.folder / "wheel.json").write_text(text, encoding="utf-8")
        with pytest.raises(BookError, match=r"Wheel of Misfortune|wheel is empty"):
            reading.read(Path("wheel.json"))


def test_a_past_incident_fails_again_as_it_did(tmp_path: Path) -> None:
    steps = [(1000, Count(50, 50)), (1005, Count(50, 50)), (1010, Count(100, 0)), (1015, Count(75, 25))]
    text = incidents.script_of("Database", "Again", (1000, 1018), {"a/x": steps}, {"a/x": Fraction(1, 100)})
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    found = reading.read(tmp_path / "a.yaml")
    assert [(one.start, one.end, one.bad) for one in found.troubles] == [
        (5, 15, Fraction(49, 100)),
        (20, 23, Fraction(24, 100)),
    ]
    assert found.minutes == 5 + 18 + 10


def test_few_events_are_put_together(tmp_path: Path) -> None:
    """Of 12 events in an hour, 3 failed: a quarter of all of it, not all of some minutes."""
    steps = [(1000 + 5 * n, Count(0, 1) if n % 4 == 0 else Count(1, 0)) for n in range(12)]
    text = incidents.script_of("Rare", "Again", (1000, 1060), {"a/x": steps}, {})
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    assert [(one.start, one.end, one.bad) for one in reading.read(tmp_path / "a.yaml").troubles] == [
        (5, 65, Fraction(1, 4))
    ]


def test_what_happens_is_said_in_a_line() -> None:
    run = Run("x-1", "x", {"en": "X"}, True, 30, 600, 600, {})
    said = letter.happening(run, 690, Alert(690, "a/x", "page"), {"a/x": "Play a video (success)"})
    assert said == "+1:30 an alert: Play a video (success) (page)"
    assert "ended with 3" in letter.happening(run, 600, Ran(600, ("sh",), 3), {})
    assert "could not be run" in letter.happening(run, 600, Ran(600, ("sh",), None), {})
