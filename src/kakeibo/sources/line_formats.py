"""The log_format that lines follow, worked out from the lines themselves.

Access logs differ in what they append to the combined format, or leave out of it. Each word of a line says what it is:
a time in brackets, a quoted request, a status, a number of seconds. So every line proposes a format, and the one that
most lines propose is taken.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import count
from statistics import median
from typing import Final

from kakeibo.sources.times import parse_minute

_WORD: Final = re.compile(r'\w+="(?:[^"\\]|\\.)*"|"(?:[^"\\]|\\.)*"|\[[^\]]*\]|\S+')
_PAIR: Final = re.compile(r'([A-Za-z_]\w*)=("?)(.*)\2$', re.DOTALL)
_REQUEST: Final = re.compile(r"[A-Z]{3,10} \S+ HTTP/\d")
_METHOD: Final = re.compile(r"(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$")
_ADDRESS: Final = re.compile(r"(\d{1,3}(\.\d{1,3}){3}|[0-9a-fA-F]*:[0-9a-fA-F:.]+)$")
_SECONDS: Final = re.compile(r"\d+\.\d{1,6}$")
_STATUS: Final = re.compile(r"[1-5]\d\d$")
_KNOWN_PAIRS: Final = {
    "rt": "request_time",
    "uct": "upstream_connect_time",
    "uht": "upstream_header_time",
    "urt": "upstream_response_time",
    "ua": "http_user_agent",
    "us": "upstream_status",
    "xff": "http_x_forwarded_for",
}
"""Short names that people give to nginx's variables."""
_MOST_WORDS: Final = 40
_MICROSECONDS: Final = 1_000
"""A typical time taken that is larger than this is not in seconds."""


def infer(lines: Iterable[str]) -> str | None:
    """The format of an access log: at least a time, a request or path, and a status. None when most lines have none."""
    lines = list(lines)
    proposed = Counter(found for line in lines if (found := _format_of(line)))
    if not proposed:
        return None
    best, times = proposed.most_common(1)[0]
    return best if 2 * times >= len(lines) or times >= 20 else None


def with_microseconds(text: str, lines: Iterable[str]) -> tuple[str, list[str]] | None:
    """The format with its last word read as the time taken, and values of it, where it is a large whole number.

    So Apache's %D is written, in microseconds; nothing in the line says so.
    """
    if "$request_time" in text or not text.endswith(" $extra_1"):
        return None
    values = [value for line in lines if (value := line.rpartition(" ")[2]).isdecimal()]
    if not values or median(map(int, values)) < _MICROSECONDS:
        return None
    return text.removesuffix("$extra_1") + "$request_time", values


def _format_of(line: str) -> str | None:
    """One line with every word replaced by the variable that it seems to be."""
    namer = _Namer(virtual_host=re.match(r"(\S+ ){4}\[", line) is not None)
    text, at = "", 0
    for found in _WORD.finditer(line):
        text += line[at : found.start()] + namer.name(found[0])
        at = found.end()
    complete = namer.seen("time_local", "time_iso8601", "msec") and namer.seen("request", "request_uri")
    if not complete or "status" not in namer.taken or len(namer.taken) > _MOST_WORDS:
        return None
    return text + line[at:].rstrip("\r")


class _Namer:
    """Gives each word of one line, in order, the name of its variable."""

    def __init__(self, *, virtual_host: bool) -> None:
        self.taken: set[str] = set()
        self._virtual_host = virtual_host
        self._dashed = False
        self._extra = count(1)

    def seen(self, *variables: str) -> bool:
        return not self.taken.isdisjoint(variables)

    def name(self, word: str) -> str:
        if word[0] == "[" and word[-1] == "]":
            return f"[{self._variable(word[1:-1], False)}]"
        if self.seen("status") and (pair := _PAIR.match(word)):
            return f"{pair[1]}={pair[2]}{self._take(_KNOWN_PAIRS.get(pair[1].lower(), pair[1]))}{pair[2]}"
        if len(word) > 1 and word[0] == word[-1] == '"':
            return f'"{self._variable(word[1:-1], True)}"'
        if word == "-" and not self._dashed and self.taken in ({"remote_addr"}, {"server_name", "remote_addr"}):
            self._dashed = True  # the lone dash after the address, which the combined format writes literally
            return word
        return self._variable(word, False)

    def _variable(self, word: str, quoted: bool) -> str:
        return self._take(next(self._guesses(word, quoted)))

    def _guesses(self, word: str, quoted: bool) -> Iterator[str]:
        """What a word may be, likeliest first."""
        late = self.seen("status")
        if _is_time(word) and not late and not self.seen(*_TIMES):
            yield _kind_of_time(word)
        if _REQUEST.match(word) and quoted:
            yield "request"
        if not self.seen("request"):
            yield from _parts_of_request(word, self.taken)
        if not late:
            if _STATUS.match(word) and self.seen("request", "request_uri"):
                yield "status"
            if _ADDRESS.match(word) and "remote_addr" not in self.taken:
                yield "remote_addr"
            if not self.taken:
                yield "server_name" if self._virtual_host else "remote_addr"
            if self.taken <= {"remote_addr", "server_name"}:
                yield "remote_addr" if "remote_addr" not in self.taken else "remote_user"
        elif not quoted and (word.isdecimal() or word == "-") and not self.seen("body_bytes_sent", "request_time"):
            yield "body_bytes_sent"
        elif _SECONDS.match(word):
            yield "request_time" if "request_time" not in self.taken else "upstream_response_time"
        elif quoted and "body_bytes_sent" in self.taken:
            quotes = ("http_referer", "http_user_agent", "http_x_forwarded_for")
            yield next((v for v in quotes if v not in self.taken), "extra")
        yield "extra"

    def _take(self, variable: str) -> str:
        """A variable's name, made distinct: each can stand in a format once."""
        variable = re.sub(r"\W", "_", variable)
        if variable == "extra" or variable in self.taken:
            variable = next(f"extra_{n}" for n in self._extra)
        self.taken.add(variable)
        return f"${variable}"


_TIMES: Final = ("time_local", "time_iso8601", "msec")


def _is_time(word: str) -> bool:
    """A time, not just any number."""
    return not re.fullmatch(r"\d{1,9}(\.\d*)?", word) and parse_minute(word, "UTC") is not None


def _kind_of_time(word: str) -> str:
    return "time_local" if "/" in word else "time_iso8601" if "-" in word else "msec"


def _parts_of_request(word: str, taken: set[str]) -> Iterator[str]:
    if _METHOD.match(word):
        yield "request_method"
    if word.startswith("/") and "request_uri" not in taken:
        yield "request_uri"
    if re.match(r"HTTP/\d", word):
        yield "server_protocol"
