"""Codes of no list: counted by name, whatever else is asked of their column."""

from __future__ import annotations

import pytest
from tests.oracle.engine import served, source
from tests.oracle.expressions import LISTS

from kakeibo.engines.duckdb import Engine
from kakeibo.model import Events
from kakeibo.predicates import parse
from kakeibo.sources.kinds import reader

CODES = ("E1", "E9", "E9", "NOT_FOUND", "", "-", "X", "E1")
LOG = b"".join(b'{"time":"2026-11-21T17:23:25Z","code":"%s"}\n' % code.encode() for code in CODES)


@pytest.mark.parametrize("more", ["", " or code like 'E%'", " or lower(code) = 'x'", " or code = other"])
def test_unknown_codes(more: str) -> None:
    good = parse(f"not (code in system_codes){more}", LISTS)
    asked = Events("web", parse("true", LISTS), good)
    with Engine(reader(source("ndjson")), [asked], LISTS) as engine:
        for _ in range(2):  # a second piece of the same is answered from memory
            assert engine.count(served(LOG), len(LOG), LOG).codes == {("code", "E9"): 2, ("code", "X"): 1}
