"""Parquet: files that are read whole, with times of every type."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import duckdb
import pytest
from tests.oracle.site import START, Site

from kakeibo.clock import minute_of

BOOK = """\
sources: {web: {type: parquet, path: logs/*.parquet, timezone: UTC}}
journeys: {j: {title: J, source: web, slos: {ok: {good: status < 500, target: 90%}}}}
"""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path, BOOK)


def write(site: Site, name: str, select: str) -> None:
    duckdb.connect().execute(f"COPY ({select}) TO '{site.log.with_name(name)}' (FORMAT parquet)")


@pytest.mark.parametrize(
    "time",
    [
        "TIMESTAMP '2026-11-21 17:00:59.5'",
        "TIMESTAMPTZ '2026-11-22 02:00:59+09'",
        "'2026-11-21T17:00:00Z'",
        "1795280459",
        "1795280459999",
        "TIMESTAMP_NS '2026-11-21 17:00:59.123456789'",
        "TIMESTAMP_S '2026-11-21 17:00:59'",
        "'21/Nov/2026:17:00:59 +0000'",
    ],
)
def test_times(site: Site, time: str) -> None:
    write(site, "a.parquet", f"SELECT {time} AS time, s AS status FROM (VALUES (200), (200), (503)) AS t(s)")
    site.ingest()
    assert site.counted() == Counter({(minute_of(START), True): 2, (minute_of(START), False): 1})
    assert site.ingest().lines == 0


def test_missing_columns_and_types(site: Site) -> None:
    write(site, "a.parquet", "SELECT TIMESTAMP '2026-11-21 17:00:00' AS time, 'x' AS other")
    write(
        site,
        "b.parquet",
        "SELECT TIMESTAMP '2026-11-21 17:00:00' AS time, status FROM (VALUES ('200'), ('abc'), (NULL)) AS t(status)",
    )
    write(site, "c.parquet", "SELECT NULL::TIMESTAMP AS time, 200 AS status UNION ALL SELECT NULL, 200")
    write(site, "d.parquet", "SELECT 1 AS moment, 200 AS status")
    summary = site.ingest()
    assert site.counted() == Counter({(minute_of(START), True): 1, (minute_of(START), False): 3})
    assert site.delivered() == (7, 3)
    assert list(summary.reasons) == ["not a Parquet file, or its column time holds no time that is understood"]


def test_what_is_no_parquet(site: Site) -> None:
    site.log.with_name("a.parquet").write_bytes(b"PAR1 is how it begins, and then nothing")
    write(site, "b.parquet", "SELECT TIMESTAMP '2026-11-21 17:00:00' AS time, 200 AS status")
    assert site.ingest().rejected == 1
    assert site.delivered() == (2, 1)
    write(site, "a.parquet", "SELECT TIMESTAMP '2026-11-21 17:01:00' AS time, 200 AS status")  # now it is whole
    site.ingest()
    assert site.delivered() == (3, 1)
