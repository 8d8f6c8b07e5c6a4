"""Logs that are none, or broken: rejected lines are counted, their neighbours too, and nothing is a traceback."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tests.oracle.site import BOOK, Site

COMBINED = '10.0.0.1 - - [21/Nov/2026:17:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "{agent}"\n'


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_binary_noise(site: Site) -> None:
    noise = random.Random(1).randbytes(300_000)
    lines = sum(1 for line in noise.split(b"\n") if line.strip(b" \t\r\v\f"))
    site.log.write_bytes(site.lines(10) + noise + b"\n" + site.lines(10))
    site.ingest()
    site.check(rejected=lines)


@pytest.mark.parametrize(
    "book",
    [BOOK, BOOK.replace("ndjson", "nginx"), BOOK.replace("ndjson", "sidekiq").replace("status < 500", "latency < 5")],
)
def test_nothing_but_noise(tmp_path: Path, book: str) -> None:
    site = Site(tmp_path, book)
    noise = random.Random(2).randbytes(100_000)
    site.log.write_bytes(noise + b"\n")
    summary = site.ingest()
    assert summary.lines == summary.rejected > 300
    assert sum(summary.reasons.values()) == summary.rejected


@pytest.mark.parametrize("size", [(1 << 20) - 200, (1 << 20) + 1, 3 << 20, 20 << 20])
def test_long_lines_of_json(site: Site, size: int) -> None:
    """Up to a mebibyte a line is read, beyond it is rejected; three of them, neighbours between."""
    data = site.lines(50)
    broken = 0
    for _ in range(3):
        if size < 1 << 20:
            line = site.lines(1)[:-2]
        else:
            line, broken = b'{"time": "2026-11-21T17:00:00Z", "status": 200', broken + 1
        line += b', "padding": "'
        data += line + b"x" * (size - len(line) - 2) + b'"}\n' + site.lines(50)
    site.log.write_bytes(data)
    site.ingest()
    site.check(rejected=broken)


def test_long_lines_of_the_combined_format(tmp_path: Path) -> None:
    site = Site(tmp_path, BOOK.replace("ndjson", "nginx"))
    usual = COMBINED.format(agent="x")
    data = (
        usual * 20 + COMBINED.format(agent="y" * 3_000_000) + usual * 20 + COMBINED.format(agent="z" * 900_000) + usual
    )
    site.log.write_text(data)
    site.ingest()
    assert site.delivered() == (43, 1)
    assert site.counted().total() == 42


def test_invalid_text_in_the_combined_format(tmp_path: Path) -> None:
    site = Site(tmp_path, BOOK.replace("ndjson", "nginx"))
    usual = COMBINED.format(agent="x").encode()
    broken = COMBINED.format(agent="x").encode().replace(b'"x"', b'"\xff"')
    site.log.write_bytes(usual + broken + usual + broken * 2_500 + usual)
    site.ingest()
    assert site.delivered() == (2_504, 2_501)
    assert site.counted().total() == 3


def test_a_log_that_is_one_line_without_end(site: Site) -> None:
    site.log.write_bytes(b"x" * 100_000)
    summary = site.ingest()
    assert summary.lines == 0
    assert summary.waiting == [f"{site.log}: 100000 bytes"]


def test_samples_of_what_is_rejected_name_their_place(site: Site) -> None:
    first = site.lines(5)
    site.log.write_bytes(
        first + b'{"time": "tomorrow", "status": 200}\n' + site.lines(5) + b"plain words\n" + site.lines(1)
    )
    summary = site.ingest()
    assert summary.reasons.total() == 2
    assert any("tomorrow" in reason for reason in summary.reasons)
    site.check(rejected=2)
