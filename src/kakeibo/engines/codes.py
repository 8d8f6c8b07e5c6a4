"""Codes that are in no named list although an SLO asks: nobody has said yet what they mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import duckdb

from kakeibo.engines.keys import Key
from kakeibo.predicates import NO_CODE, Predicate

_KEPT: Final = 1_000


class Codes:
    """Looks for them in groups of events. `good`: what the SLOs ask; `lists`: the named lists of the book."""

    def __init__(self, keys: Sequence[Key], good: Iterable[Predicate], lists: Mapping[str, tuple[str, ...]]) -> None:
        asked = {column for predicate in good for column, _ in predicate.lists}
        self._columns = [(i, key.column) for i, key in enumerate(keys) if key.column in asked and not key.atoms]
        self._listed = {code for codes in lists.values() for code in codes} | set(NO_CODE)

    def of(self, groups: Iterable[Sequence[Any]]) -> Counter[tuple[str, str]]:
        """Events by (column, code). `groups`: rows (minute, k0, k1, ..., events)."""
        found: Counter[tuple[str, str]] = Counter()
        for i, column in self._columns:
            for group in groups:
                code = group[i + 1]
                if code is not None and code not in self._listed:
                    found[column, code] += group[-1]
        return found

    def of_table(self, connection: duckdb.DuckDBPyConnection) -> Counter[tuple[str, str]]:
        """The same of the table `groups`, a thousand codes a column."""
        found: Counter[tuple[str, str]] = Counter()
        for i, column in self._columns:
            rows = connection.execute(
                f"SELECT k{i}, sum(n)::BIGINT FROM groups WHERE k{i} IS NOT NULL AND NOT list_contains(?, k{i}) "
                "GROUP BY ALL",
                [sorted(self._listed)],
            )
            for code, events in rows.fetchmany(_KEPT):
                found[column, code] += events
        return found
