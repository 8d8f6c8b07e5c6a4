"""What was promised, and since when: append-only, one row per change of an SLO's target, window or method.

A changed promise holds from the first minute that had not been counted when the change was seen. What lies before was
promised otherwise, and stays so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from sqlalchemy import Connection, insert, select

from kakeibo.ledger.positions import slo_ids
from kakeibo.model import Method, Promise
from kakeibo.store import Store, tables
from kakeibo.windows import Window

History = tuple[Promise, ...]
"""The promises of an SLO, the first one first; that one has held from the beginning."""


def promise(store: Store, made: Mapping[str, Promise], at: int) -> None:
    """Record that from minute `at` on `made` (by SLO) holds; their own `since` is not looked at. Writes only what is
    new, in one transaction. A clock that was set back cannot put a promise before an earlier one."""
    with store.reading() as connection:
        if not _news(_held(connection), made):
            return
    with store.writing() as connection:
        held = _held(connection)
        news = _news(held, made)
        ids = slo_ids(connection, news)
        rows = []
        for name, new in news.items():
            latest = held[name][-1].since if name in held else None
            since = at if latest is None else max(at, latest)
            rows.append({"slo_id": ids[name], "at": since, "terms": _written(new)})
        if rows:
            connection.execute(insert(tables.promises), rows)


def promises(store: Store) -> dict[str, History]:
    """What was promised of every SLO, in the order in which it was."""
    with store.reading() as connection:
        return _held(connection)


def _news(held: Mapping[str, History], made: Mapping[str, Promise]) -> dict[str, Promise]:
    return {name: new for name, new in made.items() if name not in held or not held[name][-1].same(new)}


def _held(connection: Connection) -> dict[str, History]:
    table = tables.promises.c
    rows = select(tables.slos.c.name, table.at, table.terms).join(tables.slos, tables.slos.c.id == table.slo_id)
    found: dict[str, History] = {}
    for name, at, terms in connection.execute(rows.order_by(table.id)):
        read = replace(_read(terms), since=at if name in found else None)
        found[name] = (*found.get(name, ()), read)
    return found


def _written(promise: Promise) -> str:
    window, method = promise.window, promise.method
    share = None if method.slice_target is None else str(method.slice_target)
    terms = {
        "target": str(promise.target),
        "window": [window.text, window.minutes, window.months, window.calendar, window.timezone],
        "method": [method.kind, method.slice_minutes, share, method.at_least, method.within_minutes],
    }
    return json.dumps(terms)


def _read(text: str) -> Promise:
    terms = json.loads(text)
    kind, minutes, target, *counted = terms["method"]
    method = Method(kind, minutes, None if target is None else Fraction(target), *counted)
    return Promise(Fraction(terms["target"]), Window(*terms["window"]), method)
