"""What a kind of source is. One file per kind; `reader` finds it by the `type:` that the book names.

A reader turns a source's options into a *scan*: a DuckDB relation over one piece of a log with one row per line, the
raw text of the line's time as "@time" (NULL when the line cannot be read), and the columns that predicates use, NULL
where they are missing.
"""

from __future__ import annotations

import difflib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, ClassVar, Final

from kakeibo.errors import OptionError
from kakeibo.i18n import marked, t
from kakeibo.kinds import found_in
from kakeibo.model import Signs, Source
from kakeibo.predicates import ColumnType

MAX_LINE: Final = 1 << 20
"""Bytes of the longest line that is read; longer ones are rejected."""

REJECTS_LIMIT: Final = 1_000
"""Dropped lines that the engine notes per piece, before it is given cleaned lines instead."""

SQL_TYPE: Final[dict[ColumnType | None, str]] = {
    "number": "DOUBLE",
    "text": "VARCHAR",
    "boolean": "BOOLEAN",
    None: "VARCHAR",
}


class Kind:
    """One source of one kind, its options validated. A `Reader` is a log, an `Incoming` waits for what comes; anything
    else is a server that is asked."""

    KIND: ClassVar[str]
    OPTIONS: ClassVar[dict[str, dict[str, Any]]] = {}
    """The kind's own options as JSON Schema properties."""
    COMMON: ClassVar[tuple[str, ...]] = (
        "type", "path", "timezone", "max_rejected", "success", "duration", "breakdown", "histogram",
    )  # fmt: skip
    """The other keys of a source that mean something for this kind."""
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    """The keys that must be there."""

    def __init__(self, source: Source) -> None:
        """Raises OptionError for an option that is unknown or wrong."""
        self.source = source
        for key in source.options:
            if key not in self.OPTIONS:
                near = difflib.get_close_matches(key, [*self.OPTIONS, *self.COMMON], 1)
                mend = t("did you mean {near}?", near=near[0]) if near else t("remove it")
                raise OptionError(
                    t("a source of type {kind} has no option {key}", kind=self.KIND, key=key), mend, (key,)
                )

    def option(self, key: str, kind: type, default: Any) -> Any:
        """One option, checked to be of the Python type `kind`."""
        value = self.source.options.get(key, default)
        if value is not default and (not isinstance(value, kind) or isinstance(value, bool) != (kind is bool)):
            raise OptionError(
                t("{key} must be a {wanted}, not {found}", key=key, wanted=t(_NAMES[kind]), found=repr(value)),
                "",
                (key,),
            )
        return value

    def refuse_keys_of_logs(self) -> None:
        """For kinds that read no files. Raises OptionError for a key that only a log has."""
        source = self.source
        columns = (("breakdown", source.breakdown), ("histogram", source.histogram))
        for key, written in (("path", source.paths), ("timezone", source.timezone), *columns):
            if written:
                raise OptionError(
                    t("a source of type {kind} has no {key}", kind=self.KIND, key=key), t("remove it"), (key,)
                )


class Incoming(Kind):
    """Messages of devices that come to us, and that only a fleet can be counted from."""

    COMMON = ("type", "max_rejected", "silent_after")

    def __init__(self, source: Source) -> None:
        """Raises OptionError."""
        super().__init__(source)
        self.refuse_keys_of_logs()
        for key in self.REQUIRED:
            if key not in source.options:
                raise OptionError(
                    t("the key '{key}' is missing", key=key), t("docs/sources.md tells what belongs there")
                )


class Reader(Kind, ABC):
    """A log of one kind."""

    REQUIRED = ("path",)
    stateful: ClassVar[bool] = False
    """True when one event is spread over several lines: the rows are gathered by sources.sidekiq before counting."""
    by_row: ClassVar[bool] = True
    """True when every line is one record; False for files that are read whole (Parquet)."""
    blank: ClassVar[bytes] = b"\r"
    """A line of nothing but these bytes is no line."""
    may_drop: ClassVar[bool] = False
    """True when the scan leaves out lines that it cannot decode and notes them in reject_errors."""

    @classmethod
    def signs(cls, options: Mapping[str, object]) -> Signs:
        """What its events tell of themselves, unless the book says otherwise. `options` are not validated yet."""
        del options
        return Signs()

    @property
    def columns(self) -> Mapping[str, ColumnType] | None:
        """Every column there is, with its type; None when the lines themselves decide (JSON)."""
        return None

    @abstractmethod
    def scan(self, file: str, uses: Mapping[str, ColumnType | None], head: bytes, *, cleaned: bool = False) -> str:
        """The relation over `file` (a name DuckDB can open) with "@time" and the columns in `uses`.

        `head` is the beginning of the log (a CSV header is there); a row is given even for a line that cannot be read,
        except for blank lines. `cleaned`: the file holds what `clean` made of the lines.
        """

    def quick_scan(self, file: str, uses: Mapping[str, ColumnType | None], head: bytes) -> str:
        """The same, but lines that need a closer look may come without a time: `scan` then has the last word."""
        return self.scan(file, uses, head)

    def suspicious(self, block: bytes) -> bool:
        """Might a record of this block spoil its neighbours, so that the lines must be cleaned one by one?"""
        del block
        return False

    def clean(self, line: bytes, head: bytes) -> bytes | None:
        """One line made harmless for the scan; None when it cannot be read at all."""
        del head
        return line

    def keys(self, line: bytes) -> Iterable[str]:
        """The columns that one line offers, for readers whose lines decide."""
        del line
        return ()

    def time_of(self, line: bytes) -> str | None:
        """The text of one line's time, if it is easily found: what the others probably look like."""
        del line
        return None

    @abstractmethod
    def reason(self, line: bytes) -> str:
        """Why a line cannot be read, in one sentence, for a line that the scan gave no time."""


_NAMES: Final = {
    str: marked("text"),
    int: marked("number"),
    dict: marked("mapping"),
    list: marked("list"),
    bool: marked("true/false"),
}


@cache
def kinds() -> dict[str, type[Kind]]:
    """Every kind there is, found by looking at the files of this room."""
    return found_in("kakeibo.sources", Kind)


@cache
def log_kinds() -> dict[str, type[Reader]]:
    """The kinds that are logs."""
    return {name: kind for name, kind in kinds().items() if issubclass(kind, Reader)}


@cache
def incoming_kinds() -> dict[str, type[Incoming]]:
    """The kinds that wait for what comes."""
    return {name: kind for name, kind in kinds().items() if issubclass(kind, Incoming)}


def asked_kinds() -> set[str]:
    """The kinds that are servers: their SLOs are written as queries, and they have no path."""
    return kinds().keys() - log_kinds().keys() - incoming_kinds().keys()


def required() -> dict[str, tuple[str, ...]]:
    """Of every kind, the keys that must be there."""
    return {name: kind.REQUIRED for name, kind in kinds().items()}


def signs(kind: str, options: Mapping[str, object]) -> Signs:
    """What events of a kind tell of themselves; nothing, of a kind there is not."""
    found = log_kinds().get(kind)
    return found.signs(options) if found else Signs()


def reader(source: Source) -> Reader:
    """The reader of a log. Raises OptionError when its options are wrong."""
    return log_kinds()[source.kind](source)


def literal(text: str) -> str:
    """`text` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def name(text: str) -> str:
    """`text` as an SQL identifier."""
    return '"' + text.replace('"', '""') + '"'
