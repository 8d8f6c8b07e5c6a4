"""The watch: what every rule of every SLO says, minute after minute, without asking for a whole window again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from kakeibo.alerts.columns import REASONS, Counts, Limits, Numbers, reasons
from kakeibo.alerts.counted import counted_slices
from kakeibo.alerts.decide import Decision, decide, terms_of
from kakeibo.alerts.windows import rules_of, short_minutes, threshold
from kakeibo.budgets import arithmetic
from kakeibo.budgets.methods import Slices
from kakeibo.ledger.ends import Ends
from kakeibo.ledger.recent_slices import RecentSlices
from kakeibo.ledger.touches import touched_since
from kakeibo.model import BurnRule, Count, Slo, State
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
    """The rules of one length, of all SLOs that count events: `places` among all rules, and a column for each term."""

    minutes: int
    places: NDArray[np.int64]
    names: list[str]
    limits: Limits
    minimum_bad: Numbers


class Watch:
    """Follows the budgets and burn rates of `slos` (counted from a source; nothing that is put together of others).

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
        same = {name for name, slo in self._slos.items() if before.get(name) == slo}
        self._rules = [(name, rule) for name, slo in self._slos.items() for rule in dict.fromkeys(rules_of(slo))]
        known = [said.get((name, rule), _UNKNOWN) if name in same else _UNKNOWN for name, rule in self._rules]
        self._said = np.array(known, dtype=np.int8)
        self._groups = list(self._grouped())
        self._ids_of: dict[int, NDArray[np.int64]] = {}
        self._sliced: dict[str, list[int]] = {name: [] for name, slo in self._slos.items() if slo.method.slice_minutes}
        for place, (name, _) in enumerate(self._rules):
            if name in self._sliced:
                self._sliced[name].append(place)
        for name in self._slices.keys() - same:
            del self._slices[name]
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
        self._slices: dict[str, Slices] = {}
        self._judged_by: dict[str, tuple[int, ...]] = {}

    def _read(self, at: int) -> None:
        lengths = {length for group in self._groups for length in (group.minutes, group.minutes // 12)}
        windows = {slo.window for slo in self._slos.values() if not slo.method.slice_minutes}
        minutes = {at, *(at - length for length in lengths), *(window.bounds(at)[0] for window in windows)}
        by_length: dict[int, list[Slo]] = {}
        for name in self._sliced:
            if self._slos[name].method.kind != "counted_slices":
                by_length.setdefault(self._slos[name].method.slice_minutes, []).append(self._slos[name])
        with self._store.reading() as connection:
            touched = touched_since(connection, self._mark)
            self._ends.move(connection, minutes, touched)
            self._recent = {length: self._recent.get(length, RecentSlices(length)) for length in by_length}
            for length, slos in by_length.items():
                start = min(_earliest(slo, at) for slo in slos)
                names = {slo.name for slo in slos}
                changed = self._recent[length].move(connection, names, start - length, at, touched)
                for name in changed | (names - self._slices.keys()):
                    self._slices[name] = Slices(self._slos[name].method, *self._recent[length].columns[name])
                    self._judged_by.pop(name, None)
        self._read_counted(at)
        self._mark, self._at = touched.until, at

    def _read_counted(self, at: int) -> None:
        """Slices judged by how many events they have, read whole each time: what a source delivered, definitions and
        adjustments change them without touching any count."""
        slos = [self._slos[name] for name in self._sliced if self._slos[name].method.kind == "counted_slices"]
        if not slos:
            return
        for name, slices in counted_slices(self._store, slos, min(_earliest(slo, at) for slo in slos), at).items():
            self._slices[name] = slices
            self._judged_by.pop(name, None)

    def _counted(self, slo: Slo, from_minute: int, to_minute: int) -> Count:
        if slo.method.slice_minutes:
            return self._slices[slo.name].count(from_minute, to_minute)
        return Count(*self._ends.of(self._ends.ids.get(slo.name, 0), from_minute, to_minute))

    # -- judging ----------------------------------------------------------------------------------------------------

    def _grouped(self) -> Iterator[_Group]:
        """The rules of SLOs that count events, by their length."""
        by_length: dict[int, list[int]] = {}
        for place, (name, rule) in enumerate(self._rules):
            if not self._slos[name].method.slice_minutes:
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
        for length in (group.minutes, group.minutes // 12):
            good, bad = self._ends.between(self._at - length, self._at)[ids].T
            counts.append(Counts(good + bad, bad, bad))
        return reasons(counts[0], counts[1], group.limits, group.minimum_bad)

    def _judge_slices(self, name: str, places: list[int], now: NDArray[np.int8]) -> None:
        """Only when a slice came or went: in the minutes between, every window holds the same ones."""
        rules = [self._rules[place][1] for place in places]
        cuts = (0, *(part for rule in rules for part in (rule.minutes, short_minutes(rule))))
        key = tuple((self._at - cut) // self._slos[name].method.slice_minutes for cut in cuts)
        if self._judged_by.get(name) != key:
            for place, rule in zip(places, rules, strict=True):
                now[place] = REASONS.index(self.decision(name, rule).reason)
            self._judged_by[name] = key


def _earliest(slo: Slo, at: int) -> int:
    """The first minute that a window of an SLO or of its rules has."""
    return min([slo.window.bounds(at)[0], *(at - rule.minutes for rule in rules_of(slo))])
