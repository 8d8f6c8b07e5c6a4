"""By which definition the events of an SLO were judged, and since when: append-only, one row per change.

Counts are of the moment they were counted: an edited expression does not change them. So that this is seen and not
guessed, every ingest records what it judges by. An empty text says that the SLO was not counted from then on: it was
taken out of the book, or had not been in it when its source was read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, exists, insert, select

from kakeibo.ledger.deliveries import storable
from kakeibo.ledger.positions import enter, slo_ids
from kakeibo.model import Composite, Measure, Queries, Source
from kakeibo.predicates import canonical
from kakeibo.store import Store, tables

NOT_COUNTED = ""
"""The text of an SLO while nothing is counted for it."""


@dataclass(frozen=True, slots=True)
class Definition:
    """What an SLO is judged by, and from which source it is counted. Minutes are of the wall clock.

    `redefined`: since when, if it was judged by another definition or counted from another source before.
    `counted_since`: since when it has been counted, if events of its source had been read before; None: from the first.
    """

    text: str
    source: str
    redefined: int | None = None
    counted_since: int | None = None


@dataclass(frozen=True, slots=True)
class Redefined:
    """What `define` noticed about one SLO.

    changed: it was judged by another definition, `earlier`, and is judged by `present` now; moved: it was counted from
    another source, `earlier`, and is counted from `present` now; added: its source was read without counting for it.
    """

    slo: str
    kind: Literal["changed", "moved", "added"]
    earlier: str = ""
    present: str = ""

    @property
    def differences(self) -> list[str]:
        """The lines of the earlier definition that do not hold any more."""
        kept = set(self.present.splitlines())
        return [line for line in self.earlier.splitlines() if line not in kept]


def text_of(measure: Measure, source: Source, lists: Mapping[str, Collection[str]]) -> str:
    """All that decides how an event of `source` counts by `measure`, a line each; `lists` are the book's.

    Layout makes no difference. A named list answers "no" for the codes of every other list, hence those are part of it;
    and so is the key that a column it looks at is read from, and the deadline of jobs.
    """
    if isinstance(measure, Queries):
        asked = {"valid": measure.valid, "good": measure.good, "bad": measure.bad}
        return storable("\n".join(f"{word}: {query}" for word, query in asked.items() if query is not None))
    if isinstance(measure, Composite):
        return storable("\n".join([measure.how, *(f"{part}: {weight}" for part, weight in measure.parts)]))
    lines = [
        f"valid: {canonical(measure.valid.text)}",
        f"good: {canonical(measure.good.text)}",
        f"void: {canonical(measure.void.text) if measure.void else 'false'}",
    ]
    predicates = [measure.valid, measure.good, *([measure.void] if measure.void else [])]
    used = sorted({name for predicate in predicates for _, name in predicate.lists})
    if used:
        listed = {code for name in used for code in lists[name]}
        others = {code for codes in lists.values() for code in codes} - listed
        lines += [f"{name}: {', '.join(sorted(lists[name]))}" for name in used]
        lines.append(f"codes of other lists: {', '.join(sorted(others)) or '-'}")
    fields = source.options.get("fields")
    if isinstance(fields, Mapping):
        columns = {column for predicate in predicates for column in predicate.columns}
        lines += [f"{column} is read from: {fields[column]}" for column in sorted(columns & set(fields))]
    if "deadline" in source.options:
        lines.append(f"deadline: {source.options['deadline']}")
    return storable("\n".join(lines))


def definitions(store: Store) -> dict[str, Definition]:
    """What holds now for every SLO that was ever defined, by its name."""
    with store.reading() as connection:
        return read_definitions(connection)


def sources_of(store: Store, slo_names: Collection[str]) -> set[str]:
    """The sources that any of `slo_names` was ever counted from."""
    table = tables.definitions
    rows = (
        select(tables.slos.c.name, tables.sources.c.name)
        .join_from(table, tables.slos, tables.slos.c.id == table.c.slo_id)
        .join(tables.sources, tables.sources.c.id == table.c.source_id)
        .distinct()
    )
    wanted = set(slo_names)
    with store.reading() as connection:
        return {source for slo, source in connection.execute(rows) if slo in wanted}


def define(store: Store, source: str, texts: Mapping[str, str], at: int) -> list[Redefined]:
    """Record that from minute `at` on the events of `source` are judged by `texts` (SLO's name -> `text_of`).

    `texts` are all SLOs of the source: those that were counted from it before and are not among them are recorded as
    not counted any more. Writes only what is new, in one transaction. Returns, in the order of `texts`, for which SLOs
    the counts from before do not fit the definition; each is returned once, when it is recorded.
    """
    with store.reading() as connection:
        if not _news(read_definitions(connection), source, texts):
            return []
    with store.writing() as connection:
        present = read_definitions(connection)
        news = _news(present, source, texts)
        if not news:  # somebody else has recorded the same meanwhile
            return []
        source_id = enter(connection, source)
        late = _late(connection, source_id, present, source, news)
        ids = slo_ids(connection, news)
        rows = [
            {"slo_id": ids[name], "source_id": source_id, "at": at, "text": text}
            for name, latest in news.items()
            for text in ([NOT_COUNTED, latest] if name in late else [latest])
        ]
        connection.execute(insert(tables.definitions), rows)
    found = (_noticed(name, present.get(name), Definition(text, source), name in late) for name, text in texts.items())
    return [redefined for redefined in found if redefined]


def _news(present: Mapping[str, Definition], source: str, texts: Mapping[str, str]) -> dict[str, str]:
    """What must be recorded."""
    news = {
        name: text
        for name, text in texts.items()
        if name not in present or (present[name].text, present[name].source) != (text, source)
    }
    gone = [name for name, held in present.items() if held.source == source and held.text and name not in texts]
    return news | dict.fromkeys(gone, NOT_COUNTED)


def _noticed(name: str, held: Definition | None, now: Definition, late: bool) -> Redefined | None:
    if late or (held is not None and held.text == NOT_COUNTED):
        return Redefined(name, "added", present=now.text)
    if held is None:
        return None
    if held.source != now.source:
        return Redefined(name, "moved", held.source, now.source)
    return Redefined(name, "changed", held.text, now.text) if held.text != now.text else None


def read_definitions(connection: Connection) -> dict[str, Definition]:
    """What `definitions` says, within a transaction."""
    table = tables.definitions
    rows = (
        select(tables.slos.c.name, table.c.text, tables.sources.c.name, table.c.at)
        .join_from(table, tables.slos, tables.slos.c.id == table.c.slo_id)
        .join(tables.sources, tables.sources.c.id == table.c.source_id)
        .order_by(table.c.id)
    )
    present: dict[str, Definition] = {}
    for slo, text, source, at in connection.execute(rows):
        before = present.get(slo)
        if before is None:
            present[slo] = Definition(text, source)
        elif before.text == NOT_COUNTED:
            present[slo] = Definition(text, source, counted_since=at)
        else:
            present[slo] = Definition(text, source, redefined=at, counted_since=before.counted_since)
    return present


def _late(
    connection: Connection, source_id: int, present: Mapping[str, Definition], source: str, names: Collection[str]
) -> set[str]:
    """Those of `names` that were never defined though their source has been read.

    A store from before there were definitions has counts without them: those are taken as judged by the first ones.
    """
    if not connection.scalar(select(exists().where(tables.streams.c.source_id == source_id))):
        return set()
    new = {name for name in names if name not in present}
    if any(held.source == source for held in present.values()):
        return new
    return new - set(connection.scalars(select(tables.slos.c.name)))
