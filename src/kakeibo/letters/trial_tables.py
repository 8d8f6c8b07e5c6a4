"""The parts a page of the lab is made of."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Table:
    """Cells ready to be read. The first column is text, the others stand flush right."""

    header: list[str]
    rows: list[list[str]]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, what was found in a sentence or two, the table it comes from, and notes on how to read it."""

    key: str
    title: str
    sentences: list[str] = field(default_factory=list)
    table: Table | None = None
    notes: list[str] = field(default_factory=list)
