"""Events of a source to look at: the newest ones, until there are enough of them."""

from __future__ import annotations

from collections.abc import Sequence

from kakeibo import clock
from kakeibo.engines.duckdb import Engine
from kakeibo.engines.samples import Judged, judge_file, judge_jobs, judge_lines
from kakeibo.errors import SourceError
from kakeibo.i18n import t
from kakeibo.model import Book, Events, Source
from kakeibo.sources import files
from kakeibo.sources.kinds import reader
from kakeibo.sources.sidekiq import Sidekiq

LINES = 100_000
"""How many lines are looked at unless somebody asks for more."""
_BYTES = 64 << 20


def sampled(book: Book, source: Source, measures: Sequence[Events], lines: int = LINES) -> Judged:
    """Events from the newest logs of `source`, judged by `measures`; raises SourceError when there is no log."""
    paths = files.find(source)
    if not paths:
        where = ", ".join(str(source.base / path) for path in source.paths)
        raise SourceError(t("no file matches {path}", path=where), t("correct path:, or wait until the log is there"))
    with Engine(reader(source), measures, book.lists) as engine:
        found = Judged(tuple(engine.uses), verdicts=[[] for _ in measures], untrue=[[] for _ in measures])
        for path in reversed(paths):
            left = lines - len(found.values) - len(found.rejected)
            if left <= 0:
                break
            if not engine.reader.by_row:
                found.add(judge_file(engine, str(path), left))
                continue
            head, data = files.latest(path, _BYTES, left)
            if isinstance(engine.reader, Sidekiq):
                found.add(_jobs(engine, engine.reader, data))
            elif data:
                found.add(judge_lines(engine, data, head))
        return found


def _jobs(engine: Engine, jobs: Sidekiq, data: bytes) -> Judged:
    gathered = jobs.gather(enumerate(data.split(b"\n")), {})
    pending = {key: value for key, value in gathered.pending.items() if value is not None}
    gathered.jobs += jobs.settle(pending, clock.minute_of(clock.now())).jobs
    judged = judge_jobs(engine, gathered.jobs)
    judged.rejected += [(line.decode("utf-8", "replace"), reason) for _, line, reason in gathered.refused]
    return judged
