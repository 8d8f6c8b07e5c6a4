"""Policies for programs: the contract of docs/contracts/policy.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from kakeibo.clock import iso
from kakeibo.letters import policies
from kakeibo.letters.policies import Names
from kakeibo.letters.report_json import as_float
from kakeibo.policies import Due, Standing

VERSION: Final = 1


class RuleLine(msgspec.Struct, frozen=True):
    """A rule in words."""

    rule: str
    then: list[str]
    notify: list[str]
    sentence: str


class DueLine(msgspec.Struct, frozen=True):
    """A rule that holds for an SLO."""

    rule: str
    slo: str
    then: list[str]
    state: str
    left_ratio: float | None
    missed_weeks: int
    exhausted_weeks: int
    sentence: str


class PolicyLine(msgspec.Struct, frozen=True):
    """A policy, and what is due by it."""

    team: str
    status: str
    author: str
    reviewers: list[str]
    approvers: list[str]
    approved: str | None
    revisit: str | None
    exempt: list[str]
    stale_after_minutes: int
    rules: list[RuleLine]
    due: list[DueLine]


class PoliciesDocument(msgspec.Struct, frozen=True):
    version: int
    at: str
    policies: list[PolicyLine]


def to_json(standings: Sequence[Standing], at: int, names: Names) -> bytes:
    """Policies as of minute `at`."""
    return msgspec.json.encode(PoliciesDocument(VERSION, iso(at), [line(one, names) for one in standings]))


def line(standing: Standing, names: Names) -> PolicyLine:
    """A policy as the contracts write it."""
    policy = standing.policy
    return PolicyLine(
        team=policy.team,
        status=standing.status,
        author=policy.author,
        reviewers=list(policy.reviewers),
        approvers=list(policy.approvers),
        approved=policy.approved.isoformat() if policy.approved else None,
        revisit=policy.revisit.isoformat() if policy.revisit else None,
        exempt=list(policy.exempt),
        stale_after_minutes=policy.stale_after,
        rules=[RuleLine(rule.key, list(rule.acts), list(rule.notify), policies.rule(rule)) for rule in policy.rules],
        due=[_due(one, names) for one in standing.due],
    )


def _due(due: Due, names: Names) -> DueLine:
    return DueLine(
        rule=due.rule.key,
        slo=due.facts.slo,
        then=list(due.rule.acts),
        state=due.facts.state,
        left_ratio=as_float(due.facts.left),
        missed_weeks=due.facts.missed_weeks,
        exhausted_weeks=due.facts.exhausted_weeks,
        sentence=policies.due(due, names),
    )
