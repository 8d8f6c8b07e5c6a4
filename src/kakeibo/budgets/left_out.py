"""What adjustments left out of a window, and on whose word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kakeibo.model import Count, Slip


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The part of an adjustment that lies in [from_minute, to_minute) of a window, and the events it moved to void."""

    slip: Slip
    from_minute: int
    to_minute: int
    count: Count

    @property
    def minutes(self) -> int:
        return self.to_minute - self.from_minute


def left_out(
    slips: Sequence[Slip], moved: Mapping[int, Mapping[str, Count]], slo: str, from_minute: int, to_minute: int
) -> tuple[LeftOut, ...]:
    """The adjustments in force that touch [from, to) of `slo`, also those without an event. `moved`: in that window."""
    found = []
    for slip in slips:
        start, end = max(slip.from_minute, from_minute), min(slip.to_minute, to_minute)
        if slip.revoked is None and slip.covers(slo) and start < end:
            found.append(LeftOut(slip, start, end, moved.get(slip.id or 0, {}).get(slo, Count())))
    return tuple(found)
