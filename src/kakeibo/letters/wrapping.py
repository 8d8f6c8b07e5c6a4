"""Text cut into lines by the cells it takes: a full-width letter takes two, and a line may break between any two."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.cells import cell_len

_UNITS = re.compile(r"[ ]+|[（「]*[^ ⺀-￯]+[、。)）」,.]*|[（「]*[⺀-￯][、。)）」,.]*")
"""Where a line may break: at spaces and between full-width letters, never before closing or after opening marks."""


def wrap(text: str, width: int) -> Iterator[str]:
    """`text` cut into lines of at most `width` cells (at least 20). Words longer than that are cut."""
    width = max(width, 20)
    line = ""
    for unit in _units(text, width):
        if line and cell_len(line) + cell_len(unit.rstrip()) > width:
            yield line.rstrip()
            line = ""
        line += unit if line else unit.lstrip()
    yield line.rstrip()


def _units(text: str, width: int) -> Iterator[str]:
    for unit in _UNITS.findall(text):
        while cell_len(unit) > width:
            yield unit[: width // 2]
            unit = unit[width // 2 :]
        yield unit
