"""Commands as their users meet them: what they print, and how they end."""

from __future__ import annotations

import json

import jsonschema
import pytest
import yaml
from tests.app.conftest import BOOK, Site, event

AT = "2026-10-01T01:00Z"


def story() -> list[dict[str, object]]:
    """10 plays: 6 good and quick, 1 good but slow, 1 client's fault, 1 ours, 1 of a code nobody knows; and 2 probes."""
    return [
        *(event(n) for n in range(6)),
        event(6, request_time=0.5),
        event(7, error="BAD_INPUT"),
        event(8, error="SYSTEM"),
        event(9, error="WHO_KNOWS"),
        event(10, agent="probe", status=500),
        event(11, agent="probe"),
        event(12, operation="Other", status=500),
    ]


def test_from_a_log_to_a_report(site: Site) -> None:
    site.write("access.json", *story())
    assert site.run("check").code == 0
    assert "web: 13 new lines in 1 file" in site.run("ingest").out
    assert "web: 0 new lines" in site.run("ingest").out

    report = json.loads(site.run("report", "--at", AT, "--json").out)
    rows = {row["slo"]: row for row in report["slos"]}
    availability, latency = rows["play-video/availability"], rows["play-video/latency"]
    counts = {key: availability[key] for key in ("valid", "good", "bad", "void", "unknown", "spent", "allowed")}
    assert counts == {"valid": 10, "good": 8, "bad": 2, "void": 2, "unknown": 1, "spent": 2, "allowed": 1}
    assert (availability["sli"], availability["left_ratio"], availability["state"]) == (0.8, -1.0, "filling")
    assert (latency["good"], latency["bad"], latency["void"]) == (9, 1, 2)
    assert availability["team"] == "player"
    assert (availability["from"], availability["to"]) == ("2026-09-30T01:00:00Z", "2026-10-01T01:00:00Z")
    assert report["unknown_codes"] == [{"source": "web", "column": "error", "value": "WHO_KNOWS", "events": 1}]


def test_report_forms(site: Site) -> None:
    site.write("access.json", *story())
    site.run("ingest")
    text = site.run("report", "--at", AT)
    assert "Play a video" in text.out
    assert "\x1b[" not in text.out
    assert "動画を再生できる" in site.run("report", "--at", AT, "--lang", "ja").out
    assert site.run("report", "--at", AT, "--markdown").out.startswith("#")
    assert site.run("report", "--at", AT, "--html", "page.html").code == 0
    assert "<svg" in (site.folder / "page.html").read_text(encoding="utf-8")
    assert "there is no folder" in site.run("report", "--html", "nowhere/page.html").err


def test_latest_is_the_end_of_the_last_counted_minute(site: Site) -> None:
    site.write("access.json", event(0), event(61))
    site.run("ingest")
    report = json.loads(site.run("report", "--at", "latest", "--json").out)
    assert report["at"] == "2026-10-01T01:02:00Z"
    assert report["slos"][0]["valid"] == 2


def test_a_time_without_zone_is_the_organisations(site: Site) -> None:
    assert json.loads(site.run("report", "--at", "2026-10-01T09:00", "--json").out)["at"] == "2026-10-01T00:00:00Z"


def test_an_old_log_is_pointed_out(site: Site) -> None:
    assert "nothing has been counted yet" in site.run("report").err
    site.write("access.json", event(0))
    site.run("ingest")
    assert "--at latest" in site.run("report").err


def test_explain_shows_verdicts_and_reasons(site: Site) -> None:
    site.write("access.json", *story())
    found = json.loads(site.run("explain", "play-video/availability", "--json").out)
    events: dict[str, int] = {}
    for sample in found["samples"]:
        events[sample["verdict"]] = events.get(sample["verdict"], 0) + sample["events"]
    assert events == {"good": 8, "bad": 1, "unknown": 1, "void": 2, "not_valid": 1}
    bad = next(sample for sample in found["samples"] if sample["verdict"] == "bad")
    assert bad["untrue"] == ["NOT (error IN system_codes)"]
    assert json.loads(bad["line"])["error"] == "SYSTEM"
    text = site.run("explain", "play-video/availability").out
    assert "because this is not true: NOT (error IN system_codes)" in text


def test_explain_finds_the_nearest_name(site: Site) -> None:
    told = site.run("explain", "play-vido/availability")
    assert (told.code, told.out) == (1, "")
    assert "did you mean play-video/availability?" in told.err


