"""Which columns of a log a proposal uses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from kakeibo.model import Source
from kakeibo.predicates import ColumnType
from kakeibo.sources.field_roles import NAMES, Role, duration, roles
from kakeibo.sources.json_lines import JsonLines
from kakeibo.sources.kinds import log_kinds, name, reader
from kakeibo.sources.sniffing import Sniffed


@dataclass(frozen=True, slots=True)
class Columns:
    """`subject`: names the operation or kind of job; `request`: `path` holds whole request lines; `outcome`: a text
    that is 'done' when all went well; `per_second`: units of `duration` in a second, `guessed` from its values.

    `fields` is the mapping of columns to keys that the source needs.
    """

    subject: str | None = None
    path: str | None = None
    request: bool = False
    method: str | None = None
    status: str | None = None
    error: str | None = None
    outcome: str | None = None
    duration: str | None = None
    per_second: int = 1
    guessed: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)


_JOBS: Final = Columns(subject="class", outcome="status", duration="latency")


def columns_of(sniffed: Sniffed) -> Columns:
    """The columns of a log of this kind that tell what was asked for, whether it went well, and how long it took."""
    kind = log_kinds()[sniffed.kind]
    if kind.stateful:
        return _JOBS
    static = reader(Source("log", sniffed.kind, (), Path(), options=sniffed.options)).columns
    if static is not None:
        return _of_access_log(static, microseconds="request_time" in sniffed.fields)
    return _of_fields(sniffed, mapped=issubclass(kind, JsonLines))


def _of_access_log(columns: Mapping[str, ColumnType], *, microseconds: bool) -> Columns:
    """Readers that know their columns name them as we do."""

    def first(role: Role) -> str | None:
        return next((name for name in (role, *NAMES[role]) if columns.get(name) == "text"), None)

    def number(column: str) -> str | None:
        return column if columns.get(column) == "number" else None

    path = "path" if "path" in columns else None
    return Columns(
        subject=first("operation"),
        path=path,
        method="method" if path and "method" in columns else None,
        status=number("status"),
        error=first("error"),
        duration=number("duration"),
        per_second=10**6 if microseconds else 1,
        guessed=microseconds,
    )


def _of_fields(sniffed: Sniffed, *, mapped: bool) -> Columns:
    """Readers whose lines decide: by the names of the fields. `mapped`: fields may be given our names."""
    found: dict[Role, str] = roles(sniffed.fields)
    time = duration(sniffed.fields)
    if time is not None:
        found["duration"] = time.field
    fields: dict[str, str] = {role: key for role, key in found.items() if role != key} if mapped else {}

    def column(role: Role) -> str | None:
        return None if role not in found else role if mapped else found[role]

    path = column("path") or column("request")
    if path == column("path"):
        fields.pop("request", None)
    return Columns(
        subject=column("operation"),
        path=path,
        request=path is not None and path != column("path"),
        method=column("method") if path else None,
        status=column("status"),
        error=column("error"),
        duration=column("duration"),
        per_second=time.per_second if time else 1,
        guessed=time.guessed if time else False,
        fields=fields,
    )


def written(column: str) -> str:
    """A column's name as conditions write it."""
    return column if re.fullmatch(r"[a-z_][a-z0-9_]*", column) and column not in _RESERVED else name(column)


_RESERVED: Final = {
    "order",
    "group",
    "select",
    "from",
    "where",
    "end",
    "case",
    "table",
    "user",
    "in",
    "is",
    "not",
    "and",
}
