"""The OpenSLO objects of some files, by kind and name, and which of them are used."""

from __future__ import annotations

from collections.abc import Sequence

from kakeibo.definitions.marks import Findings
from kakeibo.i18n import t
from kakeibo.imports.documents import Part

_ALONE = ("SLO", "Service")
"""Kinds that mean something though nothing refers to them."""


class Objects:
    """Objects by kind and name. Two of one name are an error."""

    def __init__(self, parts: Sequence[Part], findings: Findings) -> None:
        self.findings = findings
        self.known: dict[tuple[str, str], Part] = {}
        self.used: set[tuple[str, str]] = set()
        for part in parts:
            key = (part.get("kind"), part.part("metadata").get("name"))
            if key in self.known:
                file, line, column = self.known[key].place
                message = t("there are two objects of kind {kind} called {name}", kind=key[0], name=key[1])
                mend = t("keep one of them: the first is in {place}", place=f"{file}:{line}:{column}")
                part.part("metadata").error("name", message, mend)
            else:
                self.known[key] = part

    def all(self, kind: str) -> list[Part]:
        return [part for (its, _), part in self.known.items() if its == kind]

    def unused(self) -> list[Part]:
        """Objects that no SLO refers to, by way of others too, and that say nothing on their own."""
        ours = {
            key for key, part in self.known.items() if "kakeibo/team" in part.part("metadata").get("annotations", {})
        }
        return [part for key, part in self.known.items() if key[0] not in _ALONE and key not in self.used | ours]

    def find(self, kind: str, name: str) -> Part | None:
        """The object, which counts as used from now on."""
        self.used.add((kind, name))
        return self.known.get((kind, name))

    def referred(self, part: Part, key: str, kind: str) -> Part | None:
        """The spec of the object that `part` names under `key`; a warning when it is kept elsewhere."""
        name = part.get(key)
        found = self.find(kind, name)
        if found is None:
            message = t("the {kind} {name} is not in these files", kind=kind, name=name)
            part.warn(key, message, t("give the file that has it too"))
            return None
        return found.part("spec")
