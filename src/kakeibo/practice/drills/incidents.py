"""A past incident as a scenario: its objectives fail again as they did, in steps of five minutes, by its counts; in
longer ones where there were few events, for of a handful chance makes none or all fail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from kakeibo.definitions import quantities
from kakeibo.definitions.writing import document
from kakeibo.model import Count

STEP: Final = 5
"""Minutes of one share, at the least."""
FEWEST: Final = 30
"""Events that a share is made of, on average."""
LEAD: Final = 5
"""Minutes of calm before it begins."""
AFTER: Final = 10
"""Minutes of calm after its end, in which those who play may say that it is over."""
LONGEST: Final = 4 * 60
"""Of a longer incident so much is played."""
_FINE: Final = Fraction(1, 1000)
"""Shares are told to a tenth of a percent: fine enough for people, and exact."""


def script_of(
    title: str,
    story: str,
    impact: tuple[int, int],
    series: Mapping[str, Sequence[tuple[int, Count]]],
    usual: Mapping[str, Fraction],
) -> str:
    """The YAML of a scenario. `impact`: the minutes [from, to) that harmed users; `series`: SLO -> (minute, counts) in
    steps of STEP from there on; `usual`: the share of bad events on other days, which is no trouble."""
    start, end = impact[0], min(impact[1], impact[0] + LONGEST)
    trouble = [
        one for slo, steps in series.items() for one in _troubles(slo, steps, (start, end), usual.get(slo, Fraction(0)))
    ]
    values: dict[str, Any] = {
        "title": title,
        "minutes": quantities.length(LEAD + end - start + AFTER),
        "story": story,
        "trouble": trouble,
    }
    return document(values)


def _troubles(
    slo: str, steps: Sequence[tuple[int, Count]], stretch: tuple[int, int], usual: Fraction
) -> Iterator[dict[str, Any]]:
    """Steps of an equal share put together."""
    found: list[tuple[int, int, Fraction]] = []
    length = _length(steps, stretch)
    for begins in range(*stretch, length):
        ends = min(begins + length, stretch[1])
        count = sum((one for minute, one in steps if begins <= minute < ends), Count())
        share = _share(count, usual)
        if not share:
            continue
        if found and found[-1][1] == begins and found[-1][2] == share:
            found[-1] = (found[-1][0], ends, share)
        else:
            found.append((begins, ends, share))
    for begins, ends, share in found:
        yield {
            "slo": slo,
            "from": quantities.length(LEAD + begins - stretch[0]),
            "to": quantities.length(LEAD + ends - stretch[0]),
            "bad": quantities.share(share),
        }


def _length(steps: Sequence[tuple[int, Count]], stretch: tuple[int, int]) -> int:
    """How long a step is, in whole STEPs."""
    events = sum(count.valid for minute, count in steps if minute < stretch[1])
    wanted = -(-FEWEST * (stretch[1] - stretch[0]) // (STEP * events)) if events else 1
    return STEP * max(1, wanted)


def _share(count: Count, usual: Fraction) -> Fraction:
    """The share that failed beyond the usual, to a tenth of a percent."""
    if not count.valid:
        return Fraction(0)
    beyond = max(Fraction(0), Fraction(count.bad, count.valid) - usual)
    return round(beyond / _FINE) * _FINE
