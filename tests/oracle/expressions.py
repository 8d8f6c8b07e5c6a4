"""Expressions as trees: rendered to the SQL that a book would hold, and judged directly in Python.

A tree is a tuple (operator, operands...). A value is a float, a str, a bool, or None where it is missing.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Final

Tree = tuple[Any, ...]
Row = Mapping[str, float | str | bool | None]
LISTS: Final[Mapping[str, tuple[str, ...]]] = {"system_codes": ("DB_DOWN", "E1"), "client_codes": ("NOT_FOUND", "障害")}

_INFIX: Final = {
    "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "=", "ne": "<>", "distinct": "is distinct from",
    "same": "is not distinct from", "and": "and", "or": "or", "+": "+", "-": "-", "*": "*", "/": "/", "%": "%",
}  # fmt: skip
_CALLS: Final = {
    "lower": "lower", "upper": "upper", "trim": "trim", "length": "length", "abs": "abs", "coalesce": "coalesce",
    "starts": "starts_with", "ends": "ends_with", "contains": "contains", "regexp": "regexp_matches",
}  # fmt: skip


def render(tree: Tree) -> str:
    """The tree as SQL."""
    operator, *operands = tree
    if operator == "column":
        return str(operands[0])
    if operator == "constant":
        return _constant(operands[0])
    if operator == "in_list":
        return f"{render(operands[0])} in {operands[1]}"
    if operator == "cast":
        return f"cast({render(operands[0])} as double)"
    if operator == "case":
        when, then, otherwise = (render(operand) for operand in operands)
        return f"case when {when} then {then} else {otherwise} end"
    parts = [render(operand) for operand in operands]
    if operator in _INFIX:
        return f"({parts[0]} {_INFIX[operator]} {parts[1]})"
    if operator in _CALLS:
        return f"{_CALLS[operator]}({', '.join(parts)})"
    if operator in ("like", "ilike"):
        return f"({parts[0]} {operator} {parts[1]}{' escape ' + parts[2] if len(parts) > 2 else ''})"
    shapes = {
        "not": "(not {})", "null": "({} is null)", "true": "({} is true)", "false": "({} is false)", "neg": "(-{})",
        "between": "({} between {} and {})",
    }  # fmt: skip
    return shapes[operator].format(*parts) if operator in shapes else f"({parts[0]} in ({', '.join(parts[1:])}))"


def _constant(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)


def judge(tree: Tree, row: Row) -> Any:
    """What the tree says of an event."""
    operator, *operands = tree
    match operator:
        case "column":
            return row.get(operands[0])
        case "constant":
            return operands[0]
        case "and" | "or":
            return _joined(operator, [judge(operand, row) for operand in operands])
        case "coalesce":
            return next((value for operand in operands if (value := judge(operand, row)) is not None), None)
        case "case":
            return judge(operands[1] if judge(operands[0], row) is True else operands[2], row)
        case "in_list":
            return _listed(judge(operands[0], row), operands[1])
        case "in":
            value, *others = (judge(operand, row) for operand in operands)
            return _joined("or", [_compared("eq", value, other) for other in others])
        case "between":
            value, low, high = (judge(operand, row) for operand in operands)
            return _joined("and", [_compared("ge", value, low), _compared("le", value, high)])
        case "null" | "true" | "false":
            return judge(operands[0], row) is {"null": None, "true": True, "false": False}[operator]
        case "distinct" | "same":
            one, other = (judge(operand, row) for operand in operands)
            alike = one is other if one is None or other is None else _compared("eq", one, other)
            return alike == (operator == "same")
    values = [judge(operand, row) for operand in operands]
    return None if None in values else _computed(operator, values)


def _joined(operator: str, values: Sequence[bool | None]) -> bool | None:
    """AND and OR of three-valued answers."""
    decisive = operator == "or"
    if decisive in values:
        return decisive
    return None if None in values else not decisive


def _compared(operator: str, one: Any, other: Any) -> bool | None:
    if one is None or other is None:
        return None
    a, b = _place(one), _place(other)
    return {"lt": a < b, "le": a <= b, "gt": a > b, "ge": a >= b, "eq": a == b, "ne": a != b}[operator]


def _place(value: Any) -> tuple[bool, Any]:
    """Where a value stands among others of its kind: NaN is above every number and equals itself."""
    return (True, 0) if isinstance(value, float) and math.isnan(value) else (False, value)


def _listed(code: str | None, name: str) -> bool | None:
    if code in (None, "", "-"):
        return False
    known = [key for key, codes in LISTS.items() if code in codes]
    return name in known if known else None


def _computed(operator: str, values: Sequence[Any]) -> Any:
    match operator, *values:
        case (("lt" | "le" | "gt" | "ge" | "eq" | "ne"), one, other):
            return _compared(operator, one, other)
        case "not", value:
            return not value
        case "neg", value:
            return -value
        case "abs", value:
            return abs(value)
        case "length", text:
            return float(len(text))
        case (("lower" | "upper"), text):
            return _in_case(operator, text)
        case "trim", text:
            return _trimmed(text)
        case "cast", text:
            return number_in(text)
        case "starts", text, part:
            return text.startswith(part)
        case "ends", text, part:
            return text.endswith(part)
        case "contains", text, part:
            return part in text
        case "regexp", text, pattern:
            return re.search(pattern, text, re.ASCII) is not None
        case "like", text, pattern, *escape:
            return _like(text, pattern, *escape)
        case "ilike", text, pattern, *escape:
            return _like(_in_case("lower", text), _in_case("lower", pattern), *escape)
    return _calculated(operator, *values)


def _calculated(operator: str, one: float, other: float) -> float | None:
    if operator in "/%" and other == 0:
        return None
    if operator == "%":
        return math.nan if math.isinf(one) else math.fmod(one, other)
    return {"+": one + other, "-": one - other, "*": one * other}[operator] if operator != "/" else one / other


def _in_case(case: str, text: str) -> str:
    """Letter by letter: no letter becomes two, and no neighbour matters."""
    single = {("upper", "ß"): "ẞ", ("lower", "İ"): "i"}
    return "".join(single.get((case, c), c.upper() if case == "upper" else c.lower()) for c in text)


def _trimmed(text: str) -> str:
    """Without the spaces of any width around it; a tab or a line end is no space."""
    kept = [i for i, c in enumerate(text) if unicodedata.category(c) != "Zs"]
    return text[kept[0] : kept[-1] + 1] if kept else ""


def _like(text: str, pattern: str, escape: str | None = None) -> bool:
    regexp, rest = "", iter(pattern)
    for c in rest:
        if c == escape:
            regexp += re.escape(next(rest))
        else:
            regexp += {"%": ".*", "_": "."}.get(c, re.escape(c))
    return re.fullmatch(regexp, text, re.DOTALL) is not None


_NUMBER: Final = re.compile(r"[+-]?(\d+(_\d+)*\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_NAMED: Final = re.compile(r"[+-]?(inf|infinity|nan)", re.IGNORECASE)


def number_in(text: str) -> float | None:
    """The number that a text is, or None."""
    text = text.strip(" \t\n\r\v\f")
    found = _NUMBER.fullmatch(text) or _NAMED.fullmatch(text)
    return float(text) if found else None
