"""What pages and the API show of a fleet, and which devices somebody looks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kakeibo.app.fleet_desk import found_in, standing_of
from kakeibo.errors import UsageError
from kakeibo.fleet import records
from kakeibo.fleet.census import STANDINGS, Census, Found, Wanted
from kakeibo.fleet.orders import Change
from kakeibo.i18n import t
from kakeibo.letters import fleet as letter
from kakeibo.model import Book
from kakeibo.store import Store

_LONGEST = 200


def wanted_of(asked: Mapping[str, str], usual: str = "") -> Wanted:
    """The devices that the parts of an address ask for; `usual`: the standing when it names none ("any": all).

    Raises UsageError for a standing that is none.
    """
    standing = asked.get("state") or usual
    standing = "" if standing == "any" else standing
    if standing and standing not in STANDINGS:
        mend = t("choose one of: {names}", names=", ".join(STANDINGS))
        raise UsageError(t("there is no state {name}", name=standing[:40]), mend)
    chosen = {
        name: asked.get(name, "").strip().replace("\0", "")[:_LONGEST] for name in ("region", "model", "firmware", "q")
    }
    return Wanted(standing, **chosen)


def after_of(text: str) -> int:
    """The number of the device that a page begins after; -1: at the first one."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1


def fleet_json(census: Census, zone: str) -> dict[str, Any]:
    """One fleet, without its devices."""
    found = letter.standing_json(standing_of(census, 0), zone)
    del found["shown"]
    return found


def device_json(one: Found, zone: str) -> dict[str, Any]:
    region, model, firmware = (text or None for text in one.group)
    return {**letter.device_json(one.name, one.device, zone), "region": region, "model": model, "firmware": firmware}


def with_history(book: Book, store: Store, fleet: str | None, device: str) -> tuple[Census, Found, list[Change]]:
    """A device and what happened to it, the oldest first. Raises UsageError where no fleet has it."""
    census, found = found_in(book, store, device, fleet)
    assert found is not None  # for mypy: a device was named
    return census, found, records.history(store, census.fleet.key, found.number)
