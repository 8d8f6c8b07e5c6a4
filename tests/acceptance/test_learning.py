"""The two months of the learning-video story, from raw logs to published postmortems: the worker's alerts open the
incidents of the database, people enter the one of the quizzes; all are measured, the second outage is known for a
repeat of the first, drafts open by themselves, the review gate holds, causes add up, and the advisor cites both."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tests.app.conftest import Output

from kakeibo import clock, ledger
from kakeibo.app.check import read
from kakeibo.app.working import Working
from kakeibo.incidents import records as incidents
from kakeibo.incidents.nouns import Incident
from kakeibo.postmortems import records
from kakeibo.postmortems.form import Form, Question
from kakeibo.postmortems.reading import read as form_of
from kakeibo.postmortems.records import Postmortem
from kakeibo.postmortems.writing import write
from kakeibo.practice.drills import reading as scenarios
from kakeibo.store import Store, open_store

Run = Callable[..., Output]
SEPTEMBER, OCTOBER, QUIZ = KEYS = ("database-overload-september", "database-overload-october", "quiz-release")
"""Incidents of the truth file, in the order in which they happened: numbers 1 to 3 of the site."""
HIT = {SEPTEMBER: "play-video", OCTOBER: "play-video", QUIZ: "submit-quiz"}
CAUSES = {
    SEPTEMBER: ("[schedule, load]", "[capacity_planning]"),
    OCTOBER: ("[schedule]", "[capacity_planning, observability]"),
    QUIZ: ("[release]", "[software, deployment]"),
}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """The site of the story with its alerts told as pages; commands in its folder, some days after the story."""
    from kakeibo.app.cli import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KAKEIBO_LANG", "en")
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 5, 12, tzinfo=UTC))

    def run(*arguments: str) -> Output:
        with pytest.raises(SystemExit) as end:
            main(list(arguments))
        out, err = capfd.readouterr()
        return Output(int(end.value.code or 0), out, err)

    assert run("simulate", "learning-video", "--seed", "1", "--out", ".").code == 0
    book = tmp_path / "kakeibo.yaml"
    book.write_text(book.read_text(encoding="utf-8").replace("window: 28d}", "window: 28d, stage: page}"), "utf-8")
    return run


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/kakeibo.db")
    yield store
    store.close()


def test_from_raw_logs_to_published_postmortems(run: Run, store: Store, tmp_path: Path) -> None:
    causes = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))["causes"]
    truth = {one["key"]: one for one in causes if one["key"] in KEYS}
    told(run, "ingest")
    working = Working(read(tmp_path / "kakeibo.yaml")[0], store)
    assert working.turn()
    morning(working, "2026-09-01")
    told(run, "incident", "resolve", "1", "--at", "2026-09-01T15:00+09:00")
    morning(working, "2026-10-01")
    told(run, "incident", "resolve", "2", "--at", "2026-10-01T15:00+09:00")
    opened_by_alerts(store, truth)
    harm_is_counted_to_the_event(store)
    repeat_is_recognised(run)
    entered_by_hand(run, 3, "Quizzes could not be submitted", QUIZ, "14:15", "14:35", "14:31")
    for now in ("2026-10-30T12:00+09:00", "2026-10-30T12:10+09:00"):
        assert working.round(datetime.fromisoformat(now)).failed == []
    working.close()
    found = records.postmortems(store)
    assert sorted(one.incident or 0 for one in found) == [1, 2, 3]  # once each, however often the worker looks
    drafts = {one.incident or 0: one for one in found}
    for number, key in enumerate(KEYS, 1):
        filled_in(drafts[number], truth[key])
        published(run, tmp_path, drafts[number].name, key)
    added_up(run, drafts)
    advised(run, tmp_path, drafts[1].burnt, drafts[2].burnt)
    for number, key in enumerate((SEPTEMBER, OCTOBER), 4):  # what people enter afterwards is measured as well
        entered_by_hand(run, number, "Videos did not play", key, "09:45", {SEPTEMBER: "12:45", OCTOBER: "13:40"}[key])
        assert_measured(incidents.incident(store, number), truth[key])


def told(run: Run, *arguments: str) -> Output:
    """A command that must succeed."""
    answer = run(*arguments)
    assert answer.code == 0, answer.err
    return answer


# -- incidents ---------------------------------------------------------------------------------------------------------


def morning(working: Working, day: str) -> None:
    """A worker that makes a round each half hour; every minute between is decided."""
    now = datetime.fromisoformat(f"{day}T09:00+09:00")
    while now.hour < 15:
        assert working.round(now).failed == []
        now += timedelta(minutes=30)


def opened_by_alerts(store: Store, truth: Mapping[str, Any]) -> None:
    """Both incidents of the database, and nothing else."""
    found = incidents.incidents(store)[::-1]
    assert [(one.id, one.origin) for one in found] == [(1, "alert"), (2, "alert")]
    for one, key in zip(found, (SEPTEMBER, OCTOBER), strict=True):
        assert_measured(one, truth[key])
        assert one.measured is not None
        assert one.measured.detection == "alert"
        assert {"play-video/availability", "search-courses/availability"} <= set(one.slos)
        assert one.burnt is not None
        assert one.burnt > 1


def assert_measured(one: Incident, cause: Mapping[str, str]) -> None:
    """Its impact is that of the truth file, within two minutes."""
    assert one.measured is not None
    start, end = one.measured.start, one.measured.end
    assert start is not None
    assert end is not None
    assert abs(start.minute - minute(cause["from"])) <= 2
    assert abs(end.minute - minute(cause["to"])) <= 2
    assert start.earliest <= start.minute <= start.latest


def minute(text: str) -> int:
    return clock.minute_of(datetime.fromisoformat(text))


def harm_is_counted_to_the_event(store: Store) -> None:
    for one in incidents.incidents(store):
        assert one.measured is not None
        assert one.measured.start is not None
        assert one.measured.end is not None
        stretch = one.measured.start.minute, one.measured.end.minute
        counts = ledger.sums(store, [stretch])[stretch]
        assert one.measured.harms
        for harm in one.measured.harms:
            assert (harm.valid, harm.bad) == (counts[harm.slo].valid, counts[harm.slo].bad)


def repeat_is_recognised(run: Run) -> None:
    """The second is a repeat of the first, and the summary says so."""
    shown = told(run, "incident", "show", "2").out
    assert "Same pattern as incident 1 of Sep 1, 2026" in " ".join(shown.split())
    as_json = json.loads(told(run, "incident", "show", "2", "--json").out)
    assert [one["id"] for one in as_json["same_pattern"]] == [1]
    assert "error=TIMEOUT" in as_json["incident"]["impact"]["marks"]


def entered_by_hand(run: Run, number: int, title: str, key: str, begun: str, over: str, mended: str = "") -> None:
    """Somebody enters an incident of the past, as they remember it."""
    day = {SEPTEMBER: "2026-09-01", OCTOBER: "2026-10-01", QUIZ: "2026-10-14"}[key]
    told(run, "incident", "open", title, "--about", HIT[key], "--at", f"{day}T{begun}+09:00")
    if mended:
        told(run, "incident", "mitigate", str(number), "rolled back", "--at", f"{day}T{mended}+09:00")
    told(run, "incident", "resolve", str(number), "--at", f"{day}T{over}+09:00")
    told(run, "incident", "measure", str(number))


# -- postmortems -------------------------------------------------------------------------------------------------------


def filled_in(draft: Postmortem, cause: Mapping[str, str]) -> None:
    """The worker has written down what the counts say."""
    measured = draft.head.measured
    for second, said in ((measured.began, cause["from"]), (measured.ended, cause["to"])):
        assert second is not None
        if cause["key"] != QUIZ or second == measured.began:  # its last minutes had next to no events
            assert abs(second - 60 * minute(said)) <= 120
    assert measured.bad
    assert set(draft.burnt) >= {f"{HIT[cause['key']]}/availability"}


def added_up(run: Run, drafts: Mapping[int, Postmortem]) -> None:
    """The causes of all three, by count and by budget; what is overdue; how they refer to each other."""
    found = json.loads(told(run, "postmortem", "causes", "--json").out)["causes"]
    triggers, roots = ({bar["cause"]: bar for bar in axis["bars"]} for axis in found)
    assert [(bar["cause"], bar["count"]) for bar in found[0]["bars"]] == [("schedule", 2), ("release", 1), ("load", 1)]
    assert roots["capacity_planning"]["postmortems"] == [drafts[2].name, drafts[1].name]
    most = [max(one.burnt.values()) for one in (drafts[1], drafts[2])]
    assert Fraction(triggers["schedule"]["burnt"]["exact"]) == sum(most)
    assert found[1]["unnamed"] == 0
    by_budget = json.loads(told(run, "postmortem", "causes", "--by", "budget", "--json").out)["causes"]
    assert [axis["bars"][0]["cause"] for axis in by_budget] == ["schedule", "capacity_planning"]
    assert drafts[1].name in told(run, "postmortem", "search", "monthly", "reports").out
    late = told(run, "postmortem", "overdue").out
    assert "Alert on the pool" in late
    assert "Ready rollback" not in late
    sheet = told(run, "postmortem", "show", drafts[1].name, "--sheet").out
    assert f"The same root cause: {drafts[2].name}" in sheet


def advised(run: Run, folder: Path, september: Mapping[str, Fraction], october: Mapping[str, Fraction]) -> None:
    """Jobs that begin together on the first of a month: the advisor cites both outages, with what they burnt. The first
    one can be played again."""
    jobs = "report: {cron: '0 9 1 * *', class: ReportJob}\nbill: {cron: '0 9 1 * *', class: BillJob}\n"
    (folder / "schedule.yml").write_text(jobs, encoding="utf-8")
    told_as_json = told(run, "advise", "schedule.yml", "--at", "2026-11-01T09:00+09:00", "--json").out
    [advice] = [one for one in json.loads(told_as_json)["advice"] if one["findings"]]
    assert (advice["check"], [one["name"] for one in advice["postmortems"]]) == ("same-minute", ["PM-2", "PM-1"])
    burnt = {one["slo"]: Fraction(one["exact"]) for one in advice["burnt"]}
    assert burnt == {slo: september.get(slo, 0) + october.get(slo, 0) for slo in {*september, *october}}
    again = scenarios.read(told_to(folder / "again.yaml", told(run, "drill", "from-incident", "1").out))
    assert {one.slo for one in again.troubles} >= {"play-video/availability", "search-courses/availability"}
    assert 180 <= again.minutes <= 240


def told_to(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def published(run: Run, folder: Path, name: str, key: str) -> None:
    """The draft goes through its review; on the way, everything that must hold it back does."""
    assert "an open question of the form" in run("postmortem", "ready", name).err
    form = form_of(told(run, "postmortem", "show", name, "--markdown").out)
    (folder / "mine.md").write_text(written(form, key), encoding="utf-8")
    told(run, "postmortem", "edit", name, "--file", "mine.md", "--author", "Video on call")
    told(run, "postmortem", "comment", name, "--question", "Will it come again?", "--author", "Support lead")
    number = json.loads(told(run, "postmortem", "show", name, "--json").out)["comments"][0]["id"]
    assert "Will it come again?" in run("postmortem", "ready", name).err
    told(run, "postmortem", "answer", name, str(number), "On the first of the month.", "--author", "Video on call")
    told(run, "postmortem", "ready", name)
    assert "is the author" in run("postmortem", "publish", name, "--reviewer", "video on call").err
    assert run("postmortem", "publish", name).code == 2  # nobody has reviewed it
    refused = run("postmortem", "publish", name, "--reviewer", "Support lead")
    assert "an action without an owner: Alert on the pool" in refused.err
    assert "an action without a day: Alert on the pool" in refused.err
    text = told(run, "postmortem", "show", name, "--markdown").out
    text = text.replace("detect |  |  |", "detect | Platform team | 2026-11-02 |")
    (folder / "mine.md").write_text(text, encoding="utf-8")
    told(run, "postmortem", "edit", name, "--file", "mine.md", "--author", "Video on call")
    told(run, "postmortem", "publish", name, "--reviewer", "Support lead")
    frozen = told(run, "postmortem", "show", name, "--markdown").out
    (folder / "mine.md").write_text(frozen.replace("bad_events: ", "bad_events: 1"), encoding="utf-8")
    assert "were frozen" in run("postmortem", "edit", name, "--file", "mine.md").err


def written(form: Form, key: str) -> str:
    """What the person in charge makes of a draft."""
    triggers, roots = CAUSES[key]
    done = Form(
        form.head,
        {**form.texts, "trigger": "The monthly reports began."},
        questions=tuple(Question(one.text, answered=True) for one in form.questions),
    )
    table = write(done).replace(
        "| --- | --- | --- | --- | --- |",
        "| --- | --- | --- | --- | --- |\n"
        "| Alert on the pool | detect |  |  |  |\n"
        "| Ready rollback | mitigate | Platform team | 2026-10-20 | 2026-10-18 |",
    )
    return table.replace(
        "measured:", f"author: Video on call\ntriggers: {triggers}\nroot_causes: {roots}\nmeasured:", 1
    )
