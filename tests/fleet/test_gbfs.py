"""GBFS as its specification writes it, versions 1 to 3: what a snapshot says, and what the next one says anew."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kakeibo.errors import UsageError
from kakeibo.fleet import gbfs
from kakeibo.fleet.gbfs import Snapshot, Vehicle
from kakeibo.fleet.messages import message_of

AT = 1_791_151_200
V1 = {
    "last_updated": AT,
    "ttl": 0,
    "data": {"bikes": [{"bike_id": "b1", "lat": 35.6, "lon": 139.7, "is_reserved": 0, "is_disabled": 1}]},
}
V2 = {
    "last_updated": AT,
    "ttl": 60,
    "version": "2.3",
    "data": {
        "bikes": [
            {
                "bike_id": "973a5c94-c288-4a2b-afa6-de8aeb6ae2e5",
                "last_reported": AT - 30,
                "lat": 35.6,
                "lon": 139.7,
                "is_reserved": False,
                "is_disabled": False,
                "vehicle_type_id": "abc123",
                "current_range_meters": 4_500,
            },
            {"bike_id": "station-bike", "station_id": "86", "is_reserved": True, "is_disabled": False},
        ]
    },
}
TYPES = {
    "last_updated": AT,
    "ttl": 0,
    "version": "2.3",
    "data": {"vehicle_types": [{"vehicle_type_id": "abc123", "form_factor": "scooter", "propulsion_type": "electric",
                                "max_range_meters": 15_000}]},
}  # fmt: skip
V3 = {
    "last_updated": "2026-10-05T00:00:00+09:00",
    "ttl": 30,
    "version": "3.0",
    "data": {
        "vehicles": [
            {
                "vehicle_id": "8f2e",
                "last_reported": "2026-10-04T14:59:30Z",
                "lat": 35.6,
                "lon": 139.7,
                "is_reserved": False,
                "is_disabled": False,
                "vehicle_type_id": "abc123",
                "current_range_meters": 1,
                "current_fuel_percent": 0.7,
            }
        ]
    },
}


def made(document: dict[str, Any]) -> Snapshot:
    types = gbfs.ranges(gbfs.read(json.dumps(TYPES).encode(), "types"))
    found = gbfs.snapshot(gbfs.read(json.dumps(document).encode(), "feed"), types)
    assert found is not None
    return found


def test_the_three_versions() -> None:
    assert made(V1) == Snapshot(AT * 1000, 0, {"b1": Vehicle(None, True, False, None, 35.6, 139.7)})
    scooter = Vehicle((AT - 30) * 1000, False, False, 30.0, 35.6, 139.7, "abc123")
    assert made(V2).vehicles == {
        "973a5c94-c288-4a2b-afa6-de8aeb6ae2e5": scooter,
        "station-bike": Vehicle(None, False, True),
    }
    assert made(V3).updated == 1_791_126_000_000
    assert made(V3).vehicles["8f2e"].charge == 70.0, "what is said goes before what is computed"
    assert made(V3).vehicles["8f2e"].reported == 1_791_125_970_000


def test_other_feeds_have_no_vehicles() -> None:
    assert gbfs.snapshot(TYPES, {}) is None
    assert gbfs.snapshot({"data": {"bikes": []}}, {}) is None, "nobody knows when"
    assert gbfs.ranges(V2) == {}


def test_where_the_feeds_are() -> None:
    named = [{"name": "free_bike_status", "url": "https://a/f"}, {"name": "vehicle_types", "url": "https://a/t"}]
    old, new = (
        {"data": {"ja": {"feeds": named}}},
        {"data": {"feeds": [{"name": "vehicle_status", "url": "https://a/v"}]}},
    )
    assert gbfs.status_address(gbfs.addresses(old), "x") == "https://a/f"
    assert gbfs.types_address(gbfs.addresses(old)) == "https://a/t"
    assert gbfs.status_address(gbfs.addresses(new), "x") == "https://a/v"
    with pytest.raises(UsageError, match="names no feed of vehicles"):
        gbfs.status_address({"station_status": "https://a/s"}, "x")


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"data": 3}', b"\xff"])
def test_what_is_no_document(content: bytes) -> None:
    with pytest.raises(UsageError, match="no document of GBFS"):
        gbfs.read(content, "feed.json")


def snapshot(*vehicles: tuple[str, Vehicle]) -> Snapshot:
    return Snapshot(AT * 1000, 60, dict(vehicles))


def test_a_vehicle_speaks_when_it_reported_or_changed_and_says_when_it_is_gone() -> None:
    standing = Vehicle(reported=1_000, charge=50.0)
    before = snapshot(("same", standing), ("heard", standing), ("broken", standing), ("rented", standing))
    now = snapshot(
        ("same", standing),
        ("heard", Vehicle(reported=2_000, charge=50.0)),
        ("broken", Vehicle(reported=1_000, charge=50.0, disabled=True)),
        ("new", standing),
    )
    told = {one["device"]: one for one in gbfs.messages(before, now, 5_000)}
    assert told.keys() == {"heard", "broken", "new", "rented"}
    assert told["rented"] == {"device": "rented", "received": 5_000, "gone": True}
    assert (told["broken"]["disabled"], told["heard"]["disabled"]) == (True, False)
    assert all(message_of(one, {}).received == 5_000_000 for one in told.values()), "the fleet reads it as it is"


def test_where_nobody_says_when_they_reported_being_listed_is_a_sign_of_life() -> None:
    silent = snapshot(("b1", Vehicle()))
    assert [one["device"] for one in gbfs.messages(silent, silent, 1)] == ["b1"]


vehicles = st.builds(
    Vehicle, st.none() | st.integers(1, 3), st.booleans(), st.booleans(), st.none() | st.sampled_from([0.0, 50.0])
)
snapshots = st.dictionaries(st.sampled_from("abcd"), vehicles).map(lambda held: Snapshot(AT, 60, held))


@given(st.lists(snapshots, min_size=1, max_size=5))
def test_whoever_follows_the_messages_knows_what_the_last_snapshot_lists(seen: list[Snapshot]) -> None:
    known: dict[str, tuple[bool, bool]] = {}
    before = None
    for now in seen:
        for one in gbfs.messages(before, now, AT):
            if one.get("gone"):
                del known[one["device"]]
            else:
                known[one["device"]] = (one["disabled"], one["on_trip"])
        before = now
    assert known == {name: (one.disabled, one.reserved) for name, one in seen[-1].vehicles.items()}
