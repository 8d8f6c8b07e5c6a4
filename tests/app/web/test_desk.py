"""What all viewers share: how fresh it is, and that it is the same for all who look at once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.app.conftest import Site, event

from kakeibo import clock
from kakeibo.app import voting
from kakeibo.app.report import report_of
from kakeibo.app.web.desk import Desk
from kakeibo.store import open_store


def test_counts_are_taken_over_after_a_pause_and_what_people_enter_at_once(
    told: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    store = open_store(f"sqlite:///{told.folder}/kakeibo.db")
    desk = Desk(Path("kakeibo.yaml"), store, "2026-10-02T12:00", pause=10)
    first = desk.glance()
    told.write("access.json", *(event(60 * 20 + n, status=500) for n in range(5)))
    assert told.run("ingest").code == 0
    assert desk.glance().edition == first.edition
    assert desk.report(desk.glance()) is desk.report(first)
    voting.cast(desk.book(), store, "search", "product", "Product owner", 5, "")
    voted = desk.glance()
    assert voted.edition != first.edition
    now += timedelta(seconds=10)
    counted = desk.glance()
    assert counted.edition not in (first.edition, voted.edition)
    assert desk.report(counted) == report_of(desk.book(), store, counted.at)
    now -= timedelta(hours=1)  # a clock that is put back does not make pages stand still
    told.write("access.json", event(60 * 21, status=500))
    assert told.run("ingest").code == 0
    assert desk.glance().edition != counted.edition
    store.close()


def test_a_report_from_what_is_held_is_the_one_from_the_store(told: Site, desk: Desk) -> None:
    """Also after events that came late, into days that were summed before."""
    for hour in (3, 20, 29):
        assert desk.report(desk.glance()) == report_of(desk.book(), desk.store, desk.glance().at)
        told.write("access.json", *(event(60 * hour + n, status=500) for n in range(3)))
        assert told.run("ingest").code == 0
        assert desk.report(desk.glance()) == report_of(desk.book(), desk.store, desk.glance().at)


def test_answers_are_compressed_for_those_who_take_it(client: TestClient) -> None:
    for path in ("/?lang=en", "/api/v1/report", "/static/web.css"):
        plain = client.get(path, headers={"accept-encoding": "identity"})
        packed = client.get(path, headers={"accept-encoding": "gzip"})
        assert "content-encoding" not in plain.headers
        assert packed.headers["content-encoding"] == "gzip"
        assert "accept-encoding" in packed.headers["vary"].lower()
        assert packed.content == plain.content
        assert int(packed.headers["content-length"]) < len(plain.content) / 2
        if tag := packed.headers.get("etag"):
            assert client.get(path, headers={"if-none-match": tag}).status_code == 304
