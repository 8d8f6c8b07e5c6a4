"""Backstage's software catalogue: a component for each service, with its objectives, and a group for each team."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from kakeibo.definitions.openslo import annotation
from kakeibo.definitions.writing import document, flow
from kakeibo.definitions.writing_duties import policy
from kakeibo.errors import Problem
from kakeibo.exports import Exported
from kakeibo.i18n import LANGUAGES, marked, t
from kakeibo.letters.figures import exact_percent, window
from kakeibo.model import Book, Service, Slo, Team, Title

FORMAT: Final = "backstage"
SUMMARY: Final = marked("Backstage, catalog-info.yaml: services with their objectives, teams as their owners")
_FILE: Final = "catalog-info.yaml"
_VERSION: Final = "backstage.io/v1alpha1"
_LONGEST: Final = 63


def export(book: Book) -> Exported:
    """One file of many entities. A service without a team has no owner, which Backstage asks for: a warning."""
    warnings = [_warning(journey.key, t("no service provides {name}: it is not exported", name=journey.key))
                for journey in book.journeys.values() if not journey.service]  # fmt: skip
    warnings += [_warning(service.key, t("nobody owns {name}: its owner is written as unknown", name=service.key))
                 for service in book.services.values() if not service.team]  # fmt: skip
    entities = [_group(book, team) for team in book.teams.values()]
    entities += [_component(book, service) for service in book.services.values()]
    return Exported({_FILE: "---\n".join(map(document, entities))}, tuple(warnings))


def _warning(name: str, message: str) -> Problem:
    return Problem(name, 0, 0, message, t("name a team in the book"), "warning")


def _name(key: str) -> str:
    """A name as Backstage takes it: letters and digits with single separators between."""
    return re.sub(r"[-_]{2,}", "-", key)[:_LONGEST].rstrip("-_")


def _group(book: Book, team: Team) -> dict[str, Any]:
    agreed = book.policies.get(team.key)
    notes = {
        "name": team.key if _name(team.key) != team.key else None,
        "chat": team.chat,
        "policy": flow(policy(agreed)) if agreed else None,
    }
    metadata = _metadata(_name(team.key), {}, notes)
    spec = {"type": "team", "profile": {"displayName": team.name}, "children": []}
    return {"apiVersion": _VERSION, "kind": "Group", "metadata": metadata, "spec": spec}


def _component(book: Book, service: Service) -> dict[str, Any]:
    journeys = [journey for journey in book.journeys.values() if journey.service == service.key]
    slos = [slo for journey in journeys for slo in journey.slos]
    notes = {
        "name": service.key if _name(service.key) != service.key else None,
        "slos": ", ".join(slo.name for slo in slos) or None,
    }
    metadata = _metadata(_name(service.key), service.title, notes)
    if slos:
        metadata["description"] = t("Objectives: {slos}", slos="; ".join(map(_promise, slos)))
    if service.runbook:
        metadata["links"] = [{"url": service.runbook, "title": t("Runbook"), "type": "runbook"}]
    owner = f"group:default/{_name(service.team)}" if service.team else "unknown"
    spec = {"type": "service", "lifecycle": "production", "owner": owner}
    return {"apiVersion": _VERSION, "kind": "Component", "metadata": metadata, "spec": spec}


def _promise(slo: Slo) -> str:
    """An objective in one breath: play-video/availability 99.9%, over the past 28 days."""
    return f"{slo.name} {exact_percent(slo.target)}, {window(slo.window)}"


def _metadata(name: str, title: Title, notes: Mapping[str, str | None]) -> dict[str, Any]:
    """A title that is not the same in every language stands in annotations too."""
    alike = len(set(title.values())) == 1 and set(title) == set(LANGUAGES)
    titles = {} if alike else {f"title-{language}": text for language, text in title.items()}
    written = {annotation(key): text for key, text in {**notes, **titles}.items() if text is not None}
    shown = {"title": next(iter(title.values()))} if title else {}
    return {"name": name, **shown, **({"annotations": written} if written else {})}
