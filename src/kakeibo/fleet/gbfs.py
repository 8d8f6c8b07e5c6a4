"""GBFS, the feeds of shared mobility: what a snapshot says of vehicles, as messages of a fleet.

Versions 1 and 2 (`free_bike_status`) and 3 (`vehicle_status`): https://gbfs.org/documentation/reference/. A feed
lists the vehicles that are not rented, and gives a vehicle another id after each trip: so a device here is a vehicle
while it stands, and one that disappears is not lost but gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from kakeibo.errors import UsageError
from kakeibo.fleet.messages import moment
from kakeibo.i18n import t

_FEEDS: Final = ("vehicle_status", "free_bike_status")
_TYPES: Final = "vehicle_types"


class Vehicle(msgspec.Struct, frozen=True):
    """One vehicle of a snapshot. `reported`: when it last spoke to its operator, in ms; None: the feed does not say.
    `charge`: percent."""

    reported: int | None = None
    disabled: bool = False
    reserved: bool = False
    charge: float | None = None
    latitude: float | None = None
    longitude: float | None = None
    kind: str | None = None


class Snapshot(msgspec.Struct, frozen=True):
    """All vehicles that are not rented. `updated`: ms, by the operator's clock; `ttl`: seconds until the next one."""

    updated: int
    ttl: int
    vehicles: dict[str, Vehicle]


def read(content: bytes, name: str) -> Mapping[str, Any]:
    """A document of any GBFS feed. Raises UsageError when it is none."""
    try:
        document = msgspec.json.decode(content)
    except msgspec.DecodeError:
        document = None
    if not isinstance(document, dict) or not isinstance(document.get("data"), dict):
        raise UsageError(
            t("{path} is no document of GBFS", path=name), t("give free_bike_status, vehicle_status or gbfs.json")
        )
    return document


def addresses(document: Mapping[str, Any]) -> dict[str, str]:
    """Of gbfs.json: name of a feed -> its address; of versions 1 and 2, in the first language. Otherwise empty."""
    data = document["data"]
    places = [data, *(one for one in data.values() if isinstance(one, dict))]
    lists = (one["feeds"] for one in places if isinstance(one.get("feeds"), list))
    feeds: list[Any] = next(lists, [])
    return {str(one.get("name")): str(one.get("url")) for one in feeds if isinstance(one, dict)}


def status_address(feeds: Mapping[str, str], name: str) -> str:
    """The feed with the vehicles. Raises UsageError when there is none."""
    found = next((feeds[feed] for feed in _FEEDS if feed in feeds), None)
    if found is None:
        mend = t("a system of docks alone has no vehicles to judge")
        raise UsageError(t("{path} names no feed of vehicles", path=name), mend)
    return found


def types_address(feeds: Mapping[str, str]) -> str | None:
    """The feed with the types of vehicles, where there is one."""
    return feeds.get(_TYPES)


def ranges(document: Mapping[str, Any]) -> dict[str, float]:
    """Of vehicle_types: type -> how far it goes with a full battery, in metres. Otherwise empty."""
    types = document["data"].get(_TYPES)
    found = {}
    for one in types if isinstance(types, list) else ():
        if isinstance(one, dict) and (most := _number(one.get("max_range_meters"))):
            found[str(one.get("vehicle_type_id"))] = most
    return found


def snapshot(document: Mapping[str, Any], ranges: Mapping[str, float]) -> Snapshot | None:
    """The vehicles of a document; None when it is of another feed, or does not say when it was made."""
    data, updated = document["data"], moment(document.get("last_updated"))
    listed = data.get("vehicles", data.get("bikes"))
    if not isinstance(listed, list) or updated is None:
        return None
    vehicles = {}
    for one in listed:
        name = one.get("vehicle_id", one.get("bike_id")) if isinstance(one, dict) else None
        if isinstance(name, str | int) and not isinstance(name, bool) and name != "":
            vehicles[str(name)] = _vehicle(one, ranges)
    ttl = document.get("ttl")
    return Snapshot(updated, ttl if isinstance(ttl, int) and ttl > 0 else 0, vehicles)


def messages(before: Snapshot | None, now: Snapshot, received: int) -> Iterator[dict[str, Any]]:
    """What `now` says that `before` did not, as received at `received` (ms).

    A vehicle speaks when it reported again, when anything else about it changed, and in each snapshot of a feed that
    does not tell when it reported. One that is not listed any more was rented or taken away: it is gone.
    """
    known = before.vehicles if before else {}
    for name, vehicle in now.vehicles.items():
        if vehicle.reported is None or known.get(name) != vehicle:
            yield _message(name, vehicle, received)
    for name in known:
        if name not in now.vehicles:
            yield {"device": name, "received": received, "gone": True}


def _message(name: str, vehicle: Vehicle, received: int) -> dict[str, Any]:
    told = {
        "device": name,
        "received": received,
        "sent": vehicle.reported,
        "disabled": vehicle.disabled,
        "on_trip": vehicle.reserved,
        "battery": vehicle.charge,
        "latitude": vehicle.latitude,
        "longitude": vehicle.longitude,
        "model": vehicle.kind,
    }
    return {key: value for key, value in told.items() if value is not None}


def _vehicle(one: Mapping[str, Any], ranges: Mapping[str, float]) -> Vehicle:
    kind = one.get("vehicle_type_id")
    kind = kind if isinstance(kind, str) and kind else None
    return Vehicle(
        reported=moment(one.get("last_reported")),
        disabled=_flag(one.get("is_disabled")),
        reserved=_flag(one.get("is_reserved")),
        charge=_charge(one, ranges.get(kind or "")),
        latitude=_number(one.get("lat")),
        longitude=_number(one.get("lon")),
        kind=kind,
    )


def _charge(one: Mapping[str, Any], most: float | None) -> float | None:
    """Percent: as said (0 to 1), or by how far it still goes of how far its type goes."""
    share, left = _number(one.get("current_fuel_percent")), _number(one.get("current_range_meters"))
    if share is None and left is not None and most:
        share = min(left / most, 1.0)
    return None if share is None or not 0 <= share <= 1 else round(share * 100, 4)


def _flag(value: Any) -> bool:
    """Version 1 was read as 0 and 1, too."""
    return value is True or value == 1


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
