"""Small pieces without a second question to the engine: what the SLOs say of the keys met so far, kept in memory.

A pass of `ingest --follow` reads a few lines, and nearly always such as were judged before. Then one query, the
reduction, is all that is asked; the rest is a look-up here. What has not been met yet is left to the engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from kakeibo.engines.verdicts import BAD, GOOD, UNKNOWN, VOID
from kakeibo.sources.times import parse_minute, whole_text

_KEPT: Final = 50_000
"""Keys and minutes kept; beyond it, the memory is emptied and filled anew."""

Key = tuple[Any, ...]
Counts = dict[tuple[int, int], list[int]]


class Known:
    """Verdicts by key, and minutes by the text of their time."""

    def __init__(self, zone: str | None) -> None:
        self._zone = zone
        self._verdicts: dict[Key, Sequence[tuple[int, int]]] = {}
        self._minutes: dict[str, int | None] = {}

    def learn(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Take in rows (key..., SLOs' numbers, their verdicts)."""
        if len(self._verdicts) > _KEPT:
            self._verdicts.clear()
        for *key, slos, verdicts in rows:
            self._verdicts[tuple(key)] = tuple(zip(slos, verdicts, strict=True))

    def has_all(self, groups: Iterable[tuple[Any, ...]]) -> bool:
        """Has every key of `groups` (text of the minute, key..., events) been met?"""
        known = self._verdicts
        return all(group[1:-1] in known for group in groups)

    def counts(self, groups: Iterable[tuple[Any, ...]], suffix: str) -> tuple[Counts, dict[int, int], int]:
        """(minute, SLO's number) -> events by verdict, GOOD to UNKNOWN; minute -> lines; lines without a minute."""
        counts: Counts = {}
        lines: dict[int, int] = {}
        rejected = 0
        for text, *key, events in groups:
            minute = self.minute(text, suffix)
            if minute is None:
                rejected += events
                continue
            lines[minute] = lines.get(minute, 0) + events
            for slo, verdict in self._verdicts[tuple(key)]:
                held = counts.get((minute, slo))
                if held is None:
                    held = counts[minute, slo] = [0, 0, 0, 0]
                held[verdict] += events
        return counts, lines, rejected

    def verdicts(self, key: Key) -> Sequence[tuple[int, int]]:
        """(SLO's number, verdict) of a key that has been met."""
        return self._verdicts[key]

    def minute(self, text: str | None, suffix: str) -> int | None:
        """The minute of a shortened time; None when it is not understood."""
        if text is None:
            return None
        whole = whole_text(text, suffix)
        if whole not in self._minutes:
            if len(self._minutes) > _KEPT:
                self._minutes.clear()
            self._minutes[whole] = parse_minute(whole, self._zone)
        return self._minutes[whole]


def rows_of(counts: Mapping[tuple[int, int], list[int]]) -> list[tuple[int, int, int, int, int, int]]:
    """(minute, SLO's number, good, bad, void, unknown), bad with unknown."""
    return [(minute, slo, n[GOOD], n[BAD] + n[UNKNOWN], n[VOID], n[UNKNOWN]) for (minute, slo), n in counts.items()]
