"""What a query asks of Prometheus: counters, whose samples we count, or an expression, which Prometheus computes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from kakeibo.errors import PredicateError
from kakeibo.i18n import t

WINDOW: Final = "$window"
"""What stands for the stretch of time in an expression."""

_EXAMPLE: Final = 'sum(increase(http_requests_total{code!~"5.."}[$window]))'
_TEXT: Final = r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`"""
_PLUS: Final = re.compile(rf"{_TEXT}|(?P<plus>\+)", re.DOTALL)
_PER_SECOND: Final = re.compile(rf"{_TEXT}|\b(?P<name>i?rate|i?deriv|idelta|delta)\s*\(", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Counters:
    """Selectors of counters. How much all their series rose, taken together, is the number of events."""

    selectors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expression:
    """PromQL with `$window` for the stretch of time; its result is the number of events in it."""

    text: str

    def over(self, minutes: int) -> str:
        """The PromQL that asks for the last so many minutes."""
        return self.text.replace(WINDOW, f"{minutes}m")


Query = Counters | Expression


def query(text: str) -> Query:
    """What `text` asks. Raises PredicateError when it is not PromQL, or tells no number of events."""
    if WINDOW in text:
        _refuse_speeds(text)
        _parsed(text.replace(WINDOW, "1m"))
        return Expression(text)
    _parsed(text)
    selectors = tuple(part.strip() for part in _summands(text))
    if all(map(_is_selector, selectors)):
        return Counters(selectors)
    raise PredicateError(
        t("that is neither a counter nor an expression over a stretch of time"),
        t("write a counter such as http_requests_total, or [$window] where the time goes: {example}", example=_EXAMPLE),
    )


def _parsed(text: str) -> object:
    import promql_parser  # only books with such a source pay for it

    try:
        return promql_parser.parse(text)
    except ValueError as error:
        message = t("that is not PromQL: {why}", why=error)
        raise PredicateError(message, t("try it on the server's own page first")) from None


def _refuse_speeds(text: str) -> None:
    """A rate is events per second: its sum over minutes is no number of events."""
    for found in _PER_SECOND.finditer(text):
        if name := found["name"]:
            message = t("{name}() tells no number of events", name=name)
            raise PredicateError(message, t("write increase(...[$window])"), found.start())


def _summands(text: str) -> list[str]:
    """The parts between the plus signs that stand outside texts."""
    at, parts = 0, []
    for found in _PLUS.finditer(text):
        if found["plus"]:
            parts.append(text[at : found.start()])
            at = found.end()
    return [*parts, text[at:]]


def _is_selector(text: str) -> bool:
    import promql_parser

    try:
        parsed = promql_parser.parse(text)
    except ValueError:
        return False
    return isinstance(parsed, promql_parser.VectorSelector) and parsed.offset is None and parsed.at is None
