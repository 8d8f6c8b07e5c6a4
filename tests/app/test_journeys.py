"""Votes on which journeys are critical: the last of each voter counts, everything stays, and who decided is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.app.conftest import Site


def vote(site: Site, role: str, score: int, voter: str, *more: str) -> dict[str, Any]:
    done = site.run(
        "journeys", "vote", "play-video", "--role", role, "--score", str(score), "--voter", voter, *more, "--json"
    )
    assert done.code == 0, done.err
    [found] = json.loads(done.out)["journeys"]
    return dict(found)


def test_the_last_vote_of_a_voter_counts_and_the_others_stay(site: Site) -> None:
    vote(site, "product", 1, "Product owner")
    vote(site, "product", 5, "Product owner", "--note", "half of the sales")
    vote(site, "product", 4, "Planning")
    found = vote(site, "support", 2, "Support lead")
    by_role = {role["role"]: role for role in found["roles"]}
    assert by_role["product"]["score"] == 4.5
    assert by_role["engineering"] == {"role": "engineering", "score": None, "votes": []}
    assert found["score"] == 3.25  # the mean of the roles, however many voters each has
    assert [one["score"] for one in found["votes"]] == [1, 5, 4, 2]
    assert found["votes"][1]["note"] == "half of the sales"


def test_a_decision_keeps_names_and_reason_for_ever(site: Site) -> None:
    for ruling in ("later", "critical"):
        done = site.run(
            "journeys",
            "decide",
            "play-video",
            "--as",
            ruling,
            "--by",
            "Product owner、Support lead",
            "--reason",
            f"is {ruling}",
        )
        assert done.code == 0
    assert "Play a video: critical" in done.out
    assert "to be decided later, decided by Product owner, Support lead. is later" in done.out.replace("\n  ", " ")
    [found] = json.loads(site.run("journeys", "list", "--json").out)["journeys"]
    assert [one["decision"] for one in found["decisions"]] == ["later", "critical"]
    assert found["decision"]["by"] == ["Product owner", "Support lead"]


def test_votes_outlive_their_journey(site: Site) -> None:
    vote(site, "support", 5, "Support lead")
    book = site.folder / "kakeibo.yaml"
    book.write_text(book.read_text(encoding="utf-8").replace("play-video:", "watch:"), encoding="utf-8")
    found = json.loads(site.run("journeys", "list", "--json").out)["journeys"]
    assert [(one["journey"], one["in_book"]) for one in found] == [("watch", True), ("play-video", False)]
    assert found[1]["votes"][0]["score"] == 5


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["vote", "play-vido", "--role", "product", "--score", "3", "--voter", "x"], "did you mean play-video?"),
        (["vote", "play-video", "--role", "product", "--score", "3", "--voter", " "], "--voter is empty"),
        (["decide", "play-video", "--as", "critical", "--by", ",", "--reason", "x"], "needs those who took it"),
        (["decide", "play-video", "--as", "critical", "--by", "x", "--reason", " "], "--reason is empty"),
    ],
)
def test_what_cannot_be_kept_is_said(site: Site, arguments: list[str], said: str) -> None:
    done = site.run("journeys", *arguments)
    assert done.code == 1
    assert said in done.err
    [found] = json.loads(site.run("journeys", "list", "--json").out)["journeys"]
    assert (found["votes"], found["decisions"]) == ([], [])
