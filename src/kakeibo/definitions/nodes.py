"""YAML text -> nodes that know their place.

Read from parser events, with a stack of our own: libyaml's composer crashes the interpreter on deep nesting, cannot
tell a cyclic alias from a harmless one, and drops the first of two equal keys without a word. Nothing is resolved here:
every scalar stays the text that was written, so `no` is a text and `99.9` never becomes a float.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol

import yaml

from kakeibo.definitions.syntax import explain
from kakeibo.errors import BookError, Problem
from kakeibo.i18n import t

MAX_DEPTH: Final = 64
MAX_NODES: Final = 1_000_000
"""Entries of a book once every alias is written out; a book of 10,000 SLOs has about 200,000."""

_CORE: Final = "tag:yaml.org,2002:"
_HARMLESS_TAGS: Final = {None, "!", *(_CORE + kind for kind in ("str", "int", "float", "bool", "null", "map", "seq"))}

Event = Any
"""A parser event; which attributes it has depends on its kind."""

Position = tuple[str, int, int]
"""File, line and column, counted from 1."""


class Mark(Protocol):
    """The parser's own: `name` is the file; `index`, `line` and `column` count characters from 0."""

    name: str
    index: int
    line: int
    column: int


@dataclass(slots=True, eq=False)
class TextNode:
    """A scalar as written. `plain` when it has no quotes and is no block."""

    start: Mark
    end: Mark
    value: str
    plain: bool
    size: int = 1
    depth: int = 0

    @property
    def empty(self) -> bool:
        """Nothing was written: `key:` or `key: null`."""
        return self.plain and self.value in ("", "~", "null")


@dataclass(slots=True, eq=False)
class ListNode:
    start: Mark
    items: list[Node]
    size: int = 1
    depth: int = 1


@dataclass(slots=True, eq=False)
class MapNode:
    """Key -> (the key's node, the value)."""

    start: Mark
    entries: dict[str, tuple[TextNode, Node]]
    size: int = 1
    depth: int = 1


Node = TextNode | ListNode | MapNode


def position(mark: Mark) -> Position:
    return mark.name, mark.line + 1, mark.column + 1


def compose(file: str, text: str) -> tuple[Node | None, list[Problem]]:
    """The one document in `text`, None when there is nothing but comments, with the problems one can read past.

    Raises BookError for what one cannot: broken syntax, a cyclic alias, too deep or too large.
    """
    roots, problems = _compose(file, text, several=False)
    return next(iter(roots), None), problems


def compose_all(file: str, text: str) -> tuple[list[Node], list[Problem]]:
    """Every document in `text` that is not empty, else as `compose`."""
    return _compose(file, text, several=True)


def _compose(file: str, text: str, *, several: bool) -> tuple[list[Node], list[Problem]]:
    composer = _Composer(several)
    try:
        for event in _events(file, text):
            composer.take(event)
    except yaml.YAMLError as error:
        raise BookError([explain(error, file, text)]) from None
    return composer.roots, composer.problems


class _Stream(io.StringIO):
    """Text with a name; the parser writes the name into every mark."""

    name: str


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    yaml_implicit_resolvers: dict[str, object] = {}  # noqa: RUF012


def _events(file: str, text: str) -> Iterator[Event]:
    stream = _Stream(text)
    stream.name = file
    return yaml.parse(stream, Loader=_Loader)


