"""How a person is reached: the ways of the book that have an address, in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kakeibo.duties import Channel, Contact, Person
from kakeibo.oncall.escalation import CALL

_USUAL: Final[tuple[Channel, ...]] = ("slack", "email")


def ways(person: Person, severity: str) -> tuple[Contact, ...]:
    """The ways to reach somebody, soonest first. Unless the book says otherwise, every address at once, and the
    telephone for pages alone: calling is for what cannot wait. Whoever is called directly is called by telephone."""
    if severity == CALL:
        return (Contact("phone"),) if person.phone else ()
    written = person.contact.get(severity)
    if written is None:
        channels = (*_USUAL, "phone") if severity == "page" else _USUAL
        written = tuple(Contact(channel) for channel in channels)
    return tuple(sorted((way for way in written if person.address(way.channel)), key=lambda way: way.after))


def address(person: Person, channel: Channel, environment: Mapping[str, str]) -> str | None:
    """Where to send: what the book says, or the environment variable that it names. None when that is not set."""
    written = person.address(channel)
    if written and written.startswith("$"):
        return environment.get(written[1:]) or None
    return written
