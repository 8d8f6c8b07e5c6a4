"""Every SLO judges every key once: what it said is kept beside the keys, in the engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import duckdb
import numpy as np

from kakeibo.engines import queries
from kakeibo.engines.keys import Key
from kakeibo.engines.tallies import LINES
from kakeibo.engines.verdicts import NOT_COUNTED, Answers, predicates_of, verdicts
from kakeibo.errors import SourceError
from kakeibo.i18n import t
from kakeibo.model import Events
from kakeibo.predicates import Predicate

_PREDICATES_PER_QUERY: Final = 250


class Judges:
    """The SLOs of one source. They judge what the table `groups` holds, and keep it in `keys` and `verdicts`."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, source: str, keys: Sequence[Key], measures: Sequence[Events]
    ) -> None:
        self._run = connection.execute
        self._source = source
        self._keys = keys
        self._measures = measures
        self._predicates = predicates_of(measures)
        self._judged = 0
        columns = "".join(f", k{i} {_key_type(key)}" for i, key in enumerate(keys))
        self._run(f"CREATE TEMP TABLE keys(key INTEGER{columns})")
        self._run("CREATE SEQUENCE key_numbers")
        self._run("CREATE TEMP TABLE verdicts(key INTEGER, slo INTEGER, verdict INTEGER)")

    def judge_new(self) -> None:
        """Let every SLO judge the key tuples not met before."""
        run = self._run
        before = self._judged
        (added,) = run(queries.new_keys(self._keys)).fetchone() or (0,)
        if not added:
            return
        self._judged += added
        found = self._answers(before)
        pairs = [(np.arange(added), np.full(added, LINES), np.zeros(added, int))]
        for number, measure in enumerate(self._measures):
            verdict = verdicts(measure, found, added)
            (counted,) = np.nonzero(verdict != NOT_COUNTED)
            pairs.append((counted, np.full(len(counted), number), verdict[counted]))
        key, slos, verdict = (np.concatenate(column).tolist() for column in zip(*pairs, strict=True))
        run(f"INSERT INTO verdicts SELECT unnest(?) + {before + 1}, unnest(?), unnest(?)", [key, slos, verdict])

    def _answers(self, after: int) -> Answers:
        """What every predicate says of the key tuples numbered above `after`."""
        found: dict[Predicate, Any] = {}
        for start in range(0, len(self._predicates), _PREDICATES_PER_QUERY):
            part = self._predicates[start : start + _PREDICATES_PER_QUERY]
            try:
                columns = self._run(queries.answers(self._keys, part, after)).fetchnumpy()
            except duckdb.Error as error:
                raise cannot_judge(self._source, error) from None
            found.update({predicate: columns[f"p{i}"] for i, predicate in enumerate(part)})
        return found


def cannot_judge(source: str, error: duckdb.Error) -> SourceError:
    """The question is wrong and no line is to blame: nothing may be counted."""
    why = str(error).splitlines()[0]
    return SourceError(
        t("the expressions of source {source} cannot be judged: {why}", source=source, why=why),
        t("run kakeibo check; if it finds nothing, report this"),
    )


def _key_type(key: Key) -> str:
    if key.boundaries is not None:
        return "INTEGER"
    if key.type == "number":
        return "DOUBLE"
    return "BOOLEAN" if key.type == "boolean" else "VARCHAR"
