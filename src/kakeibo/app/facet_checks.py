"""The columns that a source is broken down by, held against those it has."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping

from kakeibo.definitions.marks import Marks
from kakeibo.errors import Problem
from kakeibo.i18n import t
from kakeibo.model import Source
from kakeibo.predicates import ColumnType


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
