"""What every SLO's alerts say as of a minute, and what changed: the watch, held against how the alerts stood."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from kakeibo import ledger
from kakeibo.alerts.decide import Decision, decide, terms_of
from kakeibo.alerts.onset import onset
from kakeibo.alerts.record import Alert, Change, Standing
from kakeibo.alerts.states import alert_state
from kakeibo.alerts.watch import Watch
from kakeibo.alerts.windows import rules_of, short_minutes
from kakeibo.app.counts import Stretch, counter, source_of
from kakeibo.budgets import arithmetic
from kakeibo.model import Book, BurnRule, Composite, Count, Severity, Slo
from kakeibo.sources.kinds import asked_kinds
from kakeibo.store import Store

SEVERITIES: tuple[Severity, ...] = ("page", "ticket")

PATIENCE = 1
"""Minutes that late lines of a log are waited for."""
BEHIND = 2
"""The same of a server of metrics: as long as the ingest stays behind it."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How far the counts of a source can be taken for complete: up to `behind` minutes ago, in steps of `step`."""

    behind: int = PATIENCE
    step: int = 1

    def until(self, now: int) -> int:
        """The end of the minutes that are complete in minute `now`."""
        return (now - self.behind) // self.step * self.step


class Deciding:
    """Follows all SLOs of a book. Knows nothing that a new one would not find out: it may be thrown away."""

    def __init__(self, book: Book, store: Store) -> None:
        self._book, self._store = book, store
        self._slos = {slo.name: (journey, slo) for journey in book.journeys.values() for slo in journey.slos}
        self._rules = {name: _by_severity(slo) for name, (_, slo) in self._slos.items()}
        self._paces: dict[Pace, list[Slo]] = {}
        for _, slo in self._slos.values():
            self._paces.setdefault(pace_of(book, slo), []).append(slo)
        self._watches = {
            pace: Watch(store, [slo for slo in slos if not isinstance(slo.measure, Composite)])
            for pace, slos in self._paces.items()
        }

    def changes(self, now: int, standings: Mapping[Alert, Standing]) -> list[Change]:
        """What is otherwise in minute `now` than it stood. Raises StoreBusy and StoreError."""
        found = [*self._gone(now, standings)]
        for pace, slos in self._paces.items():
            at, watch = pace.until(now), self._watches[pace]
            touched = {watched.slo for watched in watch.advance(at)}
            composed = [slo for slo in slos if isinstance(slo.measure, Composite) and self._rules[slo.name]]
            views: dict[str, _View] = {slo.name: _Composed.of(self._book, self._store, slo, at) for slo in composed}
            views |= {slo.name: _Watched(watch, slo.name) for slo in slos if slo.name in touched}
            for name, view in views.items():
                found += self._changes_of(name, view, at, standings)
        return found

    def alerts(self) -> list[Alert]:
        """Every alert that these SLOs may give."""
        return [self._alert(name, severity) for name, rules in self._rules.items() for severity in rules]

    def _gone(self, now: int, standings: Mapping[Alert, Standing]) -> Iterator[Change]:
        """Alerts of what is no longer in the book end."""
        known = set(self.alerts())
        for alert, standing in standings.items():
            if "/" in alert.subject and alert not in known and standing.state != "quiet":
                yield Change(alert, "quiet", now, "removed")

    def _changes_of(self, name: str, view: _View, at: int, standings: Mapping[Alert, Standing]) -> Iterator[Change]:
        for severity, rules in self._rules[name].items():
            alert = self._alert(name, severity)
            before = standings[alert].state if alert in standings else "quiet"
            after, decision = alert_state(before, [view.decision(rule) for rule in rules])
            if after != before:
                yield Change(alert, after, at, decision.reason, self._facts(name, view, decision, at))

    def _alert(self, name: str, severity: Severity) -> Alert:
        return Alert(name, severity, self._slos[name][0].service or "")

    def _facts(self, name: str, view: _View, decision: Decision, at: int) -> dict[str, object]:
        """The numbers behind a change, fractions as exact texts."""
        count, (_, slo) = view.count(), self._slos[name]
        return {
            "burn": str(decision.rule.share),
            "within": decision.rule.minutes,
            "threshold": str(decision.threshold),
            "burn_long": _text(decision.burn_long),
            "burn_short": _text(decision.burn_short),
            "bad": decision.bad,
            "window_valid": count.valid,
            "window_bad": count.bad,
            "budget_left": _text(arithmetic.left_ratio(count, slo.target)),
            "since": self._began(slo, decision, at) if decision.state == "firing" else None,
        }

    def _began(self, slo: Slo, decision: Decision, at: int) -> int | None:
        """Since when it burns, as far as the counts of events tell."""
        if isinstance(slo.measure, Composite):
            return None
        points = ledger.series(self._store, [slo.name], at - decision.rule.minutes, at, 1).get(slo.name, ())
        return onset(points, slo.target)


@dataclass(frozen=True)
class _Watched:
    """What a watch says of one SLO."""

    watch: Watch
    name: str

    def decision(self, rule: BurnRule) -> Decision:
        return self.watch.decision(self.name, rule)

    def count(self) -> Count:
        return self.watch.count(self.name)


@dataclass(frozen=True)
class _Composed:
    """What an SLO that is put together from others counted: summed anew each time, for there are few of them."""

    slo: Slo
    at: int
    counts: Mapping[Stretch, Count]

    @classmethod
    def of(cls, book: Book, store: Store, slo: Slo, at: int) -> _Composed:
        rules = rules_of(slo)
        stretches = {(at - length, at) for rule in rules for length in (rule.minutes, short_minutes(rule))}
        stretches.add(slo.window.bounds(at))
        parts = [book.slos()[name] for name, _ in slo.measure.parts] if isinstance(slo.measure, Composite) else []
        first = min(start for start, _ in stretches)
        count = counter(book, store, [slo, *parts, *book.counted_for(slo)], stretches, lambda _: first)
        return cls(slo, at, {stretch: count(slo, stretch) for stretch in stretches})

    def decision(self, rule: BurnRule) -> Decision:
        long, short = (self.counts[self.at - length, self.at] for length in (rule.minutes, short_minutes(rule)))
        return decide(rule, long, short, terms_of(self.slo))

    def count(self) -> Count:
        return self.counts[self.slo.window.bounds(self.at)]


_View = _Watched | _Composed


def pace_of(book: Book, slo: Slo) -> Pace:
    """The pace of an SLO: of what it is counted from, the slowest."""
    paces = [_pace(book, source_of(leaf)) for leaf in book.counted_for(slo)]
    return Pace(max(pace.behind for pace in paces), max(pace.step for pace in paces))


def _pace(book: Book, source: str) -> Pace:
    if book.sources[source].kind not in asked_kinds():
        return Pace()
    from kakeibo.sources.prometheus import Prometheus  # only books with such a source need it

    return Pace(BEHIND, Prometheus(book.sources[source]).step)


def _by_severity(slo: Slo) -> dict[Severity, Sequence[BurnRule]]:
    """The rules of each severity that an SLO has any of, the shortest first."""
    rules = sorted(dict.fromkeys(rules_of(slo)), key=lambda rule: rule.minutes)
    found = {severity: tuple(rule for rule in rules if rule.severity == severity) for severity in SEVERITIES}
    return {severity: held for severity, held in found.items() if held}


def _text(number: Fraction | None) -> str | None:
    return None if number is None else str(number)
