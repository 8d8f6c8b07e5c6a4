"""Parquet: files that do not grow; each is counted whole, once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from kakeibo.i18n import t
from kakeibo.model import Signs, Source
from kakeibo.predicates import ColumnType
from kakeibo.sources.kinds import SQL_TYPE, Reader, literal, name


class Parquet(Reader):
    """`type: parquet`. Columns are those of the file."""

    KIND = "parquet"
    OPTIONS: ClassVar[dict[str, dict[str, Any]]] = {
        "time": {"type": "string", "description": "the column that holds the time of the event"}
    }
    by_row = False

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.time: str = self.option("time", str, "time")

    @classmethod
    def signs(cls, options: Mapping[str, object]) -> Signs:
        del options
        return Signs(duration="duration")

    def scan(self, file: str, uses: Mapping[str, ColumnType | None], head: bytes, *, cleaned: bool = False) -> str:
        del head, cleaned
        select = [f'{_text_of_time(self.time)} AS "@time"']
        select += [f"TRY_CAST({name(c)} AS {SQL_TYPE[use]}) AS {name(c)}" for c, use in uses.items()]
        missing = ", ".join(f"NULL::VARCHAR AS {name(c)}" for c in dict.fromkeys([self.time, *uses]))
        # An empty relation with every column, united by name, supplies what the file does not have.
        return (
            f"SELECT {', '.join(select)} FROM (SELECT * FROM read_parquet({literal(file)}) "
            f"UNION ALL BY NAME SELECT {missing} WHERE false)"
        )

    def reason(self, line: bytes) -> str:
        del line
        return t("not a Parquet file, or its column {time} holds no time that is understood", time=self.time)


def _text_of_time(column: str) -> str:
    """A TIMESTAMP column as ISO text: DuckDB writes it so, with +00 for one with a zone."""
    return f"CAST({name(column)} AS VARCHAR)"
