"""A trial for the terminal."""

from __future__ import annotations

from rich.cells import cell_len

from kakeibo.alerts.trial import Trial
from kakeibo.i18n import t
from kakeibo.letters import trial_page
from kakeibo.letters.lines import Page
from kakeibo.letters.trial_tables import Section, Table
from kakeibo.letters.wrapping import wrap

_TEXT = 18
"""Cells of a first column that can be told apart; with less room, rows become lists."""


def render(trial: Trial, *, width: int, colour: bool) -> str:
    """For the terminal, in lines of at most `width` cells (45 or more), in the language in use."""
    page = Page(width, colour)
    heading = trial_page.heading(trial)
    if heading.organisation:
        page.line(heading.organisation, style="bold")
    page.line(heading.title, style="bold")
    for sentence in heading.sentences:
        page.line(sentence)
    for section in trial_page.sections(trial):
        write(page, section)
    return page.text()


def write(page: Page, section: Section) -> None:
    """One section: its title, sentences, table and notes."""
    page.line()
    page.line(section.title, style="bold")
    for sentence in section.sentences:
        page.line(sentence, indent=2)
    if section.table is not None:
        _table(page, section.table)
    for note in section.notes:
        page.pair("  - ", note, indent=4, style="dim")


def _table(page: Page, table: Table) -> None:
    grid = [table.header, *table.rows]
    widths = [max(cell_len(row[n]) for row in grid) for n in range(len(table.header))]
    if _taken(widths) > page.width:  # headers wrap, and so does the first column
        cells = [max(_longest_word(table.header[n]), *(cell_len(row[n]) for row in table.rows)) for n in _others(table)]
        first = page.width - _taken([0, *cells])
        if first < min(_TEXT, widths[0]):
            _lists(page, table)
            return
        widths = [min(first, widths[0]), *cells]
    for number, row in enumerate(grid):
        _row(page, row, widths, style="dim" if number == 0 else "")


def _taken(widths: list[int]) -> int:
    """The cells of a whole row: a margin of two, and two between columns."""
    return sum(widths) + 2 * len(widths)


def _row(page: Page, row: list[str], widths: list[int], style: str) -> None:
    """A row of as many lines as its longest cell needs, wrapped within its column."""
    columns = [_cut(cell, width) for cell, width in zip(row, widths, strict=True)]
    for line in range(max(len(column) for column in columns)):
        cells = [column[line] if line < len(column) else "" for column in columns]
        text = "  " + cells[0] + " " * (widths[0] - cell_len(cells[0]))
        for cell, width in zip(cells[1:], widths[1:], strict=True):
            text += "  " + " " * (width - cell_len(cell)) + cell
        page.exactly(text, style)


def _cut(cell: str, width: int) -> list[str]:
    """Lines of at most `width` cells; `wrap` has a least width of 20, headers are narrower."""
    if cell_len(cell) <= width:
        return [cell]
    if width >= 20:
        return list(wrap(cell, width))
    lines, line = [], ""
    for unit in _words(cell):
        if line and cell_len(line + unit.rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += unit
    return [*lines, line.rstrip()]


def _longest_word(text: str) -> int:
    """How narrow a column may be under this header: its longest word; of full-width letters, eight cells a line."""
    return max(max(cell_len(unit.rstrip()) for unit in _words(text)), min(cell_len(text), 8))


def _words(text: str) -> list[str]:
    if text.isascii():
        return [word + " " for word in text.split()]
    return list(text)


def _lists(page: Page, table: Table) -> None:
    for first, *others in table.rows:
        page.line(first, indent=2, style="bold")
        parts = [
            t("{name}: {value}", name=name, value=value) for name, value in zip(table.header[1:], others, strict=True)
        ]
        page.line("; ".join(parts), indent=4)


def _others(table: Table) -> range:
    return range(1, len(table.header))
