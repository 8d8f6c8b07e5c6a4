"""kakeibo try as a user calls it: on a simulated two-month story, and on tables that are wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.app.conftest import Site, event

from kakeibo import i18n, simulate
from kakeibo.app.check import read
from kakeibo.app.cli import main
from kakeibo.app.happenings import read_enquiries
from kakeibo.app.trying import Question, trial_of
from kakeibo.letters import device_time, lab
from kakeibo.store import open_store

GOLDEN = Path(__file__).parents[1] / "golden"
SCHEMA: dict[str, Any] = json.loads(
    resources.files("kakeibo.letters").joinpath("trial.schema.json").read_text(encoding="utf-8")
)
WINDOW = 28


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two simulated months with a third of the traffic, counted."""
    folder = tmp_path_factory.mktemp("story")
    simulate.write("learning-video", 1, folder, scale=0.3)
    with pytest.raises(SystemExit):
        main(["ingest", "--book", str(folder / "kakeibo.yaml")])
    i18n.use("en")
    yield folder
    i18n.use("en")


def tried(
    story: Path, capsys: pytest.CaptureFixture[str], *arguments: str, slo: str = "play-video/availability"
) -> str:
    capsys.readouterr()
    with pytest.raises(SystemExit) as exit_:
        main(["try", slo, "--book", str(story / "kakeibo.yaml"), *arguments])
    i18n.use("en")
    told = capsys.readouterr()
    assert (exit_.value.code, told.err) == (0, "")
    return told.out


def outside(story: Path) -> list[str]:
    return ["--enquiries", str(story / "enquiries.csv"), "--incidents", str(story / "truth.json")]


