"""The nouns of an error budget policy: what a team has agreed to do when its budgets run out. See docs/policy.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Final, Literal

Act = Literal["page", "ticket", "freeze", "caution", "review"]
"""page: wake somebody up. ticket: work for the next sprint. freeze: no releases. caution: releases with care.
review: sit together and decide."""

Kind = Literal["normal", "urgent", "security"]
"""Of a release: what is in it."""

Status = Literal["in_force", "overdue", "unsigned", "not_yet"]
"""unsigned: nobody has approved it, or nobody said when; not_yet: approved on a later day; overdue: past its revisit
date. What is overdue holds on; what is unsigned or not yet approved stops nobody."""

PostmortemReason = Literal["budget", "unnoticed", "data_loss", "intervention"]
"""Why an incident needs a postmortem. budget: it burnt much of one; unnoticed: users were hit and no alert told;
data_loss: an SLO of durability lost events; intervention: somebody had to act for it to end."""

USUAL_EXEMPT: Final[tuple[Kind, ...]] = ("urgent", "security")
USUAL_STALE: Final = 60
"""Minutes after which counts are too old to decide by."""


@dataclass(frozen=True, slots=True)
class Condition:
    """When a rule holds for an SLO: all that is set must hold; empty or None asks nothing.

    `sli`: one of these is what it is about; `kind`: of its journey. `state`: one of these. `left_below`: less than this
    share of the budget is left. `burn`: more than this share of the budget burns `within` so many minutes, as an alert
    would have it. `missed_weeks`: so many whole weeks running it was missed, each judged alone; `exhausted_weeks`: so
    many weeks running ended with all of the budget spent.
    """

    sli: tuple[str, ...] = ()
    kind: str | None = None
    state: tuple[str, ...] = ()
    left_below: Fraction | None = None
    burn: Fraction | None = None
    within: int = 0
    missed_weeks: int | None = None
    exhausted_weeks: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """What follows (`acts`, and word to the channels `notify`) when a condition holds. `why`: in the team's words."""

    key: str
    when: Condition
    acts: tuple[Act, ...]
    notify: tuple[str, ...] = ()
    why: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Criterion:
    """When an incident needs a postmortem: it burnt at least `budget`, a share of one, or one of `also` holds."""

    budget: Fraction = Fraction(1, 5)
    also: tuple[PostmortemReason, ...] = ("unnoticed", "data_loss", "intervention")


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy of one team, with its signatures. `exempt`: what is released also while releases are frozen;
    `stale_after`: minutes after which counts are too old to decide by. `postmortem`: which incidents need one; that
    holds whether or not the policy is signed, because it stops nobody."""

    team: str
    rules: tuple[Rule, ...]
    author: str = ""
    reviewers: tuple[str, ...] = ()
    approvers: tuple[str, ...] = ()
    approved: date | None = None
    revisit: date | None = None
    exempt: tuple[Kind, ...] = USUAL_EXEMPT
    stale_after: int = USUAL_STALE
    postmortem: Criterion = Criterion()

    def status(self, today: date) -> Status:
        """Whether it holds on a day of the organisation's calendar; it is overdue from the day after `revisit` on."""
        if not self.approvers or self.approved is None:
            return "unsigned"
        if self.approved > today:
            return "not_yet"
        return "overdue" if self.revisit is not None and self.revisit < today else "in_force"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the conditions ask of one SLO. `left` is None while no whole window has been measured; `firing` are the
    (share, minutes) that burn; of the weeks, how many were so without a break, as far back as any rule looks."""

    slo: str
    sli: frozenset[str]
    kind: str
    state: str
    left: Fraction | None = None
    firing: frozenset[tuple[Fraction, int]] = frozenset()
    missed_weeks: int = 0
    exhausted_weeks: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """A rule that holds for an SLO, with the facts it rests on."""

    rule: Rule
    facts: Facts


@dataclass(frozen=True, slots=True)
class Standing:
    """A policy as of a moment: whether it holds, and which of its rules do."""

    policy: Policy
    team: str  # the team's name
    status: Status
    due: tuple[Due, ...]
