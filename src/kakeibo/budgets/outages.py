"""An outage, or one user's side? Judged by what was counted around the time that a user names. Pure and exact.

One looks at a narrow stretch of time first, then at wider ones (`looks`, in that order):

- Of the narrow one less than half was measured: unknown (`no_data`).
- In a stretch FEWEST or more failed, LEAST of all or more, LIFT times the usual share or more, and more than the usual
  number by DEVIATIONS standard deviations, n x usual + 3 x sqrt(n x usual x (1 - usual)): `outage` where MOST failed,
  otherwise `partial`.
- In the narrow stretch at most FEW_ARRIVED of the events came that usually come, which are ENOUGH or more: unknown
  (`few_arrived`), because whoever does not reach us leaves no trace in our logs.
- A stretch has ENOUGH events, and none of the above: `user`, probably the user's own side.
- Otherwise unknown (`few_events`).

Where at most one in a hundred usually fails, a disturbance that one in ten events meets is overlooked in 1 of 18 cases
at most: two or fewer of ENOUGH failures (binomial).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from kakeibo.model import Count

FEWEST: Final = 3
LEAST: Final = Fraction(1, 100)
LIFT: Final = 2
DEVIATIONS: Final = 3
MOST: Final = Fraction(1, 2)
ENOUGH: Final = 60
FEW_ARRIVED: Final = Fraction(1, 5)
DELIVERED: Final = Fraction(1, 2)

Verdict = Literal["outage", "partial", "user", "unknown"]
Reason = Literal["most_failed", "more_failed", "as_usual", "no_data", "few_arrived", "few_events"]

_GRAVITY: Final[tuple[Verdict, ...]] = ("outage", "partial", "unknown", "user")


@dataclass(frozen=True, slots=True)
class Look:
    """What was counted in [start, end), of which `measured` minutes had data. `expected`: the valid events that usually
    come at such a time; None when nobody can tell."""

    start: int
    end: int
    count: Count
    measured: int
    expected: Fraction | None = None

    @property
    def seen(self) -> bool:
        """Whether enough of it was measured to say anything."""
        return self.measured >= DELIVERED * (self.end - self.start)

    @property
    def share(self) -> Fraction | None:
        """Of the events, how many failed."""
        return Fraction(self.count.bad, self.count.valid) if self.count.valid else None


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict, its reason, and the look it rests on. `usual` is the share that usually fails."""

    verdict: Verdict
    reason: Reason
    look: Look
    usual: Fraction


def judge(looks: Sequence[Look], usual: Fraction) -> Finding:
    """Judge one objective by its `looks`, the narrowest first; `usual`: the share of its events that usually fails."""
    narrow = looks[0]
    if not narrow.seen:
        return Finding("unknown", "no_data", narrow, usual)
    seen = [look for look in looks if look.seen]
    for look in seen:
        if raised(look.count, usual):
            most = look.count.bad >= MOST * look.count.valid
            return Finding("outage" if most else "partial", "most_failed" if most else "more_failed", look, usual)
    if narrow.expected is not None and narrow.expected >= ENOUGH and (
        narrow.count.valid <= FEW_ARRIVED * narrow.expected
    ):  # fmt: skip
        return Finding("unknown", "few_arrived", narrow, usual)
    for look in seen:
        if look.count.valid >= ENOUGH:
            return Finding("user", "as_usual", look, usual)
    return Finding("unknown", "few_events", seen[-1], usual)


def raised(count: Count, usual: Fraction) -> bool:
    """Whether clearly more failed than usual. Squared instead of rooted, so that it stays exact."""
    valid, bad = count.valid, count.bad
    excess = bad - valid * usual
    noticeable = bad >= FEWEST and bad >= LEAST * valid and bad >= LIFT * usual * valid
    return noticeable and excess > 0 and excess**2 > DEVIATIONS**2 * valid * usual * (1 - usual)


def usual_share(past: Count, target: Fraction) -> Fraction:
    """What usually fails: the share of the past; of a past too short to tell, what the target allows."""
    return Fraction(past.bad, past.valid) if past.valid >= ENOUGH else 1 - target


def gravest(findings: Iterable[Finding]) -> Finding:
    """Of the findings on the objectives of one journey, the one that counts: the first of outage, partial, unknown and
    user; of alike ones the one of which the largest share failed. There must be one."""
    return min(findings, key=lambda one: (_GRAVITY.index(one.verdict), -(one.look.share or 0)))
