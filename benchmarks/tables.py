"""The rows of the benchmark, and how they are printed: Markdown that also reads well in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HEADINGS = ("what", "lines", "CPU s", "lines / CPU s", "MB/s", "peak MB", "to bare scan")


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement. `size`: bytes read; `bare`: CPU seconds of the bare scan of as many lines."""

    what: str
    lines: int
    cpu: float
    size: int = 0
    peak: float | None = None
    bare: float | None = None

    def cells(self) -> tuple[str, ...]:
        return (
            self.what,
            f"{self.lines:,}",
            f"{self.cpu:.2f}",
            f"{self.lines / self.cpu:,.0f}" if self.cpu >= 0.005 else "",
            f"{self.size / self.cpu / 1e6:,.0f}" if self.size and self.cpu >= 0.005 else "",
            "" if self.peak is None else f"{self.peak:.0f}",
            "" if not self.bare else f"{self.cpu / self.bare:.2f}",
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """A number that was asked for: at most `limit`, or at least when `least`; without a limit it only informs."""

    what: str
    value: float
    unit: str
    limit: float | None = None
    least: bool = False

    @property
    def reached(self) -> bool:
        if self.limit is None:
            return True
        return self.value >= self.limit if self.least else self.value <= self.limit

    def cells(self) -> tuple[str, ...]:
        asked = "" if self.limit is None else f"{'>=' if self.least else '<='} {_short(self.limit)}"
        return (
            self.what,
            f"{_short(self.value)} {self.unit}".strip(),
            asked,
            "" if self.limit is None else "yes" if self.reached else "**no**",
        )


def rows(found: Sequence[Row]) -> str:
    return _table(HEADINGS, [row.cells() for row in found])


def findings(found: Sequence[Finding]) -> str:
    return _table(("what", "measured", "asked for", "reached"), [finding.cells() for finding in found])


def _table(headings: Sequence[str], cells: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[i]) for row in (headings, *cells)) for i in range(len(headings))]
    lines = [_line(headings, widths), "|" + "|".join(_rule(i, width) for i, width in enumerate(widths)) + "|"]
    return "\n".join([*lines, *(_line(row, widths) for row in cells)])


def _rule(column: int, width: int) -> str:
    return "-" * (width + 2) if column == 0 else "-" * (width + 1) + ":"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    return "| " + " | ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]) + " |"


def _short(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"
