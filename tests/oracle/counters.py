"""What counters counted, told the slow way: every series is walked through once, and all samples are known."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence

History = Mapping[str, Sequence[tuple[float, float | str]]]


def label(selector: str, name: str) -> str | None:
    found = re.search(rf'\b{name}="([^"]*)"', selector)
    return found[1] if found else None


def numbers(samples: Sequence[tuple[float, float | str]]) -> list[tuple[float, int]]:
    return [(at, int(value)) for at, value in ((at, float(value)) for at, value in samples) if math.isfinite(value)]


def events(history: History, chosen: Sequence[str]) -> Counter[int]:
    """Minute -> how much the chosen series rose. Of a series that begins while others of its instance go on, the first
    value counts in full."""
    found: Counter[int] = Counter()
    for selector in chosen:
        before: int | None = None
        for at, value in numbers(history[selector]):
            if before is None:
                before = 0 if watched(history, selector, at) else value
            found[int(at // 60)] += value - before if value >= before else value
            before = value
    return +found


def watched(history: History, selector: str, at: float) -> bool:
    """Was the instance of this series scraped before `at`, and did one of those series go on?"""
    others = [
        numbers(samples)
        for other, samples in history.items()
        if label(other, "instance") == label(selector, "instance")
    ]
    return any(samples[0][0] < at <= samples[-1][0] for samples in others)
