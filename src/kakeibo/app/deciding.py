"""What every SLO's alerts say as of a minute, and what changed: the watch, held against how the alerts stood."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kakeibo.alerts.decide import Decision
from kakeibo.alerts.record import Alert, Change, Standing
from kakeibo.alerts.states import alert_state
from kakeibo.alerts.watch import Watch
from kakeibo.alerts.windows import rules_of
from kakeibo.model import Book, BurnRule, Composite, Journey, Severity, Slo
from kakeibo.store import Store

SEVERITIES: tuple[Severity, ...] = ("page", "ticket")


class Deciding:
    """Follows all SLOs of a book. Knows nothing that a new one would not find out: it may be thrown away."""

    def __init__(self, book: Book, store: Store) -> None:
        self._book = book
        self._slos = {slo.name: (journey, slo) for journey in book.journeys.values() for slo in _watched(journey)}
        self._rules = {name: _by_severity(slo) for name, (_, slo) in self._slos.items()}
        self.watch = Watch(store, [slo for _, slo in self._slos.values()])

    def changes(self, at: int, standings: Mapping[Alert, Standing]) -> list[Change]:
        """What is otherwise as of the start of minute `at` than it stood. Raises StoreBusy and StoreError."""
        touched = {watched.slo for watched in self.watch.advance(at)}
        return [change for name in self._slos if name in touched for change in self._changes_of(name, at, standings)]

    def alerts(self) -> list[Alert]:
        """Every alert that these SLOs may give."""
        return [self._alert(name, severity) for name, rules in self._rules.items() for severity in rules]

    def _changes_of(self, name: str, at: int, standings: Mapping[Alert, Standing]) -> Iterator[Change]:
        for severity, rules in self._rules[name].items():
            alert = self._alert(name, severity)
            before = standings[alert].state if alert in standings else "quiet"
            after, decision = alert_state(before, [self.watch.decision(name, rule) for rule in rules])
            if after != before:
                yield Change(alert, after, at, decision.reason, self._facts(name, decision))

    def _alert(self, name: str, severity: Severity) -> Alert:
        return Alert(name, severity, self._slos[name][0].service or "")

    def _facts(self, name: str, decision: Decision) -> dict[str, object]:
        """The numbers behind a change, fractions as exact texts."""
        count, left = self.watch.count(name), self.watch.left(name)
        return {
            "burn": str(decision.rule.share),
            "within": decision.rule.minutes,
            "threshold": str(decision.threshold),
            "burn_long": _text(decision.burn_long),
            "burn_short": _text(decision.burn_short),
            "bad": decision.bad,
            "window_valid": count.valid,
            "window_bad": count.bad,
            "budget_left": _text(left),
        }


def _watched(journey: Journey) -> Iterable[Slo]:
    return (slo for slo in journey.slos if not isinstance(slo.measure, Composite))


def _by_severity(slo: Slo) -> dict[Severity, tuple[BurnRule, ...]]:
    """The rules of each severity that an SLO has any of, the shortest first."""
    rules = sorted(dict.fromkeys(rules_of(slo)), key=lambda rule: rule.minutes)
    found = {severity: tuple(rule for rule in rules if rule.severity == severity) for severity in SEVERITIES}
    return {severity: held for severity, held in found.items() if held}


def _text(number: object) -> str | None:
    return None if number is None else str(number)
