"""What spent the budget: every bad event is charged to at most one slip, and what is charged to none is unexplained.

Of charges that overlap, the one entered first has the event, as in any account book: what is booked stays booked until
it is taken back. Then the next one that covers it has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Final

from kakeibo.model import Slip

CATEGORIES: Final = ("incident", "release", "dependency", "maintenance", "service_out")
"""What a charge can be for."""

UNEXPLAINED: Final = "unexplained"
"""The category of what is charged to nothing."""

Window = tuple[int, int]
Amount = int | Fraction
"""Bad events; or what slices of time take from a budget that counts those."""


def cut(charges: Sequence[Slip], from_minute: int, to_minute: int) -> list[Window]:
    """[from, to) in pieces within which no charge begins or ends; those that no charge covers are left out."""
    held = [slip for slip in charges if slip.revoked is None]
    ends = {min(max(end, from_minute), to_minute) for slip in held for end in (slip.from_minute, slip.to_minute)}
    pieces = pairwise(sorted(ends))
    return [piece for piece in pieces if any(_within(piece, slip) for slip in held)]


def attributed(charges: Sequence[Slip], slo: str, bad: Mapping[Window, Amount]) -> dict[int, Amount]:
    """Bad events of `slo` by the number of the slip they are charged to. `bad`: events by each piece of `cut`.

    Charges that cover the SLO but got nothing have 0; what is in none of them is unexplained.
    """
    held = sorted((slip for slip in charges if slip.revoked is None and slip.covers(slo)), key=_number)
    charged: dict[int, Amount] = {_number(slip): 0 for slip in held if any(_within(piece, slip) for piece in bad)}
    for piece, events in bad.items():
        holder = next((slip for slip in held if _within(piece, slip)), None)
        if holder is not None:
            charged[_number(holder)] += events
    return charged


def by_category(charges: Iterable[Slip], charged: Mapping[int, Amount], spent: Amount) -> dict[str, Amount]:
    """Bad events by category, all of CATEGORIES and UNEXPLAINED; they add up to `spent`, to the event."""
    totals: dict[str, Amount] = dict.fromkeys(CATEGORIES, 0)
    for slip in charges:
        totals[slip.kind] += charged.get(_number(slip), 0)
    return totals | {UNEXPLAINED: spent - sum(charged.values())}


def _within(piece: Window, slip: Slip) -> bool:
    return slip.from_minute <= piece[0] and piece[1] <= slip.to_minute


def _number(slip: Slip) -> int:
    return slip.id or 0
