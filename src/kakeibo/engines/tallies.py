"""What the lines of a log come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from operator import add
from typing import Any, Final

import numpy as np

from kakeibo.engines.parts import Part

LINES: Final = -1
"""The number of the pseudo SLO that every line counts for."""


@dataclass(slots=True)
class Tally:
    """What one piece of a log comes to. `counts`: (minute, SLO's number, good, bad, void, unknown), bad with unknown.

    `lines`: readable lines per minute; `rejected`: lines without an understood time; `codes`: events per (column,
    code) whose code is in no named list although an SLO's `good` asks; `parts`: the events by the values of the columns
    that the source is broken down by.
    """

    counts: list[tuple[int, int, int, int, int, int]] = field(default_factory=list)
    lines: dict[int, int] = field(default_factory=dict)
    rejected: int = 0
    codes: Counter[tuple[str, str]] = field(default_factory=Counter)
    parts: list[Part] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Take in another piece's tally. The same minute and SLO may then stand in it twice."""
        self.counts += other.counts
        self.parts += other.parts
        for minute, lines in other.lines.items():
            self.lines[minute] = self.lines.get(minute, 0) + lines
        self.rejected += other.rejected
        self.codes += other.codes

    def merged(self) -> Tally:
        """The same, with every minute and SLO once."""
        sums: dict[tuple[int, int], list[int]] = {}
        for minute, slo, *numbers in self.counts:
            held = sums.setdefault((minute, slo), [0, 0, 0, 0])
            held[:] = map(add, held, numbers)
        self.counts = [(minute, slo, g, b, v, u) for (minute, slo), (g, b, v, u) in sums.items()]
        return self


def tally_of(columns: Mapping[str, Any]) -> Tally:
    """Columns minute, slo, verdict, n of `queries.counts` -> one row per minute and SLO with a number per verdict."""
    tally = Tally()
    minute, slo, verdict, n = (columns[name] for name in ("minute", "slo", "verdict", "n"))
    unread = np.ma.getmaskarray(minute)
    lines = slo == LINES
    tally.rejected = int(n[lines & unread].sum())
    read = lines & ~unread
    tally.lines = dict(zip(np.asarray(minute)[read].tolist(), n[read].tolist(), strict=True))
    kept = ~lines & ~unread
    if kept.any():
        tally.counts = list(_rows(np.asarray(minute)[kept], np.asarray(slo)[kept], verdict[kept], n[kept]))
    return tally


def _rows(minute: Any, slo: Any, verdict: Any, n: Any) -> Iterator[tuple[int, int, int, int, int, int]]:
    pairs = np.stack([minute.astype(np.int64), slo.astype(np.int64)])
    distinct, at = np.unique(pairs, axis=1, return_inverse=True)
    sums = np.zeros((4, distinct.shape[1]), np.int64)
    np.add.at(sums, (verdict.astype(np.int64), at.reshape(-1)), n.astype(np.int64))
    good, bad, void, unknown = sums
    return zip(*(c.tolist() for c in (*distinct, good, bad + unknown, void, unknown)), strict=True)
