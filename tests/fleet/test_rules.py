"""The sentences of the book about one device, each to the second."""

from __future__ import annotations

from fractions import Fraction

import pytest

from kakeibo.devices import BatteryRule, BreakerRule, ErrorRule, Fleet, HeartbeatRule
from kakeibo.fleet.fleets import Running
from kakeibo.fleet.messages import Message
from kakeibo.fleet.orders import Order

TEN = 1_763_719_200  # 10:00:00
FLEET_OF_ONE = Fleet(
    "scooters",
    "telemetry",
    HeartbeatRule(900, 3, 300),
    BreakerRule(Fraction(1, 5), 600, 300),
    stall_after=86_400,
    errors={"E42": ErrorRule(3, 600, 3600)},
    battery=BatteryRule(50_000, 150_000),
)


def said(second: float, device: str = "a", **what: object) -> Message:
    return Message(device, round((TEN + second) * 1000), **what)  # type: ignore[arg-type]


def lived(
    messages: list[Message], until: int, orders: list[Order] | None = None, fleet: Fleet = FLEET_OF_ONE
) -> Running:
    running = Running(fleet)
    running.advance(messages, TEN + until, orders or ())
    return running


def told(running: Running, *kinds: str) -> list[tuple[str, int]]:
    """What happened when, in seconds since ten."""
    return [(c.what, c.at - TEN) for c in running.changes if c.what in (kinds or ("out", "back", "reason"))]


def test_a_device_silent_since_ten_is_out_at_a_quarter_past() -> None:
    assert told(lived([said(0)], 899)) == []
    running = lived([said(0)], 900)
    assert told(running) == [("out", 900)]
    [change] = [change for change in running.changes if change.what == "out"]
    assert (change.reason, change.fact) == ("heartbeat", TEN * 1000)


def test_a_message_in_the_last_second_keeps_it_in() -> None:
    assert told(lived([said(0), said(900)], 1799)) == []


def test_it_comes_back_by_the_rule_and_not_before() -> None:
    slow = [said(0), *(said(1000 + 200 * n) for n in range(3))]
    assert told(lived(slow, 1500)) == [("out", 900)]
    quick = [said(0), *(said(1000 + 100 * n) for n in range(3))]
    assert told(lived(quick, 1500)) == [("out", 900), ("back", 1200)]


def test_a_retained_message_is_no_sign_of_life() -> None:
    assert told(lived([said(0), said(800, retained=True)], 900)) == [("out", 900)]
    assert len(lived([said(0, retained=True)], 900).columns) == 0


def test_a_duplicate_is_no_sign_of_life_and_its_error_counts_once() -> None:
    assert told(lived([said(0, sequence=7), said(800, sequence=7)], 900)) == [("out", 900)]
    four = [said(n, sequence=1, errors=("E42",)) for n in range(4)]
    assert told(lived(four, 10)) == []


def test_a_late_message_is_a_sign_of_life_and_its_battery_is_overtaken() -> None:
    messages = [said(0, sequence=1), said(10, sequence=3, battery=500_000), said(20, sequence=2, battery=10_000)]
    running = lived(messages, 919)
    assert told(running) == []
    assert running.columns.device(0).last == (TEN + 20) * 1000


def test_a_device_that_begins_to_count_anew_is_heard() -> None:
    assert told(lived([said(0, sequence=5000), said(800, sequence=0)], 900)) == []


def test_more_than_three_errors_within_ten_minutes_and_an_hour_of_peace() -> None:
    spread = [said(201 * n, errors=("E42",)) for n in range(5)]
    assert told(lived(spread, 1000)) == []
    dense = [said(200 * n, errors=("E42",)) for n in range(4)]
    alive = [said(600 + 600 * n) for n in range(1, 8)]
    assert told(lived([*dense, *alive], 4300)) == [("out", 600), ("back", 4200)]


def test_the_window_of_errors_is_closed_at_both_ends() -> None:
    for last, found in ((600, [("out", 600)]), (600.001, [])):
        assert told(lived([said(n, errors=("E42",)) for n in (0, 1, 2, last)], 700)) == found


def test_a_low_battery_with_its_hysteresis() -> None:
    charges = [(0, 50_000), (10, 49_999), (20, 149_999), (30, 150_000)]
    assert told(lived([said(at, battery=n) for at, n in charges], 40)) == [("out", 10), ("back", 30)]


def test_never_out_during_a_trip_but_at_its_end() -> None:
    riding = [said(0, on_trip=True), said(60, battery=10_000)]
    assert told(lived(riding, 2000)) == []
    ended = [*riding, said(2000, on_trip=False)]
    assert told(lived(ended, 2000)) == [("out", 2000)]