class _Composer:
    """Takes events one by one. `unfinished` holds the lists and mappings not yet closed, with what they hold."""

    def __init__(self, several: bool) -> None:
        self.several = several
        self.roots: list[Node] = []
        self.problems: list[Problem] = []
        self.anchors: dict[str, Node | None] = {}
        self.unfinished: list[tuple[Event, list[Node]]] = []
        self.size = 0

    def take(self, event: Event) -> None:
        kind = type(event)
        self.grow(event, 1)
        if kind is yaml.ScalarEvent:
            self.check_tag(event)
            plain = event.style is None or event.style == ""
            self.finish(TextNode(event.start_mark, event.end_mark, event.value, plain), event.anchor)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            self.begin(event)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            start, parts = self.unfinished.pop()
            self.finish(
                self.mapping(start, parts) if kind is yaml.MappingEndEvent else listing(start, parts), start.anchor
            )
        elif kind is yaml.AliasEvent:
            self.finish(self.aliased(event), None)
        elif kind is yaml.DocumentEndEvent:
            self.anchors = {}  # an alias repeats a part of its own document only
        elif kind is yaml.DocumentStartEvent and self.roots and not self.several:
            raise _fatal(event, t("a second document begins here"), t("remove the line '---' or use a file for each"))

    def begin(self, event: Event) -> None:
        self.check_tag(event)
        self.descend(event, 1)
        if event.anchor:
            self.anchors[event.anchor] = None
        self.unfinished.append((event, []))

    def finish(self, node: Node, anchor: str | None) -> None:
        if anchor:
            self.anchors[anchor] = node
        if self.unfinished:
            self.unfinished[-1][1].append(node)
        elif not (isinstance(node, TextNode) and node.empty):
            self.roots.append(node)

    def aliased(self, event: Event) -> Node:
        name = event.anchor
        if name not in self.anchors:
            message = t("the alias *{name} refers to nothing", name=name)
            raise _fatal(event, message, t("mark the part it repeats with &{name}, further up", name=name))
        node = self.anchors[name]
        if node is None:
            message = t("the alias *{name} contains itself", name=name)
            raise _fatal(event, message, t("write out what is meant instead of *{name}", name=name))
        self.grow(event, node.size)
        self.descend(event, node.depth)
        return node

    def grow(self, event: Event, by: int) -> None:
        """Count what is written, aliases written out, before a few lines of them fill the memory."""
        self.size += by
        if self.size > MAX_NODES:
            message = t("the book has more than {bound} entries", bound=f"{MAX_NODES:,}")
            raise _fatal(event, message, t("write fewer, or use fewer aliases inside aliases"))

    def descend(self, event: Event, levels: int) -> None:
        """Bound the depth, aliases written out: readers of nodes recurse."""
        if len(self.unfinished) + levels > MAX_DEPTH:
            message = t("nested deeper than {depth} levels", depth=MAX_DEPTH)
            raise _fatal(event, message, t("look for brackets that are never closed, and for aliases inside aliases"))

    def mapping(self, start: Event, parts: list[Node]) -> MapNode:
        node = MapNode(start.start_mark, {}, *_extent(parts))
        merged = []
        for key, value in zip(parts[::2], parts[1::2], strict=True):
            if not isinstance(key, TextNode):
                self.complain(key, t("a key must be a word"), t("write the key as a plain word"))
            elif key.plain and key.value == "<<":
                merged.append(value)
            elif key.value in node.entries:
                first = node.entries[key.value][0].start.line + 1
                message = t("the key '{key}' is written twice, first on line {line}", key=key.value, line=first)
                self.complain(key, message, t("keep one of the two"))
            else:
                node.entries[key.value] = (key, value)
        for value in merged:
            self.merge(node, value)
        return node

    def merge(self, node: MapNode, value: Node) -> None:
        """`<<: *defaults` fills in the keys that are not written; of several, the first wins."""
        for part in value.items if isinstance(value, ListNode) else [value]:
            if isinstance(part, MapNode):
                node.entries = {**part.entries, **node.entries}
            else:
                self.complain(
                    part, t("'<<' takes a mapping"), t("write it like this: {example}", example="<<: *defaults")
                )

    def check_tag(self, event: Event) -> None:
        if event.tag not in _HARMLESS_TAGS:
            message = t("the tag {tag} means nothing here", tag=event.tag.replace(_CORE, "!!"))
            self.problems.append(Problem(*position(event.start_mark), message, t("remove the tag")))

    def complain(self, node: Node, message: str, mend: str) -> None:
        self.problems.append(Problem(*position(node.start), message, mend))


def listing(start: Event, parts: list[Node]) -> ListNode:
    return ListNode(start.start_mark, parts, *_extent(parts))


def _extent(parts: list[Node]) -> tuple[int, int]:
    """Size and depth of what contains `parts`."""
    return 1 + sum(part.size for part in parts), 1 + max((part.depth for part in parts), default=0)


def _fatal(event: Event, message: str, mend: str) -> BookError:
    return BookError([Problem(*position(event.start_mark), message, mend)])
