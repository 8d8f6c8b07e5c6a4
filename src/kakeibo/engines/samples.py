"""Single events judged one by one, with the lines they come from: for explaining and auditing, not for counting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np

from kakeibo.engines import queries
from kakeibo.engines.cleaning import clean
from kakeibo.engines.duckdb import Engine
from kakeibo.engines.verdicts import NAMES, true, verdicts
from kakeibo.errors import SourceError
from kakeibo.predicates import Predicate
from kakeibo.sources.kinds import literal, name
from kakeibo.sources.sidekiq import Sidekiq
from kakeibo.sources.times import minute_key, parse_minute, whole_text


@dataclass(slots=True)
class Judged:
    """Some events of a source. `values`: a row per event, in the order of `columns`; `verdicts`: per SLO, one word per
    event (good, bad, void, unknown, not_valid); `alike`: events with the same number are judged alike by every SLO.
    `untrue`: per SLO, which parts of `good` are not true for an event. `rejected`: lines that could not be read, with
    the reason."""

    columns: tuple[str, ...]
    values: list[tuple[Any, ...]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    verdicts: list[list[str]] = field(default_factory=list)
    untrue: list[list[tuple[str, ...]]] = field(default_factory=list)
    alike: list[tuple[Any, ...]] = field(default_factory=list)
    rejected: list[tuple[str, str]] = field(default_factory=list)

    def add(self, other: Judged) -> None:
        self.values += other.values
        self.lines += other.lines
        self.verdicts = [a + b for a, b in zip(self.verdicts, other.verdicts, strict=True)] or other.verdicts
        self.untrue = [a + b for a, b in zip(self.untrue, other.untrue, strict=True)] or other.untrue
        self.alike += other.alike
        self.rejected += other.rejected


def judge_lines(engine: Engine, data: bytes, head: bytes) -> Judged:
    """Judge the events of some whole lines."""
    lines: list[bytes] = []
    for kept, _ in clean(lambda at, length: data[at : at + length], len(data), engine.reader, head):
        lines += kept
    joined = b"\n".join(lines) + b"\n"
    with engine.served(joined) as file:
        engine.connection.execute("SET preserve_insertion_order = true; SET threads = 1")
        judged = _judge(engine, engine.reader.scan(file, engine.uses, head, cleaned=True))
    texts = [line.decode("utf-8", "replace").replace("\x1f", ",") for line in lines]
    # Where the engine left lines out (a CSV header, bytes that are no UTF-8), rows and lines cannot be paired.
    judged.lines = texts[-len(judged.values) :] if len(texts) >= len(judged.values) else [""] * len(judged.values)
    _sort_out(engine, judged)
    return judged


def judge_file(engine: Engine, path: str, limit: int, stretch: tuple[int, int] | None = None) -> Judged:
    """Judge the first events of a file that is read whole (Parquet); of those in the minutes [from, to) where a
    `stretch` is given. Raises SourceError for a file that is none."""
    scan = engine.reader.scan(path, engine.uses, b"")
    try:
        if stretch:
            scan = f"SELECT * FROM ({scan}) WHERE {_within(engine, scan, stretch)}"
        judged = _judge(engine, f"SELECT * FROM ({scan}) LIMIT {limit}")
    except duckdb.Error:
        raise SourceError(f"{path}: {engine.reader.reason(b'')}") from None
    judged.lines = [str(dict(zip(judged.columns, row[1:], strict=True))) for row in judged.values]
    _sort_out(engine, judged)
    return judged


def judge_jobs(engine: Engine, rows: Sequence[tuple[Any, ...]]) -> Judged:
    """Judge jobs that were gathered from several lines."""
    if not rows:
        return _judge(engine, _NOTHING.format(columns="".join(f", NULL AS {name(c)}" for c in engine.uses)))
    engine.load_rows(Sidekiq.ROW, rows)
    judged = _judge(engine, "FROM events")
    judged.lines = [", ".join(f"{k}={v}" for k, v in zip(Sidekiq.ROW[1:], row[1:], strict=True)) for row in rows]
    _sort_out(engine, judged)
    return judged


def _within(engine: Engine, scan: str, stretch: tuple[int, int]) -> str:
    """SQL that is true for events of the minutes [from, to): the texts of these minutes, as the file writes them."""
    run, zone = engine.connection.execute, engine.reader.source.timezone
    (sample,) = run(f'SELECT min("@time") FROM (SELECT "@time" FROM ({scan}) LIMIT 100)').fetchone() or (None,)
    key, suffix = minute_key('"@time"', sample)
    texts = [text for (text,) in run(f"SELECT DISTINCT {key} FROM ({scan})").fetchall() if text is not None]
    minutes = {text: parse_minute(whole_text(text, suffix), zone) for text in texts}
    wanted = [literal(text) for text, at in minutes.items() if at is not None and stretch[0] <= at < stretch[1]]
    return f"{key} IN ({', '.join(wanted)})" if wanted else "false"


_NOTHING = 'SELECT NULL::VARCHAR AS "@time"{columns} WHERE false'


def _judge(engine: Engine, relation: str) -> Judged:
    run = engine.connection.execute
    columns = tuple(engine.uses)
    run(f"CREATE OR REPLACE TEMP TABLE sampled AS SELECT row_number() OVER () AS i, * FROM ({relation})")
    kept = ", ".join(['"@time"', *(name(c) for c in columns)])
    values = run(f"SELECT {kept} FROM sampled ORDER BY i").fetchall()
    found: dict[Predicate, Any] = {}
    asked = [*engine.predicates, *(part for measure in engine.measures for part in measure.good.parts)]
    for start in range(0, len(asked), 250):
        part = asked[start : start + 250]
        answers = run(queries.row_answers(part)).fetchnumpy()
        found.update({predicate: answers[f"p{i}"] for i, predicate in enumerate(part)})
    words = np.array(NAMES)
    judged = [words[verdicts(measure, found, len(values))].tolist() for measure in engine.measures]
    untrue = [_untrue(measure.good, found, len(values)) for measure in engine.measures]
    alike = run(queries.row_keys(engine.keys)).fetchall()
    return Judged(columns, values, [], judged, untrue, alike)


def _untrue(good: Predicate, answers: Mapping[Predicate, Any], size: int) -> list[tuple[str, ...]]:
    """The parts of `good` that are not true, for each event."""
    told = [np.where(true(answers[part]), "", part.text).tolist() for part in good.parts]
    return [tuple(filter(None, parts)) for parts in zip(*told, strict=True)] if told else [()] * size


def _sort_out(engine: Engine, judged: Judged) -> None:
    """Set the lines aside whose time is not understood: they are not events."""
    zone = engine.reader.source.timezone
    bad = {number for number, row in enumerate(judged.values) if row[0] is None or parse_minute(row[0], zone) is None}
    if not bad:
        return
    for number in sorted(bad):
        line = judged.lines[number]
        judged.rejected.append((line, engine.reader.reason(line.encode("utf-8", "replace"))))
    keep = [number for number in range(len(judged.values)) if number not in bad]
    judged.values = [judged.values[i] for i in keep]
    judged.lines = [judged.lines[i] for i in keep]
    judged.alike = [judged.alike[i] for i in keep]
    judged.verdicts = [[words[i] for i in keep] for words in judged.verdicts]
    judged.untrue = [[parts[i] for i in keep] for parts in judged.untrue]
