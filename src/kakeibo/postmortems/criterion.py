"""Which incidents need a postmortem: mechanical, by a team's policy. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from kakeibo.incidents.nouns import Incident
from kakeibo.policies import Criterion, PostmortemReason


@dataclass(frozen=True, slots=True)
class Due:
    """What the criterion says of an incident: `reasons` is empty when none is needed. `exempt`: the cause lies outside
    the organisation; it is counted, and no draft opens."""

    reasons: tuple[PostmortemReason, ...] = ()
    exempt: bool = False


def judge(incident: Incident, criterion: Criterion, durable: Collection[str] = (), *, external: bool = False) -> Due:
    """Whether an incident needs a postmortem. `durable`: the SLOs that are about keeping data."""
    held = {
        "budget": incident.burnt is not None and incident.burnt >= criterion.budget,
        "unnoticed": "unnoticed" in criterion.also and is_unnoticed(incident),
        "data_loss": "data_loss" in criterion.also and _lost_data(incident, durable),
        "intervention": "intervention" in criterion.also and _was_ended_by_hand(incident),
    }
    reasons: list[PostmortemReason] = ["budget", "unnoticed", "data_loss", "intervention"]
    return Due(tuple(reason for reason in reasons if held[reason]), external)


def is_unnoticed(incident: Incident) -> bool:
    """Whether users were hit and no alert had told by then: somebody saw it, or wrote to support."""
    measured = incident.measured
    return measured is not None and measured.start is not None and measured.detection != "alert"


def _lost_data(incident: Incident, durable: Collection[str]) -> bool:
    harms = incident.measured.harms if incident.measured else ()
    return any(harm.slo in durable and harm.above > 0 for harm in harms)


def _was_ended_by_hand(incident: Incident) -> bool:
    """Whether somebody did something for it to end: what heals by itself is resolved without being mitigated first."""
    return any(entry.kind == "mitigated" and entry.door != "worker" for entry in incident.timeline)
