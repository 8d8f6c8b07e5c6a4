"""Markdown with front matter -> a form. What is written elsewhere in the file than the form has it is kept too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Final

from kakeibo.errors import UsageError
from kakeibo.i18n import LANGUAGES, speaking, t
from kakeibo.postmortems.form import ACTION_TYPES, Action, ActionType, Form, Question, Section
from kakeibo.postmortems.front_matter import read_head
from kakeibo.postmortems.headings import plain, section_of
from kakeibo.postmortems.writing import COLUMNS

LONGEST: Final = 400_000
"""Characters of a postmortem."""
_HEADING: Final = re.compile(r" {0,3}(#{1,6})\s+(.*?)\s*$")
_FENCE: Final = re.compile(r" {0,3}(```+|~~~+)")
_BOX: Final = re.compile(r"\s*[-*+]\s+\[([ xX])\]\s+(.*)$")
_BULLET: Final = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+(?:\[([ xX])\]\s+)?(.*)$")
_RULE: Final = re.compile(r"\s*\|?\s*:?-{2,}.*$")


@dataclass
class Part:
    """What stands under one heading. `level` 0: before the first."""

    heading: str
    level: int
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.lines).strip("\n").rstrip()


def read(text: str) -> Form:
    """The form that a text has. Raises UsageError, naming what is wrong, when its head cannot be used."""
    front, body = split_front_matter(text)
    if front is None:
        raise UsageError(
            t("the postmortem has no front matter"),
            t("begin it with a line ---, then date: 2026-10-01, then ---; kakeibo postmortem import reads other forms"),
        )
    parts = list(parts_of(body, 2))
    preface, heading = parts[0], ""
    if len(parts) > 1 and parts[1].level == 1:
        heading, preface = parts[1].heading, Part("", 0, [*preface.lines, *parts.pop(1).lines])
    form = Form(read_head(front, heading))
    return assembled(form, preface.text, parts[1:])


def assembled(form: Form, preface: str, parts: Sequence[Part]) -> Form:
    """A form with its sections. One that stands twice is put together; an unknown heading is kept as it is."""
    texts: dict[Section, list[str]] = {}
    extra: list[tuple[str, str]] = []
    for part in parts:
        section = section_of(part.heading)
        if section is None:
            extra.append((part.heading, part.text))
        else:
            texts.setdefault(section, []).append(part.text)
    joined = {section: "\n\n".join(filter(None, each)) for section, each in texts.items()}
    actions, note = read_actions(joined.pop("actions", ""))
    questions, rest = _questions(joined.pop("questions", ""))
    if rest:
        extra.append((t("Open questions"), rest))
    return Form(form.head, joined, actions, questions, tuple(extra), preface, note)


def split_front_matter(text: str) -> tuple[str | None, str]:
    """What stands between the first two lines of three dashes, and what follows; None: the text has no such lines."""
    if len(text) > LONGEST:
        raise UsageError(
            t("this is more than {n} characters", n=LONGEST), t("put long logs beside it, and a link here")
        )
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if lines[0].rstrip() != "---":
        return None, "\n".join(lines)
    ends = (number for number, line in enumerate(lines) if number and line.rstrip() in ("---", "..."))
    if (end := next(ends, None)) is None:
        return None, "\n".join(lines)
    return "\n".join(lines[1:end]), "\n".join(lines[end + 1 :])


def parts_of(body: str, deepest: int) -> Iterator[Part]:
    """The text before the first heading, then what stands under each heading of at most level `deepest`."""
    part, fence = Part("", 0), ""
    for line in body.split("\n"):
        mark = _FENCE.match(line)
        if mark and (not fence or (mark[1].startswith(fence) and not line.strip(" `~"))):
            fence = "" if fence else mark[1]
        heading = None if fence or mark else _HEADING.match(line)
        if heading and len(heading[1]) <= deepest:
            yield part
            part = Part(heading[2], len(heading[1]))
        else:
            part.lines.append(line)
    yield part


def read_actions(text: str) -> tuple[tuple[Action, ...], str]:
    """The actions in a table or a list, and the text around them. What stands in a column that is not known is added to
    the words of the action."""
    lines = text.split("\n")
    found = list(action_lines(lines))
    listed = {line for line, _, _ in found}
    note = [line for at, line in enumerate(lines) if at not in listed and not _is_row(line)]
    return tuple(action for _, _, action in found if action.what), "\n".join(note).strip("\n").rstrip()


def action_lines(lines: Sequence[str]) -> Iterator[tuple[int, Sequence[str], Action]]:
    """Every action (also one without words), with the line that it stands on, and the fields of its table's columns,
    "" for one that is not known; none for a list."""
    columns: list[tuple[str, str]] = []
    for at, line in enumerate(lines):
        if _is_row(line):
            cells = _cells(line)
            if not columns:
                columns = [(_columns().get(plain(cell), ""), cell) for cell in cells]
                if "what" not in dict(columns):
                    columns[0] = "what", ""
            elif not _RULE.fullmatch(line) and any(cells):
                yield at, [field for field, _ in columns], _action(columns, cells)
            continue
        columns = []
        if bullet := _BULLET.fullmatch(line):
            yield at, (), Action(("✓ " if bullet[1] in ("x", "X") else "") + bullet[2].strip())


def _is_row(line: str) -> bool:
    return line.lstrip().startswith("|")


def _action(columns: Sequence[tuple[str, str]], row: Sequence[str]) -> Action:
    cells = {field: cell for (field, _), cell in zip(columns, row, strict=False) if field}
    also = [f"{heading}: {cell}" for (field, heading), cell in zip(columns, row, strict=False)
            if cell and not field and plain(heading)]  # fmt: skip
    kind = _TYPE_OF.get(_folded(cells.get("type", "")), "other")
    what = " ".join(filter(None, (cells.get("what", ""), f"({'; '.join(also)})" if also else "")))
    return Action(what, kind, cells.get("owner", ""), _day(cells.get("due")), _day(cells.get("done")))


def _day(text: str | None) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat((text or "").strip().replace("/", "-"))
    return None


def _cells(line: str) -> list[str]:
    return [re.sub(r"\\([\\|])", r"\1", cell.strip()) for cell in split_cells(line)]


def split_cells(line: str) -> list[str]:
    """The cells of a row of a table as they are written, escaped."""
    found = _split(line.strip()[1:])
    if len(found) > 1 and not found[-1].strip():
        found.pop()  # what follows the last bar
    return found


def _split(line: str) -> list[str]:
    """Cells, still escaped."""
    cells, escaped = [""], False
    for char in line:
        if char == "|" and not escaped:
            cells.append("")
        else:
            cells[-1] += char
        escaped = char == "\\" and not escaped
    return cells


def _questions(text: str) -> tuple[tuple[Question, ...], str]:
    questions: list[Question] = []
    rest: list[str] = []
    for line in text.split("\n"):
        if box := _BOX.fullmatch(line) or _BULLET.fullmatch(line):
            questions.append(Question(box[2].strip(), (box[1] or " ") in "xX"))
        else:
            rest.append(line)
    return tuple(one for one in questions if one.text), "\n".join(rest).strip("\n").rstrip()


def _folded(text: str) -> str:
    return text.strip(" *_`").casefold()


@lru_cache
def _columns() -> Mapping[str, str]:
    """Heading of a column -> field of an action."""
    names = dict(zip(COLUMNS, ("what", "type", "owner", "due", "done"), strict=True))
    found = {"action item": "what", "item": "what", "description": "what", "task": "what", "todo": "what"}
    found |= {
        "kind": "type",
        "category": "type",
        "assignee": "owner",
        "who": "owner",
        "action item description": "what",
    }
    found |= dict.fromkeys(("due date", "deadline", "when", "target date", "by when"), "due")
    found |= {
        "対応": "what",
        "対策": "what",
        "内容": "what",
        "担当者": "owner",
        "締切": "due",
        "期日": "due",
        "完了日": "done",
    }
    for lang in LANGUAGES:
        with speaking(lang):
            found |= {plain(t(english)): key for english, key in names.items()}
    return found


_TYPE_OF: Final[Mapping[str, ActionType]] = {
    **{name: name for name in ACTION_TYPES},
    **dict.fromkeys(("prevention", "preventive", "preventative", "再発防止", "予防"), "prevent"),
    **dict.fromkeys(("detection", "monitoring", "検知", "監視"), "detect"),
    **dict.fromkeys(("mitigation", "repair", "緩和", "軽減"), "mitigate"),
    **dict.fromkeys(("プロセス", "手順"), "process"),
}
