"""The arithmetic of error budgets. Targets are exact, 0 < target < 1; nothing is rounded here.

It is the same whether a Count is of events or of slices of time (methods.py); the words speak of events.

Formulas: Beyer et al., The Site Reliability Workbook (2018), chapters 2 and 5.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Final

from kakeibo.model import Count, State

AT_RISK_BELOW: Final = Fraction(1, 4)
"""With less than this share of its budget left, an SLO is at risk."""


@lru_cache(maxsize=1024)
def failing(target: Fraction) -> Fraction:
    """The share of events that may fail. Kept: thousands of rows have few targets."""
    return 1 - target


def sli(count: Count) -> Fraction | None:
    """Good events per valid event; None when there was no valid event."""
    return 1 - Fraction(count.spent, count.valid) if count.valid else None


def allowed(count: Count, target: Fraction) -> Fraction:
    """The budget: bad events that the target allows among the valid ones. 10,000,000 at 99.95 % allow exactly 5,000."""
    return failing(target) * count.valid


def left_ratio(count: Count, target: Fraction) -> Fraction | None:
    """Share of the budget that is left: 1 untouched, 0 spent, negative overspent; None without a valid event."""
    spent = burn(count, target)
    return None if spent is None else 1 - spent


def burn(count: Count, target: Fraction) -> Fraction | None:
    """How fast the budget burns: 1 spends exactly all of it in the window; None when there was no valid event."""
    if not count.valid:
        return None
    share = failing(target)
    return Fraction(count.spent * share.denominator, count.valid * share.numerator)


def state(count: Count, target: Fraction, *, measured_throughout: bool) -> State:
    """The state of a budget, the first that holds.

    no_data: no valid event. filling: measuring began within the window, so the number is not yet one of a whole window.
    exhausted: all of it is spent. at_risk: less than AT_RISK_BELOW is left. healthy: everything else.
    """
    return standing(left_ratio(count, target), measured_throughout=measured_throughout)


def standing(left: Fraction | None, *, measured_throughout: bool) -> State:
    """The state of a budget of which the share `left` is left."""
    if left is None:
        return "no_data"
    if not measured_throughout:
        return "filling"
    if left <= 0:
        return "exhausted"
    return "at_risk" if left < AT_RISK_BELOW else "healthy"
