"""Other SLOs put together: over any stretch of time the worst of their SLIs, their weighted mean, or their product.

What is spent is (1 - SLI) x the valid events of all parts together, so that everything computed from a Count stays as
it is. But it does not add up over time: the product of two weeks is not the sum of two products. Hence a `Composed` is
asked anew for each stretch and refuses to be added.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import NoReturn

import numpy as np

from kakeibo.budgets.methods import Integers
from kakeibo.model import Composite, Count, SliceShares, Slo

Columns = tuple[Integers, Integers, Integers]
"""starts, good, bad"""


@dataclass(frozen=True, slots=True)
class Composed(Count):
    """What other SLOs counted over one stretch of time. All but `lost`, the spent, are sums over them."""

    lost: Fraction = Fraction(0)

    @property
    def spent(self) -> int | Fraction:
        return self.lost

    def __add__(self, other: Count) -> NoReturn:
        raise TypeError("what is put together from several SLOs must be asked anew for the longer stretch")

    __sub__ = __radd__ = __rsub__ = __add__


def composed(measure: Composite, counts: Sequence[Count]) -> Count:
    """What a composite counts over a stretch, from the `counts` of its parts over it, in the order of its parts.

    Where one of the parts has no valid event nothing can be said of the whole: it has none either. Only a sum goes on
    with what there is.
    """
    if measure.how == "sum":
        return sum(counts[1:], counts[0])
    if not all(count.valid for count in counts):
        return Composed(void=sum(count.void for count in counts))
    valid = sum(count.valid for count in counts)
    shares = [Fraction(count.spent, count.valid) for count in counts]
    return Composed(
        good=sum(count.good for count in counts),
        bad=sum(count.bad for count in counts),
        void=sum(count.void for count in counts),
        unknown=sum(count.unknown for count in counts),
        lost=lost_share(measure, shares) * valid,
    )


def not_additive(slo: Slo) -> bool:
    """Whether what an SLO counts must be asked anew for each stretch of time."""
    return isinstance(slo.measure, Composite) and slo.measure.how != "sum"


def steps(totals: Iterable[Count]) -> list[Count]:
    """From what was counted until each of several ends, what each of them added: it may have spent less than nothing.

    Only for the way from one end to the next: no step is the SLI of its own time.
    """
    found: list[Count] = []
    good, bad, lost = 0, 0, Fraction(0)
    for total in totals:
        found.append(SliceShares(total.good - good, total.bad - bad, lost=total.spent - lost))
        good, bad, lost = total.good, total.bad, Fraction(total.spent)
    return found


def pooled(count: Count) -> Count:
    """A count to be added to others whatever it is of: days pooled are judged by their mean, weighted by events."""
    return SliceShares(count.good, count.bad, lost=Fraction(count.spent)) if isinstance(count, Composed) else count


def lost_share(measure: Composite, shares: Sequence[Fraction]) -> Fraction:
    """1 - SLI of a composite (no sum), from the shares that its parts lost."""
    weights = [weight for _, weight in measure.parts]
    if measure.how == "worst":
        return max(shares)
    if measure.how == "product":
        return 1 - prod((1 - share for share in shares), start=Fraction(1))
    return sum((weight * share for weight, share in zip(weights, shares, strict=True)), Fraction(0)) / sum(weights)


def added_up(columns: Iterable[Columns]) -> Columns:
    """The events of several accounts as if they were one: (starts, good, bad), one entry per start."""
    every = list(columns)
    starts, place = np.unique(np.concatenate([column[0] for column in every]), return_inverse=True)
    sums = []
    for number in (1, 2):
        total = np.zeros(len(starts), dtype=np.int64)
        np.add.at(total, place, np.concatenate([column[number] for column in every]))
        sums.append(total)
    return starts, sums[0], sums[1]
