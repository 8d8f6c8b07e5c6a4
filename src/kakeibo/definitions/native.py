"""Our own format of the book: YAML, one file or a folder of them -> model objects."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from kakeibo.definitions import amounts, measures, references, rosters
from kakeibo.definitions.files import book_files, problem, read_text
from kakeibo.definitions.marks import Findings, Marks
from kakeibo.definitions.nodes import MapNode, TextNode, compose, position
from kakeibo.definitions.queries import no_bad, queries
from kakeibo.definitions.schema import BOOK, JOURNEY
from kakeibo.definitions.shapes import Site, written_like
from kakeibo.errors import BookError, PredicateError, Problem
from kakeibo.i18n import LANGUAGES, t
from kakeibo.model import (
    Book,
    Channel,
    Composite,
    Events,
    Journey,
    Measure,
    Method,
    Organisation,
    Service,
    Slo,
    Source,
    Team,
    Title,
    Window,
)
from kakeibo.predicates import Predicate, parse

DEFAULT_WINDOW: Final = amounts.window("28d")
_EXAMPLE: Final = "journeys: {play-video: {...}}"


def read_book(path: Path, kinds: Collection[str], asked: Collection[str] = ()) -> tuple[Book, Marks, list[Problem]]:
    """The book at `path` (a file or a folder), where everything in it is written, and its warnings.

    `kinds` are the known kinds of source; their options are kept as written, for the kinds to check. `asked` are those
    of them that are servers: they have no path, and their SLOs are queries. Raises BookError with every error found, in
    the order of files and lines.
    """
    findings = Findings()
    marks = _read_files(path, findings)
    place = position(marks.root.start)
    values = BOOK.read(marks.root, Site(place, _EXAMPLE, findings)) or {}
    book = _Builder(path, values, marks, findings, asked).book()
    references.check(book, marks, kinds, findings)
    references.check_paths(book, marks, asked, findings)
    rosters.check(book, marks, findings)
    if findings.errors:
        raise BookError(findings.errors)
    references.advise(book, marks, findings)
    return book, marks, findings.warnings


def _read_files(path: Path, findings: Findings) -> Marks:
    """All files merged into one tree. What cannot be read at all is raised at once: it would make references fail."""
    pages: list[MapNode] = []
    texts: dict[str, str] = {}
    broken: list[Problem] = []
    for file in book_files(path):
        try:
            text = texts[str(file)] = read_text(file)
            root, problems = compose(str(file), text)
        except BookError as error:
            broken += error.problems
            continue
        findings.problems.update(dict.fromkeys(problems))
        if isinstance(root, MapNode):
            pages.append(root)
        elif root is not None:
            message = t("a book is a mapping of sections: {sections}", sections=", ".join(BOOK.fields))
            broken.append(Problem(*position(root.start), message, written_like(_EXAMPLE)))
    if broken:
        raise BookError(sorted(broken))
    if not pages:
        raise problem(path, t("the book is empty"), t("let one be proposed: kakeibo init LOGFILE"))
    return Marks(_merged(pages, findings), texts)


def _merged(pages: list[MapNode], findings: Findings) -> MapNode:
    """Section by section; a key stands in one file only, and so does the organisation."""
    book = MapNode(pages[0].start, {})
    for page in pages:
        for section, (key, value) in page.entries.items():
            if section not in book.entries:
                copy = MapNode(value.start, dict(value.entries)) if isinstance(value, MapNode) else value
                book.entries[section] = (key, copy)
                continue
            first, present = book.entries[section]
            if isinstance(value, TextNode) and value.empty:
                continue
            if isinstance(present, TextNode) and present.empty:
                book.entries[section] = (key, value)
            elif section == "organisation" or not isinstance(value, MapNode) or not isinstance(present, MapNode):
                _twice(key, first, findings)
            else:
                for name, (inner, entry) in value.entries.items():
                    if name in present.entries:
                        _twice(inner, present.entries[name][0], findings)
                    else:
                        present.entries[name] = (inner, entry)
    return book


def _twice(key: TextNode, first: TextNode, findings: Findings) -> None:
    file, line, column = position(first.start)
    place = f"{file}:{line}:{column}"
    message = t("'{key}' is written in two files, first in {place}", key=key.value, place=place)
    findings.error(position(key.start), message, t("keep one of the two"))


class _Builder:
    """Plain values of the right shape -> model objects. Where an error was found an object may be left out."""

    def __init__(
        self, path: Path, values: Mapping[str, Any], marks: Marks, findings: Findings, asked: Collection[str]
    ) -> None:
        self.path = path
        self.values = values
        self.marks = marks
        self.findings = findings
        self.asked = {key for key, source in self.section("sources") if source.get("type") in asked}
        # A list with an error in it is known all the same, so that its users are not blamed as well.
        self.lists: dict[str, tuple[str, ...]] = {
            **dict.fromkeys(marks.names("lists"), ("",)),
            **values.get("lists", {}),
        }

    def book(self) -> Book:
        organisation = Organisation(**self.values.get("organisation", {}))
        return Book(
            path=self.path,
            organisation=organisation,
            teams={
                key: Team(key, team.get("name", key), team.get("chat"), team.get("notify", {}))
                for key, team in self.section("teams")
            },
            services={key: self.service(key, service) for key, service in self.section("services")},
            sources={key: self.source(key, source) for key, source in self.section("sources")},
            journeys={key: self.journey(key, journey) for key, journey in self.section("journeys")},
            lists=self.lists,
            people=rosters.people(self.values.get("people", {}), self.marks),
            oncall=rosters.oncall(self.values.get("oncall", {}), organisation.timezone, self.marks),
            channels={key: Channel(key, one.get("type", ""), one["options"]) for key, one in self.section("channels")},
        )

    def section(self, name: str) -> Collection[tuple[str, Mapping[str, Any]]]:
        section: Mapping[str, Mapping[str, Any]] = self.values.get(name, {})
        return section.items()

    def service(self, key: str, service: Mapping[str, Any]) -> Service:
        return Service(key, service.get("team"), service.get("runbook"), titles(service.get("title", {})))

    def source(self, key: str, source: Mapping[str, Any]) -> Source:
        file, _, _ = self.marks.locate(("sources", key))
        return Source(
            name=key,
            kind=source.get("type", ""),
            paths=source.get("path", ()),
            base=Path(file).parent,
            timezone=source.get("timezone"),
            max_rejected=source.get("max_rejected", Fraction(1, 100)),
            options=source["options"],
        )

    def journey(self, key: str, journey: Mapping[str, Any]) -> Journey:
        place, source = ("journeys", key), journey.get("source", "")
        if source in self.asked:
            valid, void = journey.get("valid"), None
        else:
            valid = self.predicate((*place, "valid"), journey.get("valid", "true"))
            void = self.predicate((*place, "void"), journey["void"]) if "void" in journey else None
        slos = (
            self.slo(key, source, sli, {"valid": valid, "void": void, "probes": journey.get("probes"), **slo})
            for sli, slo in journey.get("slos", {}).items()
        )
        self.require_source(place, journey)
        return Journey(
            key=key,
            title=titles(journey.get("title", {})),
            kind=journey.get("kind", "cuj"),
            service=journey.get("service"),
            source=source,
            slos=tuple(slo for slo in slos if slo),
        )

    def slo(self, journey: str, source: str, sli: str, slo: Mapping[str, Any]) -> Slo | None:
        place = ("journeys", journey, "slos", sli)
        measure: Measure | None = measures.composite(slo)
        if measure:
            measures.refuse_misplaced(place, self.marks, self.findings)
        elif source in self.asked:
            measure = queries(source, slo, place, self.marks, self.findings)
        else:
            no_bad(place, self.marks, self.findings)
            measure = self.events(place, source, slo)
        if measure is None or "target" not in slo:
            return None
        made = Slo(
            name=f"{journey}/{sli}",
            measure=measure,
            target=slo["target"],
            window=self.window(slo.get("window", DEFAULT_WINDOW)),
            method=self.method((*place, "method"), slo.get("method", "occurrences")),
            alerts=measures.rules(slo),
            minimum_bad=slo.get("minimum_bad"),
            owner=slo.get("owner"),
        )
        if isinstance(measure, Composite):
            return made
        own = self.marks.has((*place, "probes"))
        probes, at = slo["probes"] or {}, (*(place if own else place[:2]), "probes")
        if probes.get("source") in self.asked:
            message = t("probes are counted event by event: {name} is a server of metrics", name=probes["source"])
            self.findings.error(self.marks.locate((*at, "source")), message, t("name a log that has them"))
            return made
        made = measures.with_probes(made, probes, at, self.predicate)
        if "split" not in slo:
            return made
        return measures.split(made, slo["split"], (*place, "split"), self.predicate, self.findings, self.marks)

    def events(self, place: tuple[str, ...], source: str, slo: Mapping[str, Any]) -> Events | None:
        """What is judged event by event: by the conditions of the SLO, or else of its journey."""
        conditions = {
            name: self.predicate((*place, name), slo[name]) if isinstance(slo.get(name), str) else slo.get(name)
            for name in ("valid", "good", "void")
        }
        valid, good, void = conditions["valid"], conditions["good"], conditions["void"]
        return None if valid is None or good is None else Events(source, valid, good, void)

    def require_source(self, place: tuple[str, ...], journey: Mapping[str, Any]) -> None:
        """A journey needs a source unless all its objectives are put together from others."""
        written = [key for key in self.marks.keys(place) if key == "source" or key not in JOURNEY.fields]
        counted = any(measures.composite(slo) is None for slo in journey.get("slos", {}).values())
        if counted and "source" not in written and not get_close_matches("source", written, 1):
            message = t("the key '{key}' is missing", key="source")
            self.findings.error(self.marks.locate(place, key=True), message, written_like("source: web"))

    def window(self, window: Window | Mapping[str, Any]) -> Window:
        """A window in its own time zone or else the organisation's; fixed minutes are the same everywhere."""
        timezone = self.values.get("organisation", {}).get("timezone", "UTC")
        if isinstance(window, Mapping):
            timezone = window.get("timezone", timezone)
            calendar: Window = window.get("calendar", DEFAULT_WINDOW)
            return replace(calendar, timezone=timezone)
        return window if window.minutes else replace(window, timezone=timezone)

    def method(self, keys: tuple[str, ...], method: str | Mapping[str, Any]) -> Method:
        if isinstance(method, str):
            return Method()
        written = {name for name in ("slices", "slice_target", "ratio_slices") if self.marks.has((*keys, name))}
        if written not in ({"slices", "slice_target"}, {"ratio_slices"}):
            message = t("a method has slices: and slice_target:, or ratio_slices: alone")
            self.findings.error(self.marks.locate(keys), message, written_like("{slices: 5m, slice_target: 95%}"))
        if "ratio_slices" in method:
            return Method("ratio_slices", method["ratio_slices"])
        return Method("slices", method.get("slices", 1), method.get("slice_target"))

    def predicate(self, keys: tuple[str, ...], text: str) -> Predicate | None:
        try:
            return parse(text, self.lists)
        except PredicateError as error:
            self.findings.error(self.marks.locate(keys, error.offset), error.message, error.mend)
            return None


def titles(title: str | Title) -> Title:
    """A title in one language for all serves every language."""
    return dict.fromkeys(LANGUAGES, title) if isinstance(title, str) else title
