"""What policies say of a ledger: facts exactly as counted, one matter from beginning to end, one ticket for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.servers import github

from kakeibo import ledger
from kakeibo.alerts.record import Alert, record, standings
from kakeibo.app import policies, promises
from kakeibo.app.delivering import Delivery
from kakeibo.clock import local, minute_of
from kakeibo.ledger import Posting
from kakeibo.letters import policy_messages
from kakeibo.letters.policies import names_of
from kakeibo.letters.policy_messages import Addressed
from kakeibo.model import Book, Channel, Composite, Events, Journey, Organisation, Service, Slo, Source, Team, Window
from kakeibo.notifiers.kinds import Message, notifier
from kakeibo.policies import Condition, Facts, Policy, Rule
from kakeibo.predicates import parse
from kakeibo.store import Store, open_store, outbox
from kakeibo.store.outbox import Letter

DAY = 1440
WEEK = 7 * DAY
AT = minute_of(datetime(2026, 11, 21, 17, 23, tzinfo=UTC))
ANY = parse("status < 500", {})
TARGET = Fraction(9, 10)
AVAILABILITY = Slo("play/availability", Events("web", ANY, ANY), TARGET, Window("7d", WEEK))
WORST = Slo("play/worst", Composite("worst", (("play/availability", Fraction(1)),)), TARGET, Window("7d", WEEK))


def book_of(*rules: Rule, slos: tuple[Slo, ...] = (AVAILABILITY,), timezone: str = "Asia/Tokyo") -> Book:
    policy = Policy("player", rules, approvers=("Product owner",), approved=date(2026, 1, 1))
    return Book(
        path=Path("kakeibo.yaml"),
        organisation=Organisation("Manabi", timezone, "ja"),
        teams={"player": Team("player", "Player team")},
        services={"learning": Service("learning", "player")},
        sources={"web": Source("web", "ndjson", ("web.json",), Path())},
        journeys={"play": Journey("play", {"en": "Play a video"}, "cuj", "learning", "web", slos)},
        lists={},
        policies={"player": policy},
    )


def rule(**when: object) -> Rule:
    return Rule("rule", Condition(**when), ("ticket",))  # type: ignore[arg-type]


@pytest.fixture
def store(sqlite_url: str) -> Store:
    return open_store(sqlite_url)


def post(store: Store, *counts: tuple[int, int, int]) -> None:
    """(minute, good, bad) of availability."""
    rows = [(minute, "play/availability", good, bad, 0, 0) for minute, good, bad in counts]
    lines = sorted({(minute, 1, 0) for minute, *_ in counts})
    ledger.post(store, Posting("web", ledger.cursor(store, "web").version, rows, lines))


def facts_of(book: Book, store: Store, at: int = AT) -> Facts:
    """Those of the book's first objective."""
    always = Rule("always", Condition(kind="cuj"), ("ticket",))
    policy = replace(book.policies["player"], rules=(*book.policies["player"].rules, always))
    found = policies.standing(book, store, policy, at)
    return next(due.facts for due in found.due if due.rule.key == "always")


def test_the_budget_as_counted(store: Store) -> None:
    post(store, (AT - 8 * DAY, 1, 0), (AT - 60, 88, 12), (AT, 0, 1_000))
    facts = facts_of(book_of(), store)
    assert (facts.state, facts.left) == ("exhausted", Fraction(-1, 5))


def test_until_a_whole_window_is_measured_nothing_is_held_against_anybody(store: Store) -> None:
    post(store, (AT - 6 * DAY, 0, 100))
    facts = facts_of(book_of(), store)
    assert (facts.state, facts.left) == ("filling", None)


def test_a_burn_is_what_an_alert_would_say(store: Store) -> None:
    asked = book_of(rule(burn=Fraction(1, 50), within=60))
    post(store, (AT - 8 * DAY, 1, 0), (AT - 30, 0, 10))
    assert facts_of(asked, store).firing == frozenset()  # it has stopped
    post(store, (AT - 3, 0, 2))
    assert facts_of(asked, store).firing == {(Fraction(1, 50), 60)}


def test_weeks_begin_on_the_organisations_monday() -> None:
    """Also where the clock is put back in the night to Monday's week: that week has an hour more."""
    [latest, before] = policies.weeks_before(minute_of(datetime(2026, 11, 1, tzinfo=UTC)), "Europe/Berlin", 2)
    assert [local(minute, "Europe/Berlin").isoformat() for minute in latest] == [
        "2026-10-19T00:00:00+02:00", "2026-10-26T00:00:00+01:00",
    ]  # fmt: skip
    assert (latest[1] - latest[0], before[1]) == (WEEK + 60, latest[0])
    monday = minute_of(datetime(2026, 10, 25, 23, 0, tzinfo=UTC))
    assert policies.weeks_before(monday, "Europe/Berlin", 1) == [latest]
    assert policies.weeks_before(monday - 1, "Europe/Berlin", 1) == [before]


def test_a_composite_has_its_weeks_too(store: Store) -> None:
    asked = book_of(rule(missed_weeks=2), slos=(WORST, AVAILABILITY))
    monday = policies.weeks_before(AT, "Asia/Tokyo", 1)[0][1]
    post(store, (monday - 3 * WEEK, 1, 0), (monday - 2 * WEEK, 8, 2), (monday - WEEK, 8, 2))
    assert facts_of(asked, store).missed_weeks == 2


