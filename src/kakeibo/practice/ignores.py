"""Findings that somebody has decided to live with: a comment where it stands, with an end and a reason.

    # kakeibo: ignore one-replica until 2027-03-31: nobody waits for this one

It holds for the line it is on and the next one that is no comment; at the beginning of a file or YAML document, for
all of it. A file that takes no comments is named in a comment of the book: `ignore ... in plan.json until ...`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatch
from pathlib import PurePath
from typing import Final

from kakeibo.errors import Problem
from kakeibo.i18n import t

EXAMPLE: Final = "# kakeibo: ignore one-replica until 2027-03-31: REASON"
_ASKS: Final = re.compile(r"(?:#|//)\s*kakeibo:\s*ignore\b(?P<rest>.*)")
_SAYS: Final = re.compile(
    r"\s+(?P<kind>[a-z][a-z-]*)(?:\s+in\s+(?P<file>\S+))?\s+until\s+(?P<until>\d{4}-\d\d-\d\d)\s*[:：]\s*(?P<why>\S.*)"
)
_COMMENT: Final = re.compile(r"\s*(?:#|//|$)")


@dataclass(frozen=True, slots=True)
class Ignore:
    """Findings of the check `kind` in [from_line, to_line] of `file` (a pattern of file names where `elsewhere`) are
    not told up to and with the day `until`."""

    kind: str
    file: str
    from_line: int
    to_line: int
    until: date
    reason: str
    elsewhere: bool = False

    def covers(self, kind: str, problem: Problem) -> bool:
        """Whether a finding is one of those."""
        if kind != self.kind:
            return False
        if self.elsewhere:
            return fnmatch(problem.file, self.file) or fnmatch(PurePath(problem.file).name, self.file)
        return problem.file == self.file and self.from_line <= problem.line <= self.to_line


def ignores_in(file: str, text: str) -> tuple[list[Ignore], list[Problem]]:
    """What the comments of a file ask to be ignored, and the comments that are not understood."""
    lines = text.splitlines()
    found: list[Ignore] = []
    problems: list[Problem] = []
    for number, line in enumerate(lines, start=1):
        if (asks := _ASKS.search(line)) is None:
            continue
        says = _SAYS.fullmatch(asks["rest"].rstrip())
        until = _day(says["until"]) if says else None
        if says is None or until is None:
            mend = t("write it like this: {example}", example=EXAMPLE)
            message = t("this comment ignores nothing: it needs a check, an end and a reason")
            problems.append(Problem(file, number, asks.start() + 1, message, mend, "warning"))
            continue
        first, last = _reach(lines, number)
        where = says["file"] or file
        found.append(Ignore(says["kind"], where, first, last, until, says["why"].strip(), bool(says["file"])))
    return found, problems


def ignore_of(ignores: Iterable[Ignore], kind: str, problem: Problem, today: date) -> Ignore | None:
    """What keeps a finding from being told today."""
    return next((one for one in ignores if one.covers(kind, problem) and today <= one.until), None)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _reach(lines: Sequence[str], number: int) -> tuple[int, int]:
    """The lines that a comment on line `number` speaks for."""
    above = number - 1
    while above > 0 and not lines[above - 1].startswith("---") and _COMMENT.match(lines[above - 1]):
        above -= 1
    alone = _COMMENT.match(lines[number - 1]) is not None
    if alone and (above == 0 or lines[above - 1].startswith("---")):
        ends = (at for at in range(number, len(lines)) if lines[at].startswith("---"))
        return number, next(ends, len(lines))
    below = number
    while alone and below < len(lines) and _COMMENT.match(lines[below]):
        below += 1
    return number, below + 1 if alone else number