def test_audit_of_a_good_log(site: Site) -> None:
    site.write("access.json", *(event(n) for n in range(20)))
    told = site.run("audit")
    assert told.code == 0
    assert "2 of 2 objectives can be measured" in told.out


def test_audit_names_what_is_missing(site: Site) -> None:
    lines: list[dict[str, object]] = []
    for n in range(20):
        line = event(n)
        del line["request_time"]
        lines.append(line)
    site.write("access.json", *lines)
    told = site.run("audit")
    assert told.code == 1
    assert "the field duration is missing" in told.out
    assert "missing in 20 of 20 events (100.0%)" in told.out
    assert "$request_time" in told.out
    subjects = {s["name"]: s for s in json.loads(site.run("audit", "--json").out)["subjects"]}
    assert subjects["play-video/latency"]["level"] == "impossible"
    assert subjects["play-video/availability"]["level"] == "fine"


def test_audit_shows_codes_that_nobody_named(site: Site) -> None:
    site.write("access.json", *story())
    assert "WHO_KNOWS (1)" in site.run("audit").out


def test_audit_shows_what_valid_sees_instead(site: Site) -> None:
    site.write("access.json", event(0, operation="PlayMovie"))
    told = site.run("audit")
    assert "operation = 'PlayVideo' is never true" in told.out
    assert "operation is 'PlayMovie'" in told.out


def test_another_format_is_said_so(site: Site) -> None:
    site.write("access.json", '1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 5 "-" "-"')
    told = site.run("ingest")
    assert told.code == 1
    assert "1 line could not be read" in told.out
    assert "is the type of the source right?" in told.out
    assert "not a JSON object: other text" in site.run("audit").out


def test_no_log_is_said_so(site: Site) -> None:
    told = site.run("ingest")
    assert told.code == 1
    assert "no file matches" in told.err
    assert "no file matches" not in told.out
    assert "no file matches" in site.run("audit").out
    checked = site.run("check")
    assert checked.code == 0
    assert "kakeibo.yaml:8:33: no file matches" in checked.out


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("operation = 'PlayVideo'", "oporation = 'x'", "14:12: source web has no column oporation; did you mean"),
        ("duration <= 0.3", "status = '200'", "18:23: column status is compared with a text here, but it is a number"),
        ("{duration: request_time}", "{duration: [1]}", "8:56: a field is mapped to the name of a key"),
        ("type: nginx-json,", "type: nginx-json, tiem: ts,", "type nginx-json has no option tiem; did you mean"),
        ("system_codes), target", "system_code), target", "17:59: there is no list named system_code; did you mean"),
        ("target: 90%", "target: 100%", "17:82: a target of 100% leaves no budget"),
    ],
)  # fmt: skip
def test_check_says_where_what_and_the_mend(site: Site, old: str, new: str, told: str) -> None:
    site.write("access.json", event(0))
    assert old in BOOK
    (site.folder / "kakeibo.yaml").write_text(BOOK.replace(old, new), encoding="utf-8")
    found = site.run("check")
    assert found.code == 1
    assert told in found.out
    assert found.out.count("error: ") == 1
    assert site.run("ingest").code == 1


def test_check_for_programs(site: Site) -> None:
    assert json.loads(site.run("check", "--json").out)["valid"] is True
    (site.folder / "kakeibo.yaml").write_text("journeys: 3", encoding="utf-8")
    found = json.loads(site.run("check", "--json").out)
    assert found["valid"] is False
    assert {"file", "line", "column", "level", "message", "mend"} == set(found["problems"][0])


def test_schema_accepts_the_book(site: Site) -> None:
    schema = json.loads(site.run("schema").out)
    book = yaml.safe_load(BOOK)
    jsonschema.validate(book, schema)
    book["sources"]["web"]["tiem"] = "ts"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(book, schema)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["reprot"], 2, "did you mean report?"),
        (["report", "--nope"], 2, "--nope"),
        (["report", "--at", "yesterday"], 1, "'yesterday' is not a time"),
        (["report", "--book", "nope.yaml"], 1, "kakeibo init LOGFILE"),
        (["report", "--store", "foo://bar"], 1, "foo"),
        (["report", "--store", "postgresql://nobody@127.0.0.1:1/none"], 1, "Connection refused"),
        (["ingest", "wob"], 1, "did you mean web?"),
        (["simulate", "nope", "--out", "there"], 1, "learning-video"),
        (["report", "--at", "latest"], 1, "run kakeibo ingest first"),
    ],
)
def test_mistakes_get_one_message(site: Site, arguments: list[str], code: int, told: str) -> None:
    found = site.run(*arguments)
    assert found.code == code
    assert told in found.err
    assert "Traceback" not in found.err


