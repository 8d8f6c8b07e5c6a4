"""Days on a fake clock: a real log, a real worker, a real receiver."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select
from tests.acceptance.site import BOOK, FIRST, Burn, Script, Site

from kakeibo import ledger
from kakeibo.alerts import stages
from kakeibo.alerts.decide import State, terms_of
from kakeibo.alerts.replay import Series, replay
from kakeibo.alerts.states import alert_state
from kakeibo.alerts.windows import rules_of
from kakeibo.app import alerting
from kakeibo.ledger import slices
from kakeibo.model import Slip, Slo, Stage
from kakeibo.store import tables

VIDEO = "Play a video (success)"
SPEED = "Play a video (speed)"
BUY = "Buy a course (success)"


def calm(site: Site, until: int = 395) -> None:
    """Hours in which nothing happens, counted in one go."""
    site.run(until, every=until)


def pages(site: Site) -> list[tuple[int, str, str]]:
    """What went to the receiver of pages: minute, kind, subject."""
    return [(minute, kind, subject) for minute, kind, receiver, subject in site.told() if receiver == "page"]


def test_a_fast_burn_pages_within_two_minutes_and_a_healed_one_resolves_once(tmp_path: Path) -> None:
    site = Site.at(tmp_path, Script([Burn(400, 430, 0.5)]))
    calm(site)
    site.run(470)
    assert pages(site) == [
        (403, "firing", f"Urgent: {VIDEO}"),  # two minutes of failures cross the threshold; one more is waited for
        (460, "resolved", f"Over: {VIDEO}"),
    ]
    fires, ends = (flip for flip in site.flips() if flip.alert.severity == "page")
    assert (fires.at - FIRST, fires.reason, fires.facts["since"] - FIRST) == (402, "burning", 400)
    assert ends.reason == "over"


def test_a_slow_burn_of_latency_is_one_ticket(tmp_path: Path) -> None:
    book = BOOK.replace("duration <= 0.3, target: 99.9%", "duration <= 0.3, target: 95%")
    site = Site.at(tmp_path, Script([Burn(400, 1400, 0.1, slow=True)], per_minute=10), book=book)
    calm(site)
    site.run(1000, every=20)
    assert site.summary() == [("firing", "ticket", f"To look into: {SPEED}")]


def test_without_events_nobody_claims_that_it_is_over(tmp_path: Path) -> None:
    site = Site.at(tmp_path, Script([Burn(400, 520, 0.5)], silences=[(420, 500)]))
    calm(site)
    site.run(560)
    assert pages(site) == [
        (403, "firing", f"Urgent: {VIDEO}"),
        (430, "no_data", f"No data: {VIDEO}, {SPEED}, {BUY}"),  # ten minutes without a line
        (501, "resolved", f"Over: {VIDEO}, {SPEED}, {BUY}"),  # there are lines again
        (550, "resolved", f"Over: {VIDEO}"),
    ]


def test_a_silence_hides_what_begins_and_not_what_ends(tmp_path: Path) -> None:
    site = Site.at(tmp_path, Script([Burn(400, 410, 0.5), Burn(430, 600, 0.5, "Buy")]))
    calm(site)
    site.run(405)
    enter_silence(site, "learning", 405, 700)
    enter_silence(site, "payments", 420, 470)
    site.run(480)
    assert pages(site) == [
        (403, "firing", f"Urgent: {VIDEO}"),
        (440, "resolved", f"Over: {VIDEO}"),
        (470, "firing", f"Urgent: {BUY}"),  # it still burns when the silence ends
    ]


def enter_silence(site: Site, what: str, start: int, end: int) -> Slip:
    scope = alerting._silenced(site.book, what)
    slip = Slip("silence", "silence", what, scope, FIRST + start, FIRST + end, "lead", "known", FIRST + start)
    return ledger.enter(site.store, slip)


def test_in_maintenance_nothing_burns(tmp_path: Path) -> None:
    site = Site.at(tmp_path, Script([Burn(400, 430, 1.0)]))
    slip = Slip("adjustment", "maintenance", "play", ("play",), FIRST + 400, FIRST + 430, "lead", "works", FIRST)
    ledger.enter(site.store, slip)
    calm(site)
    site.run(440)
    assert site.told() == []
    assert site.flips() == []


def test_stages_move_and_are_caught_up_with(tmp_path: Path) -> None:
    book = BOOK.replace("window: 28d, stage: page", "window: 28d")
    site = Site.at(tmp_path, Script([Burn(400, 420, 0.5)]), book=book)
    calm(site)
    site.run(410)
    assert site.told() == []
    assert [flip.after for flip in site.flips() if flip.alert.severity == "page"] == ["firing"]
    enter_stage(site, "ticket")
    site.run(412)
    told = site.told()
    assert [one[1:3] for one in told] == [("firing", "ticket")]  # the page; its own ticket is covered by it
    enter_stage(site, "page")
    site.run(414)
    assert [one[1:3] for one in site.told()[len(told) :]] == [("firing", "page")]
    enter_stage(site, "provisional")
    site.run(480)
    ends = [one[1:3] for one in site.told()[len(told) + 1 :]]
    assert sorted(ends) == [("resolved", "page"), ("resolved", "ticket")]
    assert [move.stage for move in stages.moves(site.store)] == ["ticket", "page", "provisional"]


def enter_stage(site: Site, stage: Stage) -> None:
    with site.store.writing() as connection:
        stages.move(connection, stages.Move("play/availability", stage, "lead", "agreed", int(site.now.timestamp())))


def test_what_burns_together_is_one_message_and_names_what_it_depends_on(tmp_path: Path) -> None:
    burns = [Burn(398, 430, 1.0, "Buy"), Burn(400, 430, 0.5), Burn(400, 430, 0.5, slow=True)]
    site = Site.at(tmp_path, Script(burns))
    calm(site)
    site.run(410)
    firing = [subject for _, kind, subject in pages(site) if kind == "firing"]
    assert firing == [f"Urgent: {BUY}", f"Urgent: {VIDEO}, {SPEED}"]
    with site.store.reading() as connection:
        letters = connection.scalars(select(tables.outbox.c.message).where(tables.outbox.c.target == "page"))
        facts = [dict(msgspec.json.decode(letter)["facts"]) for letter in letters]
    assert [fact.get("also burning") for fact in facts] == [None, BUY]


def test_what_flaps_is_told_once(tmp_path: Path) -> None:
    rules = "target: 99.9%, window: 28d, stage: page, alerts: [{burn: 2%, within: 1h, severity: page}]}"
    book = BOOK.replace("target: 99.9%, window: 28d, stage: page}", rules)
    site = Site.at(tmp_path, Script([Burn(start, start + 3, 0.9) for start in range(400, 440, 11)]), book=book)
    calm(site)
    site.run(460)
    assert len(site.flips()) == 8
    assert [kind for _, kind, _ in pages(site)] == ["firing", "resolved"]


def expected(site: Site, slo: Slo, start: int, end: int) -> list[tuple[str, str, int, State]]:
    """What the replay of the recorded past says that the alerts of an SLO did in the minutes (start, end]."""
    [(minutes, good, bad)] = [
        columns[:3] for columns in slices(site.store, [slo.name], start - 5000, end + 1, 1).values()
    ]
    series = Series.of_events(minutes, good, bad)
    found: list[tuple[str, str, int, State]] = []
    for severity in ("page", "ticket"):
        rules = sorted((rule for rule in rules_of(slo) if rule.severity == severity), key=lambda rule: rule.minutes)
        flips = {rule: {flip.minute: flip.decision for flip in replay(series, [rule], start, end + 1, terms_of(slo))}
                 for rule in rules}  # fmt: skip
        state: State = "quiet"
        now = {rule: flips[rule][start] for rule in rules}
        for minute in range(start, end + 1):
            now |= {rule: flips[rule][minute] for rule in rules if minute in flips[rule]}
            after, _ = alert_state(state, [now[rule] for rule in rules])
            if after != state:
                found.append((slo.name, severity, minute, after))
            state = after
    return sorted(found)


@pytest.mark.parametrize("every", [1, 7])
def test_minute_by_minute_is_what_the_replay_says(tmp_path: Path, every: int) -> None:
    """Every minute is decided, whether rounds come each minute or not; at the same minutes as in the replay."""
    burns = [Burn(40, 60, 0.5), Burn(90, 100, 0.3, "Buy"), Burn(130, 150, 0.2, slow=True), Burn(320, 325, 1.0)]
    site = Site.at(tmp_path, Script(burns, silences=[(145, 215)]))
    site.run(2, every=2)
    site.run(400, every=every)
    for slo in (slo for journey in site.book.journeys.values() for slo in journey.slos):
        found = sorted(
            (flip.alert.subject, flip.alert.severity, flip.at, flip.after)
            for flip in site.flips()
            if flip.alert.subject == slo.name
        )
        assert found == expected(site, slo, FIRST + 1, FIRST + 399), slo.name


def test_what_is_put_together_alerts_as_its_worst_part_does(tmp_path: Path) -> None:
    worst = "{worst_of: [play/availability, buy/availability], target: 99.9%, window: 28d, stage: page}"
    both = f"  both: {{title: Both, service: learning, slos: {{availability: {worst}}}}}\n"
    site = Site.at(tmp_path, Script([Burn(60, 70, 0.9)], per_minute=8), book=BOOK + both)
    site.run(2, every=2)
    site.run(130, every=16)
    flips: dict[str, list[tuple[str, int, State]]] = {}
    for flip in site.flips():
        flips.setdefault(flip.alert.subject, []).append((flip.alert.severity, flip.at, flip.after))
    assert len(flips["play/availability"]) >= 3
    assert flips["both/availability"] == flips["play/availability"]