def test_days_and_budgets_are_those_of_the_truth(story: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The oracle: daily counts that the simulation wrote down, added up in plain Python."""
    slo = "play-video/availability"
    document = json.loads(tried(story, capsys, "--json"))
    truth = json.loads((story / "truth.json").read_text(encoding="utf-8"))["counts"][slo]
    counts = {date.fromisoformat(day): (n["valid"], n["bad"]) for day, n in truth.items()}
    first, last = min(counts), max(counts)
    assert document["days"] == (last - first).days + 1
    assert document["valid"] == sum(valid for valid, _ in counts.values())
    ends = [last - timedelta(days=n) for n in range((last - first).days + 2 - WINDOW)]
    assert document["days_judged"] == len(ends)

    def over(end: date, days: int) -> tuple[int, int]:
        inside = [counts.get(end - timedelta(days=n), (0, 0)) for n in range(days)]
        return sum(valid for valid, _ in inside), sum(bad for _, bad in inside)

    assert len(document["candidates"]) == 8
    for line in document["candidates"]:
        failing = 1 - Fraction(str(line["target"]))
        assert line["days_below"] == sum(Fraction(bad, valid) > failing for valid, bad in counts.values() if valid)
        windows = [over(end, WINDOW) for end in ends]
        assert line["days_missed"] == sum(bad > failing * valid for valid, bad in windows)
        valid, bad = over(last, WINDOW)
        assert Fraction(str(line["allowed"])) == failing * valid
        assert line["spent"] == bad


def test_both_database_incidents_are_caught_before_customers_write(
    story: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (story / "old.csv").write_text(
        "start,end,name\n2026-09-01T10:28,2026-09-01T12:00,CPU\n2026-09-20 01:00,2026-09-20 02:00,CPU\n"
        "2026-09-21T00:00Z,2026-09-21T01:00Z,Disk\n2025-01-01T00:00,2025-01-01T01:00,Disk\n",
        encoding="utf-8",
    )
    document = json.loads(tried(story, capsys, *outside(story), "--alerts", str(story / "old.csv"), "--json"))
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(document, SCHEMA, cls=jsonschema.Draft202012Validator)
    test = document["backtest"]
    assert [incident["felt"] for incident in test["incidents"]] == [True, True, False, False]
    assert (test["together"]["caught"], test["together"]["missed"], test["together"]["false"]) == (2, 0, 0)
    assert test["together"]["delays"] == [27, 23]
    # In September people wrote over many hours, in none of them clearly more than usual.
    assert [incident["ahead"] for incident in test["incidents"]] == [None, 73, None, None]
    assert (test["old"]["caught"], test["old"]["missed"], test["old"]["false"]) == (1, 1, 2)
    assert test["old_outside"] == 1
    assert [test["incidents"][n]["old_delay"] for n in (0, 1)] == [60, None]
    assert {name: verdict["false"] for name, verdict in test["old_by_name"].items()} == {"CPU": 1, "Disk": 1}


def test_the_quiet_days_leave_out_the_outages(story: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(tried(story, capsys, *outside(story), "--json"))
    assert document["quiet"]["rises"] == ["2026-09-01", "2026-10-01"]
    assert document["quiet"]["days"] == 59
    assert document["quiet"]["proposal"]["target"] == 0.9995
    check = document["cross_check"]
    assert (check["missed_raised"], check["met_raised"]) == (2, 0)
    assert sum(check[kind] for kind in ("met_usual", "met_raised", "missed_usual", "missed_raised")) == 7
    assert (len(check["weeks"]), check["partial"]) == (7, 2)


@pytest.mark.parametrize("lang", i18n.LANGUAGES)
@pytest.mark.parametrize(("form", "ending"), [((), "txt"), (("--markdown",), "md")])
def test_the_page_as_it_is_read(
    story: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    lang: str,
    form: tuple[str, ...],
    ending: str,
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = tried(story, capsys, *outside(story), *form, "--lang", lang)
    assert shown == (GOLDEN / f"try.{lang}.{ending}").read_text(encoding="utf-8")


def test_the_html_page_stands_alone_and_has_a_line_for_each_target(
    story: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = story / "try.html"
    tried(story, capsys, *outside(story), "--html", str(page), "--lang", "en", "--targets", "99,99.9,50")
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text
    assert "http" not in text.replace("http-equiv", "")
    assert [text.count(f'text-anchor="end">{label}') for label in ("50%", "99%", "99.9% *")] == [1, 1, 1]
    assert text.count('<g><title>99.9%, Aug 25 to Sep 20: no whole window yet</title><rect class="filling"') == 1
    assert "Database overloaded by the monthly reports" in text


def test_a_narrow_terminal_gets_lists_instead_of_a_table(
    story: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    lines = tried(story, capsys, *outside(story), "--lang", "en").splitlines()
    assert max(map(len, lines)) <= 50
    assert any(line.startswith("    Caught: 2; Missed: 0;") for line in lines)


def test_a_record_shorter_than_the_window_judges_no_day(site: Site) -> None:
    (site.folder / "kakeibo.yaml").write_text(
        (site.folder / "kakeibo.yaml").read_text(encoding="utf-8").replace("window: 1d", "window: 28d"),
        encoding="utf-8",
    )
    site.write("access.json", *(event(minute, status=500 if minute == 7 else 200) for minute in range(20)))
    assert site.run("ingest").code == 0
    found = site.run("try", "play-video/availability")
    assert "The record is shorter than one window" in found.out
    document = json.loads(site.run("try", "play-video/availability", "--json").out)
    assert {line["days_missed"] for line in document["candidates"]} == {None}
    below = {line["target"]: line["days_below"] for line in document["candidates"]}
    assert below == {0.9: 0, 0.95: 0, 0.99: 1, 0.995: 1, 0.999: 1, 0.9995: 1}


def test_slices_of_time_and_calendar_windows_are_tried_too(site: Site) -> None:
    book = (site.folder / "kakeibo.yaml").read_text(encoding="utf-8")
    day = "window: {calendar: day}"
    book = book.replace("target: 90%, window: 1d", f"target: 90%, {day}, method: {{slices: 5m, slice_target: 80%}}")
    book = book.replace("target: 50%, window: 1d", f"target: 90%, {day}, method: {{ratio_slices: 5m}}")
    (site.folder / "kakeibo.yaml").write_text(book, encoding="utf-8")
    # 09:00 in Tokyo: two hours of a minute each, of which in one slice 2 of 5 fail, in another all, slow and broken.
    bad = {2, 3, 60, 61, 62, 63, 64}
    site.write(
        "access.json",
        *(event(n, status=500 if n in bad else 200, request_time=1 if n in bad else 0.1) for n in range(120)),
    )
    assert site.run("ingest").code == 0
    for slo, spent in (("availability", 2), ("latency", 1.4)):
        document = json.loads(site.run("try", f"play-video/{slo}", "--json", "--targets", "90,99").out)
        jsonschema.validate(document, SCHEMA, cls=jsonschema.Draft202012Validator)
        ninety, strict = document["candidates"]
        assert document["valid"] == 24
        assert (ninety["spent"], ninety["allowed"], strict["allowed"]) == (spent, 2.4, 0.24)
        assert (ninety["days_missed"], strict["days_missed"]) == (0, 1)
        assert ninety["origins"] == ["book", "asked"]


def test_what_an_old_definition_counted_is_not_mixed_in(site: Site) -> None:
    site.write("access.json", *(event(n, status=500) for n in range(20)))
    site.run("ingest")
    book = (site.folder / "kakeibo.yaml").read_text(encoding="utf-8")
    (site.folder / "kakeibo.yaml").write_text(book.replace("status < 500", "status < 600"), encoding="utf-8")
    found = site.run("try", "play-video/availability")
    assert (found.code, found.out) == (1, "")
    assert "has not been counted as the book has it now: run kakeibo ingest first" in found.err
    site.run("ingest")
    found = site.run("try", "play-video/availability")
    assert (found.code, found.out) == (1, "")
    assert "is new or was changed, and nothing has been counted since" in found.err


GOOD = "date,count\n2026-10-01,3\n"


@pytest.mark.parametrize(
    ("option", "text", "message", "mend"),
    [
        ("--enquiries", "", "file.csv: the file is empty", "the first line names"),
        ("--enquiries", "date,count\n", "file.csv:1: there is no row below the header", "the first line names"),
        ("--enquiries", "2026-10-01,3\n2026-10-02,4\n", "file.csv:1: there is no column date or", "2026-10-01, 3"),
        (
            "--enquiries",
            "date,mail,phone\n2026-10-01,3,4\n",
            "file.csv:1: which column",
            "--column; the file has: mail",
        ),
        ("--enquiries", "date,count\n2026-10-01,many\n", "file.csv:2: count is 'many'", "a whole number"),
        ("--enquiries", "date,count\n2026-10-01,-1\n", "file.csv:2: count is '-1'", "0 or more"),
        ("--enquiries", "date,count\n\n1st of May,3\n", "file.csv:3: '1st of May' is not a time", "2026-10-01T09:30"),
        (
            "--enquiries",
            "date,count\n0001-01-01T00:00+09:00,3\n",
            "file.csv:2: '0001-01-01T00:00+09:00' is not",
            "2026",
        ),
        ("--enquiries", f"date,count\n2026-10-01,{'9' * 5000}\n", "file.csv:2: count is '999", "a whole number"),
        ("--enquiries", GOOD + "2026-10-01,4\n", "file.csv:3: 2026-10-01 is there already, at", "add the two up"),
        ("--enquiries", "date,count\n2026-10-01,3,4\n", "file.csv:2: 3 cells below 2 columns", "in quotes"),
        ("--enquiries", 'date,count\n"2026-10-01,3\n', "not readable as CSV", "UTF-8"),
        ("--incidents", "name\nfire\n", "file.csv:1: there is no column start or from", "it says: name"),
        (
            "--incidents",
            "start,end\n2026-10-01T10:00,2026-10-01T09:00\n",
            "file.csv:2: it ends at 2026-10-01T09:00, not after its start",
            "must be later",
        ),
        (
            "--incidents",
            "start,end\n2026-10-01T10:00,2026-10-01T11:00\n2026-10-01T10:59,2026-10-01T12:00\n",
            "file.csv:3: this incident overlaps the one at ",
            "make one of the two",
        ),
    ],
)
def test_a_wrong_table_is_told_with_file_line_and_mend(
    site: Site, option: str, text: str, message: str, mend: str
) -> None:
    (site.folder / "file.csv").write_text(text, encoding="utf-8")
    found = site.run("try", "play-video/availability", option, "file.csv")
    assert found.code == 1
    assert message in found.err
    assert mend in found.err
    assert len(found.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--targets", "100"], "a target of '100' cannot be"),
        (["--targets", "99,0"], "a target of '0' cannot be"),
        (["--targets", "high"], "'high' is no target"),
        (["--targets", ""], "'' is no target"),
        (["--targets", "1/3"], "'1/3' is no target"),
        (["--targets", "1e-9999999"], "is no target"),
        (["--targets", "nan"], "'nan' is no target"),
        (["--targets", ",".join(str(n) for n in range(1, 30))], "too many targets: 29"),
        (["--column", "count"], "--column is about --enquiries"),
        (["--alerts", "old.csv"], "old alerts are judged by incidents"),
        (["--enquiries", "none.csv"], "none.csv: No such file"),
        (["--at", "2001-01-01"], "nothing was counted before that time"),
    ],
)
def test_a_wrong_wish_is_told(site: Site, arguments: list[str], message: str) -> None:
    site.write("access.json", event())
    site.run("ingest")
    found = site.run("try", "play-video/availability", *arguments)
    assert found.code == 1
    assert message in found.err
    assert len(found.err.splitlines()) == 1


def test_nothing_counted_yet_is_said(site: Site) -> None:
    found = site.run("try", "play-video/availability")
    assert (found.code, found.err) == (1, "error: nothing has been counted yet: run kakeibo ingest first\n")


def test_binary_noise_and_a_foreign_json_are_told(site: Site) -> None:
    (site.folder / "noise.csv").write_bytes(b"\xff\xfe\x00d\x00a")
    assert "this is not text in UTF-8" in site.run("try", "play-video/latency", "--enquiries", "noise.csv").err
    for text in ("[]", "{", '{"causes": [1]}', '{"causes": [{"from": "x", "to": "y", "title": {}}]}', "[" * 100_000):
        (site.folder / "t.json").write_text(text, encoding="utf-8")
        assert "no truth.json" in site.run("try", "play-video/latency", "--incidents", "t.json").err


def test_times_without_a_zone_are_the_organisation_s(tmp_path: Path) -> None:
    path = tmp_path / "enquiries.csv"
    path.write_text("Time,Mail\n2026-10-01 00:00,2\n2026-09-30T15:30Z,3\n2026-10-01T23:00+09:00,4\n", encoding="utf-8")
    found = read_enquiries(path, "Asia/Tokyo", None)
    assert found.days == {date(2026, 10, 1): 9}
    assert len(found.hours) == 3
    path.write_text('\ufeffdate,mail,phone\n2026/10/01,2,"1,003"\n', encoding="utf-8")
    assert read_enquiries(path, "Asia/Tokyo", "phone").days == {date(2026, 10, 1): 1003}


def test_churn_beside_enquiries_makes_days_loud(story: Path, capsys: pytest.CaptureFixture[str]) -> None:
    days = [date(2026, 8, 20) + timedelta(days=n) for n in range(80)]
    rows = "".join(f"{day},{9 if day == date(2026, 9, 10) else 1}\n" for day in days)
    (story / "churn.csv").write_text(f"date,churn\n{rows}", encoding="utf-8")
    both = [*outside(story), "--churn", str(story / "churn.csv")]
    document = json.loads(tried(story, capsys, *both, "--json"))
    jsonschema.validate(document, SCHEMA, cls=jsonschema.Draft202012Validator)
    assert document["quiet"]["churn"]["rises"] == ["2026-09-10"]
    assert document["quiet"]["rises"] == ["2026-09-01", "2026-10-01"]
    assert document["quiet"]["days"] == 58
    text = tried(story, capsys, *both, "--lang", "en")
    assert "A day is quiet only when neither enquiries nor churn rose." in text
    assert "Churn rose on: Sep 10." in text


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated day of a small fleet, counted, with an incident that is known."""
    folder = tmp_path_factory.mktemp("fleet")
    for arguments in (
        ["simulate", "scooters", "--devices", "40", "--seed", "1", "--out", str(folder)],
        ["ingest", "--book", str(folder / "kakeibo.yaml")],
    ):
        with pytest.raises(SystemExit):
            main(arguments)
    storm = "start,end,name\n2026-10-05T20:00+09:00,2026-10-05T21:00+09:00,Storm\n"
    (folder / "incidents.csv").write_text(storm, encoding="utf-8")
    return folder


def test_of_a_fleet_hours_are_told_and_nothing_fails(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    slo, known = "scooters/in_service", ["--incidents", str(fleet / "incidents.csv")]
    counted = json.loads(tried(fleet, capsys, "--json", slo=slo))
    text = " ".join(tried(fleet, capsys, *known, slo=slo).split())
    assert f"{hours(counted['valid'])} of device time counted, {hours(counted['bad'])} of it out of service" in text
    [promised] = re.findall(r"98% \* +(\S+) h ", text)
    assert float(promised) == pytest.approx(counted["valid"] * 0.02 / 3600, abs=0.06)
    assert re.search(r"Storm \(Oct 5\) [0-9.]+ h of 40 h ", text)
    assert "failures" not in text
    japanese = tried(fleet, capsys, *known, "--lang", "ja", slo=slo)
    assert "許される時間" in " ".join(japanese.split()).replace(" ", "")
    assert "件が失敗" not in japanese


def hours(seconds: int) -> str:
    return f"{seconds / 3600:,.1f} h"


def test_the_lab_tells_hours_too(fleet: Path) -> None:
    book = read(fleet / "kakeibo.yaml")[0]
    slo = book.slos()["scooters/in_service"]
    store = open_store(f"sqlite:///{fleet}/kakeibo.db")
    trial = trial_of(book, store, book.journeys["scooters"], slo, 2**31, Question())
    store.close()
    one = next(each for each in trial.tried if each.candidate.target == slo.target)
    with i18n.speaking("en"):
        first = next(lab.sentences(trial, one, None))
    allowed, spent = (device_time.hours(each) for each in (one.candidate.allowed, one.candidate.spent))
    assert first.startswith(f"At 98% in 1 day: {allowed} out of service allowed in the last window, {spent} spent (")
