"""A worker that carries out what a team has signed: one ticket and one page a breach, through restarts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select
from tests.acceptance.site import BOOK, FIRST, Burn, Script, Site

from kakeibo.app import alerting
from kakeibo.app.check import read
from kakeibo.app.working import Working
from kakeibo.clock import moment_of
from kakeibo.store import tables

POLICY = """\
policies:
  player:
    author: Reliability engineer
    approvers: [Product owner]
    approved: 2026-09-01
    revisit: 2027-03-31
    rules:
      used-up: {when: {sli: availability, state: exhausted}, then: [ticket, review], notify: ["out:owner"]}
      fast: {when: {sli: latency, burn: 50%, within: 1h}, then: page}
      care: {when: {left_below: 99%}, then: caution}
"""
SHORT = BOOK.replace("window: 28d, stage: page", "window: 90m, alerts: none").replace(
    "language: en}", "language: en, address: 'https://kakeibo.example/'}"
)


def restarted(site: Site, until: int, step: int = 7) -> None:
    """A new worker every few minutes."""
    while site.minute < until:
        site.run(min(site.minute + step, until))


def test_one_ticket_and_one_page_for_each_breach_through_restarts(tmp_path: Path) -> None:
    site = Site.at(tmp_path, Script([Burn(100, 104, 0.9), Burn(120, 124, 0.9, slow=True)]), book=SHORT + POLICY)
    restarted(site, 240)
    used, fast = "Policy of Player team, rule used-up", "Policy of Player team, rule fast"
    assert sorted(site.summary()) == sorted([
        ("ticket", "ticket", used), ("resolved", "ticket", used),
        ("ticket", "owner", used), ("resolved", "owner", used),
        ("firing", "page", fast), ("resolved", "page", fast),
    ])  # fmt: skip
    begun = {subject: minute for minute, kind, _, subject in site.told() if kind != "resolved"}
    assert 101 <= begun[used] <= 106
    assert 121 <= begun[fast] <= 126
    [ticket, *_] = [one for one in letters(site) if one["kind"] == "ticket"]
    assert ticket["links"] == [
        ["what to do", "https://wiki.example/learning"],
        ["Play a video (success)", "https://kakeibo.example/journeys/play"],
    ]
    assert "Product owner" in [value for _, value in ticket["facts"]]


def letters(site: Site) -> list[dict[str, Any]]:
    with site.store.reading() as connection:
        texts = connection.scalars(select(tables.outbox.c.message).order_by(tables.outbox.c.id)).all()
    return [msgspec.json.decode(text) for text in texts]


@pytest.mark.parametrize(
    "edited", [SHORT, SHORT + POLICY.replace("used-up: {when: {sli: availability", "old: {when: {sli: x")]
)
def test_a_rule_that_leaves_the_book_is_over(tmp_path: Path, edited: str) -> None:
    site = Site.at(tmp_path, Script([Burn(100, 160, 0.9)]), book=SHORT + POLICY)
    site.run(120)
    (tmp_path / "kakeibo.yaml").write_text(edited.replace("FOLDER", str(tmp_path)), encoding="utf-8")
    site.book = read(tmp_path / "kakeibo.yaml")[0]
    site.run(140)
    assert ("resolved", "owner", "Policy of Player team, rule used-up") in site.summary()


def test_what_is_silenced_is_told_afterwards(tmp_path: Path) -> None:
    site = Site.at(tmp_path, Script([Burn(100, 200, 0.9)]), book=SHORT + POLICY)
    site.run(95)

    start = moment_of(FIRST + 95).isoformat()
    alerting.silence(site.book, site.store, "play", from_=start, to=None, minutes=40, reason="moving", author="us")
    site.run(134)
    assert site.told() == []
    site.run(140)
    assert {kind for _, kind, _, _ in site.told()} == {"ticket"}


def test_a_policy_that_cannot_be_judged_costs_the_alerts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ArithmeticError("no")

    monkeypatch.setattr("kakeibo.app.policies.changes", fails)
    site = Site.at(tmp_path, Script([Burn(10, 30, 0.9)]), book=BOOK + POLICY)
    working = Working(site.book, site.store)
    assert working.turn()
    site.write(15)
    done = working.round(site.now)
    working.close()
    assert done.failed == ["policies"]
    assert {flip.alert.subject for flip in site.flips()} == {"play/availability"}
