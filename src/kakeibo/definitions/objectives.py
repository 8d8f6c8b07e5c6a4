"""The shape of an objective: written out by `good:`, by one of the menu's short forms, or put together from others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from kakeibo.definitions import amounts, measures
from kakeibo.definitions.menu import MENU
from kakeibo.definitions.nodes import MapNode, Node, position
from kakeibo.definitions.shapes import Either, Field, Record, Schema, Site, Table, Text
from kakeibo.i18n import t

FORMS: Final = ("good", "bad", *MENU, *measures.COMPOSITES)
"""The keys of which an objective has exactly one."""

_LIMITS: Final = Table(
    Text(amounts.target, amounts.TARGET_SCHEMA),
    amounts.seconds,
    {"pattern": MENU["latency"].json["pattern"]},
    "95%",
    required=True,
)


def short_forms() -> dict[str, Field]:
    """A key for each type of the menu."""
    shapes = {name: Text(json=entry.json) for name, entry in MENU.items()}
    several = Either(shapes["latency"], _LIMITS)
    return {
        name: Field(several if name == "latency" else shapes[name], f"{entry.about} For {entry.suits}.", entry.example)
        for name, entry in MENU.items()
    }


@dataclass(frozen=True, slots=True)
class Objective(Record):
    """A record with a target, unless it has several limits, each with its own."""

    def read(self, node: Node, site: Site) -> dict[str, Any] | None:
        if isinstance(node, MapNode) and _limits(node) and "target" in node.entries:
            place = position(node.entries["target"][0].start)
            site.findings.error(place, t("each of the limits has a target of its own"), t("leave target: out"))
        return Record.read(self, node, site)

    def required(self, node: MapNode) -> Iterator[str]:
        if not _limits(node):
            yield "target"

    def schema(self) -> Schema:
        one: dict[str, Schema] = {name: {"required": [name, "target"]} for name in FORMS}
        for name in ("good", "bad"):
            one[name]["properties"] = {"of": False}
        one["latency"]["properties"] = {"latency": {"not": {"type": "object"}}}
        limits: Schema = {"required": ["latency"], "properties": {"latency": {"type": "object"}, "target": False}}
        return {**Record.schema(self), "oneOf": [*one.values(), limits]}


def _limits(node: MapNode) -> bool:
    return "latency" in node.entries and isinstance(node.entries["latency"][1], MapNode)