def test_no_rule_goes_over_a_lock() -> None:
    running = lived([said(0)], 10)
    running.advance((), TEN + 20, [Order(1, "lock", "a", "manual", "stolen", "support")])
    running.advance([said(30 + n) for n in range(9)], TEN + 60)
    assert told(running) == [("out", 20)]
    running.advance((), TEN + 70, [Order(2, "release", "a", None, "found", "support")])
    assert told(running) == [("out", 20), ("back", 70)]


def test_a_lock_during_a_trip_waits_for_its_end() -> None:
    running = lived([said(0, on_trip=True)], 10)
    running.advance((), TEN + 20, [Order(1, "lock", "a", "maintenance", "tyres", "support")])
    running.advance([said(30, on_trip=False)], TEN + 40)
    assert told(running) == [("out", 30)]


def test_a_device_clock_in_2099_or_1970_changes_nothing() -> None:
    assert told(lived([said(0, sent=1), said(600, sent=4_000_000_000_000)], 1499)) == []


def test_our_clock_going_back_undoes_nothing() -> None:
    running = lived([said(0)], 1000)
    running.advance([said(500), said(501), said(502)], TEN + 1001)
    assert told(running) == [("out", 900), ("back", 1001)]


def test_nobody_is_out_because_we_did_not_look() -> None:
    fleet = Fleet("s", "t", HeartbeatRule(900, 3, 300), BreakerRule(Fraction(1, 5), 600, 300), stall_after=300)
    running = lived([said(0), said(200)], 200, fleet=fleet)
    running.advance([said(2000, device="b")], TEN + 2000)
    assert told(running) == []
    for second in range(2100, 2901, 100):
        running.advance([said(second, device="b")], TEN + second)
    assert told(running) == [("out", 2900)]
    seconds = sum(int(found.sum()) for _, found in running.seconds.taken())
    assert seconds == 200 + 900 + 900, "the time in which nobody looked is not measured"


def many(n: int, silent: int, fleet: Fleet = FLEET_OF_ONE, minutes: int = 60) -> Running:
    """`n` devices with a heartbeat a minute; the first `silent` of them say nothing from minute 10 to 40."""
    running = Running(fleet)
    for minute in range(minutes):
        heard = [d for d in range(n) if not (d < silent and 10 <= minute < 40)]
        running.advance([said(minute * 60 + d % 60, device=f"d{d}") for d in heard])
    return running


def test_sixty_percent_silent_at_once_nothing_goes_out_and_it_is_said_once() -> None:
    running = many(100, 60)
    assert told(running) == []
    assert [what for what, _ in told(running, "breaker_holds", "breaker_ends")] == ["breaker_holds", "breaker_ends"]
    [holds] = [change for change in running.changes if change.what == "breaker_holds"]
    assert (holds.detail, holds.fact) == ("100", 60)


def test_time_under_the_breaker_is_void() -> None:
    total = sum(found.sum(axis=0) for _, found in many(100, 60).seconds.taken())
    assert total[1:-1].sum() == 0
    held = [(change.number, change.at) for change in many(100, 60).changes if change.what == "held"]
    assert len(held) == 60
    assert total[-1] == 60 * 16 * 60, "each from 15 minutes after its last message to its next"


@pytest.mark.parametrize(("silent", "out"), [(20, 20), (21, 0)])
def test_the_breaker_holds_from_just_above_its_share(silent: int, out: int) -> None:
    assert len(told(many(100, silent), "out")) == out


def test_when_somebody_tells_the_breaker_to_let_go_the_devices_go_out() -> None:
    running = many(100, 60, minutes=30)
    order = Order(1, "let_go", "", None, "a carrier is down, they are really gone", "operations")
    running.advance((), TEN + 1800, [order])
    assert told(running) == [("out", 1800)] * 60


def test_what_is_proposed_or_sent() -> None:
    from dataclasses import replace

    from kakeibo.devices import ActRule

    act = ActRule("vehicles", confirm_within=60, tries=2)
    running = lived([said(0)], 1100, fleet=replace(FLEET_OF_ONE, stage="act", act=act))
    kinds = ("commanded", "repeated", "unanswered", "answered")
    assert told(running, *kinds) == [("commanded", 900), ("repeated", 960), ("unanswered", 1020)]
    key = f"scooters/a/{TEN + 900}/out"
    assert [(one.device, one.command.key("scooters", "a")) for one in running.sendings] == [("a", key)] * 2

    running = lived([said(0), said(930, answer=key)], 1100, fleet=replace(FLEET_OF_ONE, stage="act", act=act))
    assert told(running, *kinds) == [("commanded", 900), ("answered", 930)]

    running = lived([said(0)], 950, fleet=replace(FLEET_OF_ONE, stage="propose", act=act))
    assert (told(running, "proposed"), running.sendings) == ([("proposed", 900)], [])
    running.advance((), TEN + 960, [Order(1, "confirm", "a", None, "yes", "operations")])
    assert told(running, *kinds) == [("commanded", 960)]
