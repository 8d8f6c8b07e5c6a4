"""A past incident as a scenario: its objectives fail again as they did, in steps of five minutes, by its counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from kakeibo.definitions import quantities
from kakeibo.definitions.writing import document
from kakeibo.model import Count

STEP: Final = 5
"""Minutes of one share."""
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
    for minute, count in steps:
        begins, ends = max(minute, stretch[0]), min(minute + STEP, stretch[1])
        share = _share(count, usual)
        if not share or begins >= ends:
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


def _share(count: Count, usual: Fraction) -> Fraction:
    """The share that failed beyond the usual, to a tenth of a percent."""
    if not count.valid:
        return Fraction(0)
    beyond = max(Fraction(0), Fraction(count.bad, count.valid) - usual)
    return round(beyond / _FINE) * _FINE
