"""What docs/budgets.md promises for "When things are odd"."""

from __future__ import annotations

import json
from typing import Any

from tests.app.conftest import Site, event

AT = "2026-10-01T02:00Z"


def latency(site: Site, at: str = AT) -> dict[str, Any]:
    rows = json.loads(site.run("report", "--at", at, "--json").out)["slos"]
    [row] = [row for row in rows if row["slo"] == "play-video/latency"]
    return dict(row)


def leave_out(site: Site, start: str, end: str) -> None:
    told = site.run("adjust", "add", "play-video", "--from", start, "--to", end, "--kind", "maintenance",
                    "--author", "lead", "--reason", "works")  # fmt: skip
    assert told.code == 0, told.err


def test_of_overlapping_adjustments_each_event_is_left_out_once(site: Site) -> None:
    site.write("access.json", event(5), event(15), event(25), event(35, request_time=5))
    site.run("ingest")
    leave_out(site, "2026-10-01T00:00Z", "2026-10-01T00:20Z")
    leave_out(site, "2026-10-01T00:10Z", "2026-10-01T00:30Z")
    row = latency(site)
    assert (row["good"], row["bad"], row["void"]) == (0, 1, 3)
    assert [part["good"] for part in row["adjusted"]] == [2, 1]
    site.run("adjust", "revoke", "1", "--author", "lead", "--reason", "wrong")
    row = latency(site)
    assert (row["good"], row["bad"], row["void"]) == (1, 1, 2)  # 00:15 is covered by the second one as well


def test_a_window_longer_than_the_history_is_filling(site: Site) -> None:
    site.write("access.json", event(0), event(60))
    site.run("ingest")
    assert (latency(site)["state"], latency(site, "2026-10-02T00:00Z")["state"]) == ("filling", "healthy")
    assert latency(site)["coverage"] < 0.01


def test_events_dated_in_the_future_wait_for_their_time(site: Site) -> None:
    site.write("access.json", event(1), event(60 * 24 * 365 * 50))
    site.run("ingest")
    assert latency(site)["valid"] == 1
    assert latency(site, "2076-09-18T12:00Z")["valid"] == 1


def test_a_clock_that_was_set_back_sees_what_was_counted_before_its_time(site: Site) -> None:
    site.write("access.json", event(1), event(90))
    site.run("ingest")
    assert [latency(site, at)["valid"] for at in (AT, "2026-10-01T00:30Z", AT)] == [2, 1, 2]
    site.write("access.json", event(2))  # late, and before what was counted already
    site.run("ingest")
    assert [latency(site, at)["valid"] for at in (AT, "2026-10-01T00:30Z")] == [3, 2]


def test_a_target_changed_only_for_lines_of_the_future_does_not_hold_yet(site: Site) -> None:
    """Somebody's clock is fifty years ahead: what is promised holds from now on, not from then."""
    site.write("access.json", event(1), event(60 * 24 * 365 * 50))
    site.run("ingest")
    book = site.folder / "kakeibo.yaml"
    book.write_text(book.read_text(encoding="utf-8").replace("target: 50%", "target: 60%"), encoding="utf-8")
    site.run("ingest")
    assert latency(site, "2076-09-01T00:00Z")["target"] == 0.6
    assert latency(site, AT)["target"] == 0.5
