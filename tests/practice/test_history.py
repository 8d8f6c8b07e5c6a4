"""What the store remembers of alerts: who took them."""

from __future__ import annotations

from kakeibo.incidents import changes
from kakeibo.incidents.changes import Act, Opening
from kakeibo.practice.history import history
from kakeibo.store import open_store

NOW = 1_790_000_000


def test_whoever_takes_an_incident_takes_its_alerts(sqlite_url: str) -> None:
    store, slo = open_store(sqlite_url), "play-video/availability"
    with store.writing() as connection:
        for group in ("taken", "merged", "left"):
            opening = Opening("Trouble", "alert", [slo], ["video"], [f"alert:{group}", f"call:{group}"])
            changes.open_(connection, opening, Act.ours(NOW))
        changes.merge(connection, 2, 1, Act("Video on call", NOW + 60, "cli"))
        changes.acknowledge(connection, 1, Act("Video on call", NOW + 90, "cli"))
    assert {(one.group, one.at) for one in history(store, NOW // 60 + 10).taken} == {
        ("taken", NOW + 90),
        ("merged", NOW + 90),
    }
    assert history(store, NOW // 60 + 365 * 24 * 60).taken == []
    store.close()
