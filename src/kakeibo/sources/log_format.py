"""Lines cut by a format with literal text between variables: nginx's log_format, Apache's combined, AWS's ALB.

A line is cut at its double quotes first, then each unquoted piece at the literal text around its variables: plain
string functions, three times as fast as a regular expression (docs/benchmarks.md). A line that does not have the
expected shape, such as one with an escaped quote in it, goes through the exact regular expression instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kakeibo.errors import OptionError
from kakeibo.i18n import t
from kakeibo.model import Signs, Source
from kakeibo.predicates import ColumnType
from kakeibo.sources.kinds import MAX_LINE, REJECTS_LIMIT, SQL_TYPE, Reader, literal, name

_VARIABLE: Final = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_ESCAPE: Final = "\x02"
_CUT: Final = "\x01"  # a byte that no text log holds: each row of the scan is one whole line
_HARMLESS: Final = bytes.maketrans(b"\r\x01", b"  ")
_BUFFER: Final = 8 << 20  # of the line reader: a quarter of what it would take, for no more time

NUMBERS: Final = {
    "status", "body_bytes_sent", "bytes_sent", "request_length", "request_time", "connection", "connection_requests",
    "gzip_ratio", "msec", "pid", "content_length", "server_port", "remote_port",
}  # fmt: skip
TIMES: Final = ("time_local", "time_iso8601", "msec")
ALIASES: Final = {
    "bytes": "body_bytes_sent",
    "referer": "http_referer",
    "user_agent": "http_user_agent",
    "duration": "request_time",
}
_REQUEST: Final = {"method": "{request_method}", "path": "{uri}", "query": "{args}", "protocol": "{server_protocol}"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the format without a double quote: `literals` stand around `variables`, one more of them."""

    literals: tuple[str, ...]
    variables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """A text split at a separator; a line has the expected shape only when there are so many `parts`."""

    text: str
    separator: str
    parts: int

    @property
    def sql(self) -> str:
        return f"string_split({self.text}, {literal(self.separator)})"


@dataclass(frozen=True, slots=True)
class Format:
    """A format string, taken apart."""

    text: str
    pieces: tuple[Piece, ...]
    variables: tuple[str, ...]

    @staticmethod
    def read(text: str) -> Format:
        """Raises OptionError for a format with no variable, a variable twice, or two variables without text between."""
        variables = tuple(a or b for a, b in _VARIABLE.findall(text))
        if not variables:
            raise OptionError(t("log_format has no $variable"), t("copy the line from nginx.conf"), ("log_format",))
        pieces = []
        for part in text.split('"'):
            cuts = list(_VARIABLE.finditer(part))
            edges = [0, *(cut.end() for cut in cuts)]
            ends = [*(cut.start() for cut in cuts), len(part)]
            literals = tuple(part[start:end] for start, end in zip(edges, ends, strict=True))
            if any(not between for between in literals[1:-1]):
                raise OptionError(
                    t("two variables stand side by side in log_format, nothing tells where one ends"),
                    t("put a space between them"),
                    ("log_format",),
                )
            pieces.append(Piece(literals, tuple(cut[1] or cut[2] for cut in cuts)))
        return Format(text, tuple(pieces), variables)

    def pattern(self, variables: int, only: int | None = None) -> str:
        """The format's first `variables` variables as a regular expression (RE2 and Python), one group each.

        `only`: with a single group, for that variable (from 1): DuckDB extracts none beyond the ninth.
        """
        regexp, at = "^", 0
        for number, found in enumerate(list(_VARIABLE.finditer(self.text))[:variables], 1):
            before = self.text[at : found.start()]
            value = r"(?:[^\"\\]|\\.)*" if before.endswith('"') else r"[^\"]*?"
            regexp += re.escape(before) + (f"({value})" if only in (None, number) else f"(?:{value})")
            at = found.end()
        if variables < len(self.variables):
            return regexp + re.escape(_VARIABLE.split(self.text[at:])[0])
        return regexp + re.escape(self.text[at:]) + r"\s*$"


