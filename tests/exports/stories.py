"""Counts per minute for the exports to judge, and what our own decisions say about them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from kakeibo.alerts.backtest import alarms_of
from kakeibo.alerts.decide import terms_of
from kakeibo.alerts.replay import Series, replay
from kakeibo.alerts.windows import rules_of
from kakeibo.model import Book, BurnRule, Events, Journey, Measure, Organisation, Service, Slo, Team
from kakeibo.predicates import parse
from kakeibo.windows import Window

Minutes = Sequence[tuple[int, int]]
"""(good, bad) of each minute, from minute 0."""

EVENTS = Events("web", parse("true", {}), parse("status < 500", {}))


def slo_of(target: str = "99.9", *, measure: Measure = EVENTS, rules: tuple[BurnRule, ...] | None = None) -> Slo:
    window = Window("28d", minutes=28 * 1440)
    return Slo("play-video/availability", measure, Fraction(target) / 100, window, alerts=rules)


def book_of(*slos: Slo, language: str = "en") -> Book:
    """A book with one journey, its service and its team."""
    title = {"en": "Play {{ a }} video", "ja": "動画を再生できる"}
    return Book(
        path=Path("kakeibo.yaml"),
        organisation=Organisation("Testers", "Asia/Tokyo", language),
        teams={"player": Team("player", "Player team")},
        services={"video": Service("video", "player", "https://wiki.example/{{video}}")},
        sources={},
        journeys={"play-video": Journey("play-video", title, "cuj", "video", "web", slos)},
        lists={},
    )


def story(seed: int, length: int) -> list[tuple[int, int]]:
    """Changing traffic, pauses, incidents of every strength, and one in which everything fails."""
    dice = random.Random(seed)
    minutes: list[tuple[int, int]] = []
    while len(minutes) < length:
        traffic = dice.choice([0, 1, 5, 60, 800])
        failing = dice.choice([0, 0, 0, 0.001, 0.01, 0.03, 0.2, 1])
        for _ in range(dice.randint(1, 45)):
            valid = dice.randint(traffic // 2, traffic)
            bad = sum(dice.random() < failing for _ in range(valid))
            minutes.append((valid - bad, bad))
    half = length // 2
    return [*minutes[:half], *[(0, 60)] * 15, *minutes[half : length - 15]]


def firing(slo: Slo, minutes: Minutes) -> dict[BurnRule, set[int]]:
    """The minutes at whose start each rule fires, by our own decisions."""
    counted = [(minute, good, bad) for minute, (good, bad) in enumerate(minutes) if good + bad]
    series = Series.of_events(*np.array(counted, dtype=np.int64).reshape(-1, 3).T)
    end = len(minutes) + 1
    flips = replay(series, rules_of(slo), 0, end, terms_of(slo))
    return {
        rule: {minute for one in alarms_of(flips, rule, end) for minute in range(one.start, one.end)}
        for rule in rules_of(slo)
    }


def on_the_verge(slo: Slo) -> list[tuple[int, int]]:
    """Exactly at the threshold of the first rule, where it must not fire, then one failure more, where it must."""
    limit = firing_share(slo, rules_of(slo)[0])
    good, bad = limit.denominator - limit.numerator, limit.numerator
    return [(good, bad)] * 80 + [(good - 1, bad + 1)] * 80


def firing_share(slo: Slo, rule: BurnRule) -> Fraction:
    """By hand: share of the budget x period / window x what may fail."""
    return rule.share * slo.window.minutes / rule.minutes * (1 - slo.target)
