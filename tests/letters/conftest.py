"""Reports to write letters about: consistent in themselves, so that every figure can be checked by hand."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import pytest

from kakeibo.budgets.forecast import NO_FORECAST, Forecast
from kakeibo.budgets.left_out import LeftOut
from kakeibo.budgets.report import Report, Row, SourceHealth
from kakeibo.clock import MINUTES_PER_DAY
from kakeibo.model import Count, Events, Journey, Slip, Slo, State, Team, Window
from kakeibo.predicates import parse

GOLDEN = Path(__file__).parent.parent / "golden"
AT = 29_888_100  # 2026-10-29T15:00:00Z: midnight in Tokyo
PLAYER = Team("player", "Player team")
WEB = SourceHealth("web", 1_400_000, 120, Fraction(1, 100), AT - 28 * MINUTES_PER_DAY, AT - 1)
JOBS = SourceHealth("jobs", 20_000, 640, Fraction(1, 100), AT - 28 * MINUTES_PER_DAY, AT - 1)
APP = SourceHealth("app", 1_250_000, 0, Fraction(1, 100), AT - 28 * MINUTES_PER_DAY, AT - 1)
FORMS = SourceHealth("forms", 0, 0, Fraction(1, 100), None, None)


@dataclass
class Facts:
    """What a test says about one SLO; the rest follows from it."""

    name: str = "play-video/availability"
    title: Mapping[str, str] = field(default_factory=lambda: {"en": "Play a video", "ja": "動画を再生できる"})
    target: str = "0.999"
    days: Mapping[int, tuple[int, int]] = field(default_factory=dict)  # day of the window -> (good, bad)
    void: int = 0
    unknown: int = 0
    burn: Mapping[str, str | None] = field(default_factory=lambda: {"1h": "0.2", "6h": "0.4", "3d": "0.6"})
    state: State = "healthy"
    team: Team | None = PLAYER
    source: SourceHealth = WEB
    window: str = "28d"
    redefined: int | None = None
    counted_since: int | None = None
    adjusted: tuple[LeftOut, ...] = ()
    forecast: Forecast = NO_FORECAST


def make_row(facts: Facts) -> Row:
    length = int(facts.window.removesuffix("d"))
    start = AT - length * MINUTES_PER_DAY
    good = sum(good for good, _ in facts.days.values())
    bad = sum(bad for _, bad in facts.days.values())
    target = Fraction(facts.target)
    allowed = (1 - target) * (good + bad)
    accept = parse("status < 500", {})
    slo = Slo(
        facts.name,
        Events("web", parse("operation = 'PlayVideo'", {}), accept),
        target,
        Window(facts.window, length * 1440),
    )
    return Row(
        slo=slo,
        journey=Journey(facts.name.partition("/")[0], facts.title, "cuj", "learning", facts.source.source, (slo,)),
        team=facts.team,
        source=facts.source,
        from_minute=start,
        to_minute=AT,
        count=Count(good, bad, facts.void, facts.unknown),
        measured_minutes=len(facts.days) * MINUTES_PER_DAY,
        sli=Fraction(good, good + bad) if good + bad else None,
        allowed=allowed,
        left_ratio=1 - bad / allowed if allowed else None,
        burn={period: None if ratio is None else Fraction(ratio) for period, ratio in facts.burn.items()},
        state=facts.state,
        days=tuple((start + day * MINUTES_PER_DAY, Count(*counts)) for day, counts in sorted(facts.days.items())),
        redefined=facts.redefined,
        counted_since=facts.counted_since,
        adjusted=facts.adjusted,
        look_ahead=lambda: facts.forecast,
    )


def maintenance() -> LeftOut:
    """Three hours of a night, entered the day before."""
    start = AT - 10 * MINUTES_PER_DAY
    slip = Slip(
        page="adjustment",
        kind="maintenance",
        what="play-video",
        scope=("play-video",),
        from_minute=start,
        to_minute=start + 180,
        author="Operations lead",
        reason="new database version",
        entered=start - 1_000,
        id=7,
    )
    return LeftOut(slip, start, start + 180, Count(198, 5, 0, 2))


def make_report(rows: Sequence[Row], codes: Sequence[tuple[str, str, str, int]] = ()) -> Report:
    sources = tuple({row.source.source: row.source for row in rows}.values())
    return Report(AT, "Manabi", "Asia/Tokyo", tuple(rows), sources, tuple(codes))


def a_month() -> Report:
    """Five SLOs, one in each state; a source that could not be read well, days without data, an unlisted code."""
    calm = dict.fromkeys(range(28), (49990, 10))
    incident = calm | {1: (48_900, 1_100), 2: (49_600, 400)}
    gap = {day: counts for day, counts in calm.items() if day not in (9, 10, 11)}
    rows = [
        make_row(Facts(days=incident, state="exhausted", void=310, unknown=25, adjusted=(maintenance(),))),
        make_row(
            Facts(
                "play-video/latency",
                target="0.95",
                days={day: (47_000 + 60 * day, 3_000 - 60 * day) for day in range(28)},
                state="healthy",
                redefined=AT - 26 * MINUTES_PER_DAY,
            )
        ),
        make_row(
            Facts(
                "log-in/availability",
                {"en": "Log in", "ja": "ログインできる"},
                days=gap | {27: (49_200, 800)},
                burn={"1h": "14.4", "6h": "6.13", "3d": "5"},
                state="at_risk",
                source=APP,
                forecast=Forecast("ends", AT + 600, AT + MINUTES_PER_DAY, AT + 3 * MINUTES_PER_DAY),
            )
        ),
        make_row(
            Facts(
                "send-report/freshness",
                {"en": "Receive the weekly report", "ja": "保護者が週次レポートを受け取れる"},
                target="0.99",
                days={24: (695, 5), 25: (698, 2), 26: (700, 0), 27: (699, 1)},
                state="filling",
                source=JOBS,
                team=None,
                counted_since=AT - 4 * MINUTES_PER_DAY,
            )
        ),
        make_row(
            Facts(
                "enrol/availability",
                {"ja": "受講を申し込める"},
                burn={"1h": None, "6h": None, "3d": None},
                state="no_data",
                source=FORMS,
            )
        ),
    ]
    return make_report(rows, [("web", "error", "QUOTA_EXCEEDED", 1_234)])


@pytest.fixture(scope="session")
def month() -> Report:
    return a_month()


@pytest.fixture(scope="session")
def row_of() -> Callable[..., Row]:
    """Keyword facts -> a consistent row."""
    return lambda **facts: make_row(Facts(**facts))


@pytest.fixture(scope="session")
def report_of() -> Callable[..., Report]:
    return make_report


@pytest.fixture(scope="session")
def same_as_golden() -> Callable[[str, str], None]:
    """Compare with a file of tests/golden; `GOLDEN=write pytest` writes it anew, for the eye to check in the diff."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if os.environ.get("GOLDEN") == "write":
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare
