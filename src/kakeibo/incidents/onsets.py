"""When it began and when it ended: change points in the counts of minutes. Pure.

Outside an impact a share p0 of the events fails, as usual (known from the weeks before); within it a larger share p1,
the same for a while (not known). For every minute, the events of all SLOs taken together say how much likelier it is
within the impact than outside: log p1/p0 for a bad event, log (1-p1)/(1-p0) for a good one (the scores of Page's
CUSUM chart of 1954, looking back). The stretch through a minute in which an alert fired with the largest sum is the
impact, roughly. Each end is then set anew by the counts around it alone, for an impact grows and fades: the minute
that makes these counts likeliest, p1 being the share that is likeliest for that minute (Hinkley, Biometrika 57,
1970). The minutes that are at least 1/20 as likely are its interval.

Likelihoods are floating-point numbers: they choose a minute. What is counted between two minutes is counted exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from math import log
from typing import Final

from kakeibo.incidents.nouns import Edge
from kakeibo.model import Count

AROUND: Final = 25
"""Minutes on both sides of an end that decide where exactly it lies."""
LIKELY: Final = log(20)
"""How much less likely, as a logarithm, a minute may be that still belongs to the interval."""
CLEAR: Final = log(1000)
"""How much likelier than "as usual" an impact must be to be one."""
LULL: Final = 30
"""Minutes, clearly as usual, after which an impact is over and what comes is another one."""
_LEAST: Final = 0.02
_LIFT: Final = 3
"""To find it roughly, p1 is three times the usual share, and at least this much more; then half of what was found."""
_TURNS: Final = 3


@dataclass(frozen=True)
class Counted:
    """The events of one SLO by minute, of which the share `usual` usually fails. Minutes without one are left out."""

    usual: Fraction
    points: Mapping[int, Count]


@dataclass(frozen=True, slots=True)
class Impact:
    """`end`, the first minute after it, is None while it goes on."""

    start: Edge
    end: Edge | None


@dataclass(frozen=True, slots=True)
class _Row:
    """One SLO: bad and valid events before each minute of the search, and the usual share as a number."""

    usual: float
    bad: Sequence[int]
    valid: Sequence[int]

    def between(self, start: int, end: int) -> tuple[int, int]:
        return self.bad[end] - self.bad[start], self.valid[end] - self.valid[start]


def impact(slos: Sequence[Counted], search: tuple[int, int], known: Collection[int]) -> Impact | None:
    """The impact in the minutes [from, to) of `search`: the clearest of those that any of the minutes
    `known` (of alerts) lies in, or else the clearest.

    Counts must be complete until the end of the search. None: nothing clearly worse than usual is seen.
    """
    start, end = search
    rows = [_row(slo, start, end) for slo in slos if slo.points]
    if not rows or end <= start:
        return None
    minutes, rough = {minute - start for minute in known if start <= minute < end}, None
    for _ in range(_TURNS):
        scores = _scores(rows, end - start, rough)
        found = _through_any(scores, minutes) or _clearest(scores)
        if found is None or found == rough:
            break
        rough = found
    if rough is None:
        return None
    first, last = rough
    begin = _settled(first, end - start, lambda guess: _edge(rows, guess, end - start, rising=True))
    finish = _settled(last, end - start, lambda guess: _edge(rows, guess, end - start, rising=False))
    began = Edge(*(start + minute for minute in begin))
    if finish[2] >= end - start or finish[0] <= begin[0]:
        return Impact(began, None)
    return Impact(began, Edge(*(start + minute for minute in finish)))


def _row(slo: Counted, start: int, end: int) -> _Row:
    counts = [slo.points.get(minute, Count()) for minute in range(start, end)]
    usual = min(max(float(slo.usual), 1e-5), 1 - 1e-5)
    return _Row(usual, [0, *accumulate(one.bad for one in counts)], [0, *accumulate(one.valid for one in counts)])


def _scores(rows: Sequence[_Row], minutes: int, rough: tuple[int, int] | None) -> list[float]:
    """How much likelier each minute is within an impact than outside; `rough`: where it was seen to lie, roughly."""
    found = [0.0] * minutes
    for row in rows:
        worse = min(max(_LIFT * row.usual, row.usual + _LEAST), (1 + row.usual) / 2)
        if rough is not None:
            bad, valid = row.between(*rough)
            worse = min(max(worse, bad / valid / 2 if valid else 0.0), 1 - 1e-5)
        for minute in range(minutes):
            bad, valid = row.between(minute, minute + 1)
            found[minute] += _likelier(bad, valid, row.usual, worse)
    return found


def _likelier(bad: int, valid: int, usual: float, worse: float) -> float:
    return bad * log(worse / usual) + (valid - bad) * log((1 - worse) / (1 - usual))


def _through_any(scores: Sequence[float], known: Collection[int]) -> tuple[int, int] | None:
    """The stretch [from, to) with any of `known` in it that has the largest sum; None when that is not clear."""
    total, found = max((_through(scores, minute) for minute in known), default=(0.0, None))
    return found if total > CLEAR else None


def _through(scores: Sequence[float], known: int) -> tuple[float, tuple[int, int]]:
    """The largest sum of a stretch with `known` in it, and that stretch; it does not go on beyond a lull."""
    back, before = _reach(scores[known::-1])
    forth, after = _reach(scores[known:])
    return before + after - scores[known], (known - back, known + forth + 1)


def _reach(scores: Sequence[float]) -> tuple[int, float]:
    """Where the sum from the beginning on is largest, and how large it is there: of all places before a lull."""
    best, place, total = float("-inf"), 0, 0.0
    for minute, score in enumerate(scores):
        total += score
        if total > best:
            best, place = total, minute
        elif best - total > CLEAR and minute - place >= LULL:
            break
    return place, best


def _clearest(scores: Sequence[float]) -> tuple[int, int] | None:
    """Of all stretches without a lull the one with the largest sum (Kadane); None when that is not clear."""
    best, found, total, start, most, place = CLEAR, None, 0.0, 0, 0.0, 0
    for minute, score in enumerate(scores):
        if total <= 0 or (most - total > CLEAR and minute - place >= LULL):
            total, start, most, place = 0.0, minute, 0.0, minute
        total += score
        if total > most:
            most, place = total, minute
        if total > best:
            best, found = total, (start, minute + 1)
    return found


def _settled(guess: int, minutes: int, edge: Callable[[int], tuple[int, int, int]]) -> tuple[int, int, int]:
    """The edge around a guess, looked at again around what was found until that stays."""
    found = edge(guess)
    for _ in range(_TURNS):
        if found[0] == guess:
            break
        guess = min(max(found[0], 0), minutes)
        found = edge(guess)
    return found


def _edge(rows: Sequence[_Row], guess: int, minutes: int, *, rising: bool) -> tuple[int, int, int]:
    """The likeliest minute of a change near `guess`, with the first and last that are likely."""
    low, high = max(0, guess - AROUND), min(minutes, guess + AROUND)
    likelihoods = {cut: sum(_profile(row, low, cut, high, rising) for row in rows) for cut in range(low, high + 1)}
    most = max(likelihoods.values())
    likely = [cut for cut, one in likelihoods.items() if one >= most - LIKELY]
    best = _best(likelihoods, most, rising)
    return best, likely[0], likely[-1]


def _best(likelihoods: Mapping[int, float], most: float, rising: bool) -> int:
    """Of minutes that are equally likely (none had an event between) the innermost: harm is what was counted."""
    equal: Iterator[int] = (cut for cut, one in likelihoods.items() if one >= most - 1e-9)
    return max(equal) if rising else min(equal)


def _profile(row: _Row, low: int, cut: int, high: int, rising: bool) -> float:
    """The gain in likelihood when the counts on the inner side of `cut` have a share of their own, worse than usual."""
    bad, valid = row.between(cut, high) if rising else row.between(low, cut)
    if bad <= row.usual * valid:
        return 0.0
    share = min(bad / valid, 1 - 1e-9)
    return _likelier(bad, valid, row.usual, share)
