"""The shape of an objective: written out by `good:`, or by one of the menu's short forms."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final

from kakeibo.definitions import amounts
from kakeibo.definitions.menu import CONDITION_SCHEMA, MENU
from kakeibo.definitions.nodes import MapNode, Node, position
from kakeibo.definitions.shapes import Either, Field, Record, Schema, Shape, Site, Table, Text
from kakeibo.i18n import t

FORMS: Final = ("good", *MENU)
"""The keys of which an objective has exactly one."""

_THRESHOLDS: Final = Table(
    Text(amounts.target, amounts.TARGET_SCHEMA),
    amounts.seconds,
    {"pattern": MENU["latency"].json["pattern"]},
    "95%",
    required=True,
)


def short_forms() -> dict[str, Field]:
    """A key for each type of the menu."""
    return {
        name: Field(_shape(name), f"{entry.about} For {entry.suits}.", entry.example) for name, entry in MENU.items()
    }


def _shape(name: str) -> Shape:
    text = Text(json=MENU[name].json) if name in MENU else Text(json=CONDITION_SCHEMA)  # type: ignore[index]
    return Either(text, _THRESHOLDS) if name == "latency" else text


@dataclass(frozen=True, slots=True)
class Objective(Record):
    """A record with exactly one of FORMS, and a target unless each of its thresholds has one."""

    def read(self, node: Node, site: Site) -> dict[str, Any] | None:
        values = Record.read(self, node, site)
        if values is None or not isinstance(node, MapNode):
            return values
        written = [name for name in node.entries if name in FORMS]
        for other in written[1:]:
            place = position(node.entries[other][0].start)
            message = t("'{one}' and '{other}' exclude each other", one=written[0], other=other)
            site.findings.error(
                place, message, t("keep one of the two, and write the other as an objective of its own")
            )
        if _thresholds(node) and "target" in node.entries:
            place = position(node.entries["target"][0].start)
            site.findings.error(place, t("each of the limits has a target of its own"), t("leave target: out"))
        return values if len(written) == 1 else None

    def required(self, node: MapNode) -> Iterator[str]:
        written: Collection[str] = node.entries.keys() & set(FORMS)
        if not written and not any(self.misspelt(name, node) for name in FORMS):
            yield "good"
        if not _thresholds(node):
            yield "target"

    def schema(self) -> Schema:
        one: list[Schema] = [{"required": [name, "target"]} for name in FORMS if name != "latency"]
        one[FORMS.index("good")]["properties"] = {"of": False}
        several = {"type": "object"}
        latency: list[Schema] = [
            {"required": ["latency", "target"], "properties": {"latency": {"not": several}}},
            {"required": ["latency"], "properties": {"latency": several, "target": False}},
        ]
        return {**Record.schema(self), "oneOf": [*one, *latency]}


def _thresholds(node: MapNode) -> bool:
    return "latency" in node.entries and isinstance(node.entries["latency"][1], MapNode)
