"""Shares, targets and windows are exact, and mean what was written."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kakeibo.definitions import amounts
from kakeibo.definitions.amounts import AmountError
from kakeibo.model import Window


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("99.9%", Fraction(999, 1000)),
        ("99.95 %", Fraction(9995, 10_000)),
        ("0.999", Fraction(999, 1000)),
        ("50%", Fraction(1, 2)),
        ("1%", Fraction(1, 100)),
        ("99.99999999999%", 1 - Fraction(1, 10**13)),
    ],
)
def test_targets(text: str, value: Fraction) -> None:
    assert amounts.target(text) == value


@given(st.integers(1, 10**9 - 1))
def test_a_target_is_the_same_as_percentage_and_as_ratio(billionths: int) -> None:
    expected = Fraction(billionths, 10**9)
    percentage = f"{billionths // 10**7}.{billionths % 10**7:07}%"
    assert amounts.target(percentage) == amounts.target(f"0.{billionths:09}") == expected


@given(st.one_of(st.text(max_size=20), st.text("0123456789.-% ", max_size=8)))
def test_any_text_is_a_target_within_bounds_or_refused(text: str) -> None:
    try:
        value = amounts.target(text)
    except AmountError:
        return
    assert 0 < value < 1


@pytest.mark.parametrize(
    ("text", "value"), [("0%", 0), ("0", 0), ("1%", Fraction(1, 100)), ("0.01", Fraction(1, 100)), ("100%", 1)]
)
def test_shares(text: str, value: Fraction) -> None:
    assert amounts.share(text) == value


@pytest.mark.parametrize("text", ["1", "2%%", "-1%", "100.1%", "1,5%", "", "nan", "1e-3", "0x1"])
def test_refused_shares(text: str) -> None:
    with pytest.raises(AmountError):
        amounts.share(text)


@pytest.mark.parametrize(
    ("text", "minutes"), [("90m", 90), ("6h", 360), ("28d", 40_320), ("4w", 40_320), ("400d", 576_000), ("7 d", 10_080)]
)
def test_windows(text: str, minutes: int) -> None:
    assert amounts.window(text) == Window(text.replace(" ", ""), minutes)


@pytest.mark.parametrize(
    "text",
    ["", "d", "0m", "-1d", "1.5d", "28D", "14M", "5Q", "2Y", "401d", "1 month", "Month", "58w", "999999999w", "1d2h"],
)
def test_refused_windows(text: str) -> None:
    with pytest.raises(AmountError):
        amounts.window(text)


@given(st.text("aZ_-0é ", max_size=70))
def test_a_proposed_name_would_be_taken(text: str) -> None:
    try:
        assert amounts.name(text) == text
    except AmountError as error:
        proposed = error.mend.split("'")
        if len(proposed) == 3:
            assert amounts.name(proposed[1]) == proposed[1]


@pytest.mark.parametrize("text", ["Asia/Tokyo", "UTC", "Europe/Berlin"])
def test_time_zones(text: str) -> None:
    assert amounts.timezone(text) == text


@given(st.one_of(st.text(max_size=30), st.sampled_from(["Asia", "/etc/passwd", "../UTC", "UTC\0", "asia/tokyo/", "."])))
def test_what_is_no_time_zone_is_refused_calmly(text: str) -> None:
    with pytest.raises(AmountError):
        amounts.timezone(text)
