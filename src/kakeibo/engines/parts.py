"""Parts: the events of every SLO and hour, by the values of the columns that their source is broken down by.

A column whose group key is its value already needs nothing more: its parts are read off the groups. Every other one
is a further grouping set of the same scan, by hour instead of by minute, so that each line is still parsed once and a
column of many values does not multiply the groups of the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from kakeibo import intervals
from kakeibo.clock import MINUTES_PER_HOUR
from kakeibo.engines.keys import Key
from kakeibo.engines.known import Known
from kakeibo.engines.verdicts import BAD, GOOD, UNKNOWN, VOID
from kakeibo.model import Source
from kakeibo.predicates import ColumnType
from kakeibo.sources.kinds import name

MOST: Final = 500
"""Values of a column that one piece of a log tells apart for an SLO and hour; the others are counted together."""

Kind = Literal["value", "missing", "rest", "interval"]
"""value: as written. missing: the event has none. rest: the values that are not kept. interval: of a number, by the
number it ends at; empty where the event has no number."""
_REST: Final[tuple[Kind, str]] = ("rest", "")
Part = tuple[int, int, str, Kind, str, int, int, int]
"""hour since 1970, SLO's number, column, kind, value, good, bad (unknown ones too), void"""


@dataclass(frozen=True, slots=True)
class Facet:
    """A column that events are broken down by. `key`: the group key that is its value; None when it needs its own."""

    column: str
    type: ColumnType | None
    histogram: bool
    key: int | None


def facets_of(source: Source, columns: Mapping[str, ColumnType] | None, keys: Sequence[Key]) -> tuple[Facet, ...]:
    """The columns of `source` to break down by. A number that is broken down by value is what it is written like."""
    at = {key.column: i for i, key in enumerate(keys)}
    found = []
    for column, histogram in [*((c, False) for c in source.breakdown), *((c, True) for c in source.histogram)]:
        key = keys[at[column]] if column in at else None
        kind = key.type if key else (columns or {}).get(column, "number" if column in source.histogram else "text")
        whole = key is not None and key.boundaries is None and key.atoms is None and not histogram
        found.append(Facet(column, kind, histogram, at[column] if whole else None))
    return tuple(found)


def reduce(scan: str, minute: str, hour: str, keys: Sequence[Key], own: Sequence[Facet]) -> str:
    """Events of `scan` by (f, b, time, one key per column): columns f, b, m, k0, k1, ... and n.

    f = 0: by minute, b is NULL. f = i + 1: by hour and the value b of `own[i]`.
    """
    inner = scan
    for i, facet in enumerate(own):
        if facet.histogram:
            inner = _intervals(inner, name(facet.column), i)
    columns = "".join(f", {key.first} AS k{i}" for i, key in enumerate(keys))
    values = "".join(f", {f'i{i}' if facet.histogram else name(facet.column)} AS b{i}" for i, facet in enumerate(own))
    alike = "".join(f", k{i}" for i in range(len(keys)))
    sets = [f"(m{alike})", *(f"(h{alike}, b{i})" for i in range(len(own)))]
    which = "".join(f" WHEN grouping(b{i}) = 0 THEN {i + 1}" for i in range(len(own)))
    value = "".join(f" WHEN grouping(b{i}) = 0 THEN b{i}::VARCHAR" for i in range(len(own)))
    time = "coalesce(m, h)" if own else "m"  # without a set of its own, h is not grouped
    told = f"CASE{which} ELSE 0 END AS f, CASE{value} END AS b" if own else "0 AS f, NULL::VARCHAR AS b"
    return (
        f"SELECT {told}, {time} AS m{alike}, count(*) AS n "
        f"FROM (SELECT {minute} AS m, {hour} AS h{columns}{values} FROM ({inner})) "
        f"GROUP BY GROUPING SETS ({', '.join(sets)})"
    )


def _intervals(scan: str, column: str, i: int) -> str:
    """`scan` with the number of the interval that `column` lies in, as i0, i1, ... (docs in kakeibo.intervals).

    The logarithm only guesses; the guess is put right by the ends of the intervals, which are exact: an integer up to
    10^22, or the quotient of two such, is the very double that a condition is compared with.
    """
    x, e, up, down, d = (f"{letter}{i}" for letter in ("x", "e", "up", "down", "d"))
    value = f"TRY_CAST({column} AS DOUBLE)"
    within = f"least(greatest({value}, {intervals.SMALLEST!r}::DOUBLE), {intervals.LARGEST!r}::DOUBLE)"
    return (
        f"SELECT *, CASE WHEN {value} IS NULL THEN NULL WHEN {value} <= 0 THEN {intervals.NONE} "
        f"WHEN {value} > {intervals.LARGEST!r}::DOUBLE THEN {intervals.BEYOND} ELSE CAST({e} * 90 - 10 + {d} "
        f"+ ({x} > {d} * {up} / {down})::INTEGER - ({x} <= ({d} - 1) * {up} / {down})::INTEGER AS INTEGER) END AS i{i} "
        f"FROM (SELECT *, ceil({x} * {down} / {up}) AS {d} "
        f"FROM (SELECT *, pow(10, greatest({e}, 0)) AS {up}, pow(10, greatest(-{e}, 0)) AS {down} "
        f"FROM (SELECT *, floor(log10({x})) - 1 AS {e} FROM (SELECT *, {within} AS {x} FROM ({scan})))))"
    )


