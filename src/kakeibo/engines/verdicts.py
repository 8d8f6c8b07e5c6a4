"""What SLOs make of events, worked out from what their predicates answer: the one place where this rule stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from kakeibo.model import Events
from kakeibo.predicates import Predicate

GOOD, BAD, VOID, UNKNOWN, NOT_COUNTED = range(5)
NAMES: Final = ("good", "bad", "void", "unknown", "not_valid")
Answers = Mapping[Predicate, Any]
"""Per predicate, a masked array of booleans, one per event or group; masked where the answer is NULL."""


def verdicts(measure: Events, answers: Answers, size: int) -> Any:
    """One verdict for each of `size` events: it counts when `valid` is true and `void` is not; then it is good when
    `good` is true, bad when it is false, unknown when it is neither."""
    valid = true(answers[measure.valid])
    good = answers[measure.good]
    found = np.full(size, NOT_COUNTED)
    found[valid] = np.where(np.ma.getmaskarray(good), UNKNOWN, np.where(true(good), GOOD, BAD))[valid]
    if measure.void is not None:
        found[valid & true(answers[measure.void])] = VOID
    return found


def true(answer: Any) -> Any:
    """Where an answer is true: neither false nor NULL."""
    return np.ma.getdata(answer).astype(bool) & ~np.ma.getmaskarray(answer)


def predicates_of(measures: Sequence[Events]) -> list[Predicate]:
    """Every distinct predicate of them, in a stable order."""
    return list(
        dict.fromkeys(p for measure in measures for p in (measure.valid, measure.good, measure.void) if p is not None)
    )
