"""A real server with a loaded history: the exported alerts are true in the minutes in which our own rules fire."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import accumulate
from math import ceil
from pathlib import Path

import yaml
from tests.exports.stories import Minutes, book_of, firing, slo_of, story
from tests.prometheus_server import load, promtool, query_range, serving

from kakeibo.clock import minute_of
from kakeibo.exports.prometheus import FILE, VALID_SUM, export
from kakeibo.exports.promql import duration

START = minute_of(datetime(2026, 9, 30, 20, 0, tzinfo=UTC))


def history(minutes: Minutes) -> list[str]:
    lines = []
    for kind, counts in (("valid", [good + bad for good, bad in minutes]), ("bad", [bad for _, bad in minutes])):
        lines.append(f"# TYPE kakeibo_events_{kind} counter")
        lines += (
            f'kakeibo_events_{kind}_total{{slo="play-video/availability"}} {total} {(START + minute) * 60}'
            for minute, total in enumerate(accumulate(counts, initial=0))
        )
    return lines


def record(folder: Path, rules: list[dict[str, object]], last: int) -> None:
    """Evaluate recording rules over the history, as the server would have done."""
    document = {"groups": [{"name": "past", "interval": "1m", "rules": rules}]}
    (folder / "past.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    stretch = [f"--start={START * 60}", f"--end={last * 60 + 59}", "--eval-interval=1m", "--output-dir=data"]
    with serving(folder) as address:
        promtool(folder, "tsdb", "create-blocks-from", "rules", *stretch, f"--url={address}", "past.yaml")


def second_of(address: str, last: int) -> int:
    """Prometheus evaluates each group at a moment of the minute of its own, by its name: the first second after it."""
    found = query_range(address, f"timestamp({VALID_SUM})", last + 1, last + 1)
    seconds = {ceil(float(value) % 60) for one in found for _, value in one["values"]}
    assert len(seconds) == 1
    return seconds.pop()


def test_alerts_are_true_in_the_minutes_of_our_own_decisions(tmp_path: Path) -> None:
    slo, minutes = slo_of("99.9"), story(21, 600)
    last = START + len(minutes)
    load(tmp_path, history(minutes))
    group = yaml.safe_load(export(book_of(slo)).files[FILE])["groups"][0]["rules"]
    record(tmp_path, group[:2], last)
    record(tmp_path, [rule for rule in group[2:] if rule.get("record", "").endswith(":sum")], last)
    expected = firing(slo, minutes)
    alerts = {rule["labels"]["window"]: rule["expr"] for rule in group if "alert" in rule}
    with serving(tmp_path) as address:
        second = second_of(address, last)
        for rule, when in expected.items():
            found = query_range(address, alerts[duration(rule.minutes)], START, last, second)
            assert {int(time) // 60 - START for one in found for time, _ in one["values"]} == when
    assert all(expected.values())
