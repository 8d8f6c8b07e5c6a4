"""The main job for a fleet: messages -> states of devices -> device-seconds -> one posting per piece.

States, history, commands, counts and the read position are written in one transaction: a crash misses no device and
counts no message twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final, Self

import numpy as np
from sqlalchemy import Connection

from kakeibo import clock, ledger
from kakeibo.app import fleet_letters, redefining
from kakeibo.app.fleet_lists import listed_devices
from kakeibo.app.pipeline import Progress, Summary
from kakeibo.devices import ATTRIBUTES, REASONS, Fleet
from kakeibo.errors import OptionError, Overtaken
from kakeibo.fleet.batches import Batch
from kakeibo.fleet.columns import Columns
from kakeibo.fleet.fleets import Running
from kakeibo.fleet.orders import Change
from kakeibo.fleet.records import Records
from kakeibo.fleet.seconds import CountRow, Seconds, split_up
from kakeibo.i18n import t
from kakeibo.ledger import Posting
from kakeibo.model import Book, Rejection, Source, Stream, is_part
from kakeibo.sources import files
from kakeibo.sources.files import Chunk
from kakeibo.sources.kinds import reader
from kakeibo.sources.streams import Known
from kakeibo.store import Store

_BLOCK: Final = 4 << 20


@dataclass(slots=True)
class FleetSummary(Summary):
    """`changes` of devices: how many of each kind; `refused`: messages of devices that the book does not take in."""

    changes: Counter[str] = field(default_factory=Counter)
    refused: int = 0


class FleetIngest:
    """Judges the messages of one fleet, and counts its device-seconds; the same to use as `pipeline.Ingest`."""

    def __init__(self, book: Book, store: Store, source: Source) -> None:
        """Raises OptionError when the source's options are wrong or its kind has no messages."""
        fleet = book.fleet_of(source.name)
        assert fleet is not None, source.name
        self.book, self.store, self.source, self.fleet = book, store, source, fleet
        self._check_kind()
        told = redefining.record(book, store, source)
        wholes = {one.slo for one in told if not is_part(one.slo)}
        self.redefined = [one for one in told if not (is_part(one.slo) and one.slo.rpartition("/")[0] in wholes)]
        self.records = Records(store, fleet)
        self.entered: int | None = None
        self.version, self.known, self.running = self._stored()

    def _check_kind(self) -> None:
        if self.source.kind != "ndjson":
            message = t("a source of type {kind} has no messages of devices", kind=self.source.kind)
            raise OptionError(message, t("write type: ndjson, mqtt, http or lwm2m"), ("type",))
        reader(self.source)

    def close(self) -> None:
        """Nothing is open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def unread(self) -> int:
        return sum(files.unread_bytes(status, self.known) for _, status in files.entries(self.source))

    def run(self, progress: Progress | None = None, now: datetime | None = None) -> FleetSummary:
        """Judge everything that is new, once. Every posting stands by itself: stopping in between loses nothing."""
        now = now or clock.now()
        summary = FleetSummary(self.source.name, redefined=self.redefined)
        self.redefined = []
        for name, status in files.entries(self.source):
            summary.files += 1
            while not self.known.untouched(status):
                try:
                    self._file(Path(name), summary, progress, now.timestamp())
                    break
                except FileNotFoundError:
                    break
                except OSError as error:
                    summary.unreadable.append(t("{path}: {why}", path=name, why=error.strerror or error))
                    break
                except Overtaken:
                    self.go_on()
        if self.records.orders():
            self.do_orders(summary)
        return summary

    def judge(
        self,
        batch: Batch,
        streams: Sequence[Stream],
        until: int | None = None,
        more: Callable[[Connection], None] | None = None,
    ) -> FleetSummary:
        """Judge `batch` and write all that comes of it, together with the read positions; returns when it is durable.

        `more`: what else belongs to the same transaction. `until`: the second up to which everything was received
        (Running.advance). Raises Overtaken when somebody else wrote meanwhile, and whatever else `ledger.post` raises;
        then nothing was written, and the state is as stored.
        """
        orders = self.records.orders()
        order = orders[-1].id if orders else self.records.order
        self._register_listed(batch)
        self.running.advance(batch.messages, until, orders if self.running.clock is not None or batch.messages else ())
        changes, sendings = self.running.taken()
        at = int(clock.now().timestamp())

        def also(connection: Connection) -> None:
            self.records.save(connection, self.running, changes, order)
            fleet_letters.send(connection, self.book, self.fleet, sendings, changes, at)
            if more:
                more(connection)

        summary = FleetSummary(
            self.source.name,
            lines=batch.lines.total(),
            rejected=batch.rejected,
            reasons=Counter(batch.reasons),
            refused=self.running.refused.total(),
            oddities=Counter(batch.oddities),
        )
        try:
            posted = ledger.post(self.store, self._posting(batch, streams), also)
        except BaseException:
            self.go_on()
            raise
        self.running.refused.clear()
        self.running.unknown_codes.clear()
        self.records.saved(self.running, order)
        self.version = posted.version
        for stream in posted.streams:
            self.known.put(stream)
            self.entered = stream.id
        summary.changes = _kinds(changes)
        return summary

    def go_on(self) -> None:
        self.version, self.known, self.running = self._stored()

    def _stored(self) -> tuple[int, Known, Running]:
        """Where the store says that everybody has come to. The positions first: who writes between the two readings
        makes our next posting fail, and we read again."""
        cursor = ledger.cursor(self.store, self.source.name)
        return cursor.version, Known(cursor.streams), self.records.load()

    def _register_listed(self, batch: Batch) -> None:
        """Devices that the book lists are expected from the first message of any of them on."""
        if self.fleet.devices is None or not batch.messages or self.running.clock is not None:
            return
        first = -(-min(message.received for message in batch.messages) // 1000)
        self.running.advance((), first - 1)
        self.running.seconds.skip(first)
        for name, group in listed_devices(self.source.base / self.fleet.devices):
            if name not in self.running.columns.numbers:
                self.running.register(name, group, first)

    def do_orders(self, summary: FleetSummary) -> None:
        """What people entered since the last message: done as of the fleet's clock."""
        if self.running.clock is None:
            return
        try:
            add(summary, self.judge(Batch(), (), self.running.clock))
        except Overtaken:
            self.go_on()

    # -- files ------------------------------------------------------------------------------------------------------

    def _file(self, path: Path, summary: FleetSummary, progress: Progress | None, now: float) -> None:
        entered: int | None = None
        for chunk in files.chunks(path, self.known, now=now):
            stream = chunk.stream if chunk.stream.id is not None else replace(chunk.stream, id=entered)
            batch = read_batch(chunk, self.fleet)
            if not chunk.intact():
                break
            judged = self.judge(batch, [stream])
            entered = self.entered
            add(summary, judged)
            summary.bytes += chunk.size
            if progress:
                progress(chunk.on_disk)
        if left := files.unfinished(path, self.known):
            summary.waiting.append(t("{path}: {n} bytes", path=path, n=left))

    def _posting(self, batch: Batch, streams: Sequence[Stream]) -> Posting:
        last = max(batch.lines, default=clock.minute_of(clock.now()))
        lines = {minute: (n, 0) for minute, n in batch.lines.items()}
        if batch.rejected:
            lines[last] = (lines.get(last, (0, 0))[0], batch.rejected)
        return Posting(
            source=self.source.name,
            version=self.version,
            counts=list(counts(self.fleet, self.running.columns, self.running.seconds)),
            lines=[(minute, n, rejected) for minute, (n, rejected) in sorted(lines.items())],
            streams=streams,
            rejections=batch.samples,
            reasons=batch.told,
            unknown_codes={("errors", code): n for code, n in self.running.unknown_codes.items()},
        )


