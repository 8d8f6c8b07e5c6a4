"""PromQL of other tools -> the forms that a book takes: a plain counter selector, or an expression over `[$window]`."""

from __future__ import annotations

import re
from typing import Final

_SELECTOR: Final = r"[a-zA-Z_:][a-zA-Z0-9_:]*\s*(?:\{(?:[^{}\"']|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')*\})?"
_PLAIN: Final = re.compile(rf"\s*({_SELECTOR})\s*")
_SUMMED: Final = re.compile(rf"\s*sum\s*\(\s*({_SELECTOR})\s*\)\s*")
_TEMPLATE: Final = re.compile(
    r"\[\s*(?:\{\{\s*\.window\s*\}\}|\$\{?__(?:range|interval|rate_interval)\}?|\$window)\s*\]"
)
_FIXED: Final = re.compile(r"\[\s*[0-9]+(?:ms|[smhdwy])(?:[0-9]+(?:ms|[smhdwy]))*\s*\]")
_SPEED: Final = re.compile(r"\b(?:rate|irate)\s*\(")
WINDOW: Final = "[$window]"


def over_window(query: str) -> str | None:
    """The query as a book takes it, None when no range is in it that could be the window.

    `rate(x[...])` becomes `increase(x[$window])`: of both queries of a ratio, the factor between them cancels out, and
    a count is what a budget is made of. A sum of a counter itself becomes the sum of its increase.
    """
    line = " ".join(query.split())
    if _PLAIN.fullmatch(line):
        return line
    if found := _SUMMED.fullmatch(line):
        return f"sum(increase({found[1]}{WINDOW}))"
    ranged = _FIXED.sub(lambda _: WINDOW, _TEMPLATE.sub(lambda _: WINDOW, line))
    return _SPEED.sub("increase(", ranged) if WINDOW in ranged else None


def fixed_range(query: str) -> bool:
    """Whether the query looks back over a length of time of its own."""
    return bool(_FIXED.search(query))


def samples(gauge: str, condition: str = "") -> str:
    """How many samples of a gauge there are, one a minute, of those that meet a condition such as `<= 0.3`."""
    return f"sum(count_over_time(({' '.join(gauge.split())}{' ' if condition else ''}{condition})[$window:1m]))"
