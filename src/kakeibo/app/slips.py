"""Slips as people enter them: an adjustment or a charge, checked, with its minutes and its author."""

from __future__ import annotations

import getpass
import shutil
import sys
from dataclasses import dataclass
from datetime import timedelta

import click

from kakeibo import clock, ledger
from kakeibo.app.counts import source_of
from kakeibo.app.names import mend_of
from kakeibo.app.reporting import parsed
from kakeibo.budgets import charges
from kakeibo.budgets.composites import not_additive
from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.letters import slips as letter
from kakeibo.model import Book, Composite, Count, Page, Revocation, Slip, Slo, is_part
from kakeibo.store import Store


@dataclass(frozen=True, slots=True)
class Entry:
    """What was typed: times as text, `author` None for the user of this machine."""

    kind: str
    what: str
    from_: str
    to: str
    reason: str
    author: str | None
    name: str = ""


def add(book: Book, store: Store, page: Page, entry: Entry) -> Slip:
    """Enter a slip. Raises UsageError for an unknown name, a time that is none, an end before its beginning."""
    zone = book.organisation.timezone
    start, end = parsed(entry.from_, zone), parsed(entry.to, zone)
    if end <= start:
        raise UsageError(
            t("the end {end} is not after the beginning {start}", end=entry.to, start=entry.from_),
            t("give the later time with --to"),
        )
    slip = Slip(
        page=page,
        kind=entry.kind,
        what=entry.what,
        scope=scope_of(book, entry.what),
        from_minute=clock.minute_of(start),
        to_minute=clock.minute_of(end + timedelta(minutes=1, microseconds=-1)),  # counts are by minute: every one begun
        author=author_of(entry.author),
        reason=worded(entry.reason, "--reason"),
        entered=clock.minute_of(clock.now()),
        name=worded(entry.name, "--name") if page == "charge" else "",
    )
    return ledger.enter(store, slip)


def revoke(store: Store, page: Page, slip_id: int, reason: str, author: str | None) -> Slip:
    """Take a slip back. Raises UsageError when there is none, or when it was taken back before."""
    now = clock.minute_of(clock.now())
    return ledger.revoke(store, page, slip_id, Revocation(author_of(author), worded(reason, "--reason"), now))


def show(book: Book, store: Store, page: Page, *, as_json: bool, number: int | None = None) -> int:
    """Print the slips of a page, or the one of that number; the exit code."""
    entries = adjustments(store) if page == "adjustment" else charged(book, store)
    return tell(book, page, [entry for entry in entries if number in (None, entry[0].id)], as_json=as_json)


def adjustments(store: Store) -> list[tuple[Slip, Count]]:
    """All adjustments, each with the events that it moved (a revoked one: until then); those of parts once."""
    moved = ledger.moved(store)

    def events(slip: Slip) -> Count:
        counts = moved.get(slip.id or 0, {})
        return sum((count for name, count in counts.items() if not is_part(name)), Count())

    return [(slip, events(slip)) for slip in ledger.slips(store, "adjustment")]


def charged(book: Book, store: Store) -> list[tuple[Slip, Count]]:
    """All charges, each with the bad events (also of SLOs that count slices) that are charged to it now."""
    slips = ledger.slips(store, "charge")
    if not slips:
        return []
    whole = min(slip.from_minute for slip in slips), max(slip.to_minute for slip in slips)
    pieces = charges.cut(slips, *whole)
    sums = ledger.sums(store, pieces)
    totals: dict[int, int] = {}
    for slo in (slo for journey in book.journeys.values() for slo in journey.slos if not not_additive(slo)):
        counted = [one.name for one in book.counted_for(slo)]
        bad = {piece: sum(sums[piece].get(name, Count()).bad for name in counted) for piece in pieces}
        for number, events in charges.attributed(slips, slo.name, bad).items():
            totals[number] = totals.get(number, 0) + int(events)  # of events, whole numbers
    return [(slip, Count(bad=totals.get(slip.id or 0, 0))) for slip in slips]


def tell(book: Book, page: Page, entries: list[tuple[Slip, Count]], *, as_json: bool) -> int:
    """Print them; the exit code."""
    if as_json:
        sys.stdout.buffer.write(letter.to_json(page, entries) + b"\n")
        return 0
    width = shutil.get_terminal_size((80, 24)).columns
    text = letter.render(page, entries, book.organisation.timezone, width=width, colour=sys.stdout.isatty())
    click.echo(text, nl=False)
    return 0


def scope_of(book: Book, what: str) -> tuple[str, ...]:
    """What a name stands for: an SLO, a journey, or a source: the journeys counted from it, as the book is now.

    A journey goes before a source of the same name. Raises UsageError with the nearest name.
    """
    slos = {slo.name: slo for journey in book.journeys.values() for slo in journey.slos}
    if what in slos:
        _refuse_what_is_not_counted(slos[what])
    if what in slos or what in book.journeys:
        return (what,)
    if what in book.slos():
        raise UsageError(
            t("{name} is a part of {whole}", name=what, whole=what.rpartition("/")[0]),
            t("name the whole: then its parts go on adding up to it"),
        )
    if counted := _counted_from(book, what):
        return counted
    if what in book.sources:
        raise UsageError(t("no journey is counted from {source}", source=what), t("name an objective or a journey"))
    known = [*slos, *book.journeys, *book.sources]
    raise UsageError(t("there is no objective, journey or source {name}", name=what), mend_of(what, known))


def _refuse_what_is_not_counted(slo: Slo) -> None:
    if isinstance(slo.measure, Composite) and not_additive(slo):
        raise UsageError(
            t("{name} is put together from others: no event is counted for it alone", name=slo.name),
            t("name one of these, or a journey: {names}", names=", ".join(name for name, _ in slo.measure.parts)),
        )


def _counted_from(book: Book, source: str) -> tuple[str, ...]:
    """The journeys counted from a source; of those that others are counted from too, the SLOs."""
    found: list[str] = []
    for journey in book.journeys.values():
        counted = [one for slo in journey.slos if not not_additive(slo) for one in book.counted_for(slo)]
        own = [one.name for one in counted if source_of(one) == source]
        found += [journey.key] if len(own) == len(counted) > 0 else own
    return tuple(found)


def author_of(author: str | None) -> str:
    """Who enters: as given, or the user of this machine."""
    if author is not None:
        return worded(author, "--author")
    try:
        return worded(getpass.getuser(), "--author")
    except (OSError, KeyError, ImportError):  # what it raises depends on system and version
        raise UsageError(t("the system does not say who you are"), t("give your role with --author")) from None


def worded(text: str, option: str) -> str:
    """Text that says something, on one line, in characters that every database takes."""
    words = " ".join(text.replace("\0", " ").encode("utf-8", "replace").decode().split())
    if not words:
        raise UsageError(t("{option} is empty", option=option), t("say it in a few words: others will read it"))
    return words
