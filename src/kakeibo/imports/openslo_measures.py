"""What our export notes of an SLO beyond OpenSLO: what it is put together from, its parts, its probes.

Each stands in an annotation of its own, in the words of a book.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kakeibo.definitions import measures
from kakeibo.definitions.marks import Findings
from kakeibo.definitions.nodes import compose
from kakeibo.definitions.openslo import BESIDE, OWN_TYPE, annotation
from kakeibo.definitions.shapes import Shape, Site, Table, Texts, written_like
from kakeibo.errors import BookError, PredicateError
from kakeibo.i18n import t
from kakeibo.imports.documents import Part
from kakeibo.imports.drafts import Draft, own_name
from kakeibo.imports.openslo_indicators import Metric, Metrics
from kakeibo.model import Composite, Slo, Team
from kakeibo.predicates import Predicate, parse

_LISTS: Final = Table(Texts(), str, {}, "[DOWN]")


def composite(part: Part) -> Composite | None:
    """What an SLO is put together from, where our export notes it."""
    written = {key: _read(part, key, measures.KEYS[key].shape) for key in measures.COMPOSITES if _noted(part, key)}
    return measures.composite({key: value for key, value in written.items() if value})


def beside(part: Part, slo: Slo, metrics: Metrics) -> Slo:
    """`slo` with its probes and parts. What is wrong with them is in the findings."""
    draft = metrics.draft
    for name, codes in (_read(part, "lists", _LISTS) or {}).items() if _noted(part, "lists") else ():
        draft.lists.setdefault(name, codes)

    def condition(keys: tuple[str, ...], text: str) -> Predicate | None:
        try:
            return parse(text, draft.lists)
        except PredicateError as error:
            part.document.error(keys, error.message, error.mend)
            return None

    if _noted(part, "probes") and isinstance(found := _read(part, "probes", measures.KEYS["probes"].shape), dict):
        _source(part, str(found.get("source")), metrics)
        slo = measures.with_probes(slo, found, _keys("probes"), condition)
    if _noted(part, "split") and (found := _read(part, "split", measures.KEYS["split"].shape)):
        _owners(found, draft)
        slo = measures.split(slo, found, _keys("split"), condition, draft.findings, part.document.marks)
    return slo


def say_elsewhere(draft: Draft, places: Mapping[str, Part]) -> None:
    """A warning for each SLO that is put together from one that is not in these files. `places`: where SLOs are."""
    known = draft.book().slos()
    for name, slo in known.items():
        if isinstance(slo.measure, Composite) and name in places:
            for missing in (part for part, _ in slo.measure.parts if part not in known):
                message = t("the {kind} {name} is not in these files", kind="SLO", name=missing)
                places[name].warn("metadata", message, t("give the file that has it too"))


def _keys(name: str) -> tuple[str, ...]:
    return "metadata", "annotations", annotation(name)


def _noted(part: Part, name: str) -> bool:
    return annotation(name) in part.part("metadata").get("annotations", {})


def _read(part: Part, name: str, shape: Shape) -> Any:
    """An annotation by a shape of the book; None, with an error at the annotation, when it is not of that shape."""
    text, findings = part.part("metadata").get("annotations")[annotation(name)], Findings()
    value = None
    try:
        node, problems = compose(part.place[0], text)
        findings.problems.update(dict.fromkeys(problems))
        if node is not None:
            value = shape.read(node, Site(part.place, f"{name}: {BESIDE[name]}", findings))
    except BookError as error:
        findings.problems.update(dict.fromkeys(error.problems))
    for problem in findings.problems:
        part.document.error(_keys(name), problem.message, problem.mend)
    if value is None and not findings.problems:
        example = f"{name}: {BESIDE[name]}"
        part.document.error(_keys(name), t("this is not what a book would have there"), written_like(example))
    return None if findings.problems else value


def _source(part: Part, name: str, metrics: Metrics) -> None:
    """The source of the probes, which stands in the draft from now on."""
    for one in metrics.objects.all("DataSource"):
        notes = one.part("metadata").get("annotations", {})
        if notes.get(annotation("name")) == name:
            data = metrics.objects.find("DataSource", one.part("metadata").get("name"))
            metrics.own_source(Metric(part, OWN_TYPE, own_name(name), {}), data)
            return
    metrics.own_source(Metric(part, OWN_TYPE, own_name(name), {}), None)


def _owners(split: Mapping[str, Any], draft: Draft) -> None:
    for its in split.get("parts", {}).values():
        if owner := its.get("owner"):
            draft.teams.setdefault(owner, Team(owner, owner))
