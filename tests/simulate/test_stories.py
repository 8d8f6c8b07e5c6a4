"""Scenarios are found by themselves, and each agrees with its book."""

from __future__ import annotations

import re

import pytest
import yaml

from kakeibo.simulate import Scenario, scenarios
from kakeibo.simulate.stories import sample_book


def test_golden_list_of_scenarios() -> None:
    assert list(scenarios()) == ["learning-video"]


@pytest.fixture(params=list(scenarios()))
def scenario(request: pytest.FixtureRequest) -> Scenario:
    return scenarios()[request.param]


def test_has_a_title_in_both_languages(scenario: Scenario) -> None:
    for title in (scenario.title, *(cause.title for cause in scenario.causes), *(gap.title for gap in scenario.gaps)):
        assert title["en"].isascii()
        assert not title["ja"].isascii()


def test_causes_lie_within_the_story_and_hit_operations_that_exist(scenario: Scenario) -> None:
    names = {each.name for each in scenario.operations}
    for cause in scenario.causes:
        assert {cause.start.date(), cause.end.date()} <= set(scenario.calendar())
        assert set(cause.operations) <= names
        assert [minute for minute, _ in cause.course] == sorted({minute for minute, _ in cause.course})
        assert cause.course[0] == (0, cause.course[0][1])


def test_tables_have_their_lengths(scenario: Scenario) -> None:
    assert len(scenario.hours_weekday) == len(scenario.hours_weekend) == 24
    assert sum(not each.share for each in scenario.operations) == 1


def test_book_is_short(scenario: Scenario) -> None:
    assert len(sample_book(scenario).splitlines()) < 70


def test_book_says_what_the_truth_counts(scenario: Scenario) -> None:
    """The measures of the truth and the words of the book are written apart; here they meet."""
    book = yaml.safe_load(sample_book(scenario))
    measures = {measure.slo: measure for measure in scenario.measures}
    for key, journey in book["journeys"].items():
        named = tuple(re.findall(r"'(\w+)'", journey["valid"]))
        for name, slo in journey["slos"].items():
            measure = measures.pop(f"{key}/{name}")
            assert (measure.source, measure.names) == (journey["source"], named)
            limit = re.search(r"(?:duration|latency) <= ([\d.]+)", slo["good"])
            assert measure.limit_ms == (round(float(limit[1]) * 1000) if limit else None)
            assert slo["window"] == "28d"
    assert not measures


def test_lists_of_the_book_know_every_code_but_the_unknown_one(scenario: Scenario) -> None:
    lists = yaml.safe_load(sample_book(scenario))["lists"]
    assert set(lists["system_codes"]) == set(scenario.system_codes)
    assert {"", scenario.unknown_code, *lists["system_codes"], *lists["client_codes"]} == set(scenario.codes)


def test_book_gives_each_team_at_most_five_slos_and_each_service_a_runbook(scenario: Scenario) -> None:
    book = yaml.safe_load(sample_book(scenario))
    teams = dict.fromkeys(book["teams"], 0)
    for journey in book["journeys"].values():
        service = book["services"][journey["service"]]
        assert service["runbook"]
        teams[service["team"]] += len(journey["slos"])
    assert all(1 <= slos <= 5 for slos in teams.values()), teams
    assert {journey["kind"] for journey in book["journeys"].values()} == {"cuj", "cmc"}
