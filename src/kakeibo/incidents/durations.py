"""How long incidents took: to be detected, acknowledged, restored. Medians and ninth deciles, never means: one long
night says nothing about the others. Pure and exact."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from kakeibo.incidents.nouns import Incident


@dataclass(frozen=True, slots=True)
class Spread:
    """Of `n` lengths in seconds: the median, and the one that nine in ten do not exceed (nearest rank)."""

    n: int
    median: Fraction
    p90: int

    @classmethod
    def of(cls, lengths: Iterable[int | None]) -> Spread | None:
        """None where no length is known; what is not known is left out, never taken for zero."""
        known = sorted(length for length in lengths if length is not None)
        if not known:
            return None
        n = len(known)
        median = Fraction(known[(n - 1) // 2] + known[n // 2], 2)
        return cls(n, median, known[-(-9 * n // 10) - 1])


@dataclass(frozen=True, slots=True)
class Durations:
    """Of some incidents: `n` of them, the times of those of which they are known, and the budget that they burnt: the
    sum of each one's largest share. `unmeasured`: of how many that is not known."""

    n: int
    to_detect: Spread | None
    to_acknowledge: Spread | None
    to_restore: Spread | None
    burnt: Fraction
    unmeasured: int


def durations(incidents: Sequence[Incident]) -> Durations:
    """Of incidents that are not merged: those have gone on in others."""
    known = [one for one in incidents if one.state != "merged"]
    shares = [one.burnt for one in known]
    return Durations(
        n=len(known),
        to_detect=Spread.of(one.time_to_detect for one in known),
        to_acknowledge=Spread.of(one.time_to_acknowledge for one in known),
        to_restore=Spread.of(one.time_to_restore for one in known),
        burnt=sum((share for share in shares if share is not None), Fraction(0)),
        unmeasured=sum(share is None for share in shares),
    )
