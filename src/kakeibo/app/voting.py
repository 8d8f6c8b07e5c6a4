"""Which journeys are critical: votes of several roles on each, what was decided, and by whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from kakeibo import clock
from kakeibo.app.names import mend_of
from kakeibo.app.slips import worded
from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.ledger import votes as ballot_box
from kakeibo.ledger.votes import ROLES, RULINGS, SCORES, Decision, Role, Vote
from kakeibo.model import Book, Journey
from kakeibo.store import Store

MOST_DECIDERS = 20


@dataclass(frozen=True, slots=True)
class Ballot:
    """All that was said of one journey. `journey` None: the book has it no more. `votes` and `decisions` are all there
    are, in the order in which they came."""

    key: str
    journey: Journey | None
    votes: tuple[Vote, ...]
    decisions: tuple[Decision, ...]

    @property
    def counting(self) -> Mapping[Role, tuple[Vote, ...]]:
        """Role -> the votes that count: of each voter the last one."""
        last = {(one.role, one.voter): one for one in self.votes}
        return {role: tuple(one for one in last.values() if one.role == role) for role in ROLES}

    @property
    def decision(self) -> Decision | None:
        """The one that holds: the last."""
        return self.decisions[-1] if self.decisions else None

    @property
    def score(self) -> Fraction | None:
        """The mean of the roles' means, so that no role weighs more for having more voters; None without a vote."""
        means = [mean(votes) for votes in self.counting.values() if votes]
        return sum(means, Fraction(0)) / len(means) if means else None


def mean(votes: Sequence[Vote]) -> Fraction:
    """The mean score of some votes; there must be one."""
    return Fraction(sum(one.score for one in votes), len(votes))


def ballots(book: Book, store: Store) -> list[Ballot]:
    """Every journey of the book, the highest score first, those without a vote after them; then those that the book has
    no more."""
    votes, decisions = ballot_box.votes(store), ballot_box.decisions(store)
    keys = dict.fromkeys([*book.journeys, *(one.journey for one in votes), *(one.journey for one in decisions)])
    found = [
        Ballot(
            key=key,
            journey=book.journeys.get(key),
            votes=tuple(one for one in votes if one.journey == key),
            decisions=tuple(one for one in decisions if one.journey == key),
        )
        for key in keys
    ]
    return sorted(found, key=lambda one: (one.journey is None, one.score is None, -(one.score or 0)))


def cast(book: Book, store: Store, journey: str, role: str, voter: str, score: int, note: str) -> Vote:
    """Keep a vote. Raises UsageError for a journey, role or score that is none."""
    if role not in ROLES:
        raise UsageError(t("there is no role {name}", name=repr(role)), t("there are: {names}", names=", ".join(ROLES)))
    if score not in SCORES:
        raise UsageError(
            t("{score} is no score", score=score),
            t("give a whole number from {low} to {high}", low=SCORES[0], high=SCORES[-1]),
        )
    vote = Vote(_known(book, journey), role, worded(voter, "--voter")[:200], score, _maybe(note), _now())
    return ballot_box.vote(store, vote)


def decide(book: Book, store: Store, journey: str, ruling: str, deciders: str, reason: str) -> Decision:
    """Keep a decision; `deciders`: names of roles between commas. Raises UsageError for what is none."""
    if ruling not in RULINGS:
        raise UsageError(
            t("there is no decision {name}", name=repr(ruling)), t("there are: {names}", names=", ".join(RULINGS))
        )
    names = [name.strip() for name in worded(deciders, "--by").replace("、", ",").split(",") if name.strip()]
    if not 0 < len(names) <= MOST_DECIDERS:
        raise UsageError(
            t("a decision needs those who took it"), t("name 1 to {n} of them, with commas between", n=MOST_DECIDERS)
        )
    taken = Decision(_known(book, journey), ruling, tuple(names), worded(reason, "--reason")[:1000], _now())
    return ballot_box.decide(store, taken)


def _known(book: Book, key: str) -> str:
    if key not in book.journeys:
        raise UsageError(t("there is no journey {name}", name=key), mend_of(key, book.journeys))
    return key


def _maybe(note: str) -> str:
    return worded(note, "--note")[:1000] if note.strip() else ""


def _now() -> int:
    return clock.minute_of(clock.now())
