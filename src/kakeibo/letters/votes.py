"""Votes on which journeys are critical, in plain words."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from kakeibo.clock import iso
from kakeibo.i18n import t
from kakeibo.ledger.votes import Decision, Role, Ruling, Vote
from kakeibo.letters import figures

VERSION: Final = 1


def role_word(role: Role) -> str:
    """Who votes, in a word."""
    words: dict[Role, str] = {
        "product": t("Product"),
        "support": t("Customer support"),
        "engineering": t("Engineers"),
    }
    return words[role]


def question(role: Role) -> str:
    """What a role is asked about each journey; 5 means: entirely."""
    words: dict[Role, str] = {
        "product": t("How directly is it tied to sales?"),
        "support": t("When it fails, do enquiries come at once?"),
        "engineering": t("Can it be measured from what we record?"),
    }
    return words[role]


def ruling_word(ruling: Ruling) -> str:
    """A decision in a few words."""
    words: dict[Ruling, str] = {
        "critical": t("critical"),
        "not_critical": t("not critical"),
        "later": t("to be decided later"),
    }
    return words[ruling]


def score(value: Fraction) -> str:
    """A mean score, of 5."""
    return t("{score} of 5", score=figures.decimal(value, digits=1))


def vote_line(one: Vote) -> dict[str, object]:
    """docs/contracts/journeys.md"""
    return {
        "id": one.id,
        "role": one.role,
        "voter": one.voter,
        "score": one.score,
        "note": one.note or None,
        "entered": iso(one.entered),
    }


def decision_line(one: Decision) -> dict[str, object]:
    """docs/contracts/journeys.md"""
    return {
        "id": one.id,
        "decision": one.ruling,
        "by": list(one.deciders),
        "reason": one.reason,
        "entered": iso(one.entered),
    }
