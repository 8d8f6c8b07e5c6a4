"""Lines for the terminal: wrapped by the cells that full-width letters take, coloured only when asked.

Only ASCII is used for bars: many signs that look like one cell take two in a Japanese terminal.
"""

from __future__ import annotations

import io
from fractions import Fraction

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from kakeibo.letters.wrapping import wrap
from kakeibo.model import State

STYLES: dict[State, str] = {
    "exhausted": "bold red",
    "at_risk": "yellow",
    "healthy": "green",
    "filling": "cyan",
    "no_data": "dim",
}


class Page:
    """A page of at most `width` cells, written line by line."""

    def __init__(self, width: int, colour: bool) -> None:
        self.width = width
        self._out = io.StringIO()
        self._console = Console(
            file=self._out,
            width=width,
            force_terminal=colour,
            color_system="standard" if colour else None,
            legacy_windows=False,
            highlight=False,
        )

    def line(self, text: str = "", style: str = "", indent: int = 0) -> None:
        """One paragraph, every line of it indented."""
        self.pair("", text, style=style, indent=indent)

    def pair(self, label: str, text: str, style: str = "", label_style: str = "", indent: int = 14) -> None:
        """A label in the margin (at most `indent` cells wide) and a paragraph beside it."""
        margin = label + " " * (indent - cell_len(label))
        for part in wrap(text, self.width - indent):
            line = Text(margin, style=label_style)
            line.append(part, style=style)
            self._print(line)
            margin = " " * indent

    def exactly(self, text: str, style: str = "") -> None:
        """One line as it is: its writer has seen to its width."""
        self._print(Text(text, style=style))

    def _print(self, line: Text) -> None:
        line.rstrip()
        self._console.print(line, no_wrap=True, overflow="ignore", crop=False, soft_wrap=True)

    def text(self) -> str:
        """All that was written."""
        return self._out.getvalue()


def bar(ratio: Fraction | None, cells: int = 20) -> str:
    """A budget as a bar: "[######----]". Full only when all is left, empty only when nothing is."""
    if ratio is None:
        return f"[{' ' * cells}]"
    share = min(max(ratio, Fraction(0)), Fraction(1))
    full = round(share * cells)
    if 0 < share < 1:
        full = min(max(full, 1), cells - 1)
    return f"[{'#' * full}{'-' * (cells - full)}]"
