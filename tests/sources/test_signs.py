"""What events of a kind tell of themselves: every condition can be read, every column is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from kakeibo.model import Signs, Source
from kakeibo.predicates import parse
from kakeibo.sources.kinds import log_kinds, reader, signs


@pytest.mark.parametrize("kind", log_kinds())
def test_the_signs_are_of_columns_that_the_kind_has(kind: str) -> None:
    found = signs(kind, {})
    options = {"log_format": "[$time_local] $request $status $request_time"} if kind == "nginx" else {}
    columns = reader(Source("s", kind, (), Path(), options=options)).columns
    if columns is None:  # the lines decide
        return
    used = set(parse(found.success or "true", {}).columns) | ({found.duration} - {None})
    assert used <= set(columns)
    assert all(columns[found.duration] == "number" for _ in [1] if found.duration)


def test_a_mapped_duration_goes_first() -> None:
    assert signs("nginx-json", {"fields": {"duration": "rt"}}).duration == "duration"
    assert signs("nginx-json", {"fields": "wrong"}).duration == "request_time"


def test_of_an_unknown_kind_nothing_is_known() -> None:
    assert signs("telepathy", {}) == Signs()
