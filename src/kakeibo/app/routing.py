"""Who is told of an alert: the receivers that the book names for its team, unless its stage or a silence forbids it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from sqlalchemy import Connection

from kakeibo.alerts import stages
from kakeibo.alerts.policy import Breach
from kakeibo.alerts.record import Alert
from kakeibo.alerts.stages import Move, stage_of, told_as
from kakeibo.ledger.slips import silences_in_force
from kakeibo.model import Book, Composite, Journey, Severity, Slip, Slo, Stage, Team
from kakeibo.policies import Policy, Rule

SOURCE: Final = "source:"
WORKER: Final = "worker"
STORE: Final = "store"
ONCALL: Final = "oncall"
"""The receiver that stands for whoever is on duty."""
_ORDER: Final[tuple[Stage, ...]] = ("provisional", "ticket", "page")


@dataclass(frozen=True)
class Routing:
    """As of one minute. `silences` are those in force then."""

    book: Book
    moved: Mapping[str, Move]
    silences: Sequence[Slip]

    @classmethod
    def read(cls, connection: Connection, book: Book, at: int) -> Routing:
        return cls(book, stages.latest(connection), silences_in_force(connection, at))

    def audience(self, alert: Alert) -> list[str]:
        """The receivers to be told that an alert fires: "channel", "channel:target" or "oncall"; each once."""
        severity = self.severity(alert)
        breach = Breach.of(alert.subject)
        if severity is None or self.silence(alert) is not None:
            return []
        if breach is not None:
            return self._agreed(breach)
        teams = [] if self._is_provisional_source(alert) else self.teams(alert)
        told = [name for team in teams for name in team.notify.get(severity, ())]
        return list(dict.fromkeys([*told, *(self.book.organisation.notify if is_ours(alert) else ())]))

    def silence(self, alert: Alert) -> Slip | None:
        """The silence that keeps an alert quiet; what is silenced for an SLO is so for its policy too."""
        breach = Breach.of(alert.subject)
        subject = breach.slo if breach else alert.subject
        return next((slip for slip in self.silences if slip.covers(subject)), None)

    def rule(self, breach: Breach) -> tuple[Policy, Rule] | None:
        """The policy and rule that hold; None when they are no longer in the book."""
        policy = self.book.policies.get(breach.team)
        found = next((rule for rule in policy.rules if rule.key == breach.rule), None) if policy else None
        return (policy, found) if policy and found else None

    def _agreed(self, breach: Breach) -> list[str]:
        """Whom a rule tells: those whom its team names for a page and for a ticket, and whom it names itself."""
        found, team = self.rule(breach), self.book.teams.get(breach.team)
        if found is None or team is None:
            return []
        _, rule = found
        acts: tuple[Severity, ...] = ("page", "ticket")
        usual = [name for act in acts if act in rule.acts for name in team.notify.get(act, ())]
        return list(dict.fromkeys([*usual, *rule.notify]))

    def severity(self, alert: Alert) -> Severity | None:
        """As what it is told: None for what is provisional. What is no SLO disturbs as much as the SLOs that need it;
        trouble of our own is always told (a silent source, where the organisation has receivers for it), and what a
        team has signed is carried out at every stage."""
        if Breach.of(alert.subject):
            return alert.severity
        always = alert.subject in (WORKER, STORE) or (is_ours(alert) and bool(self.book.organisation.notify))
        highest = self._highest(alert)
        return told_as(alert.severity, "ticket" if always and highest == "provisional" else highest)

    def _highest(self, alert: Alert) -> Stage:
        """The highest stage of the SLOs that it is about."""
        found = {self.stage(slo) for _, slo in self.about(alert)}
        return next((stage for stage in reversed(_ORDER) if stage in found), "provisional")

    def _is_provisional_source(self, alert: Alert) -> bool:
        """A source that only provisional SLOs need disturbs no team."""
        return alert.subject.startswith(SOURCE) and self._highest(alert) == "provisional"

    def stage(self, slo: Slo) -> Stage:
        return stage_of(slo.name, slo.stage, self.moved)

    def teams(self, alert: Alert) -> list[Team]:
        """The teams that operate what it is about; for a policy, the one that has agreed on it."""
        if breach := Breach.of(alert.subject):
            return [self.book.teams[breach.team]] if breach.team in self.book.teams else []
        found = (self.book.team_of(journey) for journey, _ in self.about(alert))
        return list({team.key: team for team in found if team}.values())

    def about(self, alert: Alert) -> list[tuple[Journey, Slo]]:
        """The SLOs that an alert is about; all of them for trouble of our own."""
        if alert.subject in (WORKER, STORE):
            return list(self._slos.values())
        if alert.subject.startswith(SOURCE):
            source = alert.subject.removeprefix(SOURCE)
            return [(journey, slo) for journey, slo in self._slos.values() if source in sources_of(self.book, slo)]
        breach = Breach.of(alert.subject)
        subject = breach.slo if breach else alert.subject
        return [self._slos[subject]] if subject in self._slos else []

    @cached_property
    def _slos(self) -> dict[str, tuple[Journey, Slo]]:
        return {slo.name: (journey, slo) for journey in self.book.journeys.values() for slo in journey.slos}


def is_ours(alert: Alert) -> bool:
    """Trouble of our own: it is nobody's promise that burns, we cannot see or speak."""
    return alert.subject in (WORKER, STORE) or alert.subject.startswith(SOURCE)


def sources_of(book: Book, slo: Slo) -> set[str]:
    """The sources that an SLO is counted from."""
    measures = (leaf.measure for leaf in book.counted_for(slo))
    return {measure.source for measure in measures if not isinstance(measure, Composite)}
