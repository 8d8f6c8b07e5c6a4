"""One file per kind: the kinds of a room are found by looking at its files, and known by their `KIND`."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TypeVar

Base = TypeVar("Base")


def found_in(room: str, base: type[Base]) -> dict[str, type[Base]]:
    """KIND -> subclass of `base` that has one, of all files of a room such as "kakeibo.sources", sorted."""
    for module in pkgutil.iter_modules(importlib.import_module(room).__path__):
        importlib.import_module(f"{room}.{module.name}")
    found: dict[str, type[Base]] = {}
    todo = [base]
    while todo:
        kind = todo.pop()
        todo += kind.__subclasses__()
        if "KIND" in vars(kind) and kind.__module__.startswith(f"{room}."):
            found[vars(kind)["KIND"]] = kind
    return dict(sorted(found.items()))
