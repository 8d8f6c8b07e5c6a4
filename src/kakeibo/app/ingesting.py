"""Ingest as its user sees it: which sources, how far, what was found."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click
import msgspec

from kakeibo import clock
from kakeibo.app.names import mend_of
from kakeibo.app.pipeline import Ingest, Summary
from kakeibo.app.progress import bar as progress_bar
from kakeibo.app.readings import Reading, at, found_in_words
from kakeibo.app.redefining import forget, in_words
from kakeibo.errors import KakeiboError, SourceError, UsageError
from kakeibo.i18n import t
from kakeibo.model import Book, Source
from kakeibo.sources import files
from kakeibo.sources.kinds import asked_kinds, incoming_kinds, log_kinds
from kakeibo.store import Store

if TYPE_CHECKING:
    from kakeibo.app.fleets import FleetIngest
    from kakeibo.app.metrics import MetricsIngest

__all__ = ["Outcome", "chosen", "follow", "forget", "nothing_found", "once"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one source fared: what was counted, or why nothing could be."""

    source: Source
    summary: Summary
    problem: str = ""

    @property
    def trustworthy(self) -> bool:
        return self.summary.rejected <= self.source.max_rejected * self.summary.lines


def chosen(book: Book, names: Sequence[str]) -> list[Source]:
    """The sources named, or all that an objective is counted from."""
    for name in names:
        if name not in book.sources:
            raise UsageError(t("there is no source {name}", name=name), mend_of(name, book.sources))
    return [source for source in book.sources.values() if source.name in names or not names]


def once(book: Book, store: Store, sources: Sequence[Source], *, as_json: bool, bar: bool) -> int:
    """Count what is new in each source; exit code 1 when one of them could not be counted or not be trusted."""
    began = clock.monotonic()
    outcomes = [_count(book, store, source, bar) for source in sources]
    if as_json:
        click.echo(msgspec.json.encode({"version": 1, "sources": [_as_json(o) for o in outcomes]}).decode())
    else:
        for outcome in outcomes:
            click.echo(_in_words(outcome, book.organisation.timezone), err=bool(outcome.problem))
        total = sum(outcome.summary.bytes for outcome in outcomes)
        click.echo(t("{mb} MB in {seconds} s", mb=f"{total / 1e6:,.1f}", seconds=f"{clock.monotonic() - began:.1f}"))
    return int(any(o.problem or o.summary.unreadable or not o.trustworthy for o in outcomes))


def ingest_of(book: Book, store: Store, source: Source) -> Ingest | MetricsIngest | FleetIngest:
    """What counts a source of this kind."""
    if book.fleet_of(source.name):
        if source.kind in incoming_kinds():
            from kakeibo.app.fleet_received import ReceivedIngest

            return ReceivedIngest(book, store, source)
        from kakeibo.app.fleets import FleetIngest

        return FleetIngest(book, store, source)
    if source.kind not in asked_kinds():
        return Ingest(book, store, source)
    from kakeibo.app.metrics import MetricsIngest  # only books with such a source pay for an HTTP client

    return MetricsIngest(book, store, source)


def _count(book: Book, store: Store, source: Source, bar: bool) -> Outcome:
    if source.kind in log_kinds() and not files.find(source):
        return Outcome(source, Summary(source.name), nothing_found(source))
    try:
        with ingest_of(book, store, source) as ingest, progress_bar(source.name, bar) as advance:
            total = ingest.unread()
            return Outcome(source, ingest.run(lambda more: advance(more, total)))
    except KakeiboError as error:
        return Outcome(source, Summary(source.name), str(error))


def nothing_found(source: Source) -> str:
    """What to say when a source's path matches no file."""
    where = ", ".join(str(source.base / path) for path in source.paths)
    return t("no file matches {path}: correct path: in the book, or wait for the log", path=where)


