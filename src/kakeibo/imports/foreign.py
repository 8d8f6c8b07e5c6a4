"""Shapes that formats of others need beyond those of a book: numbers, switches, lists, whatever may stand there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from kakeibo.definitions.amounts import AmountError, one_of
from kakeibo.definitions.nodes import ListNode, MapNode, Node, TextNode, position
from kakeibo.definitions.shapes import Field, Record, Schema, Shape, Site, Text, nearest, plain, written_like
from kakeibo.i18n import t

_NUMBER: Final = re.compile(r"[-+]?(?:[0-9]{1,15}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][-+]?[0-9]{1,2})?", re.ASCII)


def number(text: str) -> Fraction:
    """A number exactly as written, also with an exponent."""
    if not _NUMBER.fullmatch(text.strip()):
        raise AmountError(t("'{text}' is not a number", text=text[:40]), written_like("0.999"))
    return Fraction(text.strip())


def switch(text: str) -> bool:
    """true or false."""
    return one_of(text, ("true", "false")) == "true"


def choice(*words: str) -> Text:
    """One of the words."""
    return Text(lambda text: one_of(text, words))


NUMBER: Final = Text(number)
SWITCH: Final = Text(switch)


@dataclass(frozen=True, slots=True)
class Words:
    """A scalar, which may be empty."""

    def read(self, node: Node, site: Site) -> str | None:
        if isinstance(node, TextNode):
            return "" if node.empty else node.value
        site.refuse(t("a text"), node)
        return None

    def schema(self) -> Schema:
        return {"type": "string"}


@dataclass(frozen=True, slots=True)
class Many:
    """A list of one shape, which may be empty -> tuple; None for an item that was refused."""

    of: Shape

    def read(self, node: Node, site: Site) -> tuple[Any, ...] | None:
        if isinstance(node, TextNode) and node.empty:
            return ()
        if not isinstance(node, ListNode):
            site.refuse(t("a list"), node)
            return None
        return tuple(self.of.read(item, Site(position(item.start), site.example, site.findings)) for item in node.items)

    def schema(self) -> Schema:
        return {"type": "array", "items": self.of.schema()}


@dataclass(frozen=True, slots=True)
class Anything:
    """A mapping of whatever the writer needed there."""

    def read(self, node: Node, site: Site) -> dict[str, Any] | None:
        if isinstance(node, TextNode) and node.empty:
            return {}
        if isinstance(node, MapNode):
            return {name: plain(value) for name, (_, value) in node.entries.items()}
        site.refuse(t("a mapping (key: value)"), node)
        return None

    def schema(self) -> Schema:
        return {"type": "object"}


@dataclass(frozen=True, slots=True)
class Texts:
    """Names of the writer's choice -> texts, as labels and annotations are; a list of texts is one text with commas."""

    def read(self, node: Node, site: Site) -> dict[str, str] | None:
        values = Anything().read(node, site)
        if values is None or not isinstance(node, MapNode):
            return values
        return {name: ", ".join(_texts(entry)) for name, (_, entry) in node.entries.items()}

    def schema(self) -> Schema:
        return {"type": "object"}


def _texts(node: Node) -> list[str]:
    if isinstance(node, TextNode):
        return [node.value]
    return [item.value for item in node.items if isinstance(item, TextNode)] if isinstance(node, ListNode) else []


@dataclass(frozen=True, slots=True)
class Foreign(Record):
    """A record to which others add keys of their own: a key that is not known is left out with a warning.

    Of each of the `groups` exactly one key must be written.
    """

    groups: tuple[tuple[str, ...], ...] = ()

    def read(self, node: Node, site: Site) -> dict[str, Any] | None:
        values = Record.read(self, node, site)
        if isinstance(node, MapNode):
            for group in self.groups:
                written = [key for key in group if key in node.entries]
                names = ", ".join(group)
                if not written:
                    message = t("one of these keys is missing: {keys}", keys=names)
                    site.findings.error(site.place, message, t("write one of them"))
                elif len(written) > 1:
                    message = t("of these keys only one can be written: {keys}", keys=", ".join(written))
                    site.findings.error(position(node.entries[written[1]][0].start), message, t("keep one of them"))
        return values

    def unknown(self, key: TextNode, site: Site) -> None:
        message = t("the key '{key}' is not known here and is left out", key=key.value)
        site.findings.warn(position(key.start), message, nearest(key.value, self.fields))


def record(
    required: Mapping[str, Shape], optional: Mapping[str, Shape] | None = None, *groups: tuple[str, ...]
) -> Foreign:
    """A foreign record by the shapes of its keys."""
    known = {**required, **(optional or {})}
    fields = {
        name: Field(shape, "", f"{name}: {_EXAMPLES.get(name, '...')}", required=name in required)
        for name, shape in known.items()
    }
    return Foreign(fields, groups=groups)


_EXAMPLES: Final = {
    "apiVersion": "openslo/v1",
    "kind": "SLO",
    "metadata": "{name: my-name}",
    "name": "my-name",
    "spec": "{...}",
    "service": "my-service",
    "budgetingMethod": "Occurrences",
    "objectives": "[{target: 0.999}]",
    "target": "0.999",
    "timeWindow": "[{duration: 28d, isRolling: true}]",
    "duration": "28d",
    "indicatorRef": "my-sli",
    "metricSource": "{type: Prometheus, spec: {query: ...}}",
    "severity": "page",
    "condition": "{kind: burnrate, op: gt, threshold: 14, lookbackWindow: 1h, alertAfter: 5m}",
    "threshold": "14",
    "lookbackWindow": "1h",
    "op": "gt",
    "type": "Prometheus",
    "startTime": "2024-01-01 00:00:00",
    "timeZone": "Asia/Tokyo",
    "timeSliceTarget": "0.95",
    "timeSliceWindow": "5m",
    "objective": "99.9",
    "sli": "{events: {error_query: ..., total_query: ...}}",
    "error_query": "sum(rate(errors_total[{{.window}}]))",
    "total_query": "sum(rate(requests_total[{{.window}}]))",
    "window": "28d",
    "indicator": "{ratio: {errors: {metric: ...}, total: {metric: ...}}}",
    "metric": 'http_requests_total{job="web"}',
    "version": "prometheus/v1",
    "slos": "[{name: availability, objective: 99.9, sli: {...}}]",
    "owner": "player",
}
