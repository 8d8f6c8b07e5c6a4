"""The sentences: what they say when numbers are ordinary, and when there are none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest

from kakeibo.budgets.report import Report, Row, SourceHealth
from kakeibo.i18n import speaking
from kakeibo.letters import overview, phrases
from kakeibo.model import State


def test_the_account_in_a_sentence(month: Report) -> None:
    row = month.rows[0]
    assert phrases.account(row) == (
        "Of 1,400,000 events in 28 days, 1,760 failed; 1,400 were allowed. "
        "Could not be judged, hence counted as failed: 25. Left out by rule: 107. "
        "3 hours left out as maintenance (Operations lead: new database version): good 198, failed 5."
    )
    with speaking("ja"):
        assert phrases.account(row) == (
            "28日間に数えた1,400,000件のうち、1,760件が失敗しました。許される失敗は1,400件です。"
            "失敗のうち25件は、判断できなかったものです。ほかに107件を取り決めにより除きました。"
            "メンテナンスとして3時間分を除いています（Operations lead: new database version）。成功198件、失敗5件です。"
        )


def test_nothing_measured_is_neither_good_nor_zero(month: Report) -> None:
    silent = month.rows[4]
    assert phrases.left(silent) == "nothing measured"
    assert phrases.sli(silent) == "-"
    assert phrases.reached(silent) == "99.9% promised"
    assert phrases.account(silent) == "Not one event was counted in 28 days."
    assert {speed for _, speed in phrases.pace(silent)} == {"-"}
    assert phrases.kept(silent) is None


def test_a_hair_below_the_target_is_seen(row_of: Callable[..., Row]) -> None:
    row = row_of(target="0.9999", days={0: (9_998_999, 1_001)}, state="exhausted")
    assert phrases.reached(row) == "99.98999% reached, 99.99% promised"
    assert phrases.left(row) == "overspent by 0.1%"
    assert phrases.spent(row) == "1,001 of 1,000 allowed failures spent"
    assert phrases.kept(row) is False


def test_a_budget_spent_to_the_last_is_kept_exactly(row_of: Callable[..., Row]) -> None:
    row = row_of(days={0: (9_990, 10)}, state="exhausted")
    assert phrases.left(row) == "0% left"
    assert phrases.reached(row) == "99.9% reached, 99.9% promised"
    assert phrases.kept(row) is True


@pytest.mark.parametrize(("state", "verdict"), [("healthy", True), ("at_risk", True), ("filling", None)])
def test_kept_is_said_only_when_it_can_be_known(row_of: Callable[..., Row], state: State, verdict: bool | None) -> None:
    row = row_of(days={0: (9_999, 1)}, state=state)
    assert phrases.kept(row) is verdict
    doubtful = replace(row, source=SourceHealth("web", 100, 50, Fraction(1, 100), 0, 1))
    assert phrases.kept(doubtful) is None


def test_titles_fall_back_to_the_language_there_is(month: Report, row_of: Callable[..., Row]) -> None:
    video, enrol = month.rows[0].journey, month.rows[4].journey
    assert phrases.title(video) == ("Play a video", "en")
    assert phrases.title(enrol) == ("受講を申し込める", "ja")
    assert phrases.title(row_of(title={}).journey) == ("play-video", "en")
    with speaking("ja"):
        assert phrases.title(video) == ("動画を再生できる", "ja")


def test_an_sli_of_another_name_keeps_it(row_of: Callable[..., Row]) -> None:
    assert phrases.promise(row_of(name="play-video/first-frame")) == "Play a video (first-frame)"


def test_what_is_long_is_cut_and_what_is_dangerous_is_shown() -> None:
    assert phrases.printable("a" * 200) == "a" * 80 + "..."
    assert phrases.printable("\x00\x9b動画") == "\\x00\\x9b動画"


def test_noteworthy(month: Report) -> None:
    assert overview.notes(month) == [
        "web: 120 of 1,400,000 lines could not be read (0.01%).",
        "jobs: 640 of 20,000 lines could not be read (3.2%), more than the 1% set: "
        "what is counted from it is not to be trusted.",
        "forms: nothing has been read.",
        "app: no data for 3 days of the last 28 days.",
        "jobs: no data for 24 days of the last 28 days.",
        "web: error = 'QUOTA_EXCEEDED' is in none of the lists of codes; events: 1,234.",
    ]


def test_nothing_to_note(row_of: Callable[..., Row]) -> None:
    clean = SourceHealth("web", 100, 0, Fraction(1, 100), 0, 1)
    row = row_of(days=dict.fromkeys(range(28), (100, 0)), source=clean)
    report = Report(row.to_minute, "", "UTC", (row,), (clean,), ())
    assert overview.notes(report) == []
    assert overview.headline(report) == "Promises kept: 1 of 1"
    assert overview.remainder(report) == ""


def test_within_a_state_the_poorest_comes_first(row_of: Callable[..., Row], report_of: Callable[..., Report]) -> None:
    rows = [row_of(name=f"a/{bad}", days={0: (10_000 - bad, bad)}) for bad in (1, 9, 5)]
    assert [row.slo.name for row in overview.worst_first(report_of(rows))] == ["a/9", "a/5", "a/1"]


@pytest.mark.parametrize(
    ("redefined", "counted_since", "words"),
    [
        (None, None, ""),
        (-1, None, "Measured differently before Oct 29: the numbers mix both."),
        (0, None, "All of this was measured by an earlier definition."),
        (None, -1, "Counted in full only since Oct 29."),
        (None, 900, "Events of this time were not counted in full."),
        (-1, -1441, "Measured differently before Oct 29: the numbers mix both. Counted in full only since Oct 28."),
    ],
)
def test_numbers_of_two_definitions_are_called_so(
    row_of: Callable[..., Row], redefined: int | None, counted_since: int | None, words: str
) -> None:
    row = row_of(days={0: (9, 1)})
    at = row.to_minute
    row = replace(
        row,
        redefined=None if redefined is None else at + redefined,
        counted_since=None if counted_since is None else at + counted_since,
    )
    assert phrases.mixed(row, "Asia/Tokyo") == words
    with speaking("ja"):
        assert bool(phrases.mixed(row, "Asia/Tokyo")) == bool(words)
        assert not phrases.mixed(row, "Asia/Tokyo").isascii() or not words
