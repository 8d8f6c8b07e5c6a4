"""May this service be released now? Pure: what the policy says, how old the counts are, and what is in the release.

    deny    a rule in force freezes releases, by counts that can be relied on
    warn    it would, but the policy is not signed, or the counts are too old or doubtful; or a rule says: with care;
            or a budget is spent and nobody has agreed on what follows
    allow   else; and whatever the policy exempts

Old or doubtful counts neither allow nor deny: they say so. That holds SLO by SLO.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from kakeibo.policies import USUAL_EXEMPT, USUAL_STALE, Due, Kind, Standing

Verdict = Literal["allow", "warn", "deny"]

Cause = Literal[
    "frozen", "exempt", "unsigned", "unsure", "caution", "spent", "no_counts", "stale", "doubtful",
    "overdue", "no_policy", "nothing_promised",
]  # fmt: skip
"""Why, the weightiest first; the last three are worth saying and decide nothing."""

_WEIGHTS: dict[Cause, Verdict] = {
    "frozen": "deny",
    "exempt": "allow",
    "unsigned": "warn",
    "unsure": "warn",
    "caution": "warn",
    "spent": "warn",
    "no_counts": "warn",
    "stale": "warn",
    "doubtful": "warn",
    "overdue": "allow",
    "no_policy": "allow",
    "nothing_promised": "allow",
}


@dataclass(frozen=True, slots=True)
class Counted:
    """How far one SLO of the service can be relied on. `age`: minutes since its source delivered last, None: never."""

    slo: str
    state: str
    age: int | None
    trustworthy: bool


@dataclass(frozen=True, slots=True)
class Reason:
    """Why. `due` is the rule, where one is the reason."""

    cause: Cause
    slo: str = ""
    due: Due | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    verdict: Verdict
    reasons: tuple[Reason, ...]


def answer(standing: Standing | None, counted: Sequence[Counted], kind: Kind) -> Answer:
    """`standing`: the policy of the service's team with what is due for this service; None without one."""
    exempt = standing.policy.exempt if standing else USUAL_EXEMPT
    found = list(_reasons(standing, counted, kind in exempt))
    frozen = {reason.slo for reason in found if reason.cause in ("frozen", "exempt")}
    found = [reason for reason in found if reason.cause != "caution" or reason.slo not in frozen]  # it says less
    order = list(_WEIGHTS)
    reasons = tuple(sorted(found, key=lambda reason: order.index(reason.cause)))
    verdicts = {_WEIGHTS[reason.cause] for reason in reasons}
    if kind in exempt:
        return Answer("allow", reasons)
    return Answer("deny" if "deny" in verdicts else "warn" if "warn" in verdicts else "allow", reasons)


def _reasons(standing: Standing | None, counted: Sequence[Counted], exempt: bool) -> Iterator[Reason]:
    limit = standing.policy.stale_after if standing else USUAL_STALE
    doubts = {one.slo: cause for one in counted if (cause := _doubt(one, limit))}
    for slo, doubt in doubts.items():
        yield Reason(doubt, slo)
    if not counted:
        yield Reason("nothing_promised")
    if standing is None:
        yield Reason("no_policy")
        yield from (Reason("spent", one.slo) for one in counted if one.state == "exhausted")
        return
    signed = standing.status in ("in_force", "overdue")
    if standing.status == "overdue":
        yield Reason("overdue")
    for due in standing.due:
        slo = due.facts.slo
        if "freeze" in due.rule.acts:
            if not signed:
                yield Reason("unsigned", slo, due)
            elif exempt:
                yield Reason("exempt", slo, due)
            else:
                yield Reason("unsure" if slo in doubts else "frozen", slo, due)
        elif "caution" in due.rule.acts:
            yield Reason("caution", slo, due)


def _doubt(counted: Counted, limit: int) -> Cause | None:
    if counted.age is None:
        return "no_counts"
    if counted.age > limit:
        return "stale"
    return None if counted.trustworthy else "doubtful"
