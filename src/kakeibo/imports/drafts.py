"""A book that is being put together from the files of another tool."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kakeibo.definitions.amounts import MAX_NAME
from kakeibo.definitions.marks import Findings
from kakeibo.definitions.menu import named
from kakeibo.definitions.nodes import Position
from kakeibo.i18n import t
from kakeibo.model import Book, Journey, Organisation, Service, Slo, Source, Team

LOCAL: str = "http://localhost:9090"
"""Where a Prometheus is taken to be until somebody says."""


@dataclass(slots=True)
class Draft:
    """What will be in the book, in the order in which it was met, and what was noticed."""

    findings: Findings = field(default_factory=Findings)
    organisation: Organisation = field(default_factory=Organisation)
    teams: dict[str, Team] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    journeys: dict[str, Journey] = field(default_factory=dict)

    def book(self) -> Book:
        return Book(Path("kakeibo.yaml"), self.organisation, self.teams, self.services, self.sources, self.journeys,
                    self.lists)  # fmt: skip

    def add(self, journey: Journey, slo: Slo, place: Position) -> None:
        """An SLO with its journey; two of one name are an error, and of a journey the first says what it is."""
        present = self.journeys.setdefault(journey.key, replace(journey, slos=()))
        if any(slo.name == one.name for one in present.slos):
            message = t("two objectives would be called {name}", name=slo.name)
            self.findings.error(place, message, t("give one of them another name"))
            return
        typed = replace(slo, sli_type=named(slo.name.partition("/")[2]))
        self.journeys[journey.key] = replace(present, slos=(*present.slos, typed))

    def prometheus(self, name: str, url: str | None, place: Position, options: dict[str, Any] | None = None) -> str:
        """The name of a source of type prometheus, put into the book if it is not there yet."""
        if name not in self.sources:
            if url is None:
                message = t("nothing says where Prometheus is: {url} stands in the book for now", url=LOCAL)
                self.findings.warn(place, message, t("correct it there"))
            self.sources[name] = Source(
                name, "prometheus", (), Path(), options={"url": url or LOCAL, **(options or {})}
            )
        return name


def key_of(text: str) -> str:
    """A name of another tool as a name of a book: a-z, 0-9, - and _."""
    simple = re.sub(r"[^a-z0-9_-]+", "-", text.lower()).lstrip("-_")[:MAX_NAME].rstrip("-")
    return simple or "unnamed"


def own_name(text: str) -> str:
    """A name that was a book's already stays as it is."""
    return text if re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", text, re.ASCII) else key_of(text)
