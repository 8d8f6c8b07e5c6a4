"""JSON, one object a line: nginx's `log_format ... escape=json`, and any other NDJSON log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final

import msgspec

from kakeibo.errors import OptionError
from kakeibo.i18n import t
from kakeibo.model import Signs, Source
from kakeibo.predicates import ColumnType
from kakeibo.sources.kinds import MAX_LINE, SQL_TYPE, Reader, literal, name

_FIELDS: Final = {
    "type": "object",
    "description": "column -> key of the JSON object; a dotted path for a nested key, quotes around a key with a dot",
    "additionalProperties": {"type": "string"},
}
_TIME: Final = {"type": "string", "description": "the key that holds the time of the event"}


class JsonLines(Reader):
    """`type: ndjson`. Columns are the top-level keys, or those that `fields:` maps."""

    KIND = "ndjson"
    blank = b" \t\r\v\f"
    OPTIONS: ClassVar[dict[str, dict[str, Any]]] = {"time": _TIME, "fields": _FIELDS}
    TIME_KEYS: ClassVar[tuple[str, ...]] = ("time", "ts", "timestamp")

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        time = self.option("time", str, None)
        self.time_keys = (time,) if time else self.TIME_KEYS
        self.fields: dict[str, tuple[str, ...]] = {}
        for column, key in self.option("fields", dict, {}).items():
            if not isinstance(key, str) or not key:
                raise OptionError(t("a field is mapped to the name of a key"), "", ("fields", str(column)))
            self.fields[str(column)] = key_path(key)

    @classmethod
    def signs(cls, options: Mapping[str, object]) -> Signs:
        del options
        return Signs(duration="duration")

    def path_of(self, column: str) -> tuple[str, ...]:
        """The keys that lead to a column."""
        return self.fields.get(column, (column,))

    def scan(self, file: str, uses: Mapping[str, ColumnType | None], head: bytes, *, cleaned: bool = False) -> str:
        del head, cleaned
        return self._scan(file, uses, self.time_keys)

    def quick_scan(self, file: str, uses: Mapping[str, ColumnType | None], head: bytes) -> str:
        """Looks for no further time key behind the first that every line of the log's beginning has."""
        first = [set(self.keys(line)) for line in head.split(b"\n")[:20]]
        first = [keys for keys in first if keys]
        held = (n for n, key in enumerate(self.time_keys, 1) if first and all(key in keys for keys in first))
        return self._scan(file, uses, self.time_keys[: next(held, None)])

    def _scan(self, file: str, uses: Mapping[str, ColumnType | None], time_keys: Sequence[str]) -> str:
        times = [key_path(key) for key in time_keys]
        types = {path[0]: "VARCHAR" if len(path) == 1 else "JSON" for path in times}
        for column, use in uses.items():
            first, *rest = self.path_of(column)
            wanted = "JSON" if rest else SQL_TYPE[use]
            # A key read in two ways (as a time and as a number, say) is read as it is and made each of them below.
            types[first] = wanted if types.get(first, wanted) == wanted else "JSON"
        self._refuse_twins(types)
        self._refuse_twins(uses)
        time = ", ".join(_value(path, "text", types) for path in times)
        select = [f'{f"coalesce({time})" if len(times) > 1 else time} AS "@time"']
        select += [f"{_value(self.path_of(c), use, types)} AS {name(c)}" for c, use in uses.items()]
        columns = ", ".join(f"{literal(key)}: {literal(kind)}" for key, kind in types.items())
        return (
            f"SELECT {', '.join(select)} FROM read_ndjson({literal(file)}, columns = {{{columns}}}, "
            f"records = 'true', ignore_errors = true, format = 'newline_delimited', "
            f"maximum_object_size = {MAX_LINE}, compression = 'none')"
        )

    def keys(self, line: bytes) -> Iterable[str]:
        try:
            record = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return ()
        return [*record, *self.fields] if isinstance(record, dict) else ()

    def time_of(self, line: bytes) -> str | None:
        try:
            record = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        found = next((time for key in self.time_keys if (time := _follow(record, key_path(key))) is not None), None)
        return None if found is None else str(found)

    def reason(self, line: bytes) -> str:
        try:
            record = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return not_json(line, error)
        if not isinstance(record, dict):
            return t("not a JSON object: {text}", text=t("something else, such as a list or a number"))
        times = [found for key in self.time_keys if (found := _follow(record, key_path(key))) is not None]
        if not times:
            return t("no time: none of the keys {keys}", keys=", ".join(self.time_keys))
        return t("the time {text} is not understood", text=repr(times[0]))

    def _refuse_twins(self, types: Iterable[str]) -> None:
        """SQL names do not tell upper from lower case, JSON keys do."""
        seen: dict[str, str] = {}
        for key in types:
            if (twin := seen.setdefault(key.lower(), key)) != key:
                raise OptionError(
                    t("keys {one} and {other} differ only in upper and lower case", one=twin, other=key),
                    t("use one of them"),
                    ("fields",),
                )


class NginxJson(JsonLines):
    """`type: nginx-json`: nginx's log_format with escape=json. Read like any other JSON log."""

    KIND = "nginx-json"

    @classmethod
    def signs(cls, options: Mapping[str, object]) -> Signs:
        """Those of an access log; the duration is nginx's own field unless `fields` has one."""
        fields = options.get("fields")
        mapped = isinstance(fields, Mapping) and "duration" in fields
        return Signs("status < 500", "duration" if mapped else "request_time")


def not_json(line: bytes, error: Exception) -> str:
    """Why a line is no JSON object: said so that like faults get like reasons, hence without the place in the line."""
    if isinstance(error, UnicodeDecodeError) or "utf-8" in str(error):
        return t("not a JSON object: {text}", text=t("bytes that are no UTF-8 text"))
    text = t("it begins as one and breaks off or is garbled") if line.lstrip().startswith(b"{") else t("other text")
    return t("not a JSON object: {text}", text=text)


def key_path(key: str) -> tuple[str, ...]:
    """`a.b` leads to the key b of the object a; `"a.b"` is one key with a dot in it."""
    if len(key) > 2 and key[0] == key[-1] == '"':
        return (key[1:-1],)
    return tuple(key.split("."))


def _follow(record: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        record = record.get(key) if isinstance(record, dict) else None
    return record


def _value(path: tuple[str, ...], use: ColumnType | None, types: Mapping[str, str]) -> str:
    """The SQL for the value at `path`, of the type in use."""
    first, *rest = path
    column, wanted = name(first), SQL_TYPE[use]
    if types[first] != "JSON":
        return column
    pointer = "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in rest)
    text = f"json_extract_string({column}, {literal(pointer or '$')})"
    if wanted == "VARCHAR":
        return text
    # From JSON first, then from its text: so true is 1 and ' 5 ' is 5, as they are in a key that is not nested.
    value = f"json_extract({column}, {literal(pointer)})" if rest else column
    return f"coalesce(TRY_CAST({value} AS {wanted}), TRY_CAST({text} AS {wanted}))"
