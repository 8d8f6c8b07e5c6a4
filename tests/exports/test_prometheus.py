"""The exported rules are valid, and Prometheus fires at the minutes at which our own decisions do."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.exports.stories import (
    Minutes,
    book_of,
    firing,
    on_the_verge,
    slo_of,
    story,
)
from tests.prometheus_server import promtool

from kakeibo.alerts.windows import USUAL
from kakeibo.exports import formats
from kakeibo.exports.prometheus import FILE, export
from kakeibo.exports.promql import duration
from kakeibo.i18n import speaking
from kakeibo.model import Book, BurnRule, Composite, Method, Queries, Slo, Source
from kakeibo.windows import Window

QUICK = (BurnRule(Fraction(2, 100), 12, "page"), BurnRule(Fraction(1, 100), 36, "ticket"))
OWN = 'kakeibo_events_%s_total{slo="play-video/availability",instance="here:9",job="kakeibo"}'


def written(folder: Path, book: Book) -> str:
    """The rules, written and checked by promtool."""
    exported = export(book)
    (folder / FILE).write_text(exported.files[FILE], encoding="utf-8")
    told = promtool(folder, "check", "rules", "--lint-fatal", FILE)
    assert "SUCCESS" in told
    return exported.files[FILE]


def rising(increases: list[int]) -> str:
    return " ".join(map(str, accumulate(increases, initial=0)))


def judge(folder: Path, slo: Slo, minutes: Minutes, series: dict[str, str]) -> int:
    """Let promtool evaluate the rules in each minute: the alerts that fire must be those of our own decisions."""
    written(folder, book_of(slo))
    expected = firing(slo, minutes)
    tests: list[dict[str, Any]] = []
    for minute in range(len(minutes) + 1):
        firing_now = [
            {"labels": f'{{severity="{rule.severity}",window="{duration(rule.minutes)}"}}', "value": 1}
            for rule, when in expected.items()
            if minute in when
        ]
        expr = 'count by (window, severity) (ALERTS{alertstate="firing"})'
        tests.append({"expr": expr, "eval_time": f"{minute}m", "exp_samples": firing_now})
    inputs = [{"series": name, "values": values} for name, values in series.items()]
    test = {"interval": "1m", "input_series": inputs, "promql_expr_test": tests}
    document = {"rule_files": [FILE], "evaluation_interval": "1m", "tests": [test]}
    (folder / "test.yaml").write_text(yaml.safe_dump(document, width=10**9), encoding="utf-8")
    promtool(folder, "test", "rules", "test.yaml")
    return sum(map(len, expected.values()))


def own_series(minutes: Minutes) -> dict[str, str]:
    return {
        OWN % "valid": rising([good + bad for good, bad in minutes]),
        OWN % "bad": rising([bad for _, bad in minutes]),
    }


@pytest.mark.parametrize("seed", range(4, 8))
def test_random_stories_fire_at_the_same_minutes(tmp_path: Path, seed: int) -> None:
    slo, minutes = slo_of({4: "99.9", 5: "99", 6: "99.95", 7: "97.3"}[seed]), story(seed, 420)
    assert judge(tmp_path, slo, minutes, own_series(minutes)) > 0


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 130))
def test_many_random_stories(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    target = dice.choice(["99.9", "99", "99.95", "97.3", "90", "99.999"])
    slo = replace(slo_of(target, rules=dice.choice([None, QUICK])), minimum_bad=dice.choice([None, 1, 10]))
    minutes = story(seed, 700)
    judge(tmp_path, slo, minutes, own_series(minutes))


def test_quick_rules_and_a_set_minimum(tmp_path: Path) -> None:
    slo, minutes = replace(slo_of("95", rules=QUICK), minimum_bad=7), story(11, 300)
    assert judge(tmp_path, slo, minutes, own_series(minutes)) > 0


def test_at_the_threshold_nothing_fires_and_one_failure_above_it_does(tmp_path: Path) -> None:
    slo = slo_of("99.93")
    minutes = on_the_verge(slo)
    fired = firing(slo, minutes)[USUAL[0]]
    assert min(fired) == 81
    assert judge(tmp_path, slo, minutes, own_series(minutes)) > 0


def metric(code: int, instance: str) -> str:
    return f'http_requests_total{{code="{code}",instance="{instance}",job="web"}}'


def scraped(minutes: Minutes) -> tuple[list[tuple[int, int]], dict[str, str]]:
    """Counters of two servers, and the events that can be known from them.

    The series of failures begins with the first failure. Server a begins anew after minute 100, server b is found at
    minute 40, when its counters have long been running: what they rose in the minute before, nobody knows.
    """
    known: list[tuple[int, int]] = []
    values: dict[str, list[str]] = {metric(code, instance): ["_"] for code in (200, 500) for instance in "ab"}
    state = dict.fromkeys(values, 0)
    values[metric(200, "a")] = ["0"]
    state[metric(200, "b")], state[metric(500, "b")] = 10**9, 5000
    for minute, (good, bad) in enumerate(minutes):
        if minute == 100:
            state[metric(200, "a")] = state[metric(500, "a")] = 0
        seen = {"a": 1, "b": 2}
        for code, number in ((200, good), (500, bad)):
            for instance, times in seen.items():
                name = metric(code, instance)
                state[name] += number * times
                there = minute >= 40 if instance == "b" else code == 200 or values[name][-1] != "_" or state[name]
                values[name].append(str(state[name]) if there else "_")
        factor = 3 if minute > 40 else 1
        known.append((good * factor, bad * factor))
    return known, {name: " ".join(column) for name, column in values.items()}


@pytest.mark.parametrize(
    "measure",
    [
        Queries("metrics", "http_requests_total", good='http_requests_total{code!~"5.."}'),
        Queries("metrics", "http_requests_total", bad='http_requests_total{code=~"5.."}'),
        Queries(
            "metrics",
            'http_requests_total{code="200"} + http_requests_total{code="500"}',
            bad='http_requests_total{code="500"}',
        ),
    ],
    ids=["good", "bad", "added"],
)
def test_counters_that_begin_anew_or_late_are_counted_to_the_event(tmp_path: Path, measure: Queries) -> None:
    # Before the restart much has happened, so that the counters fall; the first failure of all is in minute 20.
    minutes = [(500, 0)] * 20 + [(700, 9)] * 30 + [(900, 0)] * 50 + [(3, 0)] + story(5, 200)
    known, series = scraped(minutes)
    slo = slo_of("99.9", measure=measure)
    assert judge(tmp_path, slo, known, series) > 0


def test_queries_with_a_range_are_asked_for_each_minute(tmp_path: Path) -> None:
    measure = Queries(
        "metrics", "sum(increase(events_total[$window]))", bad='sum(increase(events_total{bad="yes"}[$window]))'
    )
    minutes = story(6, 200)
    series = {
        'events_total{bad="no"}': rising([good for good, _ in minutes]),
        'events_total{bad="yes"}': rising([bad for _, bad in minutes]),
    }
    assert judge(tmp_path, slo_of("99", measure=measure), minutes, series) > 0


def test_counters_with_the_same_labels_are_added_up(tmp_path: Path) -> None:
    minutes = story(8, 200)
    series = {
        'good_total{job="web"}': rising([good for good, _ in minutes]),
        'bad_total{job="web"}': rising([bad for _, bad in minutes]),
    }
    measure = Queries("metrics", "good_total + bad_total", bad="bad_total")
    assert judge(tmp_path, slo_of("99", measure=measure), minutes, series) > 0


def test_failures_while_nothing_valid_is_seen_are_no_data(tmp_path: Path) -> None:
    """The valid counter is gone for half an hour: nothing is recorded, nothing fires."""
    valid = rising([150] * 20) + " _x40"
    written(tmp_path, book_of(slo_of(measure=Queries("m", "all_total", bad="bad_total"))))
    tests = [
        {"expr": "slo:kakeibo_events_valid:increase1m", "eval_time": "50m", "exp_samples": []},
        {"expr": "slo:kakeibo_events_bad:increase1m", "eval_time": "50m", "exp_samples": []},
        {"expr": 'ALERTS{window="1h"}', "eval_time": "50m", "exp_samples": []},
    ]
    series = [{"series": "all_total", "values": valid}, {"series": "bad_total", "values": rising([50] * 60)}]
    test = {"interval": "1m", "input_series": series, "promql_expr_test": tests}
    document = {"rule_files": [FILE], "evaluation_interval": "1m", "tests": [test]}
    (tmp_path / "test.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    promtool(tmp_path, "test", "rules", "test.yaml")


def test_what_cannot_be_expressed_is_said(tmp_path: Path) -> None:
    plain = slo_of()
    others = [
        replace(plain, name="play-video/all", measure=Composite("sum", (("play-video/availability", Fraction(1)),))),
        replace(plain, name="play-video/slices", method=Method("slices", 5, Fraction(1, 2))),
        replace(plain, name="play-video/parts", method=Method("ratio_slices", 5)),
        replace(plain, name="play-video/month", window=Window("month", calendar="month", timezone="Asia/Tokyo")),
        replace(plain, name="play-video/rate", measure=Queries("m", "a_total", good="rate(a_total[5m])")),
        replace(plain, name="play-video/digits", target=1 - Fraction(1, 10**10)),
    ]
    book = book_of(plain, *others)
    told = [(warning.file, warning.level) for warning in export(book).warnings]
    assert told == [(slo.name, "warning") for slo in others]
    groups = [group["name"] for group in yaml.safe_load(written(tmp_path, book))["groups"]]
    assert groups == [
        f"kakeibo/play-video/{name}{part}" for name in ("availability", "month", "digits") for part in ("", "/budget")
    ]
    assert "month" in str(export(book).warnings[3])


def test_an_expression_loses_the_step_of_its_source() -> None:
    asked = Queries("metrics", "sum(increase(a_total[$window]))", bad="bad_total")
    source = Source("metrics", "prometheus", (), Path(), options={"step": "5m"})
    book = replace(book_of(slo_of(measure=asked)), sources={"metrics": source})
    assert ["step of metrics" in str(one) for one in export(book).warnings] == [True]
    assert export(replace(book, sources={"metrics": replace(source, options={})})).warnings == ()
    plain = slo_of(measure=Queries("metrics", "a_total", bad="bad_total"))
    assert export(replace(book_of(plain), sources=book.sources)).warnings == ()


def test_parts_and_objectives_with_probes_are_exported() -> None:
    plain = slo_of()
    part = replace(plain, name="play-video/availability/east", owner="network", alerts=())
    accounts = tuple(replace(plain, name=f"play-video/probed/{name}") for name in ("users", "probes"))
    both = Composite("sum", tuple((one.name, Fraction(1)) for one in accounts))
    probed = replace(plain, name="play-video/probed", measure=both, accounts=accounts)
    exported = export(book_of(replace(plain, parts=(part,)), probed))
    assert exported.warnings == ()
    groups = {group["name"]: group["rules"] for group in yaml.safe_load(exported.files[FILE])["groups"]}
    assert [name for name in groups if not name.endswith("budget")] == [
        f"kakeibo/play-video/{name}" for name in ("availability", "availability/east", "probed")
    ]
    assert groups["kakeibo/play-video/availability/east"][0]["labels"]["owner"] == "network"
    assert 'kakeibo_events_valid_total{slo="play-video/probed"}' in groups["kakeibo/play-video/probed"][0]["expr"]


def test_a_calendar_window_has_alerts_but_no_budget() -> None:
    month = replace(slo_of(), window=Window("month", calendar="month", timezone="Asia/Tokyo"))
    text = export(book_of(month)).files[FILE]
    assert text.count("alert: KakeiboBudgetBurn") == 4
    assert "budget_left" not in text
    assert "budget_left" in export(book_of(slo_of())).files[FILE]


def test_an_alert_says_who_what_and_where_to_look() -> None:
    with speaking("ja"):
        document = yaml.safe_load(export(book_of(slo_of())).files[FILE])
    alert = next(rule for rule in document["groups"][0]["rules"] if "alert" in rule)
    recorded = document["groups"][0]["rules"][0]["labels"]
    assert alert["labels"] == recorded | {"severity": "page", "window": "1h", "share": "2%"}
    assert alert["annotations"] == {
        "summary": "動画を再生できる(成功): エラーバジェットの2%が1時間で減るときの速さを超えました",
        "description": '1時間で{{ printf "%.0f" $value }}件が失敗しました。'
        "今、とても多くの利用者が失敗しています。すぐに対応が必要です。",
        "runbook_url": 'https://wiki.example/{{ "{{" }}video}}',
    }
    assert recorded == {
        "slo": "play-video/availability",
        "journey": "play-video",
        "service": "video",
        "team": "player",
    }


@pytest.mark.parametrize(("minutes", "text"), [(60, "1h"), (90, "90m"), (1440, "1d"), (28 * 1440, "28d"), (5, "5m")])
def test_durations(minutes: int, text: str) -> None:
    assert duration(minutes) == text


def test_every_format_has_a_name_and_a_summary() -> None:
    assert "prometheus" in formats()
    assert all(name == one.name and one.summary for name, one in formats().items())
