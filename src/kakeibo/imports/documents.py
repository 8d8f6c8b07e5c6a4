"""Files of YAML (or JSON) documents, each with the places of everything in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kakeibo.definitions.files import problem, read_text
from kakeibo.definitions.marks import Findings, Marks
from kakeibo.definitions.nodes import MapNode, Position, compose_all, position
from kakeibo.definitions.shapes import Shape, Site, plain
from kakeibo.errors import BookError, Problem
from kakeibo.i18n import t

Keys = tuple[str, ...]
"""A path of keys into a document; the items of a list have the keys "0", "1", ..."""


@dataclass(slots=True)
class Document:
    """One mapping of a file. `values` are its values once `read` has found its shape."""

    marks: Marks
    findings: Findings
    values: Mapping[str, Any] = field(default_factory=dict)

    def read(self, shape: Shape, example: str) -> Mapping[str, Any]:
        """The values by this shape, without those that do not fit: they are in the findings."""
        place = position(self.marks.root.start)
        self.values = shape.read(self.marks.root, Site(place, example, self.findings)) or {}
        return self.values

    def text(self, key: str) -> str:
        """A text at the top, whatever the shape; "" where there is none."""
        entry = self.marks.root.entries.get(key)
        found = plain(entry[1]) if entry else ""
        return found if isinstance(found, str) else ""

    def place(self, keys: Keys) -> Position:
        return self.marks.locate(keys)

    @property
    def whole(self) -> Part:
        return Part(self, (), self.values)

    def error(self, keys: Keys, message: str, mend: str = "") -> None:
        self.findings.error(self.place(keys), message, mend)

    def warn(self, keys: Keys, message: str, mend: str = "") -> None:
        self.findings.warn(self.place(keys), message, mend)


@dataclass(frozen=True, slots=True)
class Part:
    """Values within a document, with where they are."""

    document: Document
    keys: Keys
    values: Mapping[str, Any]

    def part(self, *keys: str) -> Part:
        """The mapping at a path of keys; empty where nothing is written."""
        value: Any = self.values
        for key in keys:
            value = value[int(key)] if isinstance(value, tuple) else value.get(key, {})
        return Part(self.document, (*self.keys, *keys), value or {})

    def parts(self, key: str) -> list[Part]:
        """The mappings of a list."""
        return [self.part(key, str(number)) for number in range(len(self.values.get(key, ())))]

    def get(self, key: str, usual: Any = None) -> Any:
        return self.values.get(key, usual)

    def has(self, key: str) -> bool:
        return key in self.values

    @property
    def place(self) -> Position:
        return self.document.place(self.keys)

    def error(self, key: str, message: str, mend: str = "") -> None:
        """Report at a key of these values; at the values themselves where it is "" or not written."""
        self.document.error((*self.keys, key), message, mend)

    def warn(self, key: str, message: str, mend: str = "") -> None:
        self.document.warn((*self.keys, key), message, mend)


def read_documents(paths: Sequence[Path], findings: Findings) -> list[Document]:
    """Every document of the files, in their order. Raises BookError for what cannot be read at all."""
    documents: list[Document] = []
    broken: list[Problem] = []
    for path in paths:
        try:
            text = read_text(path, t("give the file that holds the definitions"))
            roots, problems = compose_all(str(path), text)
            if not roots:
                raise problem(path, t("there is nothing in this file"), t("give the file that holds the definitions"))
        except BookError as error:
            broken += error.problems
            continue
        findings.problems.update(dict.fromkeys(problems))
        for root in roots:
            if isinstance(root, MapNode):
                documents.append(Document(Marks(root, {str(path): text}), findings))
            else:
                message = t("a document is a mapping (key: value)")
                broken.append(Problem(*position(root.start), message, t("give the file that holds the definitions")))
    if broken:
        raise BookError(sorted(broken))
    return documents