def counted(facets: Sequence[Facet], keys: Sequence[Key]) -> str:
    """Rows (facet's number, hour, slo, value, rest, good, bad, void) of the table `reduced`.

    Of each SLO, hour and column the MOST values with the most bad events, then the most events; the others in a row of
    rest. Of a histogram all.
    """
    same = " AND ".join(f"g.k{i} IS NOT DISTINCT FROM k.k{i}" for i in range(len(keys))) or "true"
    own = [i for i, facet in enumerate(facets) if facet.key is None]
    number = "CASE f" + "".join(f" WHEN {n} THEN {i}" for n, i in enumerate(own, 1)) + " END"
    values = [f"SELECT {number} AS facet, b AS value, hour, key, n FROM numbered WHERE f > 0"] if own else []
    values += [
        f"SELECT {i} AS facet, k.k{facet.key}::VARCHAR AS value, hour, key, n "
        "FROM numbered JOIN keys k USING (key) WHERE f = 0"
        for i, facet in enumerate(facets)
        if facet.key is not None
    ]
    histograms = ", ".join(str(i) for i, facet in enumerate(facets) if facet.histogram) or "-1"
    rank = "row_number() OVER (PARTITION BY facet, hour, slo ORDER BY bad DESC, good + void DESC, value)"
    return (
        f"WITH numbered AS MATERIALIZED (SELECT g.f, g.b, minutes.minute // {MINUTES_PER_HOUR} AS hour, k.key, "
        f"sum(g.n)::BIGINT AS n FROM reduced g JOIN keys k ON {same} JOIN minutes ON minutes.m = g.m "
        f"WHERE minutes.minute IS NOT NULL GROUP BY ALL), "
        f"judged AS MATERIALIZED (SELECT facet, hour, v.slo, value, "
        f"coalesce(sum(n) FILTER (v.verdict = {GOOD}), 0)::BIGINT AS good, "
        f"coalesce(sum(n) FILTER (v.verdict IN ({BAD}, {UNKNOWN})), 0)::BIGINT AS bad, "
        f"coalesce(sum(n) FILTER (v.verdict = {VOID}), 0)::BIGINT AS void "
        f"FROM ({' UNION ALL '.join(values)}) JOIN verdicts v USING (key) WHERE v.slo >= 0 GROUP BY ALL) "
        f"SELECT facet, hour, slo, value, false, good, bad, void FROM judged WHERE facet IN ({histograms}) UNION ALL "
        f"SELECT facet, hour, slo, CASE WHEN r <= {MOST} THEN value END AS shown, r > {MOST} AS rest, "
        "sum(good)::BIGINT, sum(bad)::BIGINT, sum(void)::BIGINT "
        f"FROM (SELECT *, {rank} AS r FROM judged WHERE facet NOT IN ({histograms})) "
        "GROUP BY facet, hour, slo, shown, rest"
    )


def rows_of(facets: Sequence[Facet], found: Sequence[tuple[Any, ...]]) -> Iterator[Part]:
    """The rows of `counted` as parts."""
    for number, hour, slo, value, rest, good, bad, void in found:
        facet = facets[number]
        kind, written = _REST if rest else described(facet, value)
        yield hour, slo, facet.column, kind, written, good, bad, void


def described(facet: Facet, value: str | None) -> tuple[Kind, str]:
    """A value, as text, as the ledger knows it."""
    if facet.histogram:
        return "interval", "" if value is None else intervals.text(int(value))
    if value is None:
        return "missing", ""
    if facet.type == "number":
        return "value", value.removesuffix(".0")
    return "value", value


def parts_of_known(facets: Sequence[Facet], groups: Sequence[tuple[Any, ...]], known: Known, suffix: str) -> list[Part]:
    """The parts of a small piece, all of whose keys have been met: `groups` are rows (f, b, m, k0, k1, ..., n)."""
    own = [facet for facet in facets if facet.key is None]
    whole = [facet for facet in facets if facet.key is not None]
    sums: dict[tuple[int, int, Facet, str | None], list[int]] = {}
    for f, b, time, *key, events in groups:
        minute = known.minute(time, suffix)
        if minute is None:
            continue
        values = [(own[f - 1], b)] if f else [(facet, _written(key[facet.key or 0])) for facet in whole]
        for slo, verdict in known.verdicts(tuple(key)):
            for facet, value in values:
                held = sums.setdefault((minute // MINUTES_PER_HOUR, slo, facet, value), [0, 0, 0])
                held[{GOOD: 0, VOID: 2}.get(verdict, 1)] += events
    found: list[Part] = []
    for (hour, slo, facet, value), (good, bad, void) in sums.items():
        kind, written = described(facet, value)
        found.append((hour, slo, facet.column, kind, written, good, bad, void))
    return found


def _written(value: object) -> str | None:
    """A value as DuckDB casts it to text."""
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)
