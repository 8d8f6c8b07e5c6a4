"""The plan of Terraform, as `terraform show -json` prints it: what there will be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from kakeibo.definitions.nodes import Position


@dataclass(frozen=True, slots=True, eq=False)
class Resource:
    """One resource. `address` is its name in Terraform, such as aws_lb.web."""

    place: Position
    address: str
    kind: str
    values: Mapping[str, Any]


class _Listed(msgspec.Struct):
    address: str = ""
    type: str = ""
    mode: str = "managed"
    values: dict[str, Any] = {}


class _Module(msgspec.Struct):
    resources: list[_Listed] = []
    child_modules: list[_Module] = []


class _Values(msgspec.Struct):
    root_module: _Module = msgspec.field(default_factory=_Module)


class _Plan(msgspec.Struct):
    format_version: str
    planned_values: _Values


def read(file: str, data: bytes) -> Sequence[Resource] | None:
    """The resources of a plan; None when the file is none."""
    try:
        plan = msgspec.json.decode(data, type=_Plan)
    except msgspec.DecodeError:
        return None
    text = data.decode("utf-8", "replace")
    listed = (one for one in _all(plan.planned_values.root_module) if one.mode == "managed")
    return [Resource(_place(file, text, one.address), one.address, one.type, one.values) for one in listed]


def _all(module: _Module) -> Iterator[_Listed]:
    yield from module.resources
    for child in module.child_modules:
        yield from _all(child)


def _place(file: str, text: str, address: str) -> Position:
    """Where the address is written first."""
    at = max(text.find(msgspec.json.encode(address).decode()), 0)
    return file, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
