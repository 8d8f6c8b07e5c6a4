"""Sample events, explained."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from rich.cells import cell_len

from kakeibo.i18n import LANGUAGES, speaking
from kakeibo.letters.samples import Sample, render_samples, to_json
from kakeibo.model import Events, Journey, Slo, Window
from kakeibo.predicates import parse

MEASURE = Events(
    "web",
    parse("operation = 'PlayVideo'", {}),
    parse("status < 500 and error is distinct from 'SYSTEM'", {}),
    parse("user_agent = 'probe'", {}),
)
SLO = Slo(
    "play-video/availability",
    MEASURE,
    Fraction("0.999"),
    Window("28d", 28 * 1440),
)
JOURNEY = Journey("play-video", {"en": "Play a video", "ja": "動画を再生できる"}, "cuj", "learning", "web", (SLO,))
SAMPLES = [
    Sample("good", 12_345, {"operation": "PlayVideo", "status": 200, "error": None}, '{"status": 200}'),
    Sample("good", 20, {"operation": "PlayVideo", "status": 304, "error": None}, '{"status": 304}'),
    Sample("good", 7, {"operation": "PlayVideo", "status": 200, "error": "CLIENT"}, '{"status": 200, "e": 1}'),
    Sample("good", 90, {"operation": "PlayVideo", "status": 206, "error": None}, '{"status": 206}'),
    Sample("bad", 8, {"operation": "PlayVideo", "status": 200, "error": "SYSTEM"}, '{"status": 200, "e": "SYSTEM"}'),
    Sample("unknown", 2, {"operation": "PlayVideo", "status": None, "error": None}, "{}"),
    Sample("void", 28, {"user_agent": "probe"}, '{"user_agent": "probe"}'),
    Sample("not_valid", 5, {"operation": "ログイン"}, '{"operation": "ログイン"}'),
]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_golden(same_as_golden: Callable[[str, str], None], lang: str) -> None:
    with speaking(lang):
        text = render_samples(SAMPLES, slo=SLO, measure=MEASURE, journey=JOURNEY, width=80, colour=False)
    same_as_golden(f"samples.{lang}.txt", text)
    assert [line for line in text.splitlines() if cell_len(line) > 80] == []


def test_the_commonest_come_first_and_the_rest_is_counted() -> None:
    text = render_samples(SAMPLES, slo=SLO, measure=MEASURE, journey=JOURNEY, width=100, colour=False, limit=2)
    assert "good: 12,462" in text
    assert text.index("12,345 x") < text.index("90 x")
    assert "20 x" not in text
    assert "other kinds of such events: 2" in text


def test_a_verdict_without_events_says_zero() -> None:
    text = render_samples([], slo=SLO, measure=MEASURE, journey=JOURNEY, width=80, colour=False)
    assert text.count(": 0\n") == 5


def test_a_line_cannot_write_into_the_terminal() -> None:
    sample = Sample("bad", 1, {"error": "\x1b[2J"}, "\x1b]0;owned\x07" + "x" * 10_000)
    text = render_samples([sample], slo=SLO, measure=MEASURE, journey=JOURNEY, width=80, colour=False)
    assert "\x1b" not in text
    assert len(text) < 2_000


def test_why_an_event_is_bad() -> None:
    sample = Sample("bad", 1, {"status": 502.0}, "line", untrue=("status < 500",))
    text = render_samples([sample], slo=SLO, measure=MEASURE, journey=JOURNEY, width=80, colour=False)
    assert "because this is not true: status < 500" in text
    assert "status = 502\n" in text
    assert json.loads(to_json([sample], slo=SLO, measure=MEASURE, journey=JOURNEY))["samples"][0]["untrue"] == [
        "status < 500"
    ]


def test_for_programs() -> None:
    moment = datetime(2026, 11, 21, tzinfo=UTC)
    sample = Sample("bad", 3, {"time": moment, "duration": Decimal("0.30"), "status": None}, "line")
    document = json.loads(to_json([sample], slo=SLO, measure=MEASURE, journey=JOURNEY), parse_float=Decimal)
    assert document == {
        "version": 1,
        "slo": "play-video/availability",
        "journey": "play-video",
        "target": Decimal("0.999"),
        "sli_type": None,
        "short": None,
        "method": "occurrences",
        "window": "28d",
        "valid": "operation = 'PlayVideo'",
        "void": "user_agent = 'probe'",
        "good": "status < 500 and error is distinct from 'SYSTEM'",
        "samples": [
            {
                "verdict": "bad",
                "events": 3,
                "values": {"time": "2026-11-21T00:00:00Z", "duration": Decimal("0.30"), "status": None},
                "untrue": [],
                "line": "line",
            }
        ],
    }
