"""Ingest as its user sees it: which sources, how far, what was found."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import click
import msgspec

from kakeibo import clock, ledger
from kakeibo.app.pipeline import Ingest, Summary
from kakeibo.app.progress import bar as progress_bar
from kakeibo.errors import KakeiboError, UsageError
from kakeibo.i18n import t
from kakeibo.model import Book, Source
from kakeibo.sources import files
from kakeibo.store import Store

_PATIENCE = 100


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
            near = difflib.get_close_matches(name, book.sources, 1)
            mend = t("did you mean {near}?", near=near[0]) if near else ""
            raise UsageError(t("there is no source {name}", name=name), mend)
    return [source for source in book.sources.values() if source.name in names or not names]


def once(book: Book, store: Store, sources: Sequence[Source], *, as_json: bool, bar: bool) -> int:
    """Count what is new in each source; exit code 1 when one of them could not be counted or not be trusted."""
    began = clock.monotonic()
    outcomes = [_count(book, store, source, bar) for source in sources]
    if as_json:
        click.echo(msgspec.json.encode({"version": 1, "sources": [_as_json(o) for o in outcomes]}).decode())
    else:
        for outcome in outcomes:
            click.echo(_in_words(outcome))
        total = sum(outcome.summary.bytes for outcome in outcomes)
        click.echo(t("{mb} MB in {seconds} s", mb=f"{total / 1e6:,.1f}", seconds=f"{clock.monotonic() - began:.1f}"))
    return int(any(outcome.problem or not outcome.trustworthy for outcome in outcomes))


def _count(book: Book, store: Store, source: Source, bar: bool) -> Outcome:
    if not files.find(source):
        return Outcome(source, Summary(source.name), nothing_found(source))
    try:
        with Ingest(book, store, source) as ingest, progress_bar(source.name, bar) as advance:
            total = ingest.unread()
            return Outcome(source, ingest.run(lambda more: advance(more, total)))
    except KakeiboError as error:
        return Outcome(source, Summary(source.name), str(error))


def nothing_found(source: Source) -> str:
    """What to say when a source's path matches no file."""
    where = ", ".join(str(source.base / path) for path in source.paths)
    return t("no file matches {path}: correct path: in the book, or wait for the log", path=where)


def _in_words(outcome: Outcome) -> str:
    summary = outcome.summary
    if outcome.problem:
        return f"{summary.source}: {outcome.problem}"
    text = t(
        "{source}: {lines} new lines in {files} files",
        source=summary.source,
        lines=f"{summary.lines:,}",
        files=summary.files,
    )
    if summary.rejected:
        reason, n = summary.reasons.most_common(1)[0]
        text += "\n  " + t("{n} lines could not be read", n=f"{summary.rejected:,}")
        text += " " + t("({n} of them: {reason})", n=f"{n:,}", reason=reason)
    if not outcome.trustworthy:
        text += "\n  " + t(
            "that is more than max_rejected allows: is the type of the source right? kakeibo audit shows the lines"
        )
    for waiting in summary.waiting:
        text += "\n  " + t("a last line is not finished and waits for its rest: {line}", line=waiting)
    return text


def _as_json(outcome: Outcome) -> dict[str, object]:
    summary = outcome.summary
    return {
        "source": summary.source,
        "files": summary.files,
        "bytes": summary.bytes,
        "lines": summary.lines,
        "rejected": summary.rejected,
        "reasons": dict(summary.reasons),
        "waiting": summary.waiting,
        "trustworthy": outcome.trustworthy,
        "problem": outcome.problem or None,
    }


def forget(book: Book, store: Store, sources: Sequence[Source]) -> None:
    """Forget what was counted of these sources, so that they are counted again from the start.

    Refused when a log that was counted is no longer there: its counts could not be made again.
    """
    for source in sources:
        there = {(found.stat().st_dev, found.stat().st_ino) for found in files.find(source)}
        cursor = ledger.cursor(store, source.name)
        gone = [stream.path for stream in cursor.streams if (stream.device, stream.inode) not in there]
        if gone:
            raise UsageError(
                t("{source} cannot be counted again: {path} is no longer there", source=source.name, path=gone[0]),
                t("put it back, or keep the counts as they are"),
            )
        ledger.forget(store, source.name, [slo.name for slo in book.slos_of(source.name)], cursor.version)


def follow(
    book: Book, store: Store, sources: Sequence[Source], *, every: float, stop: Callable[[], bool], as_json: bool
) -> int:
    """Count what is new every `every` seconds until `stop()`; tells each second in which something came."""
    ingests = [Ingest(book, store, source) for source in sources]
    if not as_json:
        click.echo(t("following {sources}; Ctrl-C ends it", sources=", ".join(s.name for s in sources)), err=True)
    try:
        while not stop():
            began = clock.monotonic()
            for ingest in ingests:
                summary = ingest.run()
                if summary.lines and as_json:
                    click.echo(msgspec.json.encode(_as_json(Outcome(ingest.source, summary))).decode())
                elif summary.lines and sys.stdout.isatty():
                    click.echo(_in_words(Outcome(ingest.source, summary)))
            while not stop() and (left := every - (clock.monotonic() - began)) > 0:
                clock.sleep(min(left, 0.2))
    finally:
        for ingest in ingests:
            ingest.close()
    return 0
