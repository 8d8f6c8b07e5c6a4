"""The two months of the learning-video story, from raw logs to published postmortems: incidents that somebody entered
are measured, drafts fill themselves in, the review gate holds, causes add up."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import pytest
from tests.app.conftest import Output

from kakeibo.app.check import read
from kakeibo.app.postmortem_watch import follow
from kakeibo.postmortems import records
from kakeibo.postmortems.form import Form, Question
from kakeibo.postmortems.reading import read as form_of
from kakeibo.postmortems.writing import write
from kakeibo.practice.drills import reading as scenarios
from kakeibo.store import open_store

Run = Callable[..., Output]
TIMES = {
    "database-overload-september": ("The database was slow", "play-video", "09:45", "12:45"),
    "database-overload-october": ("The database was slow again", "play-video", "09:45", "13:40"),
    "quiz-release": ("Quizzes could not be submitted", "submit-quiz", "14:15", "14:35"),
}
"""Incident of the truth file -> what somebody called it, what about, when they entered it and said it was over."""
CAUSES = {
    "database-overload-september": ("[schedule, load]", "[capacity_planning]"),
    "database-overload-october": ("[schedule]", "[capacity_planning, observability]"),
    "quiz-release": ("[release]", "[software, deployment]"),
}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """A site of the story, counted; commands in its folder."""
    from kakeibo.app.cli import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KAKEIBO_LANG", "en")

    def run(*arguments: str) -> Output:
        with pytest.raises(SystemExit) as end:
            main(list(arguments))
        out, err = capfd.readouterr()
        return Output(int(end.value.code or 0), out, err)

    assert run("simulate", "learning-video", "--seed", "1", "--out", ".").code == 0
    assert run("ingest").code == 0
    return run


def told(run: Run, *arguments: str) -> Output:
    """A command that must succeed."""
    answer = run(*arguments)
    assert answer.code == 0, answer.err
    return answer


def test_from_raw_logs_to_published_postmortems(run: Run, tmp_path: Path) -> None:
    truth = {one["key"]: one for one in json.loads((tmp_path / "truth.json").read_text())["causes"]}
    for number, (key, (title, about, begun, over)) in enumerate(TIMES.items(), 1):
        day = truth[key]["from"][:10]
        told(run, "incident", "open", title, "--about", about, "--at", f"{day}T{begun}+09:00")
        if key == "quiz-release":
            told(run, "incident", "mitigate", str(number), "rolled back", "--at", f"{day}T14:31+09:00")
        told(run, "incident", "resolve", str(number), "--at", f"{day}T{over}+09:00")
        told(run, "incident", "measure", str(number))

    book, now = read(tmp_path / "kakeibo.yaml")[0], int(datetime.fromisoformat("2026-10-30T12:00+09:00").timestamp())
    store = open_store("sqlite:///kakeibo.db")
    follow(book, store, now // 60, now)
    follow(book, store, now // 60 + 10, now + 600)
    drafts = {one.incident or 0: one for one in records.postmortems(store)}
    assert sorted(drafts) == [1, 2, 3]  # once each, however often the worker looks
    for number, key in enumerate(TIMES, 1):
        measured = drafts[number].head.measured
        for second, said in ((measured.began, truth[key]["from"]), (measured.ended, truth[key]["to"])):
            assert second is not None
            if key != "quiz-release" or second == measured.began:  # its last minutes had next to no events
                assert abs(second - datetime.fromisoformat(said).timestamp()) <= 120
        assert measured.bad
        assert set(drafts[number].burnt) >= {f"{TIMES[key][1]}/availability"}

    for number, key in enumerate(TIMES, 1):
        published(run, tmp_path, drafts[number].name, key)
    store.close()

    found = json.loads(told(run, "postmortem", "causes", "--json").out)["causes"]
    triggers, roots = ({bar["cause"]: bar for bar in axis["bars"]} for axis in found)
    assert [(bar["cause"], bar["count"]) for bar in found[0]["bars"]] == [("schedule", 2), ("release", 1), ("load", 1)]
    assert roots["capacity_planning"]["postmortems"] == [drafts[2].name, drafts[1].name]
    most = [max(one.burnt.values()) for one in (drafts[1], drafts[2])]
    assert Fraction(triggers["schedule"]["burnt"]["exact"]) == sum(most)
    assert found[1]["unnamed"] == 0
    assert drafts[1].name in told(run, "postmortem", "search", "monthly", "reports").out
    late = told(run, "postmortem", "overdue").out
    assert "Alert on the pool" in late
    assert "Ready rollback" not in late
    sheet = told(run, "postmortem", "show", drafts[1].name, "--sheet").out
    assert f"The same root cause: {drafts[2].name}" in sheet
    advised(run, tmp_path, drafts[1].burnt, drafts[2].burnt)


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
    refused = run("postmortem", "publish", name, "--reviewer", "Support lead")
    assert "an action without an owner: Alert on the pool" in refused.err
    text = told(run, "postmortem", "show", name, "--markdown").out
    (folder / "mine.md").write_text(text.replace("detect |  |", "detect | Platform team |"), encoding="utf-8")
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
        "| Alert on the pool | detect |  | 2026-11-02 |  |\n"
        "| Ready rollback | mitigate | Platform team | 2026-10-20 | 2026-10-18 |",
    )
    return table.replace(
        "measured:", f"author: Video on call\ntriggers: {triggers}\nroot_causes: {roots}\nmeasured:", 1
    )
