"""kakeibo where and try --latency as a user calls them: on a small site, and on the simulated story with its truth."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.app.conftest import BOOK, Site, event

from kakeibo import i18n, simulate
from kakeibo.app.cli import main

GOLDEN = Path(__file__).parents[1] / "golden"
SCHEMA: dict[str, Any] = json.loads(
    resources.files("kakeibo.letters").joinpath("where.schema.json").read_text(encoding="utf-8")
)
NAME = "play-video/availability"
LOG = "a.json"


def broken_down(site: Site, breakdown: str = "breakdown: [error, region], histogram: [duration]") -> None:
    book = BOOK.replace("fields: {duration: request_time}}", f"fields: {{duration: request_time}}, {breakdown}}}")
    (site.folder / "kakeibo.yaml").write_text(book, encoding="utf-8")


def outage(site: Site) -> None:
    """80 good plays in two regions, then 20 failures in one of them."""
    site.write(
        LOG, *(event(n / 4, region="tokyo" if n % 2 else "osaka", request_time=0.1 + n / 200) for n in range(80))
    )
    site.write(LOG, *(event(30 + n / 4, region="osaka", error="SYSTEM", request_time=2) for n in range(20)))


def asked(site: Site, *arguments: str) -> dict[str, Any]:
    told = site.run("where", NAME, "--json", *arguments)
    assert (told.code, told.err) == (0, "")
    document: dict[str, Any] = json.loads(told.out)
    jsonschema.validate(document, SCHEMA)
    for column in document["columns"]:
        for side in ("good", "bad", "void"):
            assert sum(part[side] for part in column["parts"]) == column[side]
        assert column["bad"] + column["bad_missing"] == document["bad"] + document["bad_adjusted"]
    return document


def test_what_the_failures_have_in_common(site: Site) -> None:
    broken_down(site)
    outage(site)
    site.run("ingest")
    document = asked(site)
    assert (document["good"], document["bad"], document["verdict"]) == (80, 20, "found")
    found = [(part["column"], part["value"], part["bad"], part["excess"]) for part in document["contributors"]]
    assert found == [("error", "SYSTEM", 20, 20), ("region", "osaka", 20, 10)]
    text = site.run("where", NAME).out
    assert "Of 20 failures 20 (100%) have error = SYSTEM; of the successes none have." in text
    assert "Of 20 failures 20 (100%) have region = osaka; of the successes 50% have." in text
    assert "失敗20件のうち20件（100%）が error = SYSTEM です。" in site.run("where", NAME, "--lang", "ja").out
    assert asked(site, "--from", "2026-10-01T00:00Z", "--to", "2026-10-01T00:01Z")["from"] == "2026-10-01T00:00:00Z"


def test_reports_and_statements_tell_where_the_budget_went(site: Site) -> None:
    broken_down(site)
    outage(site)
    site.run("ingest")
    rows = json.loads(site.run("report", "--at", "latest", "--json").out)["slos"]
    found = {row["slo"]: [(c["column"], c["value"], c["bad"], c["good"]) for c in row["contributors"]] for row in rows}
    assert found[NAME] == [("error", "SYSTEM", 20, 0), ("region", "osaka", 20, 40)]
    spent = {row["slo"]: row["left_ratio"] for row in rows}
    assert all(spent[name] <= 0.5 for name, told in found.items() if told)
    statement = ["statement", NAME, "--month", "2026-10", "--at", "latest"]
    assert "- Of 20 failures 20 (100%) have region = osaka; of the successes 50% have." in site.run(*statement).out
    account = json.loads(site.run(*statement, "--json").out)["slos"][0]
    assert [c["value"] for c in account["contributors"]] == ["SYSTEM", "osaka"]


def test_a_budget_that_is_hardly_touched_is_not_asked_about(site: Site) -> None:
    """20 failures of 50 allowed ones: nobody has to look for their cause."""
    broken_down(site)
    (site.folder / "kakeibo.yaml").write_text(
        (site.folder / "kakeibo.yaml").read_text(encoding="utf-8").replace("target: 90%", "target: 50%"),
        encoding="utf-8",
    )
    outage(site)
    site.run("ingest")
    row = json.loads(site.run("report", "--at", "latest", "--json").out)["slos"][0]
    assert (row["bad"], row["left_ratio"] > 0.5, row["contributors"]) == (20, True, [])


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_whole_page(site: Site, language: str) -> None:
    """After a wanted change: GOLDEN=write pytest tests/app/test_where.py"""
    broken_down(site)
    outage(site)
    site.run("ingest")
    found = site.run("where", NAME, "--lang", language).out + "\n"
    found += site.run("try", "play-video/latency", "--latency", "0.2,0.3,2", "--lang", language).out
    golden = GOLDEN / f"where.{language}.txt"
    if os.environ.get("GOLDEN") == "write":
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8")


def test_a_time_of_few_failures_says_so(site: Site) -> None:
    broken_down(site)
    site.write(LOG, *(event(n, region="tokyo") for n in range(9)), event(10, status=500))
    site.run("ingest")
    assert asked(site)["verdict"] == "few"
    assert "Too few failures to say what they have in common." in site.run("where", NAME).out
    nothing = site.run("where", NAME, "--from", "2026-09-01", "--to", "2026-09-02").out
    assert "No event of this time was counted by the values of columns." in nothing


def test_columns_named_later_count_from_then_on_and_recounting_mends_it(site: Site) -> None:
    outage(site)
    site.run("ingest")
    refused = site.run("where", NAME)
    assert refused.code == 1
    assert "breakdown: [operation, error]" in refused.err
    broken_down(site)
    site.write(LOG, event(55, error="SYSTEM", region="osaka"))
    site.run("ingest")
    assert [(c["bad"], c["bad_missing"]) for c in asked(site)["columns"]] == [(1, 20)] * 2
    assert "20 failures of this time were counted before this column was." in site.run("where", NAME).out
    site.run("ingest", "--recount", "web")
    assert [(c["bad"], c["bad_missing"]) for c in asked(site)["columns"]] == [(21, 0)] * 2


def test_adjusted_failures_stay_in_the_parts_and_are_told(site: Site) -> None:
    broken_down(site)
    outage(site)
    site.run("ingest")
    times = ["--from", "2026-10-01T00:30Z", "--to", "2026-10-01T00:32Z"]
    site.run("adjust", "add", "play-video", *times, "--reason", "test", "--author", "operator")
    document = asked(site)
    assert (document["bad"], document["bad_adjusted"], document["columns"][0]["bad"]) == (12, 8, 20)
    assert "8 of the failures in the tables were left out by adjustments since." in site.run("where", NAME).out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["where", NAME, "--last", "6x"], "write --last 6h, 3d or 2w"),
        (["where", NAME, "--last", "6h", "--from", "2026-10-01"], "--last and --from exclude each other"),
        (["where", NAME, "--from", "2026-10-02", "--to", "2026-10-01"], "the period ends before it begins"),
        (["try", NAME, "--latency", "0.255"], "the histogram cannot tell at 0.255"),
        (["try", NAME, "--latency", "fast"], "'fast' is no threshold"),
        (["try", NAME, "--latency", ",".join(map(str, range(10, 40)))], "too many thresholds: 30"),
    ],
)
def test_what_cannot_be_asked(site: Site, arguments: list[str], message: str) -> None:
    broken_down(site)
    outage(site)
    site.run("ingest")
    told = site.run(*arguments)
    assert told.code == 1
    assert message in told.err


def test_a_histogram_that_is_not_kept(site: Site) -> None:
    outage(site)
    site.run("ingest")
    told = site.run("try", NAME, "--latency", "0.3")
    assert (told.code, "histogram: [duration]" in told.err) == (1, True)
    assert json.loads(site.run("try", NAME, "--json").out)["latencies"] == []


def test_thresholds_chosen_after_the_fact(site: Site) -> None:
    broken_down(site)
    outage(site)
    site.run("ingest")
    told = json.loads(site.run("try", "play-video/latency", "--latency", "0.2,0.3,2", "--json").out)["latencies"]
    assert [(t["at_most"], t["origin"], t["good"], t["bad"]) for t in told[0]["thresholds"]] == [
        (0.2, "asked", 21, 79),
        (0.3, "book", 40, 60),  # 0.1 + 40 / 200 is a little more than 0.3
        (2, "asked", 100, 0),
    ]
    page = site.run("try", "play-video/latency")
    assert "Other thresholds for duration" in page.out
    site.run("try", "play-video/latency", "--html", "try.html")
    assert 'class="distribution"' in (site.folder / "try.html").read_text(encoding="utf-8")


def test_thresholds_with_a_unit(site: Site) -> None:
    """The kind of log, or the book, says in which unit the duration is."""
    broken_down(site)
    outage(site)
    site.run("ingest")
    name = "play-video/latency"
    plain = site.run("try", name, "--latency", "0.2,2", "--json").out
    assert site.run("try", name, "--latency", "200ms, 2s", "--json").out == plain
    broken_down(site, "histogram: [duration], duration: request_time")
    refused = site.run("try", name, "--latency", "200ms")
    assert refused.code == 1
    assert "nobody has said in which unit duration is" in refused.err
    assert "duration: {column: duration, unit: ms}" in refused.err
    broken_down(site, "histogram: [duration], duration: {column: duration, unit: ms}")
    told = json.loads(site.run("try", name, "--latency", "2s,0.2,0.5ms", "--json").out)["latencies"][0]["thresholds"]
    assert [threshold["at_most"] for threshold in told if threshold["origin"] == "asked"] == [0.2, 0.5, 2000]
    assert "the histogram cannot tell at 17m" in site.run("try", name, "--latency", "17m").err


def test_counting_piece_by_piece_comes_to_the_same(site: Site) -> None:
    broken_down(site)
    for n in range(12):
        site.write(LOG, event(n * 9, region="tokyo", error="SYSTEM" if n % 2 else ""))
        site.run("ingest")
    apart = asked(site)
    site.run("ingest", "--recount", "web")
    assert asked(site) == apart
    assert apart["columns"][0]["bad"] == 6


def test_wrong_columns_are_told_by_check(site: Site) -> None:
    outage(site)
    broken_down(site, "breakdown: [regoin], histogram: [operation]")
    told = site.run("check").out
    assert "source web has no column regoin; did you mean region?" in told
    assert "column operation is no number: it has no histogram; put it under breakdown:" in told


def test_a_column_of_ids_gets_a_warning(site: Site) -> None:
    site.write(LOG, *(event(n / 60, request_id=f"r{n}", region="tokyo" if n % 2 else "osaka") for n in range(300)))
    broken_down(site, "breakdown: [region, request_id]")
    told = site.run("check")
    warned = [line for line in told.out.splitlines() if "no value can stand out" in line]
    assert (told.code, len(warned)) == (0, 1)
    assert "column request_id has 300 different values in 300 events" in warned[0]
    assert warned[0].startswith("warning: kakeibo.yaml:")
    (site.folder / "logs" / LOG).unlink()
    assert "no value can stand out" not in site.run("check").out


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two simulated months with a third of the traffic, and an objective over all operations besides."""
    folder = tmp_path_factory.mktemp("story")
    simulate.write("learning-video", 1, folder, scale=0.3)
    book = folder / "kakeibo.yaml"
    everything = """\
  everything:
    title: Anything
    service: video
    source: web
    valid: operation != ''
    slos:
      availability: {good: status < 500 and not (error in system_codes), target: 99.9%}
"""
    book.write_text(book.read_text(encoding="utf-8") + everything, encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["ingest", "--book", str(book)])
    i18n.use("en")
    yield folder
    i18n.use("en")


def where(story: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    with pytest.raises(SystemExit):
        main(["where", "everything/availability", "--json", "--book", str(story / "kakeibo.yaml"), *arguments])
    i18n.use("en")
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_causes_of_the_story_are_found(story: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The truth file says when each cause was at work, and which operations felt it."""
    causes = {c["key"]: c for c in json.loads((story / "truth.json").read_text(encoding="utf-8"))["causes"]}
    overload, release = causes["database-overload-october"], causes["quiz-release"]
    found = where(story, capsys, "--from", overload["from"], "--to", overload["to"])
    assert [(part["column"], part["value"]) for part in found["contributors"]][:2] == [
        ("error", "SYSTEM"),
        ("error", "TIMEOUT"),
    ]
    felt = [part["value"] for part in found["columns"][0]["parts"] if part["excess"] > 0]
    assert set(felt) <= set(overload["operations"]) - {"LogIn", "お知らせ一覧"}
    found = where(story, capsys, "--from", release["from"], "--to", release["to"])
    assert [part["value"] for part in found["columns"][0]["parts"]][:1] == ["SubmitQuiz"]
