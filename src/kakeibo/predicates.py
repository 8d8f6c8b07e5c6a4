"""Predicates: SQL boolean expressions over one event's columns, parsed against an allow-list. (under construction)"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Predicate:
    """An accepted expression."""

    text: str
