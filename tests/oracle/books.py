"""Random books for tests: everything that can be written, in odd combinations."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from hypothesis import strategies as st

from kakeibo.definitions import amounts
from kakeibo.model import (
    Book,
    BurnRule,
    Events,
    Journey,
    Method,
    Organisation,
    Service,
    Slo,
    Source,
    Team,
    Title,
    Window,
)
from kakeibo.predicates import parse

ZONES = ("UTC", "Asia/Tokyo", "America/New_York")
LISTS = {"system_codes": ("DOWN", "404"), "client_codes": ("BAD", "no")}
CONDITIONS = (
    "true",
    "status < 500",
    "status < 500 and (error is null or error not in system_codes)",
    "operation = 'Play: \"it\"' -- why\nor path = '#1, {x}'",
    "error in client_codes",
    "duration <= 0.3",
)
WINDOWS = ("28d", "6h", "90m", "4w", "1M", "13M", "1Q", "1Y", "day", "week", "month", "quarter", "year")
METHODS = (
    Method(),
    Method("slices", 5, Fraction(19, 20)),
    Method("ratio_slices", 60),
    Method("slices", 1440, Fraction(1)),
)
NAMES = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,63}", fullmatch=True)
TEXTS = st.one_of(
    st.sampled_from(["no", "404", "動画を再生できる", " x ", "a: b", "# c", 'say "it"', "it's", "null", "~", "x" * 90]),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn")), min_size=1, max_size=20).filter(
        lambda text: bool(text.strip())
    ),
)
TITLES: st.SearchStrategy[Title] = st.one_of(
    TEXTS.map(lambda text: {"en": text, "ja": text}),
    st.builds(lambda en, ja: {"en": en, "ja": ja}, TEXTS, TEXTS),
    TEXTS.map(lambda text: {"ja": text}),
)
TARGETS = st.integers(1, 10**17 - 1).map(lambda n: Fraction(n, 10**17)) | st.sampled_from([Fraction(999, 1000)])
RULES = st.builds(
    BurnRule,
    st.integers(1, 10_000).map(lambda n: Fraction(n, 10_000)),
    st.integers(1, 3600).map(lambda n: 12 * n),
    st.sampled_from(["page", "ticket"]),
)


@st.composite
def slos(draw: st.DrawFn, name: str, source: str, zone: str, owner: str | None) -> Slo:
    window = amounts.window(draw(st.sampled_from(WINDOWS)))
    its = draw(st.sampled_from(ZONES)) if window.calendar else zone
    valid, good = (parse(draw(st.sampled_from(CONDITIONS)), LISTS) for _ in range(2))
    void = draw(st.none() | st.sampled_from(CONDITIONS[1:]))
    return Slo(
        name,
        Events(source, valid, good, parse(void, LISTS) if void else None),
        draw(TARGETS),
        window if window.minutes else Window(window.text, 0, window.months, window.calendar, its),
        draw(st.sampled_from(METHODS)),
        draw(st.none() | st.lists(RULES, max_size=3).map(tuple)),
        draw(st.none() | st.integers(1, 99)),
        owner,
        stage=draw(st.sampled_from(["provisional", "ticket", "page"])),
    )


@st.composite
def books(draw: st.DrawFn) -> Book:
    """A book of events, as `read_book` gives it for the file kakeibo.yaml of the present folder."""
    zone = draw(st.sampled_from(ZONES))
    teams = {key: Team(key, draw(st.just(key) | TEXTS), draw(st.none() | TEXTS)) for key in draw(keys(0, 2))}
    services = {
        key: Service(
            key,
            draw(st.sampled_from([None, *teams])),
            draw(st.none() | TEXTS),
            draw(st.just({}) | TITLES),
        )
        for key in draw(keys(0, 2))
    }
    services = {
        key: replace(service, depends_on=tuple(draw(st.lists(st.sampled_from(list(services)), max_size=1))))
        for key, service in services.items()
    }
    sources = {key: draw(sources_of(key)) for key in draw(keys(1, 2))}
    journeys = {}
    for key in draw(keys(1, 2)):
        source = draw(st.sampled_from(list(sources)))
        made = tuple(
            draw(slos(f"{key}/{sli}", source, zone, draw(st.sampled_from([None, *teams])))) for sli in draw(keys(1, 3))
        )
        kind = draw(st.sampled_from(["cuj", "cmc"]))
        service = draw(st.sampled_from([None, *services]))
        journeys[key] = Journey(key, draw(TITLES), kind, service, source, made)  # type: ignore[arg-type]
    organisation = Organisation(draw(st.just("") | TEXTS), zone, draw(st.sampled_from(["en", "ja"])),
                                draw(st.sampled_from([None, "https://watch.example/x?y=1"])))  # fmt: skip
    return Book(Path("kakeibo.yaml"), organisation, teams, services, sources, journeys, LISTS)


def keys(least: int, most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(NAMES, min_size=least, max_size=most, unique=True)


@st.composite
def sources_of(draw: st.DrawFn, name: str) -> Source:
    choices: list[dict[str, object]] = [
        {},
        {"fields": {"error": "the_error", "a b": "x: y"}},
        {"deadline": "30m", "n": 404, "text": "404", "on": True, "share": 0.25, "list": ["a", None]},
    ]
    options = draw(st.sampled_from(choices))
    paths = draw(st.lists(TEXTS, min_size=1, max_size=2).map(tuple))
    zone = draw(st.none() | st.sampled_from(ZONES))
    rejected = draw(st.sampled_from([Fraction(1, 100), Fraction(0), Fraction(1, 8)]))
    columns = st.lists(st.sampled_from(["operation", "error", "duration"]), unique=True, max_size=2).map(tuple)
    silent = draw(st.none() | st.integers(1, 3000))
    return Source(name, "nginx-json", paths, Path(), zone, rejected, options, draw(columns), draw(columns), silent)
