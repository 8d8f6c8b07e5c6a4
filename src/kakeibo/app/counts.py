"""What an SLO counts over any stretch of time, and what its sources delivered, whatever its measure is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from kakeibo import ledger
from kakeibo.alerts.counted import counted_slices
from kakeibo.app import defining
from kakeibo.budgets.composites import added_up, composed
from kakeibo.budgets.left_out import LeftOut, left_out
from kakeibo.budgets.methods import Slices
from kakeibo.budgets.report import Probes, SourceHealth
from kakeibo.ledger import Definition
from kakeibo.model import Book, Composite, Count, Slip, Slo, Source
from kakeibo.store import Store

Stretch = tuple[int, int]
Counter = Callable[[Slo, Stretch], Count]
Sums = Callable[[Collection[Stretch]], Mapping[Stretch, Mapping[str, Count]]]
"""What every SLO counted over stretches, as `ledger.sums`."""

_NOTHING = Count()


def counter(
    book: Book,
    store: Store,
    slos: Sequence[Slo],
    stretches: set[Stretch],
    since: Callable[[Slo], int],
    summed: Sums | None = None,
) -> Counter:
    """What an SLO counts over any of `stretches`: events or slices; what is put together from others, asked of these.

    Slices cost more, and are read where needed: of an SLO only from `since` on, so that it is not asked for anything
    earlier. `summed`: somebody who holds the sums of all SLOs.
    """
    known = book.slos()
    asked = {leaf.name for slo in slos for one in slo.tree for leaf in book.counted_for(one)}
    sums = summed(stretches) if summed else ledger.sums(store, stretches, asked)
    sliced: dict[str, Slices] = {}
    by_count = [slo for slo in slos if slo.method.kind == "counted_slices"]
    if by_count:
        stretch = min(map(since, by_count)), max(end for _, end in stretches)
        sliced |= counted_slices(store, by_count, *stretch)
    by_share = [slo for slo in slos if slo.method.kind in ("slices", "ratio_slices")]
    for minutes in sorted({slo.method.slice_minutes for slo in by_share}):
        alike = [slo for slo in by_share if slo.method.slice_minutes == minutes]
        start = min(since(slo) for slo in alike)
        cuts = {cut for stretch in stretches for cut in stretch if cut >= start}
        lone = {slo.name: slo.method for slo in alike if not slo.accounts}
        if lone:
            found = ledger.spent_slices(store, lone, cuts, minutes)
            sliced |= {name: Slices(lone[name], *columns, others) for name, (columns, others) in found.items()}
        sliced |= _sliced_sums(store, [slo for slo in alike if slo.accounts], (start, max(cuts)), minutes)

    def count(slo: Slo, stretch: Stretch) -> Count:
        if slo.name in sliced:
            return sliced[slo.name].count(*stretch)
        if isinstance(slo.measure, Composite):
            return composed(slo.measure, [count(known[name], stretch) for name, _ in slo.measure.parts])
        return sums[stretch].get(slo.name, _NOTHING)

    return count


def _sliced_sums(store: Store, slos: Sequence[Slo], stretch: Stretch, minutes: int) -> dict[str, Slices]:
    """SLOs that are the sum of accounts: a slice has the events of all of them, so every slice is read."""
    if not slos:
        return {}
    start, end = (edge // minutes * minutes for edge in stretch)
    names = [account.name for slo in slos for account in slo.accounts]
    found = ledger.slices(store, names, start, end, minutes)
    return {slo.name: Slices(slo.method, *added_up(found[one.name] for one in slo.accounts)) for slo in slos}


def source_health(source: Source, delivered: ledger.Health) -> SourceHealth:
    """What a source delivered, beside what the book demands of it."""
    return SourceHealth(
        source=source.name,
        lines=delivered.lines,
        rejected=delivered.rejected,
        max_rejected=source.max_rejected,
        first_minute=delivered.first_minute,
        last_minute=delivered.last_minute,
    )


@dataclass(frozen=True)
class Deliveries:
    """What the sources of SLOs delivered, each asked once for a stretch."""

    book: Book
    health: Callable[[str, Stretch], ledger.Health]
    known: dict[tuple[tuple[str, ...], tuple[str, ...], Stretch], SourceHealth] = field(default_factory=dict)

    @classmethod
    def of(cls, book: Book, store: Store) -> Deliveries:
        return cls(book, cache(lambda source, stretch: ledger.health(store, source, *stretch)))

    def source(self, slo: Slo, stretch: Stretch) -> SourceHealth:
        """Of the sources that an SLO is counted from, the worst: not to be trusted, or else with least data.

        Its `first_minute` is the one from which on all of them had data. Probes come now and then: they tell of
        themselves (`Row.probes`), and their pauses are no gaps.
        """
        key = (tuple(self._names(slo)), tuple(self._names(slo, probes=True)), stretch)
        if key not in self.known:
            self.known[key] = self._worst(*key)
        return self.known[key]

    def _worst(self, names: Sequence[str], of_probes: Sequence[str], stretch: Stretch) -> SourceHealth:
        found = [
            (self.health(name, stretch), source_health(self.book.sources[name], self.health(name, stretch)))
            for name in names
        ]
        probes = [source_health(self.book.sources[name], self.health(name, stretch)) for name in of_probes]
        doubtful = next((one for one in probes if not one.trustworthy), None)
        _, worst = min(found, key=lambda one: (one[1].trustworthy, one[0].measured_minutes))
        firsts = [one.first_minute for _, one in found]
        first = None if None in firsts else max(minute for minute in firsts if minute is not None)
        return replace(doubtful if doubtful and worst.trustworthy else worst, first_minute=first)

    def measured_minutes(self, slo: Slo, stretch: Stretch) -> int:
        """Minutes of the stretch in which the source delivered anything; of several sources, the one with least."""
        return min(self.health(name, stretch).measured_minutes for name in self._names(slo))

    def _names(self, slo: Slo, *, probes: bool = False) -> list[str]:
        counted = (leaf for leaf in self.book.counted_for(slo) if (leaf.probe_minutes is not None) == probes)
        return list(dict.fromkeys(source_of(leaf) for leaf in counted))


def source_of(counted: Slo) -> str:
    """The source that something is counted from."""
    if isinstance(counted.measure, Composite):
        raise ValueError(f"{counted.name} is put together from others")
    return counted.measure.source


@dataclass(frozen=True)
class History:
    """By which definitions SLOs were counted. What is put together from others has theirs."""

    book: Book
    held: Mapping[str, Definition]

    def since(self, slo: Slo, at: int) -> tuple[int | None, int | None]:
        """Since when all of it is counted as written in the book, and since when all its events are; None: from the
        first.

        What the book says but no ingest has counted by begins at `at`, or later.
        """
        found = [self._since(leaf, at) for leaf in self.book.counted_for(slo)]
        redefined = [one for one, _ in found if one is not None]
        counted = [one for _, one in found if one is not None]
        return max(redefined, default=None), max(counted, default=None)

    def _since(self, counted: Slo, at: int) -> tuple[int | None, int | None]:
        written, held = self.written(counted), self.held.get(counted.name)
        if held is None:
            was_read = any(other.source == written.source for other in self.held.values())
            return None, at if was_read else None
        if held.text == ledger.NOT_COUNTED:
            return None, at
        same = (held.text, held.source) == (written.text, written.source)
        return held.redefined if same else at, held.counted_since

    def written(self, counted: Slo) -> Definition:
        """How the book has it."""
        source = self.book.sources[source_of(counted)]
        return Definition(defining.text_of(self.book, counted, source), source.name)


def adjusted(
    book: Book, slips: Sequence[Slip], moved: Mapping[int, Mapping[str, Count]], slo: Slo, stretch: Stretch
) -> tuple[LeftOut, ...]:
    """What adjustments left out of an SLO; of one put together from others, what they left out of all of these."""
    found: dict[int, LeftOut] = {}
    for leaf in book.counted_for(slo):
        for part in left_out(slips, moved, leaf.name, *stretch):
            before = found.get(part.slip.id or 0)
            found[part.slip.id or 0] = replace(part, count=part.count + before.count) if before else part
    return tuple(found[number] for number in sorted(found))


def probes_of(store: Store, slo: Slo, stretch: Stretch) -> Probes | None:
    """The probes of an SLO in [from, at) of its window; None when it has none."""
    account = next((one for one in slo.accounts if one.probe_minutes is not None), None)
    if account is None or account.probe_minutes is None:
        return None
    events = ledger.sums(store, [stretch])[stretch].get(account.name, Count())
    return Probes(events, ledger.last_minute(store, account.name, *stretch), account.probe_minutes, stretch[1])
