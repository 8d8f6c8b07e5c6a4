"""The engine under test, asked in the oracle's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.oracle.counting import Counts, Objective
from tests.oracle.expressions import LISTS, render

from kakeibo.engines.duckdb import Engine
from kakeibo.engines.served import Read
from kakeibo.engines.tallies import Tally
from kakeibo.model import Events, Source
from kakeibo.predicates import parse


def source(kind: str, timezone: str | None = None, **options: object) -> Source:
    return Source("web", kind, ("log",), Path(), timezone=timezone, options=options)


def measure(objective: Objective) -> Events:
    valid, good = parse(render(objective.valid), LISTS), parse(render(objective.good), LISTS)
    void = None if objective.void is None else parse(render(objective.void), LISTS)
    return Events("web", valid, good, void)


def types_in(measures: Sequence[Events], types: Mapping[str, str]) -> dict[str, str]:
    """A column that is only asked whether it is null has no type: then it is taken as it is written, as text."""
    uses = [use for one in measures for p in (one.valid, one.good, one.void) if p for use in p.columns.items()]
    typed = {column for column, use in uses if use.type}
    return {column: kind if column in typed else "text" for column, kind in types.items()}


def plain(tallies: Sequence[Tally]) -> Counts:
    """Tallies in the oracle's words."""
    found = Counts()
    for tally in tallies:
        found.rejected += tally.rejected
        found.lines.update(tally.lines)
        for minute, number, *amounts in tally.counts:
            found.counts.update(
                {(minute, number, v): n for v, n in zip(("good", "bad", "void", "unknown"), amounts, strict=True) if n}
            )
    return found


def counted(engine: Engine, pieces: Sequence[bytes]) -> Counts:
    head = b"".join(pieces)[:4096]
    return plain([engine.count(served(piece), len(piece), head) for piece in pieces])


def served(piece: bytes) -> Read:
    return lambda at, length: piece[at : at + length]
