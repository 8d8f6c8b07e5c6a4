"""What was voted and decided on journeys, as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from kakeibo.app.voting import Ballot, mean
from kakeibo.i18n import t
from kakeibo.ledger.votes import Decision
from kakeibo.letters import figures, phrases, votes
from kakeibo.letters.lines import Page


def text(ballots: Sequence[Ballot], zone: str, *, width: int, colour: bool) -> str:
    """For the terminal."""
    page = Page(width, colour)
    if not ballots:
        page.line(t("The book has no journeys yet."))
    for place, one in enumerate(ballots):
        if place:
            page.line()
        page.line(f"{name(one)}: {standing(one)}", style="bold")
        for role, counting in one.counting.items():
            words = votes.score(mean(counting)) if counting else t("nobody has voted")
            page.line(f"{votes.role_word(role)}: {words}  ({votes.question(role)})", indent=2)
            for vote in counting:
                note = f" {phrases.printable(vote.note, 300)}" if vote.note else ""
                page.line(f"{phrases.printable(vote.voter)}: {vote.score}{note}", indent=4)
        for decision in one.decisions:
            page.line(decided(decision, zone), indent=2)
    return page.text()


def name(one: Ballot) -> str:
    """The journey in the reader's language; its key once the book has it no more."""
    return phrases.title(one.journey)[0] if one.journey else phrases.printable(one.key)


def standing(one: Ballot) -> str:
    """The decision that holds, or that none was taken."""
    return votes.ruling_word(one.decision.ruling) if one.decision else t("nothing decided yet")


def decided(one: Decision, zone: str) -> str:
    """A decision: what, by whom, when, why."""
    return t(
        "{when}: {ruling}, decided by {names}. {reason}",
        when=figures.moment(one.entered, zone),
        ruling=votes.ruling_word(one.ruling),
        names=phrases.listed([phrases.printable(each) for each in one.deciders]),
        reason=phrases.printable(one.reason, 1000),
    )


def to_json(ballots: Sequence[Ballot]) -> bytes:
    """docs/contracts/journeys.md"""
    return msgspec.json.encode({"version": votes.VERSION, "journeys": [line(one) for one in ballots]})


def line(one: Ballot) -> dict[str, object]:
    """One journey of that document."""
    return {
        "journey": one.key,
        "in_book": one.journey is not None,
        "score": None if one.score is None else float(one.score),
        "decision": votes.decision_line(one.decision) if one.decision else None,
        "roles": [
            {
                "role": role,
                "score": float(mean(counting)) if counting else None,
                "votes": [votes.vote_line(vote) for vote in counting],
            }
            for role, counting in one.counting.items()
        ],
        "votes": [votes.vote_line(vote) for vote in one.votes],
        "decisions": [votes.decision_line(decision) for decision in one.decisions],
    }
