"""Random objectives and random lines, with everything that has ever gone wrong in logs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from tests.oracle.counting import Objective
from tests.oracle.expressions import LISTS, Tree

TYPES: Final[Mapping[str, str]] = {
    "status": "number",
    "duration": "number",
    "deep": "number",
    "op": "text",
    "code": "text",
    "word": "text",
    "ok": "boolean",
    "flag": "boolean",
}
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "deep": ("d", "n"),
    "word": ("d", "a/b~c"),
    "duration": ("req.time",),
    "flag": ("d", "e", "f"),
}
"""Columns under other keys, some of them nested."""

_EDGES: Final = (
    0.0,
    0.3,
    0.1,
    1.0,
    200.0,
    499.0,
    500.0,
    1e16,
    0.1 + 0.2,
    1e-9,
    1.5,
    300.0,
    5e-324,
    1.7976931348623157e308,
)
numbers: SearchStrategy[float] = st.sampled_from(
    [
        *_EDGES,
        *(math.nextafter(edge, math.inf) for edge in (0.3, 500.0)),
        math.nextafter(0.3, 0),
        math.nextafter(500, 0),
    ]
) | st.floats(0, 1e300)
_TEXTS: Final = (
    "",
    "-",
    "PlayVideo",
    "playvideo",
    "DB_DOWN",
    "E1",
    "E1 ",
    "NOT_FOUND",
    "障害",
    "が",
    "か\u3099",
    "a%b",
    "a_b",
    "axb",
    "Straße",
    "É",
    "é",
    "K",
    "İ",
    "ΑΣ",
    "'quoted'",
    '"',
    "\\",
    "a\\b",
    "a\nb",
    "　x ",
    "\tx",
    "500",
    "NaN",
    "true",
    "0.3",
)
texts: SearchStrategy[str] = st.sampled_from(_TEXTS)
_REGEXPS: Final = ("^P", "o$", "[0-9]+", "Play|E1", "^$", "a.b", "障", "(?i)playvideo", "\\.", "^[^a-z]*$")


def column(kind: str) -> SearchStrategy[Tree]:
    return st.sampled_from([("column", name) for name, its in TYPES.items() if its == kind])


def constant(kind: str) -> SearchStrategy[Tree]:
    values = {"number": numbers, "text": texts, "boolean": st.booleans()}[kind]
    return st.builds(lambda value: ("constant", value), values)


def _node(operator: str, *operands: SearchStrategy[Tree]) -> SearchStrategy[Tree]:
    return st.tuples(st.just(operator), *operands)


def _one(*operators: str) -> SearchStrategy[str]:
    return st.sampled_from(operators)


def _shared(make: Callable[[int], SearchStrategy[Tree]]) -> Callable[[int], SearchStrategy[Tree]]:
    """One strategy for each depth, which does not write out all that is in it when it tells its name."""
    made = cache(make)

    @st.composite
    def tree(draw: st.DrawFn, depth: int) -> Tree:
        return draw(made(depth))

    return tree


@_shared
def _number(depth: int) -> SearchStrategy[Tree]:
    plain = column("number") | constant("number")
    if not depth:
        return plain
    less = _number(depth - 1)
    text = _text(depth - 1)
    return st.one_of(
        plain,
        column("number"),
        st.tuples(_one("+", "-", "*", "/", "%"), less, less),
        st.tuples(_one("abs", "neg"), less),
        _node("length", text),
        _node("cast", text),
        _node("coalesce", less, less),
        _node("case", _truth(depth - 1), less, less),
    )


@_shared
def _text(depth: int) -> SearchStrategy[Tree]:
    plain = column("text") | constant("text")
    if not depth:
        return plain
    less = _text(depth - 1)
    return st.one_of(
        plain,
        column("text"),
        st.tuples(_one("lower", "upper", "trim"), less),
        _node("coalesce", less, less),
        _node("case", _truth(depth - 1), less, less),
    )


_patterns: Final = st.sampled_from(
    ["%", "a%", "%b", "a_b", "_", "", "%障%", "E1%", "play%", "a!%b", "a!_b", "!!", "É", "k", "i%"]
)
_LITERAL: Final = {p: ("constant", p) for p in ("a!%b", "a!_b", "!!%", "%!!", "x")}


@_shared
def _truth(depth: int) -> SearchStrategy[Tree]:
    number, text = _number(max(depth - 1, 0)), _text(max(depth - 1, 0))
    compared = _one("lt", "le", "gt", "ge", "eq", "ne", "distinct", "same")
    pattern = st.builds(lambda p: ("constant", p), _patterns)
    leaves = [
        st.tuples(compared, column("number"), constant("number")),
        st.tuples(compared, constant("number"), column("number")),
        _node("between", column("number"), constant("number"), constant("number")),
        _node("in", column("number"), constant("number"), constant("number")),
        _node("null", column("number") | column("text") | column("boolean")),
        st.tuples(_one("eq", "ne", "distinct", "same", "lt"), column("text"), constant("text")),
        _node("in", column("text"), constant("text"), constant("text")),
        st.tuples(st.just("in_list"), column("text"), st.sampled_from(sorted(LISTS))),
        st.tuples(_one("like", "ilike"), column("text"), pattern),
        column("boolean"),
        st.tuples(_one("true", "false"), column("boolean")),
    ]
    if not depth:
        return st.one_of(leaves)
    less = _truth(depth - 1)
    escape = st.just(("constant", "!"))
    return st.one_of(
        *leaves,
        st.tuples(_one("and", "or"), less, less),
        st.tuples(_one("and", "or"), less, less),
        _node("not", less),
        st.tuples(compared, number, number),
        st.tuples(compared, text, text),
        _node("between", number, number, number),
        _node("in", text, text, text),
        _node("null", number | text),
        st.tuples(_one("true", "false", "null"), less),
        st.tuples(_one("like", "ilike"), text, text),
        st.tuples(_one("starts", "ends", "contains"), text, text),
        st.tuples(_one("like", "ilike"), text, st.sampled_from(sorted(_LITERAL.values())), escape),
        _node("regexp", text, st.builds(lambda p: ("constant", p), st.sampled_from(_REGEXPS))),
        _node("case", less, less, less),
        _node("coalesce", less, less),
        st.tuples(_one("eq", "ne"), less, less),
    )


conditions: SearchStrategy[Tree] = _truth(2)
objectives: SearchStrategy[Objective] = st.builds(
    Objective, st.just(("constant", True)) | _truth(1), conditions, st.none() | _truth(1)
)

# -- lines ---------------------------------------------------------------------------------------------------------

_TIMES: Final = (
    "2026-11-21T17:23:25+00:00",
    "2026-11-21T17:23:59+00:00",
    "2026-11-21T17:24:00+00:00",
    "2026-11-21T17:24:01.250+00:00",
    "2026-11-22T02:23:25+09:00",
    "2026-11-21T17:23:25Z",
    "2026-11-21 17:23:25Z",
    "2026-11-21T17:23:60+00:00",
    "2026-11-21T17:23:25.5+09",
    "2026-11-21T17:23:25-0330",
    "2026-11-21T17:23+00:00",
    "1969-12-31T23:59:59Z",
)
_NO_TIMES: Final = ("", "-", "yesterday", "2026-11-21T17:23:25", "2026-13-21T17:23:25Z", "2026-11-21", "25:00", "あ")
json_times: SearchStrategy[str] = st.one_of(
    st.sampled_from([f'"{time}"' for time in _TIMES]),
    st.sampled_from([f'"{time}"' for time in _TIMES[:3]]),
    st.sampled_from(
        ['"1795281805.929"', "1795281805.929", "1795281805", "1795281805929", '"1795281805929"', "1.5", "60"]
    ),
    st.sampled_from([*(f'"{time}"' for time in _NO_TIMES), "null", "true", "-5", "{}", '["2026-11-21T17:23:25Z"]']),
)

_escaped: SearchStrategy[str] = st.sampled_from(
    [
        *(
            _text_in_json
            for _text_in_json in (
                '"PlayVideo"',
                '"\\u0050layVideo"',
                '"DB_DOWN"',
                '"E1"',
                '"障害"',
                '"\\u969c\\u5bb3"',
                '""',
                '"-"',
                '"a\\nb"',
                '"\\ud83d\\ude00"',
                '"\\u0000"',
                '"a\\"b"',
                '"\\\\"',
                '"\\/"',
                '"K"',
                '"\u200b"',
            )
        )
    ]
)
_raw_numbers: SearchStrategy[str] = st.sampled_from(
    [
        "0",
        "-0",
        "200",
        "499",
        "500",
        "501",
        "-1",
        "0.3",
        "0.30",
        "0.30000000000000004",
        "0.29999999999999993",
        "1e2",
        "3E-1",
        "500.0",
        "499.99999999999994",
        "500.00000000000006",
        "9007199254740993",
        "12345678901234567890123",
        "1e400",
        "-1e400",
        "NaN",
        "Infinity",
        "-Infinity",
        "5e-324",
    ]
) | st.floats(allow_nan=False, allow_infinity=False).map(repr)
_number_texts: SearchStrategy[str] = st.sampled_from(
    [
        '"500"',
        '" 500 "',
        '"5e2"',
        '"0.3"',
        '"NaN"',
        '"-inf"',
        '"Infinity"',
        '"1_000"',
        '"+5"',
        '"abc"',
        '"0x10"',
        '"１"',
        '"5."',
        '""',
    ]
)
_others: SearchStrategy[str] = st.sampled_from(["null", "true", "false", "[1]", '{"n":1}'])
_quoted: SearchStrategy[str] = texts.map(lambda text: _quote(text))
values: Final[Mapping[str, SearchStrategy[str]]] = {
    "number": _raw_numbers | _number_texts | _others,
    "text": _quoted | _escaped | _others | st.sampled_from(["200", "-5", "0.25", "1.10"]),
    "boolean": _others
    | st.sampled_from(['"true"', '"T"', '"no"', '"yes"', '"on"', '"1"', "1", "0", "2", "0.5", '""', '" true "']),
}


def _quote(text: str) -> str:
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t")):
        text = text.replace(plain, escaped)
    return f'"{text}"'


_keys: Final = {"status": "number", "req.time": "number", "op": "text", "code": "text", "ok": "boolean"}
_nested: SearchStrategy[str] = st.builds(
    lambda n, word, flag: "{" + ",".join(part for part in (n, word, flag) if part) + "}",
    st.just("") | values["number"].map(lambda v: f'"n":{v}'),
    st.just("") | values["text"].map(lambda v: f'"a/b~c":{v}'),
    st.just("") | values["boolean"].map(lambda v: '"e":{"f":' + v + "}") | st.just('"e":5'),
)


@st.composite
def json_lines(draw: st.DrawFn) -> bytes:
    """An object with some of the keys, in any order, sometimes one twice, sometimes with keys nobody asked for."""
    parts = [f'"time":{draw(json_times)}'] if draw(st.integers(0, 9)) else []
    for key in draw(st.lists(st.sampled_from(sorted(_keys)), max_size=6)):
        parts.append(f'"{key}":{draw(values[_keys[key]])}')
    extra = st.sampled_from(
        ['"Status":7', '"STATUS":7', '"":1', '"other":{"status":1}', '"ts":"2026-11-21T17:30:00Z"', '"timestamp":60']
    )
    parts += draw(st.lists(extra, max_size=1)) + [f'"d":{nested}' for nested in draw(st.lists(_nested, max_size=1))]
    parts = draw(st.permutations(parts))
    space = draw(st.sampled_from(["", "", " ", "\t"]))
    return ("{" + f",{space}".join(parts) + space + "}").encode()


broken_lines: SearchStrategy[bytes] = st.sampled_from(
    [
        b"",
        b" ",
        b"\r",
        b"\t\x0b",
        b"{",
        b"}",
        b"[]",
        b"null",
        b"5",
        b'"x"',
        b"{}",
        b'{"time":',
        b'{"time":"\xff"}',
        b"\x00",
        b"\x00" * 9,
        b'{"time":"2026-11-21T17:23:25Z"',
        b'{"time":"2026-11-21T17:23:25Z"}}',
        b'{"time":"2026-11-21T17:23:25Z"} {}',
        b'\xef\xbb\xbf{"time":"2026-11-21T17:23:25Z"}',
        b'{"time":"2026-11-21T17:23:25Z","op":"\xff"}',
        b'{"x":"\xed\xa0\x80","time":1}',
        b'{"time":"2026-11-21T17:23:25Z","op":"a\x00b"}',
        b'{"time":"2026-11-21T17:23:25Z","op":"a\tb"}',
        b"\x1f\x8b\x08",
        b"{'time':1}",
        b'{"time":"2026-11-21T17:23:25Z","op":"\\ud800"}',
        b'{"time":"2026-11-21T17:23:25Z","op":"\\x"}',
        b'{"time":01}',
        b'{"time":+1}',
        b'10.0.0.1 - - [21/Nov/2026:17:23:25 +0000] "GET / HTTP/1.1" 200 5 "-" "-"',
        "日本語".encode(),
        "日本語".encode("shift_jis"),
        b'[{"time":"2026-11-21T17:23:25Z"}]',
        b'{"time":"2026-11-21T17:23:25Z"}x',
        b'x{"time":"2026-11-21T17:23:25Z"}',
    ]
)
ends: SearchStrategy[bytes] = st.sampled_from([b"\n", b"\n", b"\n", b"\r\n", b"\n\n", b"\n \n"])


@st.composite
def json_logs(draw: st.DrawFn) -> list[bytes]:
    """Lines with their ends; the last one may have none."""
    some = draw(st.lists(json_lines() | json_lines() | broken_lines, min_size=1, max_size=25))
    lines = [line + draw(ends) for line in some]
    return [*lines[:-1], lines[-1].rstrip(b"\n")] if draw(st.booleans()) else lines
