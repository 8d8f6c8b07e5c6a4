"""Alerts as people handle them, by the commands."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select
from tests.acceptance.site import BOOK, Burn, Script
from tests.acceptance.site import Site as Days
from tests.app.conftest import Site

from kakeibo.store import tables


@pytest.fixture
def burning(site: Site) -> Days:
    """A site where videos have failed for five minutes."""
    days = Days.at(site.folder, Script([Burn(400, 500, 0.9)]), book=BOOK)
    days.run(395, every=395)
    days.run(405)
    return days


def test_what_fires_is_shown_with_who_takes_it(site: Site, burning: Days) -> None:
    shown = site.run("alerts").out
    assert "Play a video (success), play/availability [page]: fires" in shown
    assert "play/availability [page]: quiet -> fires (fails" in " ".join(shown.split())
    found = json.loads(site.run("alerts", "--json").out)
    page = next(one for one in found["firing"] if one["severity"] == "page")
    assert (page["slo"], page["told_as"], page["since"]) == ("play/availability", "page", "2026-10-01T06:40:00Z")
    assert [flip["to"] for flip in found["flips"]] == ["firing", "firing"]
    assert set(found["flips"][0]) >= {"slo", "from", "to", "severity", "at", "reason"}
    taken = site.run("ack", "play/availability", "--by", "on-call engineer", "--note", "the database")
    assert taken.out == f"{page['alert']}: on-call engineer is looking into it\n"
    assert "on-call engineer is looking into it since" in site.run("alerts").out
    again = site.run("ack", page["alert"], "--by", "another")
    assert again.out == taken.out
    told = json.loads(site.run("ack", "play/availability", "--by", "another", "--json").out)
    assert (told["alert"], told["acknowledged"]["by"], told["version"]) == (page["alert"], "on-call engineer", 1)
    with burning.store.reading() as connection:
        assert "ack:1:out:page" in connection.scalars(select(tables.outbox.c.key)).all()
    wrong = site.run("ack", "play/availabilty")
    assert (wrong.code, wrong.err) == (
        1, "error: no alert play/availabilty fires: did you mean play/availability?\n"
    )  # fmt: skip


def test_before_the_first_round(site: Site) -> None:
    assert site.run("alerts").out == "Nothing has been decided yet: run kakeibo work.\n"
    assert site.run("ack", "x").err == "error: no alert x fires: nothing fires now\n"


def test_silences(site: Site) -> None:
    assert site.run("silence", "list").out == "Nothing has been silenced.\n"
    given = ("--reason", "known", "--author", "lead", "--json")
    [entered] = json.loads(site.run("silence", "add", "learning", "--for", "2h", *given).out)["silences"]
    assert (entered["scope"], entered["author"], entered["revoked"]) == (["play-video"], "lead", None)
    [entered] = json.loads(site.run("silence", "add", "web", "--for", "2h", *given).out)["silences"]
    assert entered["scope"] == ["source:web", "play-video/availability", "play-video/latency"]
    assert site.run("silence", "add", "learning", *given).err.startswith("error: a silence needs an end: give --for 1h")
    assert site.run("silence", "add", "lurning", "--for", "1h", *given).code == 1
    assert site.run("silence", "revoke", "1", "--reason", "mended", "--author", "lead").code == 0
    assert "Revoked by lead" in site.run("silence", "list").out
    assert site.run("silence", "revoke", "9", *given).err == (
        "error: there is no silence 9: kakeibo silence list shows them\n"
    )


def test_stages(site: Site) -> None:
    assert site.run("stage", "play-video/latency").out == "provisional       play-video/latency\n"
    moved = site.run("stage", "play-video/latency", "ticket", "--by", "player team", "--reason", "agreed", "--json")
    [row] = json.loads(moved.out)["stages"]
    assert (row["stage"], row["starts_at"], row["moves"][0]["author"]) == ("ticket", "provisional", "player team")
    again = site.run("stage", "play-video/latency", "ticket", "--by", "player team", "--reason", "agreed")
    assert again.err == "error: play-video/latency is at stage ticket already\n"
    assert site.run("stage", "play-video/latency", "page").err.startswith(
        "error: moving to another stage is a decision"
    )
    assert "ticket            play-video/latency" in site.run("stage").out


def test_one_round_and_a_round_of_the_past(site: Site) -> None:
    site.write("access.json")
    done = site.run("work", "--once", "--now", "2026-10-01T09:30")
    assert (done.code, done.out) == (0, "decided 1 minutes: 4 changes, 0 letters, 0 tries to deliver\n")
    done = site.run("work", "--once", "--now", "2026-10-01T10:30")
    assert done.out == "decided 60 minutes: 0 changes, 0 letters, 0 tries to deliver\n"
    assert site.run("work", "--now", "2026-10-01T10:30").code == 2


def test_rounds_that_fail_are_said_beside_the_alerts(site: Site) -> None:
    """What is shown may be incomplete then."""
    site.write("access.json")
    assert site.run("work", "--once", "--now", "2026-10-01T09:30").code == 0
    assert "went well" not in site.run("alerts").out
    book = site.folder / "kakeibo.yaml"
    text = book.read_text(encoding="utf-8")
    gone = "sources:\n  gone: {type: prometheus, url: 'http://127.0.0.1:9'}"
    up = "  up: {title: Up, source: gone, slos: {availability: {valid: up, good: up, target: 90%}}}\n"
    book.write_text(text.replace("sources:", gone) + up, encoding="utf-8")
    assert site.run("work", "--once", "--now", "2026-10-01T09:40").code == 1
    assert "The last round in which all went well: Oct 1, 2026, 09:30 JST." in site.run("alerts").out