def _in_words(outcome: Outcome, zone: str) -> str:
    summary = outcome.summary
    if outcome.problem:
        return f"{summary.source}: {outcome.problem}"
    text = _counted(summary, zone)
    if summary.rejected:
        reason, n = summary.reasons.most_common(1)[0]
        one = summary.rejected == 1
        text += "\n  " + (
            t("1 line could not be read") if one else t("{n} lines could not be read", n=f"{summary.rejected:,}")
        )
        text += " " + t("({n} of them: {reason})", n=f"{n:,}", reason=reason)
    for oddity, n in summary.oddities.items():
        text += "\n  " + t("{what}: {n}", what=oddity, n=t("1 message") if n == 1 else t("{n} messages", n=f"{n:,}"))
    if not outcome.trustworthy:
        text += "\n  " + t(
            "that is more than max_rejected allows: is the type of the source right? kakeibo audit shows the lines"
        )
    for redefined in summary.redefined:
        text += "\n  " + in_words(redefined, summary.source)
    for unreadable in summary.unreadable:
        text += "\n  " + t("a file cannot be read and was left out: {file}", file=unreadable)
    for waiting in summary.waiting:
        text += "\n  " + t("a last line is not finished and waits for its rest: {line}", line=waiting)
    return text


def _counted(summary: Summary, zone: str) -> str:
    """How much was counted: lines of logs, or minutes of a server."""
    if not isinstance(summary, Reading) and not summary.files:
        return t("{source}: {n} new messages", source=summary.source, n=f"{summary.lines:,}")
    if not isinstance(summary, Reading):
        return t(
            "{source}: {lines} in {files}",
            source=summary.source,
            lines=t("1 new line") if summary.lines == 1 else t("{n} new lines", n=f"{summary.lines:,}"),
            files=t("1 file") if summary.files == 1 else t("{n} files", n=summary.files),
        )
    if not summary.to_minute:
        return t("{source}: nothing new", source=summary.source)
    counted = t(
        "{source}: {samples} samples, {start} to {end}",
        source=summary.source,
        samples=f"{summary.lines:,}",
        start=at(summary.from_minute, zone),
        end=at(summary.to_minute, zone),
    )
    return "\n  ".join([counted, *found_in_words(summary, zone)])


def _as_json(outcome: Outcome) -> dict[str, object]:
    summary = outcome.summary
    told: dict[str, object] = {
        "source": summary.source,
        "files": summary.files,
        "bytes": summary.bytes,
        "lines": summary.lines,
        "rejected": summary.rejected,
        "reasons": dict(summary.reasons),
        "oddities": dict(summary.oddities),
        "waiting": summary.waiting,
        "unreadable": summary.unreadable,
        "redefined": [
            {"slo": found.slo, "change": found.kind, "earlier": found.earlier, "present": found.present}
            for found in summary.redefined
        ],
        "trustworthy": outcome.trustworthy,
        "problem": outcome.problem or None,
    }
    if isinstance(summary, Reading):
        told["metrics"] = {
            "from": clock.iso(summary.from_minute) if summary.to_minute else None,
            "to": clock.iso(summary.to_minute) if summary.to_minute else None,
            "gaps": [[clock.iso(start), clock.iso(end)] for start, end in summary.gaps],
            "resets": summary.resets,
            "unseen": summary.unseen,
            "excess": dict(summary.excess),
        }
    return told


def follow(
    book: Book, store: Store, sources: Sequence[Source], *, every: float, stop: Callable[[], bool], as_json: bool
) -> int:
    """Count what is new every `every` seconds until `stop()`; tells each second in which something came."""
    ingests = [ingest_of(book, store, source) for source in sources]
    troubles: dict[str, str] = {}
    if not as_json:
        click.echo(t("following {sources}; Ctrl-C ends it", sources=", ".join(s.name for s in sources)), err=True)
    try:
        while not stop():
            began = clock.monotonic()
            for ingest in ingests:
                try:
                    summary = ingest.run()
                except SourceError as error:  # a server that is away for a while: the others are counted all the same
                    if troubles.get(ingest.source.name) != str(error):
                        troubles[ingest.source.name] = str(error)
                        click.echo(f"{ingest.source.name}: {error}", err=True)
                    continue
                troubles.pop(ingest.source.name, None)
                if summary.redefined and not as_json:
                    for redefined in summary.redefined:
                        click.echo(in_words(redefined, ingest.source.name), err=True)
                if (summary.lines or summary.redefined) and as_json:
                    click.echo(msgspec.json.encode(_as_json(Outcome(ingest.source, summary))).decode())
                elif summary.lines and sys.stdout.isatty():
                    click.echo(_in_words(Outcome(ingest.source, summary), book.organisation.timezone))
            while not stop() and (left := every - (clock.monotonic() - began)) > 0:
                clock.sleep(min(left, 0.2))
    finally:
        for ingest in ingests:
            ingest.close()
    return 0
