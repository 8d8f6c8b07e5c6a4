"""OpenSLO (https://openslo.com), v1 and v1alpha -> a book. docs/formats.md says what becomes of every field."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from kakeibo.definitions import amounts
from kakeibo.definitions.amounts import AmountError
from kakeibo.definitions.menu import named
from kakeibo.definitions.openslo import PREFIX, annotation
from kakeibo.definitions.shapes import nearest, written_like
from kakeibo.i18n import LANGUAGES, marked, t
from kakeibo.imports.documents import Document, Part
from kakeibo.imports.drafts import Draft, key_of, own_name
from kakeibo.imports.openslo_alerts import rules_of
from kakeibo.imports.openslo_fields import VERSIONS
from kakeibo.imports.openslo_indicators import Metrics
from kakeibo.imports.openslo_measures import beside, composite, say_elsewhere
from kakeibo.imports.openslo_objectives import method_of, target_of, window_of
from kakeibo.imports.openslo_objects import Objects
from kakeibo.model import Journey, Organisation, Service, Slo, Stage, Team, Title

FORMAT: Final = "openslo"
SUMMARY: Final = marked("OpenSLO, version v1 or v1alpha: every kind of object")


def read(documents: Sequence[Document], draft: Draft) -> None:
    """Fill the draft from OpenSLO objects."""
    known = [document for document in documents if _recognised(document)]
    if draft.findings.errors:
        return  # what does not have its shape cannot be understood either
    objects = Objects([document.whole for document in known], draft.findings)
    for part in objects.all("SLO"):
        _organisation(part, draft)
    for part in objects.all("AlertNotificationTarget"):
        _team(part, draft)
    for part in objects.all("Service"):
        _service(part, draft)
    for document in known:
        _say_left_out(document.whole)
    reader = _Slos(objects, draft)
    for part in objects.all("SLO"):
        reader.take(part)
    say_elsewhere(draft, reader.places)
    for part in objects.unused():
        kind, name = part.get("kind"), part.part("metadata").get("name")
        message = t("nothing in these files uses the {kind} {name}: it is not in the book", kind=kind, name=name)
        part.warn("metadata", message)


def _recognised(document: Document) -> bool:
    """Read a document by its version and kind."""
    version, kind = document.text("apiVersion"), document.text("kind")
    kinds = VERSIONS.get(version)
    if kinds is None:
        message = t("'{text}' is no version of OpenSLO that can be read", text=version[:40])
        document.error(("apiVersion",), message, written_like("apiVersion: openslo/v1"))
    elif kind not in kinds:
        message = t("{version} has no kind '{text}'", version=version, text=kind[:40])
        alike = next((one for one in kinds if one.lower() == kind.lower()), None)
        document.error(("kind",), message, t("did you mean '{near}'?", near=alike) if alike else nearest(kind, kinds))
    else:
        document.read(kinds[kind], "apiVersion: openslo/v1")
        return True
    return False


# -- who it belongs to ----------------------------------------------------------------------------------------------


def notes_of(part: Part) -> dict[str, str]:
    """Our own annotations of an object, without their prefix."""
    written: dict[str, str] = part.part("metadata").get("annotations", {})
    return {key.removeprefix(PREFIX): text for key, text in written.items() if key.startswith(PREFIX)}


def title_of(part: Part, prefix: str = "title") -> Title:
    """A title in the languages that our annotations have, or else the displayName in all of them."""
    notes = notes_of(part)
    written = {language: notes[f"{prefix}-{language}"] for language in LANGUAGES if f"{prefix}-{language}" in notes}
    shown = part.part("metadata").get("displayName", "").strip()
    return written or (dict.fromkeys(LANGUAGES, shown) if shown else {})


def _organisation(part: Part, draft: Draft) -> None:
    notes = notes_of(part)
    try:
        organisation = Organisation(
            notes.get("organisation", ""),
            amounts.timezone(notes.get("timezone", "UTC")),
            amounts.language(notes.get("language", "en")),
            amounts.address(notes["heartbeat"]) if "heartbeat" in notes else None,
        )
    except AmountError as error:
        part.document.error(("metadata", "annotations"), error.message, error.mend)
        return
    if draft.organisation == Organisation():
        draft.organisation = organisation


def _team(part: Part, draft: Draft) -> None:
    """Our export writes a team as the target of its alerts; of others, a book does not say how people are reached."""
    notes = notes_of(part)
    if "team" in notes:
        key = own_name(notes["team"])
        shown = part.part("metadata").get("displayName", "")
        draft.teams[key] = Team(key, notes.get("team-name") or shown or key, notes.get("chat"))


def _service(part: Part, draft: Draft) -> None:
    notes = notes_of(part)
    key = own_name(notes.get("name") or part.part("metadata").get("name"))
    team = own_name(notes["team"]) if "team" in notes else None
    if team:
        draft.teams.setdefault(team, Team(team, team))
    depends = tuple(re.findall(r"[a-z0-9][a-z0-9_-]*", notes.get("depends-on", "")))
    draft.services[key] = Service(key, team, notes.get("runbook"), title_of(part), depends)


# -- SLOs -----------------------------------------------------------------------------------------------------------


class _Slos:
    """SLO objects -> journeys. One that a book cannot express is left out, and said."""

    def __init__(self, objects: Objects, draft: Draft) -> None:
        self.objects = objects
        self.draft = draft
        self.metrics = Metrics(objects, draft)
        self.places: dict[str, Part] = {}

    def take(self, part: Part) -> None:
        spec = part.part("spec")
        objectives = spec.parts("objectives")
        if not objectives:
            spec.error("objectives", t("an SLO needs an objective"), written_like("objectives: [{target: 0.999}]"))
        indicators = [self.indicator(spec, objective) for objective in objectives]
        if sum(objective.has("indicator") or objective.has("indicatorRef") for objective in objectives) > 1:
            message = t(
                "OpenSLO does not say how the objectives of a composite are put together: each is an SLO of its own"
            )
            spec.warn("objectives", message)
        window = window_of(spec, notes_of(part), self.draft)
        for number, (objective, indicator) in enumerate(zip(objectives, indicators, strict=True)):
            target = target_of(objective)
            method = method_of(spec, objective, bool(notes_of(part)))
            if indicator is None or window is None or target is None or method is None:
                continue
            made = composite(part)
            found = (notes_of(part).get("source", ""), made) if made else self.metrics.measure(indicator, objective)
            if found is None:
                continue
            source, measure = found
            rules = rules_of(part, window, self.objects)
            owner = notes_of(part).get("owner")
            if owner:
                self.draft.teams.setdefault(own_name(owner), Team(own_name(owner), owner))
            stage = self.stage(part)
            slo = Slo(
                "",
                measure,
                target,
                window,
                method,
                rules,
                self.minimum(part),
                own_name(owner) if owner else None,
                stage=stage,
            )
            self.add(part, slo, source, self.suffix(objectives, number))

    def indicator(self, spec: Part, objective: Part) -> Part | None:
        """The spec of the SLI, of the SLO or of this objective alone."""
        places = [place for place in (spec, objective) if place.has("indicator") or place.has("indicatorRef")]
        if not places and not objective.has("ratioMetrics"):
            spec.error(
                "", t("one of these keys is missing: {keys}", keys="indicator, indicatorRef"), t("write one of them")
            )
        elif len(places) > 1 or any(place.has("indicator") and place.has("indicatorRef") for place in places):
            keys = "indicator, indicatorRef"
            message = t("of these keys only one can be written: {keys}", keys=keys)
            places[-1].error(
                "indicatorRef" if places[-1].has("indicatorRef") else "indicator", message, t("keep one of them")
            )
        elif not places:
            return objective
        elif places[0].has("indicatorRef"):
            return self.objects.referred(places[0], "indicatorRef", "SLI")
        elif places[0].part("indicator").has("spec"):
            return places[0].part("indicator", "spec")
        else:
            return places[0].part("indicator")
        return None

    def minimum(self, part: Part) -> int | None:
        text = notes_of(part).get("minimum-bad")
        try:
            return amounts.at_least_one(text) if text else None
        except AmountError as error:
            part.document.error(("metadata", "annotations", annotation("minimum-bad")), error.message, error.mend)
            return None

    def stage(self, part: Part) -> Stage:
        try:
            return amounts.stage(notes_of(part).get("stage", "provisional"))  # type: ignore[return-value]
        except AmountError as error:
            part.document.error(("metadata", "annotations", annotation("stage")), error.message, error.mend)
            return "provisional"

    def add(self, part: Part, slo: Slo, source: str, suffix: str) -> None:
        """Put the SLO where its annotations say; else into a journey named after its service."""
        notes, service = notes_of(part), part.part("spec").get("service")
        if "journey" in notes and "sli" in notes:
            owner = own_name(notes["service"]) if "service" in notes else None
            title = title_of(part) or dict.fromkeys(LANGUAGES, notes["journey"])
            journey = Journey(own_name(notes["journey"]), title, "cuj", owner, source, ())
            journey = replace(journey, kind="cmc") if notes.get("kind") == "cmc" else journey
            sli = own_name(notes["sli"])
        else:
            owner = self.owner(service)
            title = self.draft.services[owner].title or dict.fromkeys(LANGUAGES, service)
            key = self.journey_key(owner, source)
            journey = Journey(key, title, "cuj", owner, source, ())
            sli = key_of(part.part("metadata").get("name") + suffix)
        slo = beside(part, replace(slo, name=f"{journey.key}/{sli}", sli_type=named(sli)), self.metrics)
        self.draft.add(journey, slo, part.document.place(("metadata", "name")))
        self.places[slo.name] = part

    def owner(self, service: str) -> str:
        """A service stands in the book also where its object is kept elsewhere."""
        names = {part.part("metadata").get("name"): notes_of(part).get("name") for part in self.objects.all("Service")}
        key = own_name(names.get(service) or service)
        if key not in self.draft.services:
            self.draft.services[key] = Service(key, title=dict.fromkeys(LANGUAGES, service) if key != service else {})
        return key

    def journey_key(self, service: str, source: str) -> str:
        """A journey has one source: what is measured elsewhere is a journey beside it."""
        present = self.draft.journeys.get(service)
        return service if present is None or present.source == source else key_of(f"{service}-{source}")

    def suffix(self, objectives: list[Part], number: int) -> str:
        if len(objectives) == 1:
            return ""
        return "-" + (objectives[number].get("displayName") or str(number + 1))


# -- what has no place ----------------------------------------------------------------------------------------------


def _say_left_out(part: Part) -> None:
    """Titles, labels, annotations and descriptions that a book has no place for, wherever they stand."""
    kind, ours = part.get("kind"), bool(notes_of(part))
    for inner in _within(part):
        if inner.keys[-1:] == ("metadata",):
            top = inner.keys == ("metadata",)
            _say_of_metadata(inner, titled=top and (ours or kind == "Service"))
        elif inner.get("description") and not (ours and kind == "AlertNotificationTarget"):
            inner.warn("description", t("a book has no place for descriptions: it is left out"))
    objectives = part.part("spec").parts("objectives") if kind == "SLO" else []
    if len(objectives) == 1 and objectives[0].get("displayName"):
        _say(objectives[0], "displayName", objectives[0].get("displayName"))


def _say_of_metadata(metadata: Part, *, titled: bool) -> None:
    if not titled and metadata.get("displayName"):
        _say(metadata, "displayName", metadata.get("displayName"))
    others = [key for key in metadata.get("annotations", {}) if not key.startswith(PREFIX)]
    for key, names in (("labels", list(metadata.get("labels", {}))), ("annotations", others)):
        if names:
            _say(metadata, key, ", ".join(names))


def _say(part: Part, key: str, names: str) -> None:
    part.warn(key, t("a book has no place for {key}: left out is {names}", key=key, names=names))


def _within(part: Part) -> Iterator[Part]:
    """The mappings in an object that have a meaning of their own; not what stands for a source to read."""
    yield part
    for key, value in part.values.items():
        if key in ("connectionDetails", "annotations", "labels") or (
            key == "spec" and part.keys[-1:] == ("metricSource",)
        ):
            continue
        if isinstance(value, dict):
            yield from _within(part.part(key))
        elif isinstance(value, tuple):
            for one in part.parts(key):
                yield from _within(one)
