"""Where things are written: a path of keys, or a character within a text -> file, line and column."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from kakeibo.definitions.nodes import ListNode, MapNode, Node, Position, TextNode, position
from kakeibo.errors import Problem

Keys = tuple[str, ...]
Passage = tuple[int, Keys, bool]
"""From which character of a text on it is written at which keys; False: it is not written out there, only meant."""


@dataclass(slots=True)
class Marks:
    """The places of a book that was read. `texts` holds the text of every file by its name.

    `stand_ins`: keys that nobody wrote, because a short form stands for what would be there -> its passages.
    """

    root: MapNode
    texts: Mapping[str, str]
    stand_ins: dict[Keys, tuple[Passage, ...]] = field(default_factory=dict)

    def locate(self, keys: Sequence[str], offset: int = 0, *, key: bool = False) -> Position:
        """File, line and column (from 1) of the value at a path of keys; `offset` counts characters into its text.

        Lists and mappings are located at their key, and so is everything with `key=True`. Where the path ends early,
        at the last key that exists: that is where something is missing. Items of a list have the keys "0", "1", ...
        """
        keys, offset = self._written(tuple(keys), offset)
        node: Node = self.root
        place = position(node.start)
        for number, name in enumerate(keys, start=1):
            if isinstance(node, MapNode) and name in node.entries:
                written, node = node.entries[name]
                place = position(written.start)
            elif isinstance(node, ListNode) and name.isdecimal() and int(name) < len(node.items):
                node = node.items[int(name)]
                place = position(node.start)
            else:
                return place
            if number == len(keys) and isinstance(node, TextNode) and not key:
                return self.within(node, offset)
        return place

    def has(self, keys: Sequence[str]) -> bool:
        """Is something written at this path of keys, or stands something for it?"""
        return self._at(self._written(tuple(keys), 0)[0]) is not None

    def _written(self, keys: Keys, offset: int) -> tuple[Keys, int]:
        """The keys and the offset there at which a text is really written."""
        for length in range(len(keys), 0, -1):
            if passages := self.stand_ins.get(keys[:length]):
                start, there, exact = next((p for p in reversed(passages) if p[0] <= offset), passages[0])
                return (*there, *keys[length:]), offset - start if exact and offset > start else 0
        return keys, offset

    def names(self, section: str) -> Collection[str]:
        """The keys written in a section, also of entries that have an error."""
        return self.keys((section,))

    def keys(self, keys: Sequence[str]) -> Collection[str]:
        """The keys written in the mapping at this path of keys; none where there is no mapping."""
        node = self._at(keys)
        return node.entries.keys() if isinstance(node, MapNode) else ()

    def _at(self, keys: Sequence[str]) -> Node | None:
        node: Node = self.root
        for name in keys:
            if isinstance(node, MapNode) and name in node.entries:
                node = node.entries[name][1]
            elif isinstance(node, ListNode) and name.isdecimal() and int(name) < len(node.items):
                node = node.items[int(name)]
            else:
                return None
        return node

    def within(self, node: TextNode, offset: int) -> Position:
        """The place of one character of a text, through quotes, escapes, folded lines and blocks."""
        file, line, column = position(node.start)
        raw = self.texts[file][node.start.index : node.end.index]
        at = _raw_offset(raw, node, offset)
        before = raw[:at]
        if "\n" in before:
            return file, line + before.count("\n"), at - before.rfind("\n")
        return file, line, column + at


@dataclass(slots=True)
class Findings:
    """The problems found so far. The same one twice (by way of an alias) is kept once."""

    problems: dict[Problem, None] = field(default_factory=dict)

    def error(self, place: Position, message: str, mend: str = "") -> None:
        self.problems[Problem(*place, message, mend)] = None

    def warn(self, place: Position, message: str, mend: str = "") -> None:
        self.problems[Problem(*place, message, mend, "warning")] = None

    @property
    def errors(self) -> list[Problem]:
        return sorted(problem for problem in self.problems if problem.level == "error")

    @property
    def warnings(self) -> list[Problem]:
        return sorted(problem for problem in self.problems if problem.level == "warning")


_ESCAPED = re.compile(r"\\(?:x..|u.{4}|U.{8}|\r?\n|.)|''|.", re.DOTALL)


def _raw_offset(raw: str, node: TextNode, offset: int) -> int:
    """Where value[offset] begins in the raw text. Folding changes only white space, so we count what is not."""
    quote = raw[0] if not node.plain and raw[:1] in ("'", '"') else ""
    begin = 1 if quote else 0
    if raw[:1] in ("|", ">") and not node.plain:
        begin = raw.find("\n") + 1
    visible = len("".join(node.value[:offset].split()))
    end = begin
    for token in _tokens(raw, quote, begin):
        if token.group().isspace() or token.group() in _WHITE_ESCAPES:
            continue
        if visible == 0:
            return token.start() if offset < len(node.value) else end
        visible -= 1
        end = token.end()
    return end


_WHITE_ESCAPES = {"\\n", "\\t", "\\ ", "\\r", "\\v", "\\f", "\\N", "\\_", "\\L", "\\P", "\\\n", "\\\r\n"}


def _tokens(raw: str, quote: str, begin: int) -> list[re.Match[str]]:
    """Pieces of raw text that each stand for one character of the value."""
    end = len(raw) - 1 if quote else len(raw)
    if quote == '"':
        return [found for found in _ESCAPED.finditer(raw, begin, end) if found.group() != "''"]
    pattern = re.compile("''|.", re.DOTALL) if quote else re.compile(".", re.DOTALL)
    return list(pattern.finditer(raw, begin, end))
