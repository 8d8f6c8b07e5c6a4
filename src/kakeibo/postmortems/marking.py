"""An action of a text is done: the text with that day in its place, and nothing else changed. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from kakeibo.i18n import speaking
from kakeibo.postmortems.form import Action, Form
from kakeibo.postmortems.headings import section_of
from kakeibo.postmortems.reading import action_lines, parts_of, read, split_cells, split_front_matter
from kakeibo.postmortems.writing import table


def with_done(text: str, number: int, day: date) -> str:
    """The text in which action `number` (the first is 1) was done on `day`.

    In a table with a column for it only that cell is new. Where there is none, or the actions are a list, that section
    becomes the form's table. Raises UsageError for a text that has not the form, IndexError for a number that is none.
    """
    form = read(text)
    done = replace(form.actions[number - 1], done=day)
    text = text.replace("\r\n", "\n")
    lines = split_front_matter(text)[1].split("\n")
    head = text[: len(text) - len("\n".join(lines))]
    seen = 0
    for first, last in _sections(lines):
        for line, columns, action in action_lines(lines[first:last]):
            seen += bool(action.what)
            if action.what and seen == number:
                if columns and "done" in columns:
                    lines[first + line] = _with_cell(lines[first + line], columns.index("done"), str(day))
                else:
                    lines[first:last] = _as_table(form, lines[first:last], line, done)
                return head + "\n".join(lines)
    raise IndexError(number)


def _sections(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """From which line to which line sections of actions go, without their headings."""
    at = 0
    for place, part in enumerate(parts_of("\n".join(lines), 2)):
        first = at + bool(part.level)
        at = first + len(part.lines)
        if part.level and not (place == 1 and part.level == 1) and section_of(part.heading) == "actions":
            yield first, at


def _with_cell(line: str, column: int, words: str) -> str:
    """A row of a table with another cell; those that it lacks before it are empty."""
    indent = line[: len(line) - len(line.lstrip())]
    cells = split_cells(line)
    cells += [" "] * (column + 1 - len(cells))
    cells[column] = f" {words} "
    return f"{indent}|{'|'.join(cells)}|"


def _as_table(form: Form, lines: Sequence[str], of_done: int, done: Action) -> list[str]:
    """A section of actions as the form writes it: what stood around them, then the table."""
    found = list(action_lines(lines))
    kept = {line for line, _, _ in found}
    around = "\n".join(line for at, line in enumerate(lines) if at not in kept and not line.lstrip().startswith("|"))
    actions = [done if line == of_done else each for line, _, each in found if each.what]
    with speaking(form.head.language):
        rows = table(actions)
    return ["", *([around.strip("\n").rstrip(), ""] if around.strip() else []), *rows, ""]
