"""Whatever happens to workers, clocks and messages: nobody is forgotten, and nothing is sent once somebody answered.

The oracle knows true time, what was sent and who answered; of the state machine it looks only at which step has begun.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import insert
from tests.oncall.team import DUTY, NOON, directory

from kakeibo.oncall import pages
from kakeibo.oncall.escalation import LEASE, MINUTE, SKEW, Leg, Outcome, Page
from kakeibo.store import Store, open_store, tables

ROUND = 15
OUTCOMES: list[Outcome] = ["sent", "failed", "unknown"]
DELAYS = [step.after * MINUTE for step in DUTY.escalation]
LAP = sum(DELAYS) + DUTY.repeat_after * MINUTE


@lru_cache
def empty_store() -> Path:
    path = Path(tempfile.mkdtemp(prefix="kakeibo-pages-")) / "empty.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture(autouse=True, scope="module")
def _clean() -> object:
    yield
    shutil.rmtree(empty_store().parent)


@dataclass
class Watched:
    """What the oracle remembers of a page, in true time."""

    since: int
    lap_since: int
    at: tuple[int, int] = (0, 0)
    answered: bool = False
    sent: list[tuple[int, str]] = field(default_factory=list)


class Calling(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="kakeibo-pages-"))
        shutil.copy(empty_store(), self.folder / "kakeibo.db")
        self.store: Store = open_store(f"sqlite:///{self.folder}/kakeibo.db")
        self.directory = directory()
        self.time = NOON
        self.jumped = 0
        self.pages: dict[int, Watched] = {}
        self.attempted: dict[int | None, int] = {}
        self.workers = 0
        self.rounds = 0

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    @initialize()
    def a_page_that_cannot_be_advanced_is_there_from_the_beginning(self) -> None:
        with self.store.writing() as connection:
            row = dict.fromkeys(("began", "seen", "step", "step_due", "lap", "lap_began", "answered", "version"), 0)
            words = dict.fromkeys(("severity", "subject", "answered_by", "trouble"), "")
            connection.execute(insert(tables.pages).values(team="gone", state="open", **row, **words))

    @precondition(lambda self: len(self.pages) < 3)
    @rule()
    def something_burns(self) -> None:
        with self.store.writing() as connection:
            page = pages.begin(connection, DUTY, "page", "play-video/availability", self.now())
        assert page.id
        self.pages[page.id] = Watched(self.time, self.time)

    @rule(seconds=st.integers(-7200, 7200))
    def the_clock_jumps(self, seconds: int) -> None:
        self.jumped += seconds

    @precondition(lambda self: any(not page.answered for page in self.pages.values()))
    @rule(data=st.data())
    def somebody_answers(self, data: st.DataObject) -> None:
        self.answer(data.draw(st.sampled_from([n for n, page in self.pages.items() if not page.answered])))

    @rule(rounds=st.integers(1, 60), skew=st.integers(0, 5), outcome=st.sampled_from(OUTCOMES))
    def time_passes(self, rounds: int, skew: int, outcome: Outcome) -> None:
        for number in range(rounds):
            self.time += ROUND
            self.round("one" if number % 2 else "two", skew if number % 2 else 0, outcome)
            self.nobody_waits_too_long()

    @rule(sent=st.booleans(), outcome=st.sampled_from(OUTCOMES))
    def a_worker_is_killed(self, sent: bool, outcome: Outcome) -> None:
        """After it took its legs; some of them it may have sent. The other worker's round follows."""
        self.time += ROUND
        self.workers += 1
        for number, leg in self.taken(f"killed-{self.workers}", self.now()):
            if sent:
                self.send(number, leg, f"killed-{self.workers}", self.now())
        self.round("two", 0, outcome)
        self.nobody_waits_too_long()

    @rule(outcome=st.sampled_from(OUTCOMES), answered=st.booleans())
    def a_worker_is_slow(self, outcome: Outcome, answered: bool) -> None:
        """It took legs; before it sends, the other works and somebody may answer."""
        self.time += ROUND
        held = self.taken("slow", self.now())
        self.round("two", 0, outcome)
        for number in [n for n, page in self.pages.items() if not page.answered and answered]:
            self.answer(number)
        for number, leg in held:
            self.deliver(number, leg, "slow", outcome, self.now())
        self.round("two", 0, outcome)
        self.nobody_waits_too_long()

    def now(self) -> int:
        return self.time + self.jumped

    def round(self, worker: str, skew: int, outcome: Outcome) -> None:
        now = self.now() - skew
        self.rounds += 1
        with self.store.writing() as connection:
            pages.advance(connection, self.directory, now)
        for number, leg in self.taken(worker, now):
            self.deliver(number, leg, worker, outcome, now)

    def taken(self, worker: str, now: int) -> list[tuple[int, Leg]]:
        with self.store.writing() as connection:
            return pages.take(connection, worker, now)

    def deliver(self, number: int, leg: Leg, worker: str, outcome: Outcome, now: int) -> None:
        if self.send(number, leg, worker, now):
            with self.store.writing() as connection:
                pages.record(connection, leg, worker, outcome, now)

    def send(self, number: int, leg: Leg, worker: str, now: int) -> bool:
        with self.store.reading() as connection:
            if not pages.confirm(connection, leg, worker, now):
                return False
        assert not self.pages[number].answered, "sent after an answer"
        assert leg.id not in self.attempted, "sent twice"
        self.attempted[leg.id] = self.time
        self.pages[number].sent.append((leg.step, leg.person))
        return True

    def answer(self, number: int) -> None:
        with self.store.writing() as connection:
            pages.answer(connection, number, "Developer 1", self.now())
        self.pages[number].answered = True

    def read(self) -> dict[int | None, Page]:
        with self.store.reading() as connection:
            return {page.id: page for page in pages.pages(connection)}

    def nobody_waits_too_long(self) -> None:
        now = self.read()
        for number, watched in self.pages.items():
            page = now[number]
            if (page.lap, page.step) != watched.at:
                if page.step < watched.at[1]:
                    watched.lap_since = self.time
                watched.at, watched.since = (page.lap, page.step), self.time
            if page.state != "open":
                continue
            if page.step == 2:
                until = watched.since  # step 1 reaches nobody
            elif page.step < len(DELAYS):
                until = watched.since + DELAYS[page.step]
            else:
                until = max(watched.since + DUTY.repeat_after * MINUTE, watched.lap_since + LAP)
                if any(leg.state in ("waiting", "sending") for leg in page.legs):
                    until += 3 * MINUTE  # the last message of the last lap has not gone out yet
            for leg in page.legs:
                held = self.time - self.attempted.get(leg.id, self.time) if leg.state == "sending" else 0
                assert held <= LEASE + 2 * ROUND + SKEW, "a killed worker's message is held for ever"
            assert self.time <= until + 2 * ROUND + SKEW, f"step {page.step} of lap {page.lap} does not come"

    @invariant()
    def who_is_not_answered_was_all_tried(self) -> None:
        for number, page in self.read().items():
            if number not in self.pages:
                assert "gone" in page.trouble or not self.rounds  # named, and it has stopped nobody
            elif page.state == "unanswered":
                tried = self.pages[number].sent
                assert {person for step, person in tried if step == 0} == {"dev-1"}
                assert {person for step, person in tried if step == 2} == {"dev-2"}
                assert "lead" in {person for step, person in tried if step == 3}
                assert page.lap == DUTY.repeat
                assert {leg.lap for leg in page.legs if leg.state == "sent"} == {0, 1}
            elif self.pages[number].answered:
                assert page.state == "answered"
                assert not any(leg.state == "waiting" for leg in page.legs)


TestCalling = Calling.TestCase
TestCalling.settings = settings(
    max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
