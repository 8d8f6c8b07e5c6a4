"""Who is told of an alert: the receivers that the book names for its team, unless its stage or a silence forbids it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from sqlalchemy import Connection

from kakeibo.alerts import stages
from kakeibo.alerts.record import Alert
from kakeibo.alerts.stages import Move, stage_of, told_as
from kakeibo.ledger.slips import silences_in_force
from kakeibo.model import Book, Composite, Journey, Severity, Slip, Slo, Stage, Team

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
        if severity is None or any(slip.covers(alert.subject) for slip in self.silences):
            return []
        return list(dict.fromkeys(name for team in self.teams(alert) for name in team.notify.get(severity, ())))

    def severity(self, alert: Alert) -> Severity | None:
        """As what it is told: None for what is provisional. What is no SLO disturbs as much as the SLOs that need it;
        trouble of our own is always told."""
        own = alert.subject in (WORKER, STORE)
        found = {self.stage(slo) for _, slo in self.about(alert)}
        highest: Stage = next((stage for stage in reversed(_ORDER) if stage in found), "provisional")
        return told_as(alert.severity, "ticket" if own and highest == "provisional" else highest)

    def stage(self, slo: Slo) -> Stage:
        return stage_of(slo.name, slo.stage, self.moved)

    def teams(self, alert: Alert) -> list[Team]:
        """The teams that operate what it is about."""
        found = (self.book.team_of(journey) for journey, _ in self.about(alert))
        return list({team.key: team for team in found if team}.values())

    def about(self, alert: Alert) -> list[tuple[Journey, Slo]]:
        """The SLOs that an alert is about; all of them for trouble of our own."""
        if alert.subject in (WORKER, STORE):
            return list(self._slos.values())
        if alert.subject.startswith(SOURCE):
            source = alert.subject.removeprefix(SOURCE)
            return [(journey, slo) for journey, slo in self._slos.values() if source in sources_of(self.book, slo)]
        return [self._slos[alert.subject]] if alert.subject in self._slos else []

    @cached_property
    def _slos(self) -> dict[str, tuple[Journey, Slo]]:
        return {slo.name: (journey, slo) for journey in self.book.journeys.values() for slo in journey.slos}


def sources_of(book: Book, slo: Slo) -> set[str]:
    """The sources that an SLO is counted from."""
    measures = (leaf.measure for leaf in book.counted_for(slo))
    return {measure.source for measure in measures if not isinstance(measure, Composite)}
