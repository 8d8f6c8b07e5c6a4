"""The main job on one screen: new bytes -> groups -> verdicts -> one posting per piece.

    sources.files    which bytes of which logs are new
    engines          count them for every SLO of the source
    ledger.post      counts and read position, in one transaction

A crash between two postings loses nothing and counts nothing twice; of two ingests at once, one is told `Overtaken`
and reads again from where the other has come to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from kakeibo import clock, ledger
from kakeibo.app import redefining
from kakeibo.engines.duckdb import Engine
from kakeibo.engines.rejections import rejected_lines
from kakeibo.engines.tallies import Tally
from kakeibo.errors import Overtaken
from kakeibo.i18n import t
from kakeibo.ledger import Posted, Posting, Redefined
from kakeibo.model import Book, Rejection, Source
from kakeibo.sources import files
from kakeibo.sources.files import Chunk
from kakeibo.sources.kinds import MAX_LINE, reader
from kakeibo.sources.sidekiq import Gathered, Sidekiq
from kakeibo.sources.streams import Known
from kakeibo.store import Store

Progress = Callable[[int], None]
"""Told how many more bytes (as they are on disk, about) have been counted."""

_SAMPLES_PER_RUN = 20
_SAMPLES_PER_PIECE = 5
_TEXT_KEPT = 500


@dataclass(slots=True)
class Summary:
    """What one pass over a source counted. `lines` includes `rejected`; `waiting` are last lines not finished yet,
    `unreadable` files that were left out, `redefined` the SLOs that were judged otherwise before, each told once;
    `reasons`: why lines were rejected; `oddities`: what a line says that cannot be, while the rest of it counts."""

    source: str
    files: int = 0
    lines: int = 0
    rejected: int = 0
    bytes: int = 0
    waiting: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    oddities: Counter[str] = field(default_factory=Counter)
    redefined: list[Redefined] = field(default_factory=list)


class Ingest:
    """Counts one source into the store. Keeps its engine between passes, so that a pass over little costs little."""

    def __init__(self, book: Book, store: Store, source: Source) -> None:
        """Raises OptionError when the source's options are wrong, SourceError when lines would be counted twice."""
        self.store = store
        self.source = source
        self.reader = reader(source)
        measures = book.events_of(source.name)
        self.slos = tuple(measures)
        self.engine = Engine(self.reader, tuple(measures.values()), book.lists)
        self.redefined = redefining.record(book, store, source)
        self._go_on()
        self._samples_left = _SAMPLES_PER_RUN

    def close(self) -> None:
        self.engine.close()

    def __enter__(self) -> Ingest:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def unread(self) -> int:
        """About how many bytes there are to count."""
        return sum(files.unread_bytes(status, self.known) for _, status in files.entries(self.source))

    def run(self, progress: Progress | None = None, now: datetime | None = None) -> Summary:
        """Count everything that is new, once. Every posting stands by itself: stopping in between loses nothing.

        `now` (left out: the present) tells whether an unfinished last line will still grow, and which jobs are late.
        """
        now = now or clock.now()
        summary = Summary(self.source.name, redefined=self.redefined)
        self.redefined = []
        for name, status in files.entries(self.source):
            summary.files += 1
            while not self.known.untouched(status):
                try:
                    self._count_file(Path(name), summary, progress, now.timestamp())
                    break
                except FileNotFoundError:  # rotated away since we looked; the next pass finds it under its new name
                    break
                except OSError as error:  # not to be opened or read: the other files are counted all the same
                    summary.unreadable.append(t("{path}: {why}", path=name, why=error.strerror or error))
                    break
                except Overtaken:
                    self._go_on()
        if isinstance(self.reader, Sidekiq):
            self._settle(self.reader, clock.minute_of(now))
        return summary

    def _go_on(self) -> None:
        """Go on from where the ledger says this source has been read to."""
        cursor = ledger.cursor(self.store, self.source.name)
        self.version, self.known = cursor.version, Known(cursor.streams)

    def _post(self, posting: Posting) -> Posted:
        posted = ledger.post(self.store, posting)
        self.version = posted.version
        for stream in posted.streams:
            self.known.put(stream)
        return posted

    # -- one file, one piece ----------------------------------------------------------------------------------------

    def _count_file(self, path: Path, summary: Summary, progress: Progress | None, now: float) -> None:
        entered: int | None = None
        pieces = files.chunks(path, self.known, now=now, whole=not self.reader.by_row)
        for chunk in pieces:
            stream = chunk.stream if chunk.stream.id is not None else replace(chunk.stream, id=entered)
            posting, counted = self._posting(replace(chunk, stream=stream))
            if not chunk.intact():  # truncated under our hands: the next pass starts from what is there
                break
            [stream] = self._post(posting).streams
            entered = stream.id
            _add(summary, counted)
            summary.bytes += chunk.size
            if progress:
                progress(chunk.on_disk)
        if self.reader.by_row and (left := files.unfinished(path, self.known)):
            summary.waiting.append(t("{path}: {n} bytes", path=path, n=left))

    def _posting(self, chunk: Chunk) -> tuple[Posting, Summary]:
        """What one piece of a log comes to."""
        gathered: Gathered | None = None
        if not self.reader.by_row:
            tally = self.engine.count_file(chunk.path)
        elif isinstance(self.reader, Sidekiq):
            gathered = self._gather(self.reader, chunk)
            tally = self._tally_jobs(gathered)
        else:
            tally = self.engine.count(chunk.read, chunk.size, chunk.head)
        rejections = self._samples(chunk, tally, gathered)
        if self.reader.by_row:
            reasons = _reasons(rejections, tally.rejected)
        else:
            reasons = Counter({self.reader.reason(b""): tally.rejected} if tally.rejected else {})
        if chunk.damage and chunk.last:
            reasons[t("the compressed file is damaged from here on: {why}", why=chunk.damage)] += 1
            tally.rejected += 1
        lines = _lines(tally)
        posting = Posting(
            source=self.source.name,
            version=self.version,
            counts=self._named(tally),
            lines=lines,
            streams=[chunk.stream],
            rejections=rejections,
            reasons=reasons,
            unknown_codes=tally.codes,
            parts=self._parts(tally),
            pending=gathered.pending if gathered else {},
        )
        counted = Summary(self.source.name, lines=sum(n for _, n, _ in lines), rejected=tally.rejected, reasons=reasons)
        return posting, counted

    def _named(self, tally: Tally) -> list[tuple[int, str, int, int, int, int]]:
        """The counts with the names of their SLOs."""
        return [(m, self.slos[s], good, bad, void, unknown) for m, s, good, bad, void, unknown in tally.counts]

    def _parts(self, tally: Tally) -> list[tuple[int, str, str, str, str, int, int, int]]:
        """The parts with the names of their SLOs."""
        return [
            (hour, self.slos[s], c, kind, v, good, bad, void) for hour, s, c, kind, v, good, bad, void in tally.parts
        ]

    def _samples(self, chunk: Chunk, tally: Tally, gathered: Gathered | None) -> list[Rejection]:
        """A few of the lines that could not be read, and why."""
        wanted = min(_SAMPLES_PER_PIECE, self._samples_left)
        if not tally.rejected or wanted <= 0 or not self.reader.by_row:
            return []
        if gathered:
            found = [(offset, line, reason) for offset, line, reason in gathered.refused[:wanted]]
        else:
            lines = rejected_lines(self.engine, chunk.read, chunk.size, chunk.head, wanted)
            found = [(offset, line, self.reader.reason(line)) for offset, line in lines]
        self._samples_left -= len(found)
        return [
            Rejection(str(chunk.path), chunk.start + offset, reason, line[:_TEXT_KEPT].decode("utf-8", "replace"))
            for offset, line, reason in found
        ]

    # -- jobs, which span several lines -----------------------------------------------------------------------------

    def _gather(self, jobs: Sidekiq, chunk: Chunk) -> Gathered:
        return jobs.gather(_lines_of(chunk), ledger.pending(self.store, self.source.name))

    def _tally_jobs(self, gathered: Gathered) -> Tally:
        tally = self.engine.count_rows(Sidekiq.ROW, gathered.jobs)
        tally.lines = dict(gathered.minutes)
        tally.rejected = len(gathered.refused)
        return tally

    def _settle(self, jobs: Sidekiq, now: int) -> None:
        """Count the jobs whose deadline has passed by now."""
        while True:
            gathered = jobs.settle(ledger.pending(self.store, self.source.name), now)
            if not gathered.pending:
                return
            tally = self.engine.count_rows(Sidekiq.ROW, gathered.jobs)
            posting = Posting(
                source=self.source.name,
                version=self.version,
                counts=self._named(tally),
                unknown_codes=tally.codes,
                parts=self._parts(tally),
                pending=gathered.pending,
            )
            try:
                self._post(posting)
                return
            except Overtaken:
                self._go_on()


