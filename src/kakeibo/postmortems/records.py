"""The registry of postmortems: what is kept of each in the store. Ids are never given twice, and outlive teams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Literal

from kakeibo.store import Store

State = Literal["draft", "ready", "published"]


@dataclass(frozen=True, slots=True)
class Postmortem:
    """One postmortem, as lists and sums need it. `burnt`: SLO's name -> the share of its budget that the incident
    burnt, exact; an SLO whose share nobody knows is not in it. `external`: the cause lies outside the organisation."""

    id: int
    title: str
    date: date
    team: str | None
    services: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()
    root_causes: tuple[str, ...] = ()
    burnt: Mapping[str, Fraction] = field(default_factory=dict)
    external: bool = False
    state: State = "draft"
    incident: int | None = None

    @property
    def name(self) -> str:
        """How people call it, for ever: PM-12."""
        return f"PM-{self.id}"

    @property
    def causes(self) -> tuple[str, ...]:
        """Its keys on both axes."""
        return self.triggers + self.root_causes


def published(store: Store) -> Sequence[Postmortem]:
    """Every published postmortem, the newest day first."""
    del store
    return ()  # nothing is entered yet