class FormattedLines(Reader):
    """Base of the kinds whose lines follow a format."""

    may_drop = True

    @classmethod
    def signs(cls, options: Mapping[str, object]) -> Signs:
        """Those of an access log: 5xx are our faults, 4xx the user's."""
        del options
        return Signs("status < 500", "duration")

    def __init__(self, source: Source, text: str, *, required: int | None = None) -> None:
        """`required`: how many variables every line has; later ones may be missing and more may follow. None: all."""
        super().__init__(source)
        self.format = Format.read(text)
        self.open_ended = required is not None
        self.required = required or len(self.format.variables)
        self.pattern = self.format.pattern(self.required)
        self._exact = True
        self._splits: dict[str, Split] = {}  # what the scan being written needs
        self._where = {v: (i, j) for i, p in enumerate(self.format.pieces) for j, v in enumerate(p.variables)}

    # -- the scan ---------------------------------------------------------------------------------------------------

    def scan(self, file: str, uses: Mapping[str, ColumnType | None], head: bytes, *, cleaned: bool = False) -> str:
        del head, cleaned
        return self._scan(file, uses, exact=True)

    def quick_scan(self, file: str, uses: Mapping[str, ColumnType | None], head: bytes) -> str:
        """Only cuts: to prepare the regular expressions takes longer than to read a thousand lines."""
        del head
        return self._scan(file, uses, exact=False)

    def _scan(self, file: str, uses: Mapping[str, ColumnType | None], *, exact: bool) -> str:
        self._exact, self._splits = exact, {}
        select = [f'{self._time()} AS "@time"']
        select += [f"{_cast(self.expression(column), use)} AS {name(column)}" for column, use in uses.items()]
        lines = (
            f"SELECT line, string_split(line, '\"') AS p FROM read_csv({literal(file)}, "
            f"columns = {{'line': 'VARCHAR'}}, delim = '{_CUT}', quote = '', escape = '', header = false, "
            f"auto_detect = false, ignore_errors = true, strict_mode = false, null_padding = false, "
            f"max_line_size = {MAX_LINE}, buffer_size = {_BUFFER}, "
            f"compression = 'none', store_rejects = true, rejects_limit = {REJECTS_LIMIT})"
        )
        splits = "".join(f", {split.sql} AS {alias}" for alias, split in self._splits.items())
        pieces = f"SELECT line, p{splits} FROM ({lines}) WHERE line IS NOT NULL"
        return f"SELECT {', '.join(select)} FROM (SELECT *, {self._shape()} AS shaped FROM ({pieces}))"

    def suspicious(self, block: bytes) -> bool:
        """A carriage return within a line would end it, the engine's separator would cut it."""
        odd = b"\r" in block and block.count(b"\r") != block.count(
            b"\r\n"
        )  # seldom any: looking is cheaper than counting
        return odd or _CUT.encode() in block

    def clean(self, line: bytes, head: bytes) -> bytes | None:
        del head
        return line.rstrip(b"\r").translate(_HARMLESS)

    def variable(self, variable: str) -> str:
        """SQL for the text of one variable: cut where the line has the expected shape, matched where it has not."""
        number = self.format.variables.index(variable) + 1
        cut = self._cut(*self._where[variable])
        if number > self.required or not self._exact:
            return f"(CASE WHEN shaped THEN {cut} END)"
        exact = literal(self.format.pattern(self.required, only=number))
        return f"(CASE WHEN shaped THEN {cut} ELSE regexp_extract(line, {exact}, 1) END)"

    def _cut(self, number: int, place: int) -> str:
        """SQL that cuts variable `place` out of piece `number`, and notes how the piece must be split for it."""
        piece, text = self.format.pieces[number], f"p[{number + 1}]"
        literals = piece.literals
        before, after = literals[place], literals[place + 1]
        separators = {text for text in literals if text}
        if len(piece.variables) == 1 and not separators:
            return text
        if len(separators) == 1:
            parts = sum(map(bool, (literals[0], literals[-1]))) + len(piece.variables)
            split = Split(text, separators.pop(), parts)
            self._splits[f"s{number}"] = split
            return f"s{number}[{place + 1 + bool(literals[0])}]"
        rest = text
        if before and sum(before in other for other in literals) == 1:
            self._splits[f"s{number}_{place}"] = Split(text, before, 2)
            rest = f"s{number}_{place}[2]"
        else:
            for passed in filter(None, literals[: place + 1]):
                rest = f"substr({rest}, instr({rest}, {literal(passed)}) + {len(passed)})"
        if after and place + 1 == len(piece.variables):  # the piece ends with it, and it may come before that, too
            return f"left({rest}, -{len(after)})"
        return part(rest, after, 1) if after else rest

    def expression(self, column: str) -> str:
        """SQL for a column; an absent value, which logs write as '-', is NULL."""
        if column in self._where:
            return f"nullif({self.variable(column)}, '-')"
        if column in ALIASES and ALIASES[column] in self._where:
            return self.expression(ALIASES[column])
        return self.derived(column)

    def derived(self, column: str) -> str:
        """SQL for a column made from several variables or a part of one."""
        raise KeyError(column)

    def _time(self) -> str:
        found = next((v for v in TIMES if v in self._where), None)
        if found is None:
            raise OptionError(
                t("log_format has no time"), t("add $time_iso8601, $time_local or $msec"), ("log_format",)
            )
        return f"nullif({self.variable(found)}, '')"

    def _shape(self) -> str:
        """SQL: has a line as many quotes as the format, and the format's text between them?"""
        last = self._where[self.format.variables[self.required - 1]][0] + 1
        pieces = self.format.pieces[:last] if self.open_ended else self.format.pieces
        tests = [f"len(p) {'>' if self.open_ended else '='} {len(pieces)}", "NOT contains(line, '\\\"')"]
        for number, piece in enumerate(pieces, 1):
            if number % 2 == 0:  # between quotes
                continue
            if piece.variables:
                tests.append(f"p[{number}] LIKE {literal('%'.join(map(_plain, piece.literals)))} ESCAPE '{_ESCAPE}'")
            else:
                tests.append(f"p[{number}] = {literal(piece.literals[0])}")
        tests += [f"len({alias}) = {split.parts}" for alias, split in self._splits.items()]
        return " AND ".join(tests)

    # -- columns ----------------------------------------------------------------------------------------------------

    @property
    def columns(self) -> Mapping[str, ColumnType]:
        found: dict[str, ColumnType] = {v: "number" if v in NUMBERS else "text" for v in self.format.variables}
        for alias, variable in ALIASES.items():
            if variable in found:
                found.setdefault(alias, found[variable])
        return found

    def time_of(self, line: bytes) -> str | None:
        found = re.match(self.pattern, line.decode("utf-8", "replace"), re.DOTALL)
        time = next((v for v in (*TIMES, "time") if v in self._where), None)
        return found[self.format.variables.index(time) + 1] if found and time else None

    def reason(self, line: bytes) -> str:
        if re.match(self.pattern, line.decode("utf-8", "replace"), re.DOTALL) is None:
            return t("the line does not follow the format {text}", text=self.format.text)
        return t("the time of the line is not understood")


def part(text: str, separator: str, number: int) -> str:
    """SQL for one part of a text; NULL when there are fewer. (split_part is a macro: it works `text` out twice.)"""
    return f"string_split({text}, {literal(separator)})[{number}]"


def _plain(text: str) -> str:
    """A literal text within a LIKE pattern."""
    return re.sub(f"[%_{_ESCAPE}]", rf"{_ESCAPE}\g<0>", text)


def _cast(value: str, use: ColumnType | None) -> str:
    return value if SQL_TYPE[use] == "VARCHAR" else f"TRY_CAST({value} AS {SQL_TYPE[use]})"
