"""Random books for tests: everything that can be written, in odd combinations."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

from hypothesis import strategies as st

from kakeibo.definitions import amounts
from kakeibo.duties import Contact, Duty, Handover, Hours, Layer, Person, Rota, Step
from kakeibo.model import (
    Book,
    BurnRule,
    Channel,
    Events,
    Journey,
    Method,
    Organisation,
    Service,
    Severity,
    Slo,
    Source,
    Team,
    Title,
    Window,
)
from kakeibo.policies import Condition, Policy, Rule
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
                                draw(st.sampled_from([None, "https://watch.example/x?y=1"])),
                                draw(st.sampled_from([None, "https://kakeibo.example/pages"])))  # fmt: skip
    yes: st.SearchStrategy[bool] = st.booleans()
    channels = {key: draw(channels_of(key)) for key in draw(keys(0, 2))}
    receivers = ["oncall", *channels, *(f"{key}:#動画, x" for key in channels)]
    teams = {key: replace(team, notify=draw(told(receivers))) for key, team in teams.items()}
    people: dict[str, Person] = {f"p-{key}": draw(people_of(f"p-{key}")) for key in draw(keys(0, 3))}
    oncall = {key: draw(duties_of(key, zone, list(people))) for key in teams if draw(yes) and people}
    policies = {key: draw(policies_of(key, receivers)) for key in teams if draw(yes)}
    return Book(Path("kakeibo.yaml"), organisation, teams, services, sources, journeys, LISTS, channels, people, oncall,
                policies=policies)  # fmt: skip


def told(receivers: list[str]) -> st.SearchStrategy[dict[Severity, tuple[str, ...]]]:
    names = st.lists(st.sampled_from(receivers), min_size=1, max_size=3).map(tuple)
    return st.dictionaries(st.sampled_from(["page", "ticket"]), names)


def channels_of(key: str) -> st.SearchStrategy[Channel]:
    options = [{}, {"url_env": "HOOK", "allow_private": True}, {"file": "a b.txt", "n": 25, "list": ["x: y"]}]
    return st.builds(Channel, st.just(key), st.sampled_from(["log", "webhook"]), st.sampled_from(options))


def people_of(key: str) -> st.SearchStrategy[Person]:
    contacts = st.builds(
        Contact, st.sampled_from(["slack", "email", "sms", "phone"]), st.sampled_from([0, 5, 120, 1440])
    )
    ways = st.lists(contacts, min_size=1, max_size=2).map(tuple)
    return st.builds(
        Person,
        st.just(key),
        st.just(key) | TEXTS,
        st.sampled_from([None, "$MAIL", "a@example.org"]),
        st.sampled_from([None, "$PHONE", "+81 90 1234 5678"]),
        st.sampled_from([None, "U012AB3CD"]),
        st.sampled_from([None, "en", "ja"]),
        st.none() | st.sampled_from(ZONES),
        st.dictionaries(st.sampled_from(["page", "ticket"]), ways),
        st.sampled_from([None, Path("calendars/away.ics")]),
    )


def layers_of(people: list[str], zone: str) -> st.SearchStrategy[Layer]:
    zones = st.just(zone) | st.sampled_from(ZONES)
    minutes = st.integers(0, 1439)
    hours = st.builds(
        lambda days, start, end: Hours(frozenset(days), start, end if end > start else end + 1440),
        st.sets(st.integers(0, 6), min_size=1), minutes, minutes | st.just(1440),
    )  # fmt: skip
    times = st.lists(hours, max_size=2).map(tuple)
    daily = st.builds(Handover, st.sampled_from([1, 12, 24, 36, 168]), minutes)
    weekly = st.builds(Handover, st.sampled_from([168, 336]), minutes, st.integers(0, 6))
    file = st.sampled_from([None, Path("holidays.ics")])
    names = st.lists(st.sampled_from(people), min_size=1, max_size=3).map(tuple)
    days = st.dates(date(2020, 1, 1), date(2040, 1, 1))
    turns = st.builds(Layer, names, days, daily | weekly, zones, times, file)
    usual, never = st.just(Handover(168, 600, 0)), st.just(date(1970, 1, 1))
    shifts = st.builds(Layer, st.just(()), never, usual, zones, times, file, st.just(Path("shifts.ics")))
    return turns | shifts


@st.composite
def duties_of(draw: st.DrawFn, team: str, zone: str, people: list[str]) -> Duty:
    zone = draw(st.just(zone) | st.sampled_from(ZONES))
    names = [f"r-{key}" for key in draw(keys(1, 2))]
    rotas = {
        key: Rota(team, key, tuple(draw(st.lists(layers_of(people, zone), min_size=1, max_size=2)))) for key in names
    }
    called = st.lists(st.sampled_from([*names, *people, team]), min_size=1, max_size=2, unique=True).map(tuple)
    steps = draw(st.lists(st.builds(Step, called, st.sampled_from([0, 5, 90, 1440])), max_size=3))
    usual = [Step((rota,), 5 if number else 0) for number, rota in enumerate(rotas)]
    return Duty(team, zone, rotas, tuple(steps or usual), draw(st.integers(0, 20)), draw(st.sampled_from([10, 60])))


def policies_of(team: str, receivers: list[str]) -> st.SearchStrategy[Policy]:
    def words(*known: str) -> st.SearchStrategy[tuple[str, ...]]:
        return st.lists(st.sampled_from(known), min_size=1, max_size=2, unique=True).map(tuple)

    shares = st.none() | st.integers(1, 999).map(lambda n: Fraction(n, 1000))
    weeks = st.none() | st.integers(1, 26)
    conditions = st.builds(
        lambda within, kind, **asked: Condition(kind=kind, within=within if asked["burn"] else 0, **asked),
        st.sampled_from([60, 72, 1440 * 3]),
        st.sampled_from(["cuj", "cmc"]),
        sli=st.just(()) | words("availability", "latency"),
        state=st.just(()) | words("healthy", "exhausted"),
        left_below=shares,
        burn=shares,
        missed_weeks=weeks,
        exhausted_weeks=weeks,
    )
    why: st.SearchStrategy[dict[str, str]] = (
        st.just({}) | TEXTS.map(lambda text: {"": text}) | st.builds(lambda en, ja: {"en": en, "ja": ja}, TEXTS, TEXTS)
    )
    told = st.lists(st.sampled_from(receivers), max_size=2).map(tuple)
    rules = st.builds(
        lambda names, made: tuple(replace(one, key=name) for name, one in zip(names, made, strict=False)),
        keys(2, 2),
        st.lists(st.builds(Rule, st.just(""), conditions, words("page", "ticket", "freeze"), told, why), min_size=1,
                 max_size=2),
    )  # fmt: skip
    people = st.lists(TEXTS, max_size=2).map(tuple)
    day = st.none() | st.dates(date(2026, 1, 1), date(2026, 6, 30))
    later = st.none() | st.dates(date(2026, 7, 1), date(2027, 6, 30))
    exempt = st.sampled_from([(), ("urgent",), ("urgent", "security"), ("security", "urgent")])
    stale = st.sampled_from([60, 5, 1440])
    return st.builds(Policy, st.just(team), rules, st.just("") | TEXTS, people, people, day, later, exempt, stale)


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