def _lines_of(chunk: Chunk) -> Iterator[tuple[int, bytes]]:
    """The lines of a piece with their offsets, a few megabytes at a time; a line that is too long comes cut."""
    at, rest = 0, b""
    while at < chunk.size or rest:
        block = chunk.read(at, 4 << 20) if at < chunk.size else b""
        start = at - len(rest)
        at += len(block)
        lines = (rest + block).split(b"\n")
        rest = lines.pop() if block else b""
        for line in lines:
            yield start, line[: MAX_LINE + 1]
            start += len(line) + 1
        if not block:
            return


def _lines(tally: Tally) -> list[tuple[int, int, int]]:
    """(minute, lines, rejected). A rejected line has no time of its own: it is put to the last minute of its piece."""
    at = max(tally.lines, default=clock.minute_of(clock.now()))
    lines = {minute: [n, 0] for minute, n in tally.lines.items()}
    if tally.rejected:
        n, _ = lines.get(at, [0, 0])
        lines[at] = [n + tally.rejected, tally.rejected]
    return [(minute, n, rejected) for minute, (n, rejected) in sorted(lines.items())]


def _reasons(samples: list[Rejection], rejected: int) -> Counter[str]:
    """How many lines were rejected for which reason: known for the samples, the others are counted apart."""
    reasons = Counter(sample.reason for sample in samples)
    if rejected > len(samples):
        alike = len(reasons) == 1 and len(samples) > 1
        reasons[next(iter(reasons)) if alike else t("not looked at one by one")] += rejected - len(samples)
    return reasons


def _add(summary: Summary, counted: Summary) -> None:
    summary.lines += counted.lines
    summary.rejected += counted.rejected
    summary.reasons += counted.reasons
