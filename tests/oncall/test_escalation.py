"""The state machine, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

from tests.oncall.team import DUTY, NOON, PEOPLE

from kakeibo.duties import Contact
from kakeibo.oncall import escalation
from kakeibo.oncall.contacts import ways
from kakeibo.oncall.escalation import LEASE, MINUTE, UNSEEN, Page, advance, answer, due, lease, outcome, postponed

ON_DUTY = {"primary": ["dev-1"], "secondary": ["dev-2"], "nobody": [], "lead": ["lead"], "player": ["dev-1", "dev-2"]}


def reach(names: Sequence[str]) -> list[tuple[str, Sequence[Contact]]]:
    return [(who, ways(PEOPLE[who], "page")) for who in dict.fromkeys(one for name in names for one in ON_DUTY[name])]


def round_at(page: Page, now: int) -> Page:
    """Advance, and number the new legs as the store does."""
    page = advance(DUTY, page, now, reach)
    numbers = count(1)
    return replace(page, legs=tuple(replace(leg, id=next(numbers)) for leg in page.legs))


def begun() -> Page:
    return round_at(escalation.begin(DUTY, "page", "play-video/availability", NOON), NOON)


def shown(page: Page, now: int) -> list[tuple[str, str]]:
    return [(leg.person, leg.channel) for leg in due(page, now)]


def sent(page: Page, now: int) -> Page:
    for leg in due(page, now):
        page = outcome(lease(page, leg.id, "w", now), leg.id, "w", "sent", now)
    return page


def test_the_ways_of_a_person_come_after_their_delays() -> None:
    page = begun()
    assert shown(page, NOON) == [("dev-1", "slack")]
    page = sent(page, NOON)
    assert shown(page, NOON + 2 * MINUTE - 1) == []
    assert shown(page, NOON + 2 * MINUTE) == [("dev-1", "phone")]


def test_a_step_that_reaches_nobody_lets_the_next_begin_at_once() -> None:
    page = round_at(sent(begun(), NOON), NOON + 3 * MINUTE)
    assert (page.step, shown(page, NOON + 3 * MINUTE)) == (3, [("dev-1", "phone"), ("dev-2", "slack")])


def test_an_unknown_outcome_moves_to_the_next_contact_and_then_to_the_next_step() -> None:
    page = begun()
    page = outcome(lease(page, 1, "w", NOON), 1, "w", "unknown", NOON + 1)
    assert shown(page, NOON + 1) == [("dev-1", "phone")]
    page = outcome(lease(page, 2, "w", NOON + 1), 2, "w", "failed", NOON + 2)
    assert shown(round_at(page, NOON + 2), NOON + 2) == [("dev-2", "slack")]


def test_a_worker_that_never_tells_counts_as_unknown_and_is_heard_later_all_the_same() -> None:
    page = lease(begun(), 1, "w", NOON)
    assert round_at(page, NOON + LEASE - 1).legs[0].state == "sending"
    page = round_at(page, NOON + LEASE)
    assert page.legs[0].state == "unknown"
    assert shown(page, NOON + LEASE) == [("dev-1", "phone")]
    assert outcome(page, 1, "other", "sent", NOON + 40).legs[0].state == "unknown"
    assert outcome(page, 1, "w", "sent", NOON + 40).legs[0].state == "sent"


def test_an_answer_stops_all_that_is_not_on_its_way_and_the_first_counts() -> None:
    page = answer(sent(begun(), NOON), "Developer 1", NOON + 5)
    assert [leg.state for leg in page.legs] == ["sent", "stopped"]
    assert round_at(page, NOON + 3600) == page
    assert answer(page, "Developer 2", NOON + 9).answered_by == "Developer 1"
    over = answer(page, "Developer 2", NOON + 9, "resolved")
    assert (over.state, over.answered_by, over.answered) == ("resolved", "Developer 1", NOON + 5)


def test_the_steps_are_gone_through_again_and_then_it_is_unanswered() -> None:
    page, now, laps = begun(), NOON, []
    while page.state == "open":
        page = sent(round_at(page, now), now)
        laps.append((page.lap, page.step))
        now += MINUTE
    assert (page.state, page.lap) == ("unanswered", 1)
    assert list(dict.fromkeys(laps)) == [(0, 1), (0, 3), (0, 4), (1, 0), (1, 1), (1, 3), (1, 4)]


def test_while_nothing_can_be_sent_laps_do_not_count_and_do_not_race() -> None:
    page, now, begins = begun(), NOON, set()
    for _ in range(240):
        page = round_at(page, now)
        for leg in due(page, now):
            page = outcome(lease(page, leg.id, "w", now), leg.id, "w", "failed", now)
        begins.add(page.lap_began)
        now += MINUTE
    assert (page.state, page.lap) == ("open", 0)
    assert len(begins) == 240 // 22 + 1


def test_a_clock_put_back_makes_nobody_wait_longer() -> None:
    page = sent(begun(), NOON)
    page = round_at(page, NOON - 3600)
    assert page.step_due == NOON - 3600 + 3 * MINUTE - UNSEEN
    assert shown(page, NOON - 3600 + 2 * MINUTE) == [("dev-1", "phone")]


def test_clocks_that_differ_by_a_little_hurry_nothing() -> None:
    page = begun()
    for second in range(100):
        page = round_at(page, NOON + second - (second % 2) * 8)
    assert (page.step, page.step_due) == (1, NOON + 3 * MINUTE)


def test_a_contact_is_put_off_only_after_too_many() -> None:
    calls = [NOON - 890, NOON - 600, NOON - 300]
    assert postponed(calls, "phone", NOON) is None
    assert postponed([*calls, NOON - 10], "phone", NOON) == NOON + 10
    assert postponed([*calls, NOON - 10], "phone", NOON + 10) is None
    assert postponed([NOON + 99] * 9, "phone", NOON) is None  # of a clock that was put back
