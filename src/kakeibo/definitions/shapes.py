"""Shapes of YAML: each reads nodes into plain values, reporting what does not fit, and gives its JSON Schema.

A shape is said once and used twice: by the reader of the book and by the editor that completes it. `read` returns None
for what it refused; the reason is in the findings by then.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, Protocol

from kakeibo.definitions.amounts import MAX_NAME, AmountError
from kakeibo.definitions.marks import Findings
from kakeibo.definitions.nodes import ListNode, MapNode, Node, Position, TextNode, position
from kakeibo.i18n import t

Schema = dict[str, Any]
_MAX_COMPARED: Final = 200
"""Beyond so many known names, finding the nearest costs more than it helps."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a value stands: the place of its key, how it is written right, and who collects the problems."""

    place: Position
    example: str
    findings: Findings

    def refuse(self, expected: str, node: Node) -> None:
        """Report that `node` is not what was expected."""
        message = t("expected {expected}, found {found}", expected=expected, found=_called(node))
        self.findings.error(position(node.start), message, written_like(self.example))


class Shape(Protocol):
    def read(self, node: Node, site: Site) -> Any: ...

    def schema(self) -> Schema: ...


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar; `value_of` turns its text into the value, or raises AmountError."""

    value_of: Callable[[str], Any] = str
    json: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})

    def read(self, node: Node, site: Site) -> Any:
        if not isinstance(node, TextNode) or node.empty or not node.value.strip():
            site.refuse(t("a text"), node)
            return None
        try:
            return self.value_of(node.value)
        except AmountError as error:
            site.findings.error(position(node.start), error.message, error.mend)

    def schema(self) -> Schema:
        return dict(self.json)


@dataclass(frozen=True, slots=True)
class Texts:
    """A list of scalars with at least one of them -> tuple of str; a lone scalar counts as a list where `lone`."""

    lone: bool = False

    def read(self, node: Node, site: Site) -> tuple[str, ...] | None:
        if isinstance(node, TextNode) and self.lone:
            text = Text().read(node, site)
            return None if text is None else (text,)
        if not isinstance(node, ListNode) or not node.items:
            site.refuse(t("a text or a list") if self.lone else t("a list"), node)
            return None
        items = [Text().read(item, site) for item in node.items]
        return None if None in items else tuple(items)

    def schema(self) -> Schema:
        # YAML reads an unquoted 404 as a number; here it is a text all the same.
        items: Schema = {"type": "array", "minItems": 1, "items": {"type": ["string", "number"]}}
        return {"anyOf": [{"type": "string"}, items]} if self.lone else items


@dataclass(frozen=True, slots=True)
class Items:
    """A list with at least one item of one shape -> tuple; or the word `none` -> (). A wrong item refuses the list."""

    of: Shape

    def read(self, node: Node, site: Site) -> tuple[Any, ...] | None:
        if isinstance(node, TextNode) and node.value == "none":
            return ()
        if not isinstance(node, ListNode) or not node.items:
            site.refuse(t("a list or the word none"), node)
            return None
        items = [self.of.read(item, Site(position(item.start), site.example, site.findings)) for item in node.items]
        return None if None in items else tuple(items)

    def schema(self) -> Schema:
        return {"anyOf": [{"const": "none"}, {"type": "array", "minItems": 1, "items": self.of.schema()}]}


@dataclass(frozen=True, slots=True)
class Either:
    """A scalar or a mapping."""

    text: Text
    mapping: Shape

    def read(self, node: Node, site: Site) -> Any:
        if isinstance(node, ListNode):
            site.refuse(t("a text or a mapping (key: value)"), node)
            return None
        return (self.mapping if isinstance(node, MapNode) else self.text).read(node, site)

    def schema(self) -> Schema:
        return {"anyOf": [self.text.schema(), self.mapping.schema()]}


@dataclass(frozen=True, slots=True)
class Table:
    """Names of the user's choice -> one shape. Returns a dict without the entries that were refused."""

    of: Shape
    name_of: Callable[[str], object]
    names: Mapping[str, Any]
    example: str
    required: bool = False

    def expected(self) -> str:
        return t("a mapping (key: value)")

    def read(self, node: Node, site: Site) -> dict[str, Any] | None:
        if isinstance(node, TextNode) and node.empty and not self.required:
            return {}
        if not isinstance(node, MapNode) or (self.required and not node.entries):
            site.refuse(self.expected(), node)
            return None
        values = {}
        for name, (key, value) in node.entries.items():
            try:
                self.name_of(name)
            except AmountError as error:
                site.findings.error(position(key.start), error.message, error.mend)
            read = self.of.read(value, Site(position(key.start), f"{name}: {self.example}", site.findings))
            if read is not None:
                values[name] = read
        return values

    def schema(self) -> Schema:
        table: Schema = {"type": "object", "propertyNames": dict(self.names), "additionalProperties": self.of.schema()}
        return {**table, "minProperties": 1} if self.required else {**table, "type": ["object", "null"]}


@dataclass(frozen=True, slots=True)
class Names(Table):
    """A table whose entries may all be left blank: then a list of their names will do."""

    def expected(self) -> str:
        return t("a list of names or a mapping (key: value)")

    def read(self, node: Node, site: Site) -> dict[str, Any] | None:
        if isinstance(node, ListNode) and node.items:
            named = [item for item in node.items if isinstance(item, TextNode)]
            blank = {item.value: (item, TextNode(item.start, item.end, "", True)) for item in named}
            if len(blank) == len(node.items):
                return Table.read(self, MapNode(node.start, {**blank}), site)
        return Table.read(self, node, site)

    def schema(self) -> Schema:
        names: Schema = {"type": "array", "minItems": 1, "items": {"type": "string", **self.names}}
        return {"anyOf": [names, Table.schema(self)]}