def counts(fleet: Fleet, columns: Columns, seconds: Seconds) -> Iterator[CountRow]:
    """What the ledger gets: device-seconds of every account by minute; those of parts add up to the whole."""
    every = np.ones(len(columns.groups), np.bool_)
    reasons = np.ones(len(REASONS), np.bool_)
    masks = []
    for account in fleet.accounts:
        groups, among = every, reasons
        if account.by == "reason":
            among = np.array([account.takes(reason) for reason in REASONS])
        elif account.by:
            place = ATTRIBUTES.index(account.by)
            groups = np.array([account.takes(group[place]) for group in columns.groups], np.bool_)
        masks.append((account.slo, groups, among))
    for minute, found in seconds.taken():
        for slo, groups, among in masks:
            good, bad, void = split_up(found, groups, among)
            if good or bad or void:
                yield minute, slo, good, bad, void, 0


def read_batch(chunk: Chunk, fleet: Fleet) -> Batch:
    """The messages of one piece of a log; a line that is none costs one line."""
    batch = Batch()
    for offset, line in _lines(chunk):
        if line.strip():
            batch.take(line, fleet.fields, Rejection(str(chunk.path), chunk.start + offset, "", ""))
    return batch


def _lines(chunk: Chunk) -> Iterator[tuple[int, bytes]]:
    at, rest = 0, b""
    while at < chunk.size:
        block = chunk.read(at, _BLOCK)
        if not block:
            break
        start, at = at - len(rest), at + len(block)
        *whole, rest = (rest + block).split(b"\n")
        for line in whole:
            yield start, line
            start += len(line) + 1
    if rest:
        yield at - len(rest), rest


def _kinds(changes: Sequence[Change]) -> Counter[str]:
    return Counter(change.what for change in changes)


def add(summary: FleetSummary, judged: FleetSummary) -> None:
    summary.lines += judged.lines
    summary.rejected += judged.rejected
    summary.reasons += judged.reasons
    summary.oddities += judged.oddities
    summary.changes += judged.changes
    summary.refused += judged.refused
