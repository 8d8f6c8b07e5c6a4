"""The columns that a source is broken down by, held against those it has and against what stands in them."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from fractions import Fraction
from typing import Final

from kakeibo.app.sampling import sampled
from kakeibo.definitions import menu
from kakeibo.definitions.marks import Marks
from kakeibo.errors import Problem, SourceError
from kakeibo.i18n import t
from kakeibo.letters import figures
from kakeibo.model import Book, Events, Source
from kakeibo.predicates import ColumnType, parse
from kakeibo.sources.kinds import log_kinds

_LINES: Final = 2_000
_ENOUGH: Final = 200
"""With fewer events nothing is said of a column."""
_NEARLY_ALL: Final = Fraction(9, 10)


def problems_of(
    source: Source, offered: Collection[str] | None, types: Mapping[str, ColumnType], marks: Marks
) -> Iterator[Problem]:
    """Columns that there are not, and histograms of what is no number. `offered`: None when nobody knows yet."""
    fields = source.options.get("fields")
    known = {*(offered or ()), *(fields if isinstance(fields, Mapping) else ())}
    for key, columns in (("breakdown", source.breakdown), ("histogram", source.histogram)):
        place = marks.locate(("sources", source.name, key)) if columns else None
        for column in columns:
            if offered is not None and column not in known and place:
                near = difflib.get_close_matches(column, known, 1)
                mend = t("did you mean {near}?", near=near[0]) if near else t("remove it")
                message = t("source {source} has no column {column}", source=source.name, column=column)
                yield Problem(*place, message, mend)
            elif key == "histogram" and types.get(column, "number") != "number" and place:
                message = t("column {column} is no number: it has no histogram", column=column)
                yield Problem(*place, message, t("put it under breakdown:"))


def ids(book: Book, marks: Marks) -> Iterator[Problem]:
    """A warning for each column of a breakdown that has a new value in nearly every event of the newest lines."""
    for source in book.sources.values():
        for name, values in _values(book, source).items():
            if len(values) >= _ENOUGH and len(set(values)) >= _NEARLY_ALL * len(values):
                message = t(
                    "column {column} has {distinct} different values in {n} events: no value can stand out",
                    column=name,
                    distinct=figures.whole(len(set(values))),
                    n=figures.whole(len(values)),
                )
                mend = t("remove it: a breakdown is for names that return, such as an operation or an error code")
                yield Problem(*marks.locate(("sources", source.name, "breakdown")), message, mend, "warning")


def _values(book: Book, source: Source) -> dict[str, list[object]]:
    """What stands in the columns of a breakdown, of the newest events; nothing where no log can be read."""
    names = [name for name in source.breakdown if name != "time"]  # which no condition can ask about
    if not names or source.kind not in log_kinds():
        return {}
    asked = parse(" or ".join(f"{menu.column(name)} is null" for name in names), {})
    try:
        found = sampled(book, source, [Events(source.name, parse("true", {}), asked)], _LINES)
    except (SourceError, OSError):
        return {}
    rows = [dict(zip(found.columns, row[1:], strict=True)) for row in found.values]
    return {name: [row[name] for row in rows if row.get(name) not in (None, "")] for name in names}
