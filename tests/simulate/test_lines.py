"""The bench generator."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Literal

import pytest

from kakeibo.simulate import lines
from kakeibo.simulate.lines import CODES, OPERATIONS, START, write_access_log

COMBINED = re.compile(r'(\S+) - - \[([^]]+)\] "POST (\S+) HTTP/1\.1" (\d{3}) (\d+) "([^"]+)" "([^"]+)" (\d+\.\d{3})')


@pytest.mark.parametrize("form", ["json", "combined"])
def test_same_bytes_for_the_same_seed(form: Literal["json", "combined"], tmp_path: Path) -> None:
    for name, seed in (("one", 3), ("two", 3), ("other", 4)):
        write_access_log(tmp_path / name, 2000, seed, form=form)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert (tmp_path / "one").read_bytes() != (tmp_path / "other").read_bytes()


def test_json_lines(tmp_path: Path) -> None:
    write_access_log(tmp_path / "log", 20_000, 1, per_second=100)
    content = (tmp_path / "log").read_bytes()
    events = [json.loads(line) for line in content.splitlines()]
    assert len(events) == 20_000
    assert 380 < len(content) / 20_000 < 520
    assert {event["http_x_graphql_operation"] for event in events} == set(OPERATIONS)
    assert {event["upstream_http_x_graphql_error"] for event in events} == set(CODES)
    assert len({event["request_time"] for event in events}) > 200
    assert len({event["request_id"] for event in events}) == 20_000
    offsets = [datetime.fromisoformat(event["time"]).timestamp() - START.timestamp() for event in events]
    assert offsets == [number // 100 for number in range(20_000)]
    assert all(int(event["msec"]) == START.timestamp() + second for event, second in zip(events, offsets, strict=True))


def test_combined_lines(tmp_path: Path) -> None:
    write_access_log(tmp_path / "log", 3000, 1, form="combined", per_second=1)
    matches = [COMBINED.fullmatch(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert len(matches) == 3000
    assert all(matches)
    times = [match[2] for match in matches if match]
    assert (times[0], times[-1]) == ("01/Sep/2026:00:00:00 +0900", "01/Sep/2026:00:49:59 +0900")
    assert {match[4] for match in matches if match} >= {"200", "500", "400", "401"}


def test_blocks_join_without_a_seam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_BLOCK", 100)
    write_access_log(tmp_path / "log", 250, 1, per_second=10)
    events = [json.loads(line) for line in (tmp_path / "log").read_text(encoding="utf-8").splitlines()]
    assert [round(event["msec"] * 10) - round(START.timestamp() * 10) for event in events] == list(range(250))


def test_more_than_a_day(tmp_path: Path) -> None:
    write_access_log(tmp_path / "log", 100_003, 1, per_second=1)
    *_, last = (tmp_path / "log").read_text(encoding="utf-8").splitlines()
    assert json.loads(last)["time"] == "2026-09-02T03:46:42+09:00"
