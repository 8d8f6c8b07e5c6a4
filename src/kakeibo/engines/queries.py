"""The SQL of counting: first the events are reduced to groups, then the groups are judged. See docs/architecture.md."""

from __future__ import annotations

from collections.abc import Sequence

from kakeibo.engines import parts
from kakeibo.engines.keys import Key
from kakeibo.engines.parts import Facet
from kakeibo.predicates import Predicate
from kakeibo.sources.kinds import name


def reduce(scan: str, minute_key: str, keys: Sequence[Key]) -> str:
    """Events of `scan` counted by (text of the minute, one key per column): columns m, k0, k1, ... and n."""
    columns = ", ".join(f"{key.first} AS k{i}" for i, key in enumerate(keys))
    groups = f"SELECT {minute_key} AS m{', ' + columns if columns else ''}, count(*) AS n FROM ({scan}) GROUP BY ALL"
    return _represented(groups, keys, "g.m")


def reduce_in_parts(scan: str, minute_key: str, hour_key: str, keys: Sequence[Key], own: Sequence[Facet]) -> str:
    """The same with two columns before them, f and b: by minute (f = 0), and by hour and value b of `own[f - 1]`."""
    return _represented(parts.reduce(scan, minute_key, hour_key, keys, own), keys, "g.f, g.b, g.m")


def _represented(groups: str, keys: Sequence[Key], others: str) -> str:
    """The same groups with each asked text replaced by the least text that gives the same answers.

    The answers are worked out once for each distinct text, not for each line. `others`: the columns besides the keys.
    """
    asked = {i: key for i, key in enumerate(keys) if key.atoms}
    if not asked:
        return groups
    tables, joins, taken = [f"g AS MATERIALIZED ({groups})"], "g", []
    for i, key in enumerate(keys):
        if i not in asked:
            taken.append(f"g.k{i}")
            continue
        answers = ", ".join(key.atoms or ())
        tables.append(
            f"t{i} AS (SELECT v, min(v) OVER (PARTITION BY a) AS r FROM (SELECT v, [{answers}] AS a "
            f"FROM (SELECT DISTINCT k{i} AS v, k{i} AS {name(key.column)} FROM g)))"
        )
        joins += f" JOIN t{i} ON g.k{i} IS NOT DISTINCT FROM t{i}.v"
        taken.append(f"t{i}.r")
    columns = ", ".join(f"{value} AS k{i}" for i, value in enumerate(taken))
    return f"WITH {', '.join(tables)} SELECT {others}, {columns}, sum(g.n)::BIGINT AS n FROM {joins} GROUP BY ALL"


def new_keys(keys: Sequence[Key]) -> str:
    """Give a number to every key tuple that was never seen before."""
    columns = ", ".join(f"k{i}" for i in range(len(keys)))
    if not columns:
        return "INSERT INTO keys SELECT nextval('key_numbers') WHERE NOT EXISTS (FROM keys)"
    return (
        f"INSERT INTO keys SELECT nextval('key_numbers'), {columns} FROM (SELECT DISTINCT {columns} FROM groups "
        f"EXCEPT SELECT {columns} FROM keys)"
    )


def answers(keys: Sequence[Key], predicates: Sequence[Predicate], after: int) -> str:
    """What each predicate says of the key tuples numbered above `after`: columns p0, p1, ..., ordered by number."""
    columns = []
    for i, key in enumerate(keys):
        value = f"k{i}"
        if key.boundaries is not None:
            numbers = ", ".join(f"'{number}'::DOUBLE" for number in key.representatives)
            value = f"([{numbers}])[k{i} + 1]"
        columns.append(f"{value} AS {name(key.column)}")
    asked = ", ".join(f"({predicate.sql}) AS p{i}" for i, predicate in enumerate(predicates))
    return f"SELECT {asked} FROM (SELECT {', '.join(['key', *columns])} FROM keys WHERE key > {after}) ORDER BY key"


def row_answers(predicates: Sequence[Predicate]) -> str:
    """What each predicate says of every sampled event: columns p0, p1, ... in the order of the events."""
    asked = ", ".join(f"({predicate.sql}) AS p{i}" for i, predicate in enumerate(predicates)) or "NULL"
    return f"SELECT {asked} FROM sampled ORDER BY i"


def row_keys(keys: Sequence[Key]) -> str:
    """The group that every sampled event falls into."""
    columns = ", ".join(f"[{', '.join(key.atoms)}]" if key.atoms else key.first for key in keys)
    return f"SELECT {columns or 'NULL'} FROM sampled ORDER BY i"


def verdicts_of_groups(keys: Sequence[Key]) -> str:
    """What was judged of the keys in the groups: rows (k0, k1, ..., SLOs' numbers, their verdicts), SLOs alone."""
    columns = "".join(f"k.k{i}, " for i in range(len(keys)))
    same = " AND ".join(f"g.k{i} IS NOT DISTINCT FROM k.k{i}" for i in range(len(keys))) or "true"
    distinct = ", ".join(f"k{i}" for i in range(len(keys))) or "1"
    return (
        f"SELECT {columns}coalesce(list(v.slo) FILTER (v.slo >= 0), []), "
        f"coalesce(list(v.verdict) FILTER (v.slo >= 0), []) FROM (SELECT DISTINCT {distinct} FROM groups) g "
        f"JOIN keys k ON {same} JOIN verdicts v ON v.key = k.key GROUP BY ALL"
    )


def counts(keys: Sequence[Key]) -> str:
    """Rows (minute, slo, verdict, n); minute is NULL for lines without an understood time."""
    same = " AND ".join(f"g.k{i} IS NOT DISTINCT FROM k.k{i}" for i in range(len(keys))) or "true"
    return (
        f"SELECT minutes.minute, v.slo, v.verdict, sum(g.n)::BIGINT AS n FROM groups g JOIN keys k ON {same} "
        "JOIN verdicts v ON v.key = k.key LEFT JOIN minutes ON minutes.m = g.m GROUP BY ALL"
    )
