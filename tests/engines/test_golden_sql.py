"""The grouping query of each kind of source, as it is sent to the engine: a change of it shows in the diff.

After a change that is meant: GOLDEN=write pytest tests/engines/test_golden_sql.py
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import sqlglot
from tests.oracle.engine import source

from kakeibo.engines import queries
from kakeibo.engines.keys import keys_of
from kakeibo.predicates import parse
from kakeibo.sources.kinds import log_kinds, reader
from kakeibo.sources.times import minute_key

GOLDEN = Path(__file__).parents[1] / "golden" / "sql"
CODES = {"system_codes": ("DB_DOWN", "E1"), "client_codes": ("NOT_FOUND",)}
WEB = (
    "path like '/blog/%'",
    "status < 500 and user_agent not like '%bot%'",
    "duration <= 0.3",
    "status between 400 and 499",
)
SAMPLES = {
    "ndjson": (
        source("ndjson", time="at"),
        "1795281805929",
        ("op = 'PlayVideo'", "not (error in system_codes)", "duration <= 0.3"),
    ),
    "nginx-json": (
        source("nginx-json", fields={"duration": "request_time", "error": "up.headers.error"}),
        "2026-11-21T17:23:25+00:00",
        ("operation = 'PlayVideo'", "status < 500 and error is distinct from 'SYSTEM'", "duration <= 0.3"),
    ),
    "nginx": (
        source("nginx", log_format='$remote_addr [$time_local] "$request" $status "$http_user_agent" $request_time'),
        "21/Nov/2026:17:23:25 +0900",
        WEB,
    ),
    "alb": (source("alb"), "2026-11-21T17:23:25.186641Z", WEB),
    "csv": (source("csv"), "2026-11-21 17:23:25", ("status < 500", "code like 'E%'")),
    "parquet": (source("parquet"), None, ("status < 500", "latency <= budget")),
}


def test_every_kind_that_scans_has_one() -> None:
    assert {name for name, kind in log_kinds().items() if not kind.stateful} == set(SAMPLES)


@pytest.mark.parametrize("kind", SAMPLES)
def test_the_grouping_query(kind: str) -> None:
    asked, sample, texts = SAMPLES[kind]
    keys = keys_of(parse(text, CODES) for text in texts)
    uses = {key.column: key.type for key in keys}
    shortened, _ = minute_key('"@time"', sample)
    query = queries.reduce(reader(asked).scan("LOG", uses, b"time,status,code\n"), shortened, keys)
    found = (
        "\n".join([f"-- {text}" for text in texts])
        + "\n"
        + sqlglot.transpile(query, "duckdb", "duckdb", pretty=True)[0]
        + "\n"
    )
    golden = GOLDEN / f"{kind}.sql"
    if os.environ.get("GOLDEN") == "write":
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text("utf-8")
