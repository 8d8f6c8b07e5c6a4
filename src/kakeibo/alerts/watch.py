"""The watch: what every rule of every SLO says, minute after minute, without asking for a whole window again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from kakeibo.alerts.columns import REASONS, Counts, Limits, Numbers, reasons
from kakeibo.alerts.decide import Decision, decide, terms_of
from kakeibo.alerts.recent_counted import RecentCounted
from kakeibo.alerts.windows import SHORT_PART, rules_of, short_minutes, threshold
from kakeibo.budgets import arithmetic
from kakeibo.budgets.composites import added_up, composed
from kakeibo.budgets.methods import Slices
from kakeibo.ledger.ends import Ends
from kakeibo.ledger.recent_slices import RecentSlices
from kakeibo.ledger.touches import Touched, touched_since
from kakeibo.model import BurnRule, Composite, Count, Slo, State
from kakeibo.store import Store
from kakeibo.windows import Window

_UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Watched:
    """What a rule of an SLO says as of the minute that was advanced to, when that is not what it said before."""

    slo: str
    decision: Decision


@dataclass(frozen=True, slots=True)
class _Group:
    """The rules of one length, of SLOs that count events of their own: `places` among all rules, and their terms."""

    minutes: int
    places: NDArray[np.int64]
    names: list[str]
    limits: Limits
    minimum_bad: Numbers


class Watch:
    """Follows the budgets and burn rates of `slos`. What some are put together from must be among them, or in them.

    `advance(at)` brings everything to the start of minute `at`, as of one moment of the store, whatever happened since
    the last call: a minute later or a month, a clock set back, late events, adjustments and their revocation, a source
    counted anew. It returns the decisions that differ in state or reason from those before; the first time, all of
    them. Then `decision`, `count`, `left` and `state` answer for any SLO. All of it is equal to `decide`, `replay` and
    the report, to the event: columns of integers find what changed, exact fractions say what it is.

    Nothing is kept outside: a new Watch says after its first `advance` what an old one would. After an error of the
    store it starts anew by itself. Not to be shared between threads.
    """

    def __init__(self, store: Store, slos: Iterable[Slo]) -> None:
        self._store = store
        self._slos: dict[str, Slo] = {}
        self._rules: list[tuple[str, BurnRule]] = []
        self._said = np.empty(0, np.int8)
        self._start_anew()
        self.follow(slos)

    def follow(self, slos: Iterable[Slo]) -> None:
        """Follow these from now on, as after a change of the book. What is known of the others is kept: the next
        `advance` returns all decisions of SLOs that are new or have other terms, and of the others what changed. Until
        then nothing can be asked."""
        before, said = self._slos, dict(zip(self._rules, self._said.tolist(), strict=True))
        self._slos = {slo.name: slo for slo in slos}
        self._known = {one.name: one for slo in self._slos.values() for one in slo.tree} | self._slos
        same = {name for name, slo in self._slos.items() if before.get(name) == slo}
        self._rules = [(name, rule) for name, slo in self._slos.items() for rule in dict.fromkeys(rules_of(slo))]
        known = [said.get((name, rule), _UNKNOWN) if name in same else _UNKNOWN for name, rule in self._rules]
        self._said = np.array(known, dtype=np.int8)
        self._groups = list(self._grouped())
        self._ids_of: dict[int, NDArray[np.int64]] = {}
        self._sliced: dict[str, list[int]] = {name: [] for name, slo in self._slos.items() if slo.method.slice_minutes}
        self._composed: list[int] = []
        for place, (name, _) in enumerate(self._rules):
            if name in self._sliced:
                self._sliced[name].append(place)
            elif isinstance(self._slos[name].measure, Composite):
                self._composed.append(place)
        self._slices.clear()
        self._judged_by.clear()

    def advance(self, at: int) -> list[Watched]:
        """Bring everything to the start of minute `at`. Raises StoreBusy and StoreError."""
        try:
            self._read(at)
        except BaseException:
            self._start_anew()
            raise
        now = self._said.copy()
        for group in self._groups:
            now[group.places] = self._judge(group)
        for place in self._composed:
            now[place] = self._reason_of(place)
        for name, places in self._sliced.items():
            self._judge_slices(name, places, now)
        changed = np.flatnonzero(now != self._said).tolist()
        self._said = now
        return [Watched(name, self.decision(name, rule)) for name, rule in (self._rules[place] for place in changed)]

    def decision(self, name: str, rule: BurnRule) -> Decision:
        """What a rule says of an SLO, with the numbers it is made of."""
        slo = self._slos[name]
        long, short = (
            self._counted(slo, self._at - length, self._at) for length in (rule.minutes, short_minutes(rule))
        )
        return decide(rule, long, short, terms_of(slo))

    def decisions(self) -> Iterator[Watched]:
        """All of them. Of very many SLOs this takes long: 10 us each."""
        return (Watched(name, self.decision(name, rule)) for name, rule in self._rules)

    def reasons(self) -> dict[tuple[str, BurnRule], str]:
        """The reason of every decision, as in Decision, for SLO and rule."""
        return {key: REASONS[code] for key, code in zip(self._rules, self._said.tolist(), strict=True)}

    def count(self, name: str) -> Count:
        """What the SLO's window counted: events (good and bad alone), or slices."""
        slo = self._slos[name]
        return self._counted(slo, *slo.window.bounds(self._at))

    def left(self, name: str) -> Fraction | None:
        """The share of the budget that is left."""
        return arithmetic.left_ratio(self.count(name), self._slos[name].target)

    def state(self, name: str, measured_from: int | None) -> State:
        """The state of the budget; `measured_from`: since when all its events are counted (None: they are not)."""
        slo = self._slos[name]
        start, _ = slo.window.bounds(self._at)
        throughout = measured_from is not None and measured_from <= start
        return arithmetic.state(self.count(name), slo.target, measured_throughout=throughout)

    # -- reading ----------------------------------------------------------------------------------------------------

    def _start_anew(self) -> None:
        self._mark: int | None = None
        self._at = 0
        self._ends = Ends()
        self._recent: dict[int, RecentSlices] = {}
        self._counted_slices = RecentCounted()
        self._slices: dict[str, Slices] = {}
        self._judged_by: dict[str, tuple[int, ...]] = {}

    def _read(self, at: int) -> None:
        rules = {rule.minutes for name, rule in self._rules if name not in self._sliced}
        windows = {slo.window for slo in self._slos.values() if not slo.method.slice_minutes}
        minutes = {at, *(window.bounds(at)[0] for window in windows)}
        minutes |= {at - length for rule in rules for length in (rule, rule // SHORT_PART)}
        by_length: dict[int, list[Slo]] = {}
        for slo in self._known.values():
            if slo.method.slice_minutes and slo.method.kind != "counted_slices":
                by_length.setdefault(slo.method.slice_minutes, []).append(slo)
        # Whoever looks furthest back may be put together from slices.
        start = min((_earliest(slo, at) for slo in self._slos.values()), default=at) if by_length else at
        with self._store.reading() as connection:
            touched = touched_since(connection, self._mark)
            self._ends.move(connection, minutes, touched)
            self._recent = {length: self._recent.get(length, RecentSlices(length)) for length in by_length}
            for length, slos in by_length.items():
                names = {one.name for slo in slos for one in slo.accounts or (slo,)}
                changed = self._recent[length].move(connection, names, start - length, at, touched)
                for slo in slos:
                    if slo.name not in self._slices or changed.intersection(one.name for one in slo.accounts or (slo,)):
                        self._slices[slo.name] = self._slices_of(slo)
                        self._judged_by.pop(slo.name, None)
            self._read_counted(connection, at, touched)
        self._mark, self._at = touched.until, at

    def _slices_of(self, slo: Slo) -> Slices:
        columns = self._recent[slo.method.slice_minutes].columns
        return Slices(slo.method, *added_up(columns[one.name] for one in slo.accounts or (slo,)))

    def _read_counted(self, connection: Connection, at: int, touched: Touched) -> None:
        """Slices judged by how many events they have: what a source delivered, definitions and adjustments change them
        without touching any count."""
        slos = [slo for slo in self._known.values() if slo.method.kind == "counted_slices"]
        if not slos:
            return
        start = min(_earliest(slo, at) for slo in self._slos.values())
        for name, slices in self._counted_slices.move(connection, slos, start, at, touched):
            self._slices[name] = slices
            self._judged_by.pop(name, None)

    def _counted(self, slo: Slo, from_minute: int, to_minute: int) -> Count:
        if slo.method.slice_minutes:
            return self._slices[slo.name].count(from_minute, to_minute)
        if isinstance(slo.measure, Composite):
            parts = (self._known[name] for name, _ in slo.measure.parts)
            return composed(slo.measure, [self._counted(part, from_minute, to_minute) for part in parts])
        return Count(*self._ends.of(self._ends.ids.get(slo.name, 0), from_minute, to_minute))

    # -- judging ----------------------------------------------------------------------------------------------------

    def _grouped(self) -> Iterator[_Group]:
        """The rules of SLOs that count events, by their length."""
        by_length: dict[int, list[int]] = {}
        for place, (name, rule) in enumerate(self._rules):
            slo = self._slos[name]
            if not slo.method.slice_minutes and not isinstance(slo.measure, Composite):
                by_length.setdefault(rule.minutes, []).append(place)
        shares: dict[tuple[BurnRule, Fraction, Window], Fraction] = {}
        for minutes, places in by_length.items():
            names, limits, minima = [], [], []
            for name, rule in (self._rules[place] for place in places):
                slo = self._slos[name]
                key = (rule, slo.target, slo.window)
                if key not in shares:
                    shares[key] = threshold(rule, slo.window.nominal_minutes) * (1 - slo.target)
                names.append(name)
                limits.append(shares[key])
                minima.append(terms_of(slo).minimum_bad)
            yield _Group(minutes, np.array(places, dtype=np.int64), names, Limits.of(limits), np.array(minima))

    def _judge(self, group: _Group) -> NDArray[np.int8]:
        ids = self._ids_of.get(group.minutes)
        if ids is None or not ids.all():  # somebody in it may have an id by now
            ids = np.array([self._ends.ids.get(name, 0) for name in group.names], dtype=np.int64)
            self._ids_of[group.minutes] = ids
        counts = []
        for length in (group.minutes, group.minutes // SHORT_PART):
            good, bad = self._ends.between(self._at - length, self._at)[ids].T
            counts.append(Counts(good + bad, bad, bad))
        return reasons(counts[0], counts[1], group.limits, group.minimum_bad)

    def _reason_of(self, place: int) -> int:
        return REASONS.index(self.decision(*self._rules[place]).reason)

    def _judge_slices(self, name: str, places: list[int], now: NDArray[np.int8]) -> None:
        """Only when a slice came or went: in the minutes between, every window holds the same ones."""
        rules = [self._rules[place][1] for place in places]
        cuts = (0, *(part for rule in rules for part in (rule.minutes, short_minutes(rule))))
        key = tuple((self._at - cut) // self._slos[name].method.slice_minutes for cut in cuts)
        if self._judged_by.get(name) != key:
            for place in places:
                now[place] = self._reason_of(place)
            self._judged_by[name] = key


def _earliest(slo: Slo, at: int) -> int:
    """The first minute that a window of an SLO or of its rules has."""
    return min([slo.window.bounds(at)[0], *(at - rule.minutes for rule in rules_of(slo))])
