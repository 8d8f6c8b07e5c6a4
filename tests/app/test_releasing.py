"""kakeibo release: what went live, told by people and pipelines, and shown beside the failures."""

from __future__ import annotations

import json

import pytest
from tests.app.conftest import Site

BOOK = """\
services: {learning: {}, billing: {}}
sources: {web: {type: nginx-json, path: logs/*.json}}
journeys:
  play: {title: Play, service: learning, source: web, valid: "true", slos: {success: {good: status < 500, target: 99%}}}
"""


@pytest.fixture
def shop(site: Site) -> Site:
    (site.folder / "kakeibo.yaml").write_text(BOOK, encoding="utf-8")
    return site


def release(site: Site, *arguments: str) -> dict[str, object]:
    ran = site.run("release", *arguments, "--json")
    assert ran.code == 0, ran.err
    [one] = json.loads(ran.out)["releases"]
    assert isinstance(one, dict)
    return one


def test_a_release_is_kept_and_listed_the_latest_first(shop: Site) -> None:
    first = release(shop, "learning", "v1", "--at", "2026-10-01T10:00Z", "--by", "pipeline", "--note", "new player")
    assert first == {
        "id": 1, "service": "learning", "version": "v1", "at": "2026-10-01T10:00:00Z", "author": "pipeline",
        "note": "new player", "entered": first["entered"],
    }  # fmt: skip
    release(shop, "billing", "7", "--at", "2026-10-02T10:00Z")
    every = json.loads(shop.run("release", "--json").out)["releases"]
    assert [one["service"] for one in every] == ["billing", "learning"]
    assert "learning v1 (new player)" in shop.run("release", "learning").out
    assert "billing" not in shop.run("release", "learning").out
    assert "release" in shop.run("audit-log").out


def test_the_same_release_told_again_is_one_and_going_back_is_another(shop: Site) -> None:
    told = [release(shop, "learning", version, "--at", f"2026-10-0{day}T10:00Z")["id"]
            for day, version in enumerate(["v1", "v1", "v2", "v1"], 1)]  # fmt: skip
    assert told == [1, 1, 2, 3]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["lerning", "v1"], "did you mean learning?"),
        (["learning", "v1", "--at", "2999-01-01"], "is yet to come"),
        (["learning", "v1", "--at", "soon"], "is not a time"),
        (["learning", " "], "is empty"),
        (["learning", ""], "is empty"),
        (["", ""], "there is no service"),
        (["learning", "v" * 101], "more than 100 characters"),
    ],
)
def test_what_cannot_be_kept_is_said(shop: Site, arguments: list[str], said: str) -> None:
    refused = shop.run("release", *arguments, "--lang", "en")
    assert refused.code == 1
    assert said in refused.err
    assert shop.run("release").out == "No release has been told yet.\n"


def test_a_book_without_services_says_so(shop: Site) -> None:
    (shop.folder / "kakeibo.yaml").write_text(BOOK.split("\n", 1)[1].replace("service: learning, ", ""), "utf-8")
    assert "none is written yet" in shop.run("release", "learning", "v1").err
