"""Tables that people keep outside: CSV files with a header. Every complaint names file, line and mend."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from kakeibo import clock
from kakeibo.errors import UsageError
from kakeibo.i18n import t

_DIGITS: Final = 15
_YEARS: Final = range(1971, 9999)
"""No enquiry is older than the minutes we count in, and a day more or less must still be a day."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: where it stands, and its cells by column name."""

    place: str
    cells: dict[str, str]

    def number(self, column: str) -> int:
        """A count: a whole number, 0 or more. Raises UsageError."""
        text = self.cells[column].strip().replace(",", "")
        if text.isascii() and text.isdecimal() and len(text) <= _DIGITS:
            return int(text)
        raise self.wrong(
            t("{column} is {text}, which is no count", column=column, text=repr(self.cells[column])),
            t("write a whole number, 0 or more"),
        )

    def minute(self, column: str, zone: str) -> int:
        """A time; without a zone of its own it is in `zone`. Raises UsageError."""
        moment = self._moment(column)
        return clock.minute_of(moment if moment.tzinfo else moment.replace(tzinfo=clock.zone(zone)))

    def date_or_minute(self, column: str, zone: str) -> date | int:
        """A day when that is all that is written, otherwise a time as for `minute`."""
        text = self.cells[column].strip()
        return self._moment(column).date() if len(text) <= len("2026-10-01") else self.minute(column, zone)

    def wrong(self, message: str, mend: str) -> UsageError:
        return UsageError(f"{self.place}: {message}", mend)

    def _moment(self, column: str) -> datetime:
        text = self.cells[column].strip().replace("/", "-")
        with suppress(ValueError):
            moment = datetime.fromisoformat(text)
            if moment.year in _YEARS:
                return moment
        raise self.wrong(
            t("{text} is not a time", text=repr(self.cells[column])),
            t("write 2026-10-01, 2026-10-01T09:30 or 2026-10-01T00:30Z"),
        )


@dataclass(frozen=True, slots=True)
class Table:
    """A table as read. It has at least one row."""

    path: Path
    columns: Sequence[str]
    rows: Sequence[Row]

    def column(self, *names: str) -> str:
        """The first of `names` that the table has, whatever its case. Raises UsageError when it has none."""
        known = {column.lower(): column for column in self.columns}
        found = next((known[name] for name in names if name in known), None)
        if found is None:
            raise UsageError(
                t("{place}: there is no column {name}", place=f"{self.path}:1", name=t(" or ").join(names)),
                t("the first line must name the columns; it says: {names}", names=", ".join(self.columns)),
            )
        return found


def read_table(path: Path) -> Table:
    """Read a CSV file in UTF-8. Raises UsageError when there is nothing in it, or a row is longer than the header."""
    lines = list(_lines(path))
    if not lines:
        raise UsageError(t("{path}: the file is empty", path=path), t("the first line names the columns, rows follow"))
    (_, header), *rest = lines
    columns = [cell.strip() for cell in header]
    if not rest:
        raise UsageError(
            t("{place}: there is no row below the header", place=f"{path}:1"),
            t("the first line names the columns, rows follow"),
        )
    rows = []
    for line, cells in rest:
        if len(cells) > len(columns):
            raise UsageError(
                t("{place}: {n} cells below {m} columns", place=f"{path}:{line}", n=len(cells), m=len(columns)),
                t('put text with a comma in quotes: "one, two"'),
            )
        full = cells + [""] * (len(columns) - len(cells))
        rows.append(Row(f"{path}:{line}", dict(zip(columns, full, strict=True))))
    return Table(path, columns, rows)


def _lines(path: Path) -> Iterator[tuple[int, list[Any]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield reader.line_num, cells
    except UnicodeDecodeError:
        raise UsageError(t("{path}: this is not text in UTF-8", path=path), t("save it as CSV in UTF-8")) from None
    except csv.Error as error:
        raise UsageError(
            t("{place}: not readable as CSV ({reason})", place=f"{path}:{reader.line_num}", reason=error),
            t("save it as CSV in UTF-8"),
        ) from None