def test_a_week_is_judged_by_the_target_it_had(store: Store) -> None:
    asked = book_of(rule(missed_weeks=2))
    monday = policies.weeks_before(AT, "Asia/Tokyo", 1)[0][1]
    post(store, (monday - 3 * WEEK, 1, 0), (monday - WEEK - 1, 95, 5))
    promises.record(asked, store, asked.sources["web"])
    stricter = replace(AVAILABILITY, target=Fraction(99, 100))
    harder = book_of(rule(missed_weeks=2), slos=(stricter,))
    promises.record(harder, store, harder.sources["web"])  # from the next minute on
    post(store, (monday - WEEK, 95, 5))
    assert facts_of(harder, store).missed_weeks == 1
    assert facts_of(asked, store).missed_weeks == 0


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 6 * WEEK), st.integers(0, 20), st.integers(0, 3)), min_size=1, max_size=40),
    st.sampled_from(["Asia/Tokyo", "America/New_York", "UTC"]),
    st.integers(0, WEEK),
)
def test_weeks_against_a_list_of_events(
    tmp_path_factory: pytest.TempPathFactory, events: list[tuple[int, int, int]], timezone: str, at: int
) -> None:
    """Counted by walking over minutes and asking the calendar for each."""
    begin = AT - 6 * WEEK
    events = [(begin, 1, 0)] + [(begin + minute, good, bad) for minute, good, bad in events if good + bad]
    at += AT - WEEK
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('weeks')}/kakeibo.db")
    post(store, *{minute: (minute, good, bad) for minute, good, bad in events}.values())
    kept = list({minute: (minute, good, bad) for minute, good, bad in events}.values())
    found = facts_of(book_of(rule(missed_weeks=4, exhausted_weeks=4), timezone=timezone), store, at)
    store.close()

    def week_of(minute: int) -> tuple[int, int]:
        year, week, _ = local(minute, timezone).isocalendar()
        return year, week

    this = week_of(at)
    missed = exhausted = 0
    going_missed = going_exhausted = True
    minute = at
    for _ in range(4):
        while week_of(minute - 1) == this:  # back to the Monday on which the week began
            minute -= 1
        end, last = minute, week_of(minute - 1)
        inside = [(good, bad) for m, good, bad in kept if m < end and week_of(m) == last]
        good, bad = sum(g for g, _ in inside), sum(b for _, b in inside)
        whole = week_of(begin) < last or (week_of(begin) == last and week_of(begin - 1) != last)
        going_missed = going_missed and whole and 10 * good < 9 * (good + bad)
        window = [(g, b) for m, g, b in kept if end - WEEK <= m < end]
        good, bad = sum(g for g, _ in window), sum(b for _, b in window)
        going_exhausted = going_exhausted and begin <= end - WEEK and good + bad > 0 and 10 * bad >= good + bad
        missed, exhausted = missed + going_missed, exhausted + going_exhausted
        this = last
    assert (found.missed_weeks, found.exhausted_weeks) == (missed, exhausted)


def test_a_breach_is_one_matter_and_one_ticket(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Minute after minute; the worker is asked twice in between, as if it had died after recording."""
    monkeypatch.setenv("TICKETS", github.TOKEN)
    book = book_of(rule(state=("exhausted",)))
    names = names_of(book.journeys.values())
    post(store, (AT - 15 * DAY, 1, 0), (AT - 8 * DAY, 100, 0), (AT - 60, 80, 20))
    server = github.GitHub()
    with server.serving() as url:
        options = {"repository": github.REPOSITORY, "token_env": "TICKETS", "url": url, "allow_private": True}
        delivery = Delivery(
            store, {"tickets": notifier(Channel("tickets", "github", options))}, "worker", trouble=lambda _: None
        )
        told: list[tuple[str, str]] = []
        for at in (AT - 61, AT, AT, AT + 1, AT + 3 * DAY, AT + 8 * DAY, AT + 8 * DAY + 1):
            with store.writing() as connection:
                held = standings(connection)
            changes = policies.changes(book, store, at, held)
            with store.writing() as connection:
                after = record(connection, changes, at * 60)
                letters = [message(book, store, change.alert, after[change.alert].group, at) for change in changes]
                encoded = [
                    Letter(one.id, one.group, "tickets", "", msgspec.json.encode(one).decode(), at * 60)
                    for one in letters
                ]
                outbox.put(connection, encoded, at * 60)
            told += [(one.kind, one.summary) for one in letters]
            delivery.drain(lambda at=at: at * 60)  # type: ignore[misc]
    store.close()
    assert [kind for kind, _ in told] == ["ticket", "resolved"]
    assert told[0][1].startswith(f"{names['play/availability']}: overspent by 100% of the allowed failures.")
    [issue] = server.issues
    assert (issue["state"], len(server.comments[1])) == ("closed", 1)


def message(book: Book, store: Store, alert: Alert, group: str, at: int) -> Message:
    """What the worker says of a change."""
    names, to = names_of(book.journeys.values()), Addressed(f"{group}/{at}", group, at, "Asia/Tokyo")
    [standing] = policies.standings(book, store, at)
    if standing.due:
        return policy_messages.begun(standing.due[0], standing, names, to)
    _, _, slo = alert.subject.partition(":")[2].partition(":")
    return policy_messages.over("rule", slo, standing.team, names, to)


def test_an_unsigned_policy_calls_nobody(store: Store) -> None:
    book = book_of(rule(state=("exhausted",)))
    post(store, (AT - 8 * DAY, 1, 0), (AT - 60, 80, 20))
    assert len(policies.changes(book, store, AT, {})) == 1
    unsigned = replace(book, policies={"player": replace(book.policies["player"], approvers=())})
    assert policies.changes(unsigned, store, AT, {}) == []
    store.close()
