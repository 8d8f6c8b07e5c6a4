"""Our own format of the book: YAML, one file or a folder of them -> model objects."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from kakeibo.clock import MINUTES_PER_DAY
from kakeibo.definitions import amounts, fleets, measures, policies, references, rosters, short_forms, sign_in
from kakeibo.definitions.contradictions import tell_contradictions
from kakeibo.definitions.files import book_files, problem, read_text
from kakeibo.definitions.marks import Findings, Keys, Marks
from kakeibo.definitions.menu import named
from kakeibo.definitions.nodes import MapNode, TextNode, compose, position
from kakeibo.definitions.queries import no_bad, queries
from kakeibo.definitions.schema import BOOK, JOURNEY
from kakeibo.definitions.shapes import Site, written_like
from kakeibo.devices import Fleet
from kakeibo.errors import BookError, PredicateError, Problem
from kakeibo.i18n import LANGUAGES, t
from kakeibo.model import (
    Access,
    Advising,
    Book,
    Channel,
    Events,
    Journey,
    Measure,
    Method,
    Organisation,
    Service,
    Signs,
    SliType,
    Slo,
    Source,
    Team,
    Title,
    Window,
)
from kakeibo.predicates import Predicate, parse

DEFAULT_WINDOW: Final = amounts.window("28d")
SignsOf = Callable[[str, Mapping[str, Any]], Signs]
_EXAMPLE: Final = "journeys: {play-video: {...}}"


def _no_signs(kind: str, options: Mapping[str, Any]) -> Signs:
    del kind, options
    return Signs()


def read_book(
    path: Path, kinds: Collection[str], asked: Collection[str] = (), signs: SignsOf = _no_signs
) -> tuple[Book, Marks, list[Problem]]:
    """The book at `path` (a file or a folder), where everything in it is written, and its warnings.

    `kinds` are the known kinds of source; their options are kept as written, for the kinds to check. `asked` are those
    of them that are servers: they have no path, and their SLOs are queries. `signs`: what events of a kind of log with
    such options tell of themselves. Raises BookError with every error found, in the order of files and lines.
    """
    findings = Findings()
    marks = _read_files(path, findings)
    place = position(marks.root.start)
    values = BOOK.read(marks.root, Site(place, _EXAMPLE, findings)) or {}
    book = _Builder(path, values, marks, findings, signs).book(asked)
    references.check(book, marks, kinds, findings)
    references.check_paths(book, marks, asked, findings)
    rosters.check(book, marks, findings)
    fleets.check(book, marks, findings)
    policies.check(values.get("policies", {}), marks, findings)
    sign_in.check(values.get("organisation", {}).get("sign_in"), marks, findings)
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

    def __init__(self, path: Path, values: Mapping[str, Any], marks: Marks, findings: Findings, signs: SignsOf) -> None:
        self.path = path
        self.signs = signs
        self.values = values
        self.marks = marks
        self.findings = findings
        self.forms: dict[str, list[short_forms.WrittenOut]] = {}
        self.asked: Collection[str] = ()
        # A list with an error in it is known all the same, so that its users are not blamed as well.
        self.lists: dict[str, tuple[str, ...]] = {
            **dict.fromkeys(marks.names("lists"), ("",)),
            **values.get("lists", {}),
        }

    def book(self, asked: Collection[str]) -> Book:
        """`asked`: the kinds of source that are servers."""
        self.asked = {key for key, source in self.section("sources") if source.get("type") in asked}
        about = self.values.get("organisation", {})
        organisation = Organisation(**{**about, "sign_in": sign_in.sign_in(about.get("sign_in"))})
        by_fleet = dict(self.fleets())
        return Book(
            path=self.path,
            organisation=organisation,
            teams={
                key: Team(
                    key, team.get("name", key), team.get("chat"), team.get("notify", {}), team.get("incidents", "page")
                )
                for key, team in self.section("teams")
            },
            services={key: self.service(key, service) for key, service in self.section("services")},
            sources={key: self.source(key, source) for key, source in self.section("sources")},
            journeys={key: self.journey(key, journey) for key, journey in self.section("journeys")}
            | {fleet.key: journey for fleet, journey in by_fleet.values()},
            lists=self.lists,
            channels={key: Channel(key, one.get("type", ""), one["options"]) for key, one in self.section("channels")},
            people=rosters.people(self.values.get("people", {}), self.marks),
            oncall=rosters.oncall(self.values.get("oncall", {}), organisation.timezone, self.marks),
            fleets={key: fleet for key, (fleet, _) in by_fleet.items()},
            policies=policies.policies(self.values.get("policies", {})),
            access={
                key: Access(key, one["open"], one["close"], one.get("longest", 60))
                for key, one in self.section("access")
            },
            advice=self.advising(self.values.get("advice") or {}),
        )

    def advising(self, written: Mapping[str, Any]) -> Advising:
        file, _, _ = self.marks.locate(("advice",))
        base = Path(file).parent if written else Path()
        return Advising(written.get("paths", ()), base, written.get("notify", ()))

    def fleets(self) -> Iterator[tuple[str, tuple[Fleet, Journey]]]:
        """Every fleet, with the journey that it is."""
        for key, written in self.section("fleets"):
            fleet = fleets.fleet(key, written, self.marks, self.findings)
            if fleet is None:
                continue
            slos, accounts = fleets.objectives(fleet, written.get("slos", {}), self.predicate, self.window)
            journey = Journey(key, titles(written.get("title", {})), "cmc", written.get("service"), fleet.source, slos)
            yield key, (replace(fleet, accounts=accounts), journey)

    def section(self, name: str) -> Collection[tuple[str, Mapping[str, Any]]]:
        section: Mapping[str, Mapping[str, Any]] = self.values.get(name, {})
        return section.items()

    def service(self, key: str, service: Mapping[str, Any]) -> Service:
        title, depends_on = titles(service.get("title", {})), service.get("depends_on", ())
        return Service(key, service.get("team"), service.get("runbook"), title, depends_on)

    def source(self, key: str, source: Mapping[str, Any]) -> Source:
        file, _, _ = self.marks.locate(("sources", key))
        if "success" in source:  # also where nobody asks for it
            self.predicate(("sources", key, "success"), source["success"])
        return Source(
            name=key,
            kind=source.get("type", ""),
            paths=source.get("path", ()),
            base=Path(file).parent,
            timezone=source.get("timezone"),
            max_rejected=source.get("max_rejected", Fraction(1, 100)),
            silent_after=source.get("silent_after"),
            options=source["options"],
            breakdown=tuple(dict.fromkeys(source.get("breakdown", ()))),
            histogram=tuple(dict.fromkeys(source.get("histogram", ()))),
            signs=self.signs_of(source),
        )

    def signs_of(self, source: Mapping[str, Any]) -> Signs:
        return short_forms.signs_of(source, self.signs(source.get("type", ""), source.get("options", {})))

    def journey(self, key: str, journey: Mapping[str, Any]) -> Journey:
        place, source = ("journeys", key), journey.get("source", "")
        if source in self.asked:
            valid, void = journey.get("valid"), None
        else:
            valid = self.predicate((*place, "valid"), journey.get("valid", "true"))
            void = self.predicate((*place, "void"), journey["void"]) if "void" in journey else None
        shared = {"valid": valid, "void": void, "probes": journey.get("probes")}
        slos = [
            slo for sli, own in journey.get("slos", {}).items() for slo in self.slos(key, source, sli, shared | own)
        ]
        self.require_source(place, journey)
        return Journey(
            key=key,
            title=titles(journey.get("title", {})),
            kind=journey.get("kind", "cuj"),
            service=journey.get("service"),
            source=source,
            slos=self.distinct(key, slos),
        )

    def slos(self, journey: str, source: str, sli: str, slo: Mapping[str, Any]) -> list[Slo]:
        """The objectives that one entry stands for; none where an error was found."""
        place = ("journeys", journey, "slos", sli)
        if composite := measures.composite(slo):
            measures.refuse_misplaced(place, self.marks, self.findings)
            return [self.slo(place, composite, slo)] if "target" in slo else []
        if source in self.asked:
            return self.asked_for(place, source, slo)
        no_bad(place, self.marks, self.findings)
        valid, good, void = (self.condition(place, slo, name) for name in ("valid", "good", "void"))
        if sli_type := short_forms.type_of(slo):
            return [] if valid is None else self.by_short_form(sli_type, place, source, {**slo, "valid": valid})
        if "of" in slo:
            message = t("of: goes with a short form; beside good: there is valid:")
            self.findings.error(self.marks.locate((*place, "of"), key=True), message, t("write valid: in its place"))
        if valid is None or good is None or "target" not in slo:
            return []
        return [self.beside(self.slo(place, Events(source, valid, good, void), slo), place, slo)]

    def asked_for(self, place: Keys, source: str, slo: Mapping[str, Any]) -> list[Slo]:
        """What a server of metrics is asked for; it has no events that short forms could judge."""
        if form := short_forms.type_of(slo):
            message = t("{form}: judges events of a log: a server of metrics is asked for what counts", form=form)
            mend = t("write valid: and good: with queries")
            self.findings.error(self.marks.locate((*place, form), key=True), message, mend)
            return []
        measure = queries(source, slo, place, self.marks, self.findings)
        return [self.beside(self.slo(place, measure, slo), place, slo)] if measure and "target" in slo else []

    def by_short_form(self, sli_type: SliType, place: Keys, source: str, slo: Mapping[str, Any]) -> list[Slo]:
        """What a short form stands for; of several limits, an objective each."""
        if source not in self.marks.names("sources"):  # reported already: what it tells is not known
            return []
        written = dict(self.section("sources")).get(source, {})
        site = short_forms.Site(
            place, ("sources", source), self.signs_of(written), self.predicate, self.marks, self.findings
        )
        void, made = self.condition(place, slo, "void"), []
        for form in short_forms.written_out(sli_type, slo, slo["valid"], site):
            self.forms.setdefault(place[1], []).append(form)
            one = self.slo(place, Events(source, form.valid, form.good, void), {**slo, "target": form.target})
            name, method = f"{place[1]}/{form.sli}", form.method or one.method
            one = replace(one, name=name, method=method, sli_type=form.sli_type, short=form.short)
            made.append(self.beside(one, place, slo))
        return made

    def slo(self, place: Keys, measure: Measure, slo: Mapping[str, Any]) -> Slo:
        """What is written the same way whatever the measure."""
        _, journey, _, sli = place
        return Slo(
            name=f"{journey}/{sli}",
            measure=measure,
            target=slo["target"],
            window=self.window(slo.get("window", DEFAULT_WINDOW)),
            method=self.method((*place, "method"), slo.get("method", "occurrences")),
            alerts=measures.rules(slo),
            minimum_bad=slo.get("minimum_bad"),
            owner=slo.get("owner"),
            stage=slo.get("stage", "provisional"),
            sli_type=named(sli),
        )

    def beside(self, made: Slo, place: Keys, slo: Mapping[str, Any]) -> Slo:
        """An objective counted from a source, with its probes and parts."""
        tell_contradictions(made, place, self.marks, self.findings)
        own = self.marks.has((*place, "probes"))
        probes, at = slo["probes"] or {}, (*(place if own else place[:2]), "probes")
        if made.method.kind == "counted_slices":
            if own and probes:  # those of the journey are simply not its business
                message = t("probes say nothing about how many events users bring")
                self.findings.error(self.marks.locate(at, key=True), message, t("leave probes: out"))
            probes = {}
        if probes.get("source") in self.asked:
            message = t("probes are counted event by event: {name} is a server of metrics", name=probes["source"])
            self.findings.error(self.marks.locate((*at, "source")), message, t("name a log that has them"))
            return made
        made = measures.with_probes(made, probes, at, self.predicate)
        if "split" not in slo:
            return made
        return measures.split(made, slo["split"], (*place, "split"), self.predicate, self.findings, self.marks)

    def condition(self, place: Keys, slo: Mapping[str, Any], name: str) -> Predicate | None:
        """The condition of an SLO, or else the one of its journey, which is read already."""
        own = slo.get(name)
        return self.predicate((*place, name), own) if isinstance(own, str) else own

    def require_source(self, place: tuple[str, ...], journey: Mapping[str, Any]) -> None:
        """A journey needs a source unless all its objectives are put together from others."""
        written = [key for key in self.marks.keys(place) if key == "source" or key not in JOURNEY.fields]
        counted = any(measures.composite(slo) is None for slo in journey.get("slos", {}).values())
        if counted and "source" not in written and not get_close_matches("source", written, 1):
            message = t("the key '{key}' is missing", key="source")
            self.findings.error(self.marks.locate(place, key=True), message, written_like("source: web"))

    def distinct(self, journey: str, slos: Sequence[Slo]) -> tuple[Slo, ...]:
        """The objectives of a journey, each name once: several limits make names that others may have."""
        known: dict[str, Slo] = {}
        for slo in slos:
            if known.setdefault(slo.name, slo) is not slo:
                place = self.marks.locate(("journeys", journey, "slos", slo.name.split("/", 1)[1]), key=True)
                self.findings.error(place, t("there are two objectives {name}", name=slo.name), t("rename one of them"))
        short_forms.advise(self.forms.get(journey, ()), self.marks, self.findings)
        return tuple(known.values())

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
        names = ("slices", "slice_target", "ratio_slices", "at_least", "within")
        written = {name for name in names if self.marks.has((*keys, name))}
        if written - {"within"} == {"slices", "at_least"}:
            return self.counting(keys, method)
        if written not in ({"slices", "slice_target"}, {"ratio_slices"}):
            message = t("a method has slices: with slice_target: or at_least:, or ratio_slices: alone")
            self.findings.error(self.marks.locate(keys), message, written_like("{slices: 5m, slice_target: 95%}"))
        if "ratio_slices" in method:
            return Method("ratio_slices", method["ratio_slices"])
        return Method("slices", method.get("slices", 1), method.get("slice_target"))

    def counting(self, keys: tuple[str, ...], method: Mapping[str, Any]) -> Method:
        minutes = method.get("slices", 1)
        within = method.get("within", minutes)
        if within % minutes or within > 30 * MINUTES_PER_DAY:
            message = t("within: is made of whole slices, and at most 30d")
            self.findings.error(self.marks.locate((*keys, "within")), message, written_like("within: 10m"))
        return Method("counted_slices", minutes, at_least=method.get("at_least", 1), within_minutes=within)

    def predicate(self, keys: tuple[str, ...], text: str) -> Predicate | None:
        try:
            return parse(text, self.lists)
        except PredicateError as error:
            self.findings.error(self.marks.locate(keys, error.offset), error.message, error.mend)
            return None


def titles(title: str | Title) -> Title:
    """A title in one language for all serves every language."""
    return dict.fromkeys(LANGUAGES, title) if isinstance(title, str) else title
