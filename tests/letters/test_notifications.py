"""What is said of an alert, golden in both languages; a summary stands alone and fits a telephone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest

from kakeibo.budgets.breakdown import Part
from kakeibo.i18n import LANGUAGES, speaking
from kakeibo.letters import notifications
from kakeibo.letters.notifications import Burning, Matter
from kakeibo.model import Count, Events, Journey, Slo, Window
from kakeibo.notifiers.kinds import Message
from kakeibo.predicates import parse

AT = 29_837_000
ANY = parse("true", {})
MEASURE = Events("web", ANY, ANY)


def part(key: str, sli: str, english: str, japanese: str, **facts: object) -> Burning:
    slo = Slo(f"{key}/{sli}", MEASURE, Fraction(999, 1000), Window("28d", 28 * 1440))
    journey = Journey(key, {"en": english, "ja": japanese}, "cuj", "learning", "web", (slo,))
    return Burning(journey, slo, **facts)  # type: ignore[arg-type]


PLAY = part(
    "play-video", "availability", "Play a video", "動画を再生できる",
    failing=Fraction(32, 1000), over=60, bad=1_234, speed=Fraction(84, 5), left=Fraction(41, 100), ends=AT + 400,
    where=(Part("error", "value", "DB_DOWN", Count(12, 1_200), Count(37_000, 1_234)),),
)  # fmt: skip
SEARCH = part("search", "latency", "Search", "検索する", failing=Fraction(1, 8), over=60, bad=90, left=Fraction(-1, 5))
MATTER = Matter(
    "learning:page:29836990", "page", "Learning site", "Player team", AT - 12, AT, "Asia/Tokyo", (PLAY,),
    runbook="https://wiki.example/learning", address="https://kakeibo.example", also=("Pay",),
)  # fmt: skip


def messages() -> dict[str, Message]:
    both = replace(MATTER, parts=(PLAY, SEARCH), severity="ticket")
    return {
        "one burns": notifications.firing(MATTER, "1"),
        "two burn": notifications.firing(both, "2"),
        "spent": notifications.firing(replace(MATTER, parts=(SEARCH,)), "3"),
        "over": notifications.resolved(replace(both, at=AT + 90), "4"),
        "silent": notifications.gone_silent(MATTER, "5"),
        "taken": notifications.acknowledged(MATTER, "6", "on-call engineer"),
        "source": notifications.source_silent(both, "7", "web"),
        "trouble": notifications.in_trouble(replace(MATTER, parts=()), "8", "The disk is full."),
    }


def shown(message: Message) -> str:
    lines = [message.subject, message.summary, f"  SMS: {message.brief}"]
    lines += [f"  {label}: {value}" for label, value in (*message.facts, *message.links)]
    lines += [f"  [{action.label}] {action.name} {action.value} {action.link}" for action in message.actions]
    return "\n".join(lines)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_golden(lang: str, same_as_golden: Callable[[str, str], None]) -> None:
    with speaking(lang):
        text = "\n\n".join(f"== {name}\n{shown(message)}" for name, message in messages().items())
    same_as_golden(f"notifications.{lang}.txt", text + "\n")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_summary_stands_alone(lang: str) -> None:
    with speaking(lang):
        for message in messages().values():
            assert message.language == lang
            assert message.summary.endswith((".", "。"))
            assert not {"SLO", "SLI", "burn", "budget"} & set(message.summary.split())
            assert len(message.summary) < 300
            assert len(message.brief) <= 130  # with the code to answer it, 160


def test_times_of_the_same_day_go_without_the_date() -> None:
    today = notifications.firing(MATTER, "1").summary
    yesterday = notifications.firing(replace(MATTER, since=AT - 1440), "1").summary
    assert "began at 12:08 JST" in today
    assert "began at Sep 23, 2026, 12:20 JST" in yesterday


def test_programs_get_exact_numbers() -> None:
    data = notifications.firing(MATTER, "1").data
    assert data["since"] == "2026-09-24T03:08:00Z"
    slos = data["slos"]
    assert isinstance(slos, list)
    [slo] = slos
    assert (slo["failing"], slo["burn"], slo["budget_left"], slo["bad"]) == ("4/125", "84/5", "41/100", 1_234)


def test_names_from_a_book_stay_on_their_line() -> None:
    bad = part("play", "availability", "Play\n\x1b[31m", "x", failing=Fraction(1, 2), over=60)
    message = notifications.firing(replace(MATTER, parts=(bad,), team="a\nb"), "1")
    assert all(char.isprintable() for char in message.summary + message.subject + "".join(v for _, v in message.facts))
