"""Times in all forms: shortened and parsed once a minute, they mean what each one means by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kakeibo.clock import minute_of, moment_of
from kakeibo.sources.times import minute_key, parse_minute

NOON = minute_of(datetime(2026, 11, 21, 12, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21T12:00:00Z",
        "2026-11-21T12:00:59.999999Z",
        "2026-11-21 12:00:00Z",
        "2026-11-21T12:00:00z",
        "2026-11-21T12:00:00+00:00",
        "2026-11-21T21:00:00+09:00",
        "2026-11-21T21:00:00.5+0900",
        "2026-11-21T21:00:00,5+09",
        "2026-11-21T08:30:00-03:30",
        "2026-11-21 12:00:00 UTC",
        "2026-11-21 12:00:00 +0000",
        "2026-11-21T12:00Z",
        "2026-11-21T12:00:60Z",
        "21/Nov/2026:12:00:00 +0000",
        "21/Nov/2026:21:00:60 +0900",
        "1795262400",
        "1795262400.123",
        "1795262400.",
        "1795262459.999",
        "1795262400123",
        "1795262400123456",
        "1795262400123456789",
        "1795262400123.5",
    ],
)
def test_forms(text: str) -> None:
    assert parse_minute(text, None) == NOON


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "noon",
        "2026-11-21",
        "2026-13-21T12:00:00Z",
        "2026-02-30T12:00:00Z",
        "2026-11-21T24:00:00Z",
        "2026-11-21T12:60:00Z",
        "21/Nom/2026:12:00:00 +0000",
        "31/Feb/2026:12:00:00 +0000",
        "2026-11-21T12:00:00+25:00",
        "-1795262400",
        "1.7e9",
        "12345678901234567890",
        "２０２６-11-21T12:00:00Z",
        "2026-11-21T12:00:00Z\n",
        "\n",
        "0000-01-01T00:00:00Z",
        "1795262400 ",
        "2026-11-21T12:00:00 PDT",
    ],
)
def test_what_is_no_time(text: str) -> None:
    assert parse_minute(text, None) is None


def test_a_time_without_a_zone_needs_one() -> None:
    for text in ("2026-11-21T21:00:00", "2026-11-21 21:00:00.123", "2026-11-21T21:00", "21/Nov/2026:21:00:59"):
        assert parse_minute(text, None) is None
        assert parse_minute(text, "Asia/Tokyo") == NOON
    assert parse_minute("2026-11-21T12:00:00Z", "Asia/Tokyo") == NOON  # its own zone goes first
    assert parse_minute("2026-11-21T12:00:00 PDT", "Asia/Tokyo") is None


def test_clocks_put_forward_and_back() -> None:
    """Berlin, 2026: 29 March 02:00 -> 03:00, 25 October 03:00 -> 02:00."""
    berlin = "Europe/Berlin"
    assert parse_minute("2026-03-29T01:59:00", berlin) == minute_of(datetime(2026, 3, 29, 0, 59, tzinfo=UTC))
    assert parse_minute("2026-03-29T03:00:00", berlin) == minute_of(datetime(2026, 3, 29, 1, 0, tzinfo=UTC))
    assert parse_minute("2026-10-25T01:59:00", berlin) == minute_of(datetime(2026, 10, 24, 23, 59, tzinfo=UTC))
    assert parse_minute("2026-10-25T02:30:00", berlin) == minute_of(
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    )  # the first
    assert parse_minute("2026-10-25T03:00:00", berlin) == minute_of(datetime(2026, 10, 25, 2, 0, tzinfo=UTC))


def test_the_ends_of_the_calendar() -> None:
    assert parse_minute("1969-12-31T23:59:59Z", None) == -1
    assert parse_minute("0", None) == 0
    for text in ("0001-01-01T00:00:00+09:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-05:00"):
        assert parse_minute(text, None) is None  # no date in every zone
    for text in ("0001-01-02T00:00:00Z", "9999-12-30T23:59:59Z"):
        minute = parse_minute(text, None)
        assert minute is not None
        assert moment_of(minute).astimezone(ZoneInfo("Asia/Tokyo"))
        assert moment_of(minute).astimezone(ZoneInfo("America/New_York"))


moments = st.datetimes(datetime(1971, 1, 1), datetime(2099, 1, 1))
offsets = st.sampled_from([0, 540, -210, 345, -720]).map(lambda m: timezone(timedelta(minutes=m)))
forms = st.sampled_from(
    [
        lambda d: d.isoformat(),
        lambda d: d.isoformat(" ", "seconds"),
        lambda d: d.isoformat("T", "milliseconds"),
        lambda d: d.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        lambda d: d.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f UTC"),
        lambda d: d.strftime("%Y-%m-%dT%H:%M:%S%z"),
        lambda d: d.strftime("%d/%b/%Y:%H:%M:%S %z"),
        lambda d: str(int(d.timestamp())),
        lambda d: f"{d.replace(microsecond=d.microsecond // 1000 * 1000).timestamp():.3f}",  # cut, as a log does
        lambda d: str(int(d.timestamp() * 1000)),
        lambda d: str(int(d.timestamp()) * 1_000_000),
        lambda d: str(int(d.timestamp()) * 1_000_000_000),
    ]
)


@given(moments, offsets, forms)
def test_any_moment_in_any_form(moment: datetime, zone: timezone, form: object) -> None:
    local = moment.replace(tzinfo=zone)
    assert callable(form)
    assert parse_minute(form(local), None) == minute_of(local)


texts = st.one_of(
    st.builds(lambda m, z, f: f(m.replace(tzinfo=z)), moments, offsets, forms),
    st.builds(lambda m, f: f(m), moments, st.sampled_from([datetime.isoformat, lambda d: d.isoformat(" ", "seconds")])),
    st.text("0123456789-:T/Z+. NovUTC", max_size=30),
    st.sampled_from(
        [
            "2026-11-21T17:23:25.123+09",
            "2026-11-21T17:23:25.123456",
            "2026-11-21T17:23:25+09:00Z",
            "2026-11-21T17:23Z",
            "0001795281805",
            "0179528180",
            "9999999999",
            "4102444800",
            "4102444799999",
            "4102444800000",
            "9999999999999",
            "2026-11-21T17:23:25-07:00+09:00",
            "2026-11-21T1:23:25Z",
            "!2026-11-21T17:23:25Z",
            "21/Nov/2026:17:23:xx +0900",
        ]
    ),
)


@settings(deadline=None, max_examples=200)
@given(st.lists(texts, min_size=1, max_size=20), st.sampled_from([None, "Asia/Tokyo", "Europe/Berlin"]))
def test_shortened_times_mean_the_same(some: list[str], zone: str | None) -> None:
    """Whatever time the others are shortened like."""
    for sample in (*some, None):
        key, suffix = minute_key("t", sample)
        rows = duckdb.execute(f"SELECT t, {key} FROM (SELECT unnest(?) AS t)", [some]).fetchall()
        for text, short in rows:
            whole = short[1:] if short.startswith("!") else short + suffix
            assert parse_minute(whole, zone) == parse_minute(text, zone), (sample, text, short)
