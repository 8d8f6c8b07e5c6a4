"""The PromQL that counts as we count: whole events per minute, from counters that may begin anew.

`increase` extrapolates to the edges of its range and loses the first events of a new series. Here the last value before
a minute's end is compared with the last one before its start: differences of integers, which add up to the counter's
own rise, whatever the window. docs/export.md works an example.
"""

from __future__ import annotations

from typing import Final

from kakeibo.clock import MINUTES_PER_DAY, MINUTES_PER_HOUR
from kakeibo.sources.promql import Counters, Expression, Query

EXACT_UP_TO: Final = 2**53
"""Whole numbers that PromQL's floating-point numbers hold exactly."""


def quoted(text: str) -> str:
    """`text` as a PromQL string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def duration(minutes: int) -> str:
    """A length of time in the largest unit that divides it: 1h, 36m, 28d."""
    for length, unit in ((MINUTES_PER_DAY, "d"), (MINUTES_PER_HOUR, "h")):
        if minutes % length == 0:
            return f"{minutes // length}{unit}"
    return f"{minutes}m"


def rise(query: Query, watched: Query) -> str:
    """How far the counters of `query` rose in the last minute, added up; nothing when none was there.

    A counter that fell began anew at 0. A series that is new counts from 0 if its target showed some of `watched` a
    minute ago; how far the counters of a new target rose before we looked, nobody knows.
    """
    if isinstance(query, Expression):
        return f"sum({query.over(1)})"
    rises = [_rise(selector, watched) for selector in query.selectors]
    if len(rises) > 1:
        # Two counters may have the same labels: told apart, or the second would be taken for the first.
        rises = [f'label_replace({one}, "counter", "{number}", "", "")' for number, one in enumerate(rises)]
    return "sum(" + "\n  or ".join(rises) + "\n)"


def _rise(counter: str, watched: Query) -> str:
    before = f"{counter} offset 1m"
    parts = [f"(({counter} - {before}) >= 0)", f"({counter} < {before})"]
    if isinstance(watched, Counters):
        known = " or ".join(f"{one} offset 1m" for one in watched.selectors)
        parts.append(f"(({counter} unless {before}) and on (job, instance) ({known}))")
    return "(\n  " + "\n  or ".join(parts) + "\n  )"


def own_rise(counter: str) -> str:
    """The same for a counter of our own: every process shows the same total, and it falls only when all is recounted,
    which are not events of this minute."""
    return f"max(({counter} - {counter} offset 1m) >= 0)"


def total(series: str, minutes: int) -> str:
    """The sum of a series that is recorded once a minute, over the last `minutes` of them.

    A second less than the window, because Prometheus 2 counts the sample on its far edge and Prometheus 3 does not.
    """
    hours, rest = divmod(minutes - 1, MINUTES_PER_HOUR)
    days, hours = divmod(hours, 24)
    parts = ((days, "d"), (hours, "h"), (rest, "m"), (59, "s"))
    return f"sum_over_time({series}[{''.join(f'{number}{unit}' for number, unit in parts if number)}])"
