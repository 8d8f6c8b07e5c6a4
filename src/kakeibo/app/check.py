"""The book held against its sources: options, columns, paths. What needs both definitions and sources stands here."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from kakeibo.app import channel_checks, facet_checks, incoming_checks, query_checks
from kakeibo.definitions.marks import Marks
from kakeibo.definitions.native import read_book
from kakeibo.errors import BookError, OptionError, Problem
from kakeibo.i18n import t
from kakeibo.model import Book, Events, Journey, Source
from kakeibo.predicates import ColumnType, Predicate
from kakeibo.sources import files
from kakeibo.sources.kinds import Reader, asked_kinds, incoming_kinds, kinds, reader, signs
from kakeibo.sources.sampling import offered_columns

if TYPE_CHECKING:
    from kakeibo.store import Store

Keys = tuple[str, ...]


def read(path: Path) -> tuple[Book, list[Problem]]:
    """The book and its warnings. Raises BookError with every error, those of source options and columns included."""
    book, _, problems = _read(path)
    return book, problems


def read_with_marks(path: Path) -> tuple[Book, Marks]:
    """The book, and where everything in it is written. Raises BookError as `read` does."""
    book, marks, _ = _read(path)
    return book, marks


def _read(path: Path) -> tuple[Book, Marks, list[Problem]]:
    book, marks, warnings = read_book(path, kinds(), {*asked_kinds(), *incoming_kinds()}, signs)
    problems = list(dict.fromkeys(_problems(book, marks)))
    errors = sorted(problem for problem in problems if problem.level == "error")
    if errors:
        raise BookError(errors)
    return book, marks, sorted([*warnings, *problems])


def report(path: Path, store: Store | None = None, *, as_json: bool) -> int:
    """Print what `check` finds; exit code 1 when the book cannot be used. `store` tells the usual traffic."""
    # They look into the store, which no other user of `read` needs.
    from kakeibo.app import alert_checks, menu_checks, oncall_checks, policy_pages

    book: Book | None = None
    try:
        book, marks, problems = _read(path)
        found = [*alert_checks.problems_of(book, marks, store), *oncall_checks.problems_of(book, marks, store)]
        found += facet_checks.ids(book, marks)
        found += menu_checks.problems_of(book, marks, store) if store else []
        found += policy_pages.problems_of(book, marks)
        problems = sorted([*problems, *dict.fromkeys(found)])
    except BookError as error:
        problems = error.problems
    if as_json:
        listed = [_asdict(p) for p in problems]
        click.echo(msgspec.json.encode({"version": 1, "valid": book is not None, "problems": listed}).decode())
        return int(book is None)
    for problem in problems[:200]:
        levels = {"error": t("error"), "warning": t("warning"), "note": t("note")}
        click.echo(f"{levels[problem.level]}: {problem}")
    if len(problems) > 200:
        click.echo(t("... and {n} more", n=len(problems) - 200))
    if book is None:
        return 1
    slos = sum(len(journey.slos) for journey in book.journeys.values())
    click.echo(
        t(
            "{path} is valid: {journeys}, {slos}, {sources}",
            path=path,
            journeys=t("1 journey") if len(book.journeys) == 1 else t("{n} journeys", n=len(book.journeys)),
            slos=t("1 objective") if slos == 1 else t("{n} objectives", n=slos),
            sources=t("1 source") if len(book.sources) == 1 else t("{n} sources", n=len(book.sources)),
        )
    )
    return 0


def _asdict(problem: Problem) -> dict[str, object]:
    return {key: getattr(problem, key) for key in ("file", "line", "column", "level", "message", "mend")}


def _problems(book: Book, marks: Marks) -> Iterator[Problem]:
    yield from channel_checks.problems_of(book, marks)
    for number, written in enumerate(book.advice.paths):
        if not (there := book.advice.base / written).exists():
            place, mend = marks.locate(("advice", "paths", str(number))), t("correct it, or wait until it is there")
            yield Problem(*place, t("there is no file or folder {path}", path=there), mend, "warning")
    for source in book.sources.values():
        keys = ("sources", source.name)
        if source.kind in asked_kinds():
            yield from query_checks.problems_of(book, source, marks)
            continue
        if source.kind in incoming_kinds():
            yield from incoming_checks.problems_of(book, source, marks)
            continue
        try:
            found = reader(source)
        except OptionError as error:
            yield Problem(*marks.locate((*keys, *error.keys), key=True), error.message, error.mend)
            continue
        if not files.find(source):
            where = ", ".join(str(source.base / path) for path in source.paths)
            message, mend = t("no file matches {path}", path=where), t("correct path:, or wait until the log is there")
            yield Problem(*marks.locate((*keys, "path")), message, mend, "warning")
        yield from _columns(book, source, found, marks)


def _columns(book: Book, source: Source, found: Reader, marks: Marks) -> Iterator[Problem]:
    """Columns that the source does not have, or that two expressions take for different things."""
    static = found.columns
    offered: Mapping[str, ColumnType | None] | None = static if static is not None else offered_columns(found)
    declared = set(offered or ()) & set(_fields(source))
    types: dict[str, ColumnType] = {}
    for journey in book.journeys.values():
        if journey.key in book.fleets:  # judged by rules; its conditions are about device-seconds
            continue
        for keys, predicate in _expressions(journey, source, marks):
            for column, use in predicate.columns.items():
                place = marks.locate(keys, use.offset)
                if offered is not None and column not in offered and column not in declared:
                    near = difflib.get_close_matches(column, offered, 1)
                    mend = (
                        t("did you mean {near}?", near=near[0])
                        if near
                        else t("its columns: {names}", names=_some(offered))
                    )
                    yield Problem(
                        *place, t("source {source} has no column {column}", source=source.name, column=column), mend
                    )
                    continue
                known = (static or {}).get(column) or types.setdefault(column, use.type or "text")
                if use.type is not None and use.type != known:
                    message = t(
                        "column {column} is compared with a {one} here, but it is a {other}",
                        column=column,
                        one=t(use.type),
                        other=t(known),
                    )
                    yield Problem(*place, message, t("a text is written in single quotes, a number without"))
    yield from facet_checks.problems_of(source, offered, {**types, **(static or {})}, marks)


def _fields(source: Source) -> Mapping[str, object]:
    fields = source.options.get("fields")
    return fields if isinstance(fields, Mapping) else {}


def _some(columns: Mapping[str, object]) -> str:
    names = list(columns)
    return ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")


def _expressions(journey: Journey, source: Source, marks: Marks) -> Iterator[tuple[Keys, Predicate]]:
    """Every expression over a source, with the keys it is written under: the SLO's own, or the journey's."""
    for slo in journey.slos:
        measure = slo.measure
        above: Keys = ("journeys", journey.key)
        below: Keys = (*above, "slos", slo.name.split("/", 1)[1])
        for one in slo.accounts or (slo,):
            if isinstance(one.measure, Events) and one.measure.source == source.name:
                within: Keys = ("probes",) if one.probe_minutes is not None else ()
                for word, predicate in _conditions(one.measure):
                    keys = (*below, *within, word)
                    yield keys if marks.has(keys) else (*above, *within, word), predicate
        for part in slo.parts[-1:]:
            if isinstance(measure, Events) and isinstance(part.measure, Events) and measure.source == source.name:
                yield (*below, "split", "by"), _added(part.measure.valid, measure.valid)


def _added(part: Predicate, whole: Predicate) -> Predicate:
    """What a part asks beside the whole: the column that it is split by, as if nothing else stood there."""
    asked = {name: replace(use, offset=0) for name, use in part.columns.items() if name not in whole.columns}
    return replace(part, columns=asked)


def _conditions(measure: Events) -> Iterator[tuple[str, Predicate]]:
    for word, predicate in (("valid", measure.valid), ("void", measure.void), ("good", measure.good)):
        if predicate is not None:
            yield word, predicate
