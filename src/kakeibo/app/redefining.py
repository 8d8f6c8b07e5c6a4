"""Definitions that changed: recorded when counting by them begins, told in a line each, and counted again on demand."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial

from kakeibo import clock, ledger
from kakeibo.app import defining, promises
from kakeibo.errors import SourceError, UsageError
from kakeibo.fleet import records
from kakeibo.i18n import t
from kakeibo.ledger import Redefined
from kakeibo.model import Book, Queries, Source, Stream
from kakeibo.sources import files
from kakeibo.sources.kinds import asked_kinds, incoming_kinds, reader
from kakeibo.sources.streams import Known
from kakeibo.store import Store


def record(book: Book, store: Store, source: Source) -> list[Redefined]:
    """Record by what the SLOs of `source` are judged from now on; returns which ones were judged otherwise before.

    Raises SourceError, having recorded nothing, when logs that another source was read from would be counted twice.
    """
    texts = {slo.name: defining.text_of(book, slo, source) for slo in book.slos_of(source.name)}
    _refuse_a_second_count(store, source, texts)
    promises.record(book, store, source)
    return ledger.define(store, source.name, texts, clock.minute_of(clock.now()))


def _refuse_a_second_count(store: Store, source: Source, slos: Collection[str]) -> None:
    """A source that was given another name would be read again from the start, for SLOs that have its counts."""
    held = ledger.definitions(store)
    earlier = {held[slo].source: slo for slo in slos if slo in held and held[slo].source != source.name}
    if not earlier or ledger.cursor(store, source.name).streams:
        return
    for name, slo in sorted(earlier.items()):
        streams = ledger.cursor(store, name).streams
        if counted := [stream for stream in streams if stream not in _missing(source, streams)]:
            raise SourceError(
                t("{path} was counted as source {earlier} before, and would count twice for {slo}",
                  path=counted[0].path, earlier=name, slo=slo),
                t("name the source {earlier} again, or count all again: `kakeibo ingest --recount {source}`",
                  earlier=name, source=source.name),
            )  # fmt: skip


def forget(book: Book, store: Store, sources: Sequence[Source]) -> None:
    """Forget what was counted of these sources, so that they are counted again from the start.

    Refused, with nothing forgotten, when a log that was counted is no longer there: its counts could not be made again.
    """
    versions = {}
    for source in sources:
        slos = [slo.name for slo in book.slos_of(source.name)]
        versions[source.name] = ledger.cursor(store, source.name).version
        for name in sorted({source.name} | ledger.sources_of(store, slos)):
            if source.kind in incoming_kinds():
                raise UsageError(
                    t("{source} cannot be counted again: its messages came once, and are not kept", source=source.name),
                    t("keep the counts as they are"),
                )
            if source.kind in asked_kinds():
                _refuse_what_is_gone(book, store, source, name)
            elif gone := _missing(source, ledger.cursor(store, name).streams):
                raise UsageError(
                    t("{source} cannot be counted again: {path} is no longer there",
                      source=source.name, path=gone[0].path),
                    t("put it back, or keep the counts as they are"),
                )  # fmt: skip
    for source in sources:
        names, fleet = [slo.name for slo in book.slos_of(source.name)], book.fleet_of(source.name)
        also = partial(records.forget, fleet.key) if fleet else None
        ledger.forget(store, source.name, names, versions[source.name], also)


def _missing(source: Source, streams: Sequence[Stream]) -> list[Stream]:
    """What was read and is not in `source`: logs by their content, servers by their address."""
    if source.kind in incoming_kinds():
        return []
    if source.kind in asked_kinds():
        return [stream for stream in streams if stream.path != str(source.options.get("url", "")).rstrip("/")]
    return files.missing(source, Known(streams), whole=not reader(source).by_row)


def _refuse_what_is_gone(book: Book, store: Store, source: Source, name: str) -> None:
    """A server forgets: what it does not have any more could not be counted again."""
    from kakeibo.app.metrics import keeps
    from kakeibo.app.readings import at

    first = ledger.health(store, name, 0, 0).first_minute
    queries = {slo.name: slo.measure for slo in book.slos_of(source.name) if isinstance(slo.measure, Queries)}
    if first is not None and not keeps(source, queries, first):
        raise UsageError(
            t("{source} cannot be counted again: the server has no longer what was counted from {minute} on",
              source=source.name, minute=at(first, book.organisation.timezone)),
            t("keep the counts as they are"),
        )  # fmt: skip


def in_words(redefined: Redefined, source: str) -> str:
    """What was noticed, and the mend."""
    recount = f"kakeibo ingest --recount {source}"
    if redefined.kind == "changed":
        return t(
            "{slo} has a new definition: lines counted before were judged by the earlier one ({earlier}); "
            "`{recount}` counts all again",
            slo=redefined.slo,
            earlier="; ".join(redefined.differences),
            recount=recount,
        )
    if redefined.kind == "moved":
        return t(
            "{slo} is counted from {source} now: what was counted from {earlier} before stays in its account",
            slo=redefined.slo,
            source=source,
            earlier=redefined.earlier,
        )
    return t(
        "{slo} is new here: lines of {source} that were read before are not counted for it; "
        "`{recount}` counts all again",
        slo=redefined.slo,
        source=source,
        recount=recount,
    )
