"""A target changed in the book: what was promised before stays so, the new one holds from the day on."""

from __future__ import annotations

import json
from typing import Any

from tests.app.conftest import Site, event

EARLY, LATE = "2026-10-01T00:10Z", "2026-10-01T06:00Z"


def edit(site: Site, old: str, new: str) -> None:
    book = site.folder / "kakeibo.yaml"
    text = book.read_text(encoding="utf-8")
    assert old in text
    book.write_text(text.replace(old, new), encoding="utf-8")


def latency(site: Site, at: str) -> dict[str, Any]:
    rows = json.loads(site.run("report", "--at", at, "--json").out)["slos"]
    [row] = [row for row in rows if row["slo"] == "play-video/latency"]
    return dict(row)


def words(site: Site, at: str) -> str:
    """The report in one line."""
    return " ".join(site.run("report", "--markdown", "--at", at).out.split())


def changed(site: Site) -> None:
    """Two of three in time by 00:15; the target goes from 50 % to 90 %, and an hour later there is one more event."""
    site.write("access.json", event(1), event(2), event(15, request_time=5))
    site.run("ingest")
    edit(site, "target: 50%", "target: 90%")
    site.write("access.json", event(75))
    site.run("ingest")


def test_the_target_in_force_judges_and_the_earlier_one_is_shown_beside_it(site: Site) -> None:
    changed(site)
    row = latency(site, LATE)
    assert (row["target"], row["left_ratio"], row["state"]) == (0.9, -1.5, "filling")
    assert row["promised"] == [
        {
            "target": 0.5,
            "window": "1d",
            "method": "occurrences",
            "from": None,
            "to": "2026-10-01T00:16:00Z",
            "left_ratio": 0.5,
        }
    ]
    assert "Until Oct 1 the promise was 50% (1 day); by it: 50% left." in words(site, LATE)


def test_a_moment_before_the_change_is_judged_as_it_was_promised_then(site: Site) -> None:
    changed(site)
    row = latency(site, EARLY)
    assert (row["target"], row["left_ratio"]) == (0.5, 1.0)
    [now] = row["promised"]
    assert (now["target"], now["from"], now["to"]) == (0.9, "2026-10-01T00:16:00Z", None)
    assert "Judged as promised then; since Oct 1 it is 90% (1 day)." in words(site, EARLY)


def test_an_edit_that_no_ingest_has_seen_holds_from_the_first_minute_not_counted(site: Site) -> None:
    site.write("access.json", event(1), event(15, request_time=5))
    site.run("ingest")
    edit(site, "target: 50%", "target: 90%")
    assert latency(site, "latest")["target"] == 0.9
    assert latency(site, EARLY)["target"] == 0.5


def test_the_statement_uses_the_target_that_held_at_its_end(site: Site) -> None:
    changed(site)
    edit(site, "target: 90%", "target: 99%")

    def target(at: str) -> float:
        accounts = json.loads(site.run("statement", "play-video", "--month", "2026-10", "--at", at, "--json").out)
        [account] = [one for one in accounts["slos"] if one["slo"] == "play-video/latency"]
        return float(account["target"])

    assert [target(at) for at in (EARLY, "2026-10-01T01:16Z", LATE)] == [0.5, 0.99, 0.99]


def test_a_longer_window_holds_from_the_day_on_too(site: Site) -> None:
    site.write("access.json", event(1), event(15))
    site.run("ingest")
    edit(site, "target: 50%, window: 1d", "target: 50%, window: 2d")
    assert [latency(site, at)["window"] for at in (EARLY, "latest")] == ["1d", "2d"]


def test_no_figure_is_given_for_a_promise_that_counted_otherwise(site: Site) -> None:
    site.write("access.json", event(1), event(15, request_time=5))
    site.run("ingest")
    edit(site, "target: 50%, window: 1d", "target: 50%, window: 1d, method: {ratio_slices: 5m}")
    site.write("access.json", event(75))
    site.run("ingest")
    assert "Until Oct 1 the promise was 50% (1 day), counted in another way." in words(site, LATE)
    assert [other["left_ratio"] for other in latency(site, LATE)["promised"]] == [None]


def test_nothing_is_said_when_nothing_changed(site: Site) -> None:
    site.write("access.json", event(1))
    site.run("ingest")
    site.write("access.json", event(2))
    site.run("ingest")
    assert latency(site, LATE)["promised"] == []
