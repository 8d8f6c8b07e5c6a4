"""Which services go together: what one of them does to users is the same incident. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from kakeibo.model import Service

WITHIN: Final = 120
"""Minutes after the last alert of an incident in which a related one is still part of it."""


def needs(services: Mapping[str, Service], key: str) -> set[str]:
    """The services that one depends on, and those that these depend on."""
    found: set[str] = set()
    left = [key]
    while left:
        held = services.get(left.pop())
        more = set(held.depends_on) - found if held else set()
        found |= more
        left += more
    return found


def related(services: Mapping[str, Service], one: str, other: str) -> bool:
    """Whether two services are the same, one depends on the other, or both depend on the same one."""
    if one == other:
        return True
    return not ({one} | needs(services, one)).isdisjoint({other} | needs(services, other))


def related_to_any(services: Mapping[str, Service], one: str, others: Collection[str]) -> bool:
    """Whether a service goes together with any of `others`."""
    return any(related(services, one, other) for other in others)
