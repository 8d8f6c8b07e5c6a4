"""Backstage's software catalogue (catalog-info.yaml) -> the teams and services of a book."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from kakeibo.definitions.openslo import annotation
from kakeibo.definitions.shapes import Text, written_like
from kakeibo.i18n import LANGUAGES, marked, t
from kakeibo.imports.documents import Document, Part
from kakeibo.imports.drafts import Draft, own_name
from kakeibo.imports.foreign import Anything, Texts, Words, record
from kakeibo.model import Service, Team, Title

FORMAT: Final = "backstage"
SUMMARY: Final = marked("Backstage, catalog-info.yaml: components, systems and groups as services and teams")

_VERSIONS: Final = ("backstage.io/v1alpha1", "backstage.io/v1beta1")
_KINDS: Final = ("Component", "System", "Group")
_OTHERS: Final = ("API", "Resource", "Domain", "Location", "User", "Template")
_OBJECT: Final = record(
    {"apiVersion": Words(), "kind": Words(), "metadata": replace(record({"name": Text()}, {
        "title": Words(), "namespace": Words(), "description": Words(), "annotations": Texts(),
    }), open=True)},
    {"spec": Anything(), "relations": Anything(), "status": Anything()},
)  # fmt: skip
_RUNBOOK: Final = re.compile(r"run-?\s?book|playbook|手順", re.IGNORECASE)


def read(documents: Sequence[Document], draft: Draft) -> None:
    """Fill the draft from the entities of a catalogue."""
    for document in documents:
        if document.text("apiVersion") not in _VERSIONS:
            message = t("'{text}' is no version of Backstage that can be read", text=document.text("apiVersion")[:40])
            document.error(("apiVersion",), message, written_like(f"apiVersion: {_VERSIONS[0]}"))
        else:
            document.read(_OBJECT, f"apiVersion: {_VERSIONS[0]}")
    if draft.findings.errors:
        return
    parts = [document.whole for document in documents]
    for part in parts:
        if part.get("kind") == "Group":
            _team(part, draft)
    systems = {_reference(part.part("spec").get("system"))[1] for part in parts if part.get("kind") == "Component"}
    for part in parts:
        kind, name = part.get("kind"), part.part("metadata").get("name")
        if kind == "Component" or (kind == "System" and name not in systems):
            _service(part, draft)
        elif kind == "System":
            part.warn("kind", t("the components of the system {name} are in the book, it is not", name=name))
        elif kind != "Group":
            _say_left_out(part)


def _say_left_out(part: Part) -> None:
    kind = part.get("kind")
    if kind in _OTHERS:
        message = t("a book has no {kind}: {name} is left out", kind=kind, name=part.part("metadata").get("name"))
        part.warn("kind", message)
    else:
        message = t("Backstage has no kind '{text}' that a book could use: it is left out", text=kind[:40])
        part.warn("kind", message, t("known are: {names}", names=", ".join(_KINDS)))


def _title(part: Part) -> Title:
    notes: dict[str, str] = part.part("metadata").get("annotations", {})
    keys = {language: annotation(f"title-{language}") for language in LANGUAGES}
    written = {language: notes[key] for language, key in keys.items() if key in notes}
    shown = part.part("metadata").get("title", "").strip()
    return written or (dict.fromkeys(LANGUAGES, shown) if shown else {})


def _key(part: Part) -> str:
    notes = part.part("metadata").get("annotations", {})
    return own_name(notes.get(annotation("name")) or part.part("metadata").get("name"))


def _team(part: Part, draft: Draft) -> None:
    notes = part.part("metadata").get("annotations", {})
    profile = part.part("spec").get("profile")
    shown = profile.get("displayName") if isinstance(profile, dict) else None
    key = _key(part)
    if key in draft.teams:
        _twice(part, key)
    name = str(shown or part.part("metadata").get("title") or key)
    draft.teams[key] = Team(key, name, notes.get(annotation("chat")))


def _service(part: Part, draft: Draft) -> None:
    key, kind, owner = _key(part), *_reference(part.part("spec").get("owner"))
    if key in draft.services:
        _twice(part, key)
    team = None
    if kind == "user":
        part.part("spec").warn(
            "owner", t("a person owns {name}; a book has teams", name=key), t("name a team in the book")
        )
    elif owner and owner != "unknown":
        team = next((it.key for it in draft.teams.values() if it.key == own_name(owner)), own_name(owner))
        if team not in draft.teams:
            message = t("the group {name} is not in these files", name=owner)
            part.part("spec").warn("owner", message, t("give the file that has it too"))
            draft.teams[team] = Team(team, team)
    else:
        part.part("spec").warn("owner", t("nobody owns {name}", name=key), t("name a team in the book"))
    draft.services[key] = Service(key, team, _runbook(part), _title(part))


def _twice(part: Part, key: str) -> None:
    message = t("there are two objects of kind {kind} called {name}", kind=part.get("kind"), name=key)
    part.part("metadata").error("name", message, t("keep one of them"))


def _runbook(part: Part) -> str | None:
    """The first link that calls itself a runbook, by its type or title."""
    links: Any = part.part("metadata").get("options", {}).get("links")
    for link in links if isinstance(links, list) else []:
        if isinstance(link, dict) and _RUNBOOK.search(f"{link.get('type', '')} {link.get('title', '')}"):
            return str(link.get("url", "")) or None
    return None


def _reference(text: Any) -> tuple[str, str]:
    """An entity reference, [kind:][namespace/]name, as kind and name."""
    kind, _, rest = str(text or "").rpartition(":")
    return kind.lower(), rest.rpartition("/")[2]
