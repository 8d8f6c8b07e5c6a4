"""JSON, one object a line: nginx's `log_format ... escape=json`, and any other NDJSON log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final

import msgspec

from kakeibo.errors import OptionError
from kakeibo.i18n import t
from kakeibo.model import Source
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

    def path_of(self, column: str) -> tuple[str, ...]:
        """The keys that lead to a column."""
        return self.fields.get(column, (column,))

    def scan(self, file: str, uses: Mapping[str, ColumnType | None], head: bytes, *, cleaned: bool = False) -> str:
        del cleaned
        times = [key_path(key) for key in self._times_in(head)]
        types = {path[0]: "VARCHAR" if len(path) == 1 else "JSON" for path in times}
        for column, use in uses.items():
            first, *rest = self.path_of(column)
            wanted = "JSON" if rest else SQL_TYPE[use]
            # One key read in two ways (as time and as number, say) is read as text and cast below.
            types[first] = wanted if types.get(first, wanted) == wanted else "JSON" if rest else "VARCHAR"
        self._refuse_twins(types)
        time = ", ".join(_value(path, "text", types) for path in times)
        select = [f'{f"coalesce({time})" if len(times) > 1 else time} AS "@time"']
        select += [f"{_value(self.path_of(c), use, types)} AS {name(c)}" for c, use in uses.items()]
        columns = ", ".join(f"{literal(key)}: {literal(kind)}" for key, kind in types.items())
        return (
            f"SELECT {', '.join(select)} FROM read_ndjson({literal(file)}, columns = {{{columns}}}, "
            f"ignore_errors = true, format = 'newline_delimited', maximum_object_size = {MAX_LINE}, "
            f"compression = 'none')"
        )

    def _times_in(self, head: bytes) -> list[str]:
        """The time keys worth reading: up to the first that every line of the log's beginning has."""
        if len(self.time_keys) == 1:
            return list(self.time_keys)
        lines = [set(self.keys(line)) for line in head.split(b"\n")[:20]]
        lines = [keys for keys in lines if keys]
        met = [key for key in self.time_keys if any(key in keys for keys in lines)]
        always = next((i for i, key in enumerate(met) if all(key in keys for keys in lines)), len(met))
        return met[: always + 1] or list(self.time_keys)

    def keys(self, line: bytes) -> Iterable[str]:
        try:
            record = msgspec.json.decode(line)
        except msgspec.DecodeError:
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

    def _refuse_twins(self, types: Mapping[str, str]) -> None:
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
    """`type: nginx-json`. Also knows nginx's own names for the time."""

    KIND = "nginx-json"
    TIME_KEYS = ("time", "ts", "timestamp", "time_iso8601", "time_local", "msec")


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
    column, held = name(first), types[first]
    if rest:
        pointer = "/" + "/".join(part.replace("~", "~0").replace("/", "~1") for part in rest)
        column, held = f"json_extract_string({column}, {literal(pointer)})", "VARCHAR"
    elif held == "JSON":
        column, held = f"json_extract_string({column}, '$')", "VARCHAR"
    wanted = SQL_TYPE[use]
    return column if held == wanted else f"TRY_CAST({column} AS {wanted})"