CONDITION: Final = Text(json={"type": ["string", "boolean"]})
"""A condition over the columns of a source."""


@dataclass(frozen=True, slots=True)
class Field:
    """One key of a record: what it holds, what it means (for editors), and how it is written (for mends)."""

    shape: Shape
    about: str
    example: str
    required: bool = False

    def schema(self) -> Schema:
        return {"description": f"{self.about} Example: `{self.example}`", **self.shape.schema()}


@dataclass(frozen=True, slots=True)
class Record:
    """Known keys. Returns a dict with the keys that are written and fit. Keys besides go to "options" where `open`."""

    fields: Mapping[str, Field]
    open: bool = False
    blank: bool = False
    some: bool = False
    one_of: tuple[str, ...] = ()
    """`blank`: may be left empty. `some`: at least one key must be written; `one_of`: exactly one of these must."""

    def read(self, node: Node, site: Site) -> dict[str, Any] | None:
        if isinstance(node, TextNode) and node.empty and self.blank:
            return {}
        if not isinstance(node, MapNode) or (self.some and not node.entries):
            site.refuse(t("a mapping (key: value)"), node)
            return None
        values: dict[str, Any] = {"options": {}} if self.open else {}
        for name, (key, value) in node.entries.items():
            known = self.fields.get(name)
            if known:
                read = known.shape.read(value, Site(position(key.start), known.example, site.findings))
                if read is not None:
                    values[name] = read
            elif self.open:
                values["options"][name] = plain(value)
            else:
                self.unknown(key, site)
        for name in self.required(node):
            if name not in node.entries and not self._misspelt(name, node):
                example = written_like(self.fields[name].example)
                site.findings.error(site.place, t("the key '{key}' is missing", key=name), example)
        self._choose(node, site)
        return values

    def required(self, node: MapNode) -> Iterable[str]:
        """The keys that must be in a mapping."""
        del node
        return (name for name, known in self.fields.items() if known.required)

    def unknown(self, key: TextNode, site: Site) -> None:
        """What is said of a key that is none of the fields."""
        message = t("unknown key '{key}'", key=key.value)
        site.findings.error(position(key.start), message, nearest(key.value, self.fields))

    def _choose(self, node: MapNode, site: Site) -> None:
        """Exactly one of `one_of` must be written."""
        first, *others = [name for name in node.entries if name in self.one_of] or [""]
        if self.one_of and not first and not any(self._misspelt(name, node) for name in self.one_of):
            name = self.one_of[0]
            site.findings.error(
                site.place, t("the key '{key}' is missing", key=name), written_like(self.fields[name].example)
            )
        for name in others:
            message = t("'{key}' and '{other}' exclude each other", key=name, other=first)
            site.findings.error(position(node.entries[name][0].start), message, t("keep one of the two"))

    def _misspelt(self, name: str, node: MapNode) -> bool:
        """Whether a missing key is there under a wrong name, which is reported already."""
        fields = tuple(self.fields)
        return not self.open and any(_near(written, fields) == name for written in node.entries.keys() - fields)

    def schema(self) -> Schema:
        properties = {name: known.schema() for name, known in self.fields.items()}
        record: Schema = {"type": ["object", "null"] if self.blank else "object", "properties": properties}
        required = [name for name, known in self.fields.items() if known.required]
        if required:
            record["required"] = required
        if self.some:
            record["minProperties"] = 1
        if self.one_of:
            record["oneOf"] = [{"required": [name]} for name in self.one_of]
        return record if self.open else {**record, "additionalProperties": False}


def written_like(example: str) -> str:
    return t("write it like this: {example}", example=example)


def nearest(word: str, known: Collection[str]) -> str:
    """The mend for a word that is none of the known ones."""
    near = _near(word, tuple(known))
    if near:
        return t("did you mean '{near}'?", near=near)
    if not known:
        return t("none is written yet: add it to the book")
    shown = ", ".join(sorted(known)[:10])
    return t("known are: {names}", names=shown if len(known) <= 10 else f"{shown}, ...")


@lru_cache(maxsize=1024)
def _near(word: str, known: tuple[str, ...]) -> str | None:
    if len(known) > _MAX_COMPARED or len(word) > MAX_NAME:
        return None
    return next(iter(difflib.get_close_matches(word.lower(), known, n=1)), None)


def plain(node: Node) -> Any:
    """A value of no known shape as Python sees it: null, booleans, decimal numbers; everything else stays text."""
    if isinstance(node, MapNode):
        return {name: plain(value) for name, (_, value) in node.entries.items()}
    if isinstance(node, ListNode):
        return [plain(item) for item in node.items]
    if not node.plain:
        return node.value
    if node.empty:
        return None
    if node.value in ("true", "false"):
        return node.value == "true"
    if _INTEGER.fullmatch(node.value):
        return int(node.value)
    return float(node.value) if _DECIMAL.fullmatch(node.value) else node.value


_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,17})", re.ASCII)
_DECIMAL: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,14})\.[0-9]{1,15}", re.ASCII)


def _called(node: Node) -> str:
    if isinstance(node, TextNode):
        return t("a text") if node.value.strip() and not node.empty else t("nothing")
    if isinstance(node, ListNode):
        return t("a list") if node.items else t("an empty list")
    return t("a mapping (key: value)") if node.entries else t("an empty mapping")
