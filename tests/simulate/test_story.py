"""Does the data tell the story? The shape of the days, the incidents, the quiet weeks, the state of the budgets."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from fractions import Fraction
from statistics import mean

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.simulate.conftest import PlainCount, Whole, enquiries

from kakeibo import simulate
from kakeibo.simulate import traffic, truth

END, QUIET = date(2026, 10, 25), date(2026, 9, 30)


def targets(whole: Whole) -> dict[str, Fraction]:
    book = yaml.safe_load((whole.folder / "kakeibo.yaml").read_text(encoding="utf-8"))
    return {
        f"{journey}/{name}": Fraction(slo["target"].rstrip("%")) / 100
        for journey, each in book["journeys"].items()
        for name, slo in each["slos"].items()
    }


def left(whole: Whole, until: date) -> dict[str, float]:
    """Share of each budget left in the 28 days before `until`."""
    shares = {}
    for slo, target in targets(whole).items():
        count = whole.truth.total(slo, until - timedelta(days=28), until)
        shares[slo] = float(1 - Fraction(count.bad) / ((1 - target) * count.valid))
    return shares


def test_quiet_weeks_meet_every_target(whole: Whole) -> None:
    assert all(share > 0.2 for share in left(whole, QUIET).values()), left(whole, QUIET)


def test_at_the_end_some_budgets_are_healthy_one_nearly_spent_some_exhausted(whole: Whole) -> None:
    shares = left(whole, END)
    assert shares["play-video/availability"] < -0.5
    assert 0 < shares["play-video/latency"] < 0.25
    assert shares["deliver-reports/latency"] < 0
    for slo in ("search-courses/availability", "search-courses/latency", "buy-course/availability"):
        assert shares[slo] > 0.3, slo


@pytest.mark.parametrize("month", [(date(2026, 9, 1), date(2026, 10, 1)), (date(2026, 10, 1), END)])
def test_both_months_miss_the_target_for_playing_videos(whole: Whole, month: tuple[date, date]) -> None:
    count = whole.truth.total("play-video/availability", *month)
    assert Fraction(count.good, count.valid) < Fraction("0.999")


def test_october_is_stronger_than_september(whole: Whole) -> None:
    days = whole.truth.counts["play-video/availability"]
    september, october = days[date(2026, 9, 1)], days[date(2026, 10, 1)]
    assert october.bad * september.valid > september.bad * october.valid > september.valid * october.valid / 100


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**63))
def test_the_incident_is_there_whatever_the_seed(seed: int) -> None:
    scenario = simulate.scenarios()["learning-video"]
    found = truth.Truth(scenario, seed, 1.0, 61)
    for day in (date(2026, 9, 30), date(2026, 10, 1)):
        truth.count_requests(found, day, traffic.requests(scenario, seed, day, 1.0))
    quiet, hit = (found.counts["play-video/availability"][day] for day in (date(2026, 9, 30), date(2026, 10, 1)))
    assert hit.bad > 50 > 20 > quiet.bad


def test_weekends_and_holidays_are_calmer(plain: PlainCount) -> None:
    scenario = simulate.scenarios()["learning-video"]
    days: dict[date, int] = {}
    for hour, requests in plain.hours.items():
        day = date.fromisoformat(hour[:10])
        days[day] = days.get(day, 0) + requests
    resting = [n for day, n in days.items() if scenario.rests(day)]
    assert len(resting) == 17 + 4 == len([day for day in days if scenario.rests(day)])
    assert mean(resting) < 0.9 * mean(n for day, n in days.items() if not scenario.rests(day))


def test_weekdays_peak_in_business_hours_and_in_the_evening(plain: PlainCount) -> None:
    by_hour = [sum(n for hour, n in plain.hours.items() if hour[11:] == f"{h:02}") for h in range(24)]
    assert max(by_hour[1:6]) * 5 < min(by_hour[10], by_hour[14], by_hour[21])
    assert by_hour[12] < by_hour[10] > by_hour[8]
    assert by_hour[18] < by_hour[21] > by_hour[23]


def test_every_minute_is_measured_but_those_of_the_gap(plain: PlainCount) -> None:
    first = datetime(2026, 8, 25)
    minutes = [(first + timedelta(minutes=n)).isoformat(timespec="minutes") for n in range(61 * 24 * 60)]
    missing = [minute for minute in minutes if minute not in plain.minutes]
    assert len(missing) == 40
    assert (missing[0], missing[-1]) == ("2026-10-08T15:05", "2026-10-08T15:44")
    assert set(plain.minutes) < set(minutes)


def test_the_release_breaks_one_operation_and_the_delivery_only_slows(whole: Whole) -> None:
    counts = whole.truth.counts
    release, delivery = date(2026, 10, 14), date(2026, 10, 17)
    assert counts["submit-quiz/availability"][release].bad >= 5
    assert counts["search-courses/availability"][release].bad <= 5
    assert counts["play-video/availability"][delivery].bad <= 5
    slow = counts["play-video/latency"]
    assert slow[delivery].bad * slow[release].valid > 1.5 * slow[release].bad * slow[delivery].valid


def test_support_hears_of_the_incident_with_a_delay(whole: Whole) -> None:
    rows = enquiries(whole)
    hours = {row["hour"][:13]: row for row in rows}
    for day in ("2026-09-01", "2026-10-01"):
        of_day = [int(hours[f"{day}T{hour:02}"]["enquiries"]) for hour in range(24)]
        assert sum(of_day) >= 30
        assert sum(of_day[:9]) < 10
        assert sum(of_day[11:16]) > sum(of_day[:11])
    usual = [int(row["enquiries"]) for hour, row in hours.items() if hour[:10] not in ("2026-09-01", "2026-10-01")]
    assert sum(usual) / 59 < 12
    video, login = (sum(int(hours[f"2026-10-01T{h:02}"][topic]) for h in range(24)) for topic in ("video", "login"))
    assert video > 2 * login


def test_book_and_truth_name_the_same_slos(whole: Whole) -> None:
    assert set(targets(whole)) == set(whole.truth.counts)
    assert all(Fraction("0.9") <= target <= Fraction("0.999") for target in targets(whole).values())