def test_the_store_may_be_elsewhere(site: Site, postgresql_url: str) -> None:
    site.write("access.json", *story())
    for url in (f"sqlite:///{site.folder / 'other.db'}", postgresql_url):
        assert site.run("ingest", "--store", url).code == 0
        report = json.loads(site.run("report", "--store", url, "--at", AT, "--json").out)
        assert report["slos"][0]["valid"] == 10
    assert not (site.folder / "kakeibo.db").exists()


def test_recount_starts_anew(site: Site) -> None:
    site.write("access.json", *story())
    site.run("ingest")
    changed = BOOK.replace("duration <= 0.3", "duration <= 0.05")
    (site.folder / "kakeibo.yaml").write_text(changed, encoding="utf-8")
    assert "13 new lines" in site.run("ingest", "--recount").out
    rows = json.loads(site.run("report", "--at", AT, "--json").out)["slos"]
    assert [row["bad"] for row in rows] == [2, 10]


def test_recount_refuses_when_a_log_is_gone(site: Site) -> None:
    path = site.write("access.json", *story())
    site.run("ingest")
    path.unlink()
    assert "no longer there" in site.run("ingest", "--recount").err
    assert json.loads(site.run("report", "--at", AT, "--json").out)["slos"][0]["valid"] == 10


def test_an_unfinished_last_line_waits(site: Site) -> None:
    path = site.write("access.json", event(0))
    with path.open("a") as file:
        file.write('{"time": "2026-10-01T00:01:00+00:00", "opera')
    told = site.run("ingest").out
    assert "web: 1 new line in" in told
    assert "a last line is not finished" in told
    with path.open("a") as file:
        file.write('tion": "PlayVideo", "status": 200, "request_time": 0.1}\n')
    assert "web: 1 new line in" in site.run("ingest").out
    rows = json.loads(site.run("report", "--at", AT, "--json").out)["slos"]
    assert rows[0]["good"] == 2


def test_check_cautions_against_alerts_that_cannot_or_always_fire(site: Site) -> None:
    site.write("access.json", *(event(6 * n) for n in range(10)), event(59))
    rules = "alerts: [{burn: 50%, within: 1h, severity: page}], target: 90%, window: 28d}"
    book = BOOK.replace("target: 90%, window: 1d}", rules).replace("target: 50%, window: 1d}", "target: 99.9%}")
    (site.folder / "kakeibo.yaml").write_text(book, encoding="utf-8")
    told = site.run("check")
    assert told.code == 0
    assert "17:74: alert '50% of the budget within 1 hour' can never fire at a target of 90%" in told.out
    assert "events an hour" not in told.out  # nothing has been counted yet
    site.run("ingest")
    warnings = json.loads(site.run("check", "--json").out)["problems"]
    [scarce] = [problem for problem in warnings if "events an hour" in problem["message"]]
    said = "not all of the usual alerts suit play-video/latency. play-video/latency: at the usual 11 events an hour one"
    assert scarce["message"].startswith(said)
    assert (scarce["line"], scarce["column"], scarce["level"]) == (9, 1, "note")


def test_a_book_of_every_window_and_method_is_reported(site: Site) -> None:
    site.write("access.json", *(event(n, request_time=0.1 if n % 3 else 9) for n in range(90)))
    book = BOOK.replace("target: 90%, window: 1d}", "target: 90%, window: month, method: {ratio_slices: 5m}}")
    book = book.replace(
        "target: 50%, window: 1d}", "target: 50%, window: 1M, method: {slices: 30m, slice_target: 60%}}"
    )
    (site.folder / "kakeibo.yaml").write_text(book, encoding="utf-8")
    site.run("ingest")
    mean, slices = json.loads(site.run("report", "--at", "latest", "--json").out)["slos"]
    assert (mean["window"], mean["unit"], mean["valid"], mean["sli"]) == ("month", "slices", 18, 1)
    assert mean["from"] == "2026-09-30T15:00:00Z"
    assert (slices["method"], slices["valid"], slices["good"], slices["from"]) == (
        "slices",
        3,
        3,
        "2026-09-01T01:30:00Z",
    )
    text = site.run("report", "--at", "latest").out
    assert "0 of 1.8 allowed bad spans spent so far this month" in text
    assert "0 of 1.5 allowed bad spans spent in 1 month" in text
