"""CSV with a header line; one record a line."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, ClassVar, Final

from kakeibo.errors import OptionError
from kakeibo.i18n import t
from kakeibo.model import Signs, Source
from kakeibo.predicates import ColumnType
from kakeibo.sources.kinds import MAX_LINE, REJECTS_LIMIT, SQL_TYPE, Reader, literal, name
from kakeibo.sources.times import parse_minute

_CLEAN: Final = "\x1f"  # ASCII's unit separator
_HARMLESS: Final = str.maketrans({_CLEAN: " ", "\r": " "})
TIME_COLUMNS: Final = ("time", "ts", "timestamp")


class Csv(Reader):
    """`type: csv`. Columns are those of the header; an empty field is NULL."""

    KIND = "csv"
    may_drop = True
    OPTIONS: ClassVar[dict[str, dict[str, Any]]] = {
        "time": {"type": "string", "description": "the column that holds the time of the event"},
        "delimiter": {"type": "string", "description": "what stands between fields; left out: a comma"},
    }

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.time: str | None = self.option("time", str, None)
        self.delimiter: str = self.option("delimiter", str, ",")
        if len(self.delimiter) != 1:
            raise OptionError(t("the delimiter is one character"), "", ("delimiter",))

    @classmethod
    def signs(cls, options: Mapping[str, object]) -> Signs:
        del options
        return Signs(duration="duration")

    def header(self, head: bytes) -> list[str]:
        """The column names in the first line of the log."""
        return _fields(head.split(b"\n", 1)[0], self.delimiter)

    def time_column(self, names: Iterable[str]) -> str | None:
        """Which of the columns is the time."""
        names = list(names)
        return next((c for c in ([self.time] if self.time else TIME_COLUMNS) if c in names), None)

    def scan(self, file: str, uses: Mapping[str, ColumnType | None], head: bytes, *, cleaned: bool = False) -> str:
        names = unique(self.header(head))
        time = self.time_column(names)
        select = [f'{name(time) if time else "NULL::VARCHAR"} AS "@time"']
        for column, use in uses.items():
            held = f"nullif({name(column)}, '')" if column in names else "NULL::VARCHAR"
            select.append(f"TRY_CAST({held} AS {SQL_TYPE[use]}) AS {name(column)}")
        columns = ", ".join(f"{literal(n)}: 'VARCHAR'" for n in names)
        # Quotes are taken off by `clean`, so that an unbalanced one cannot swallow the lines that follow.
        return (
            f"SELECT {', '.join(select)} FROM read_csv({literal(file)}, columns = {{{columns}}}, "
            f"delim = {literal(_CLEAN if cleaned else self.delimiter)}, quote = '', escape = '', header = false, "
            f"auto_detect = false, ignore_errors = true, null_padding = false, max_line_size = {MAX_LINE}, "
            f"compression = 'none', store_rejects = true, rejects_limit = {REJECTS_LIMIT})"
            + (f" WHERE {name(time)} IS DISTINCT FROM {literal(time)}" if time else "")
        )

    def suspicious(self, block: bytes) -> bool:
        """A quote may open a field that never ends, a carriage return within a line would end it."""
        return b'"' in block or _CLEAN.encode() in block or block.count(b"\r") != block.count(b"\r\n")

    def clean(self, line: bytes, head: bytes) -> bytes | None:
        """The fields of one record without their quotes, with a separator that none of them holds."""
        try:
            text = line.rstrip(b"\r").decode("utf-8")
            fields = next(csv.reader([text], delimiter=self.delimiter, strict=True))
        except (csv.Error, UnicodeDecodeError):
            return None
        if len(fields) != len(self.header(head)):
            return None
        return _CLEAN.join(field.translate(_HARMLESS) for field in fields).encode()

    def keys(self, line: bytes) -> Iterable[str]:
        return self.header(line)

    def time_of(self, line: bytes) -> str | None:
        # Dates, offsets and numbers hold no separator, so the first field that looks like a time will do.
        fields = line.decode("utf-8", "replace").strip().split(self.delimiter)
        return next((field.strip('"') for field in fields if parse_minute(field.strip('"'), "UTC") is not None), None)

    def reason(self, line: bytes) -> str:
        try:
            fields = next(csv.reader([line.decode("utf-8")], delimiter=self.delimiter, strict=True), [])
        except (csv.Error, UnicodeDecodeError) as error:
            return t("not a CSV record: {why}", why=error)
        return t("{n} fields, and no time that is understood", n=len(fields))


@lru_cache(maxsize=64)
def _fields(line: bytes, delimiter: str) -> list[str]:
    return next(csv.reader([line.decode("utf-8-sig", "replace").rstrip("\r")], delimiter=delimiter), [])


def unique(names: list[str]) -> list[str]:
    """Header names made distinct, as SQL sees them (without case); empty ones get a name."""
    seen: set[str] = set()
    found = []
    for number, column in enumerate(names, 1):
        candidate = column or f"column{number}"
        while candidate.lower() in seen:
            candidate += "_"
        seen.add(candidate.lower())
        found.append(candidate)
    return found
