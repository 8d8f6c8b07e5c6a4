"""Plain words -> the journeys that may be meant. Pure: words of the question against those of titles and keys.

English by words, Japanese by runs of kanji or katakana, which carry the meaning; what all questions say is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from kakeibo.model import Book, Journey

LIKELY: Final = Fraction(1, 3)
"""So much of a journey's words must be in the question."""
_RUNS: Final = re.compile(r"[一-龯々]+|[ァ-ヶー]+")
_WORDS: Final = re.compile(r"[a-z0-9]+")
_EMPTY: Final = frozenset(
    re.findall(
        r"\w+",
        "a an and are at be can cannot could do does for from get had has have he i in is it my no not of on or our "
        "out she that the their them they this to user users was we were will with you your",
    )
)
"""Words that say nothing about what is done."""


@dataclass(frozen=True, slots=True)
class Meant:
    """A journey, and the share of its words that the question has."""

    journey: Journey
    share: Fraction


def meant(book: Book, text: str) -> list[Meant]:
    """The journeys that `text` may be about, the likeliest first; empty when none is likely."""
    found = []
    for journey in book.journeys.values():
        share = max((_share(name, text) for name in _names(journey)), default=Fraction(0))
        if share >= LIKELY:
            found.append(Meant(journey, share))
    return sorted(found, key=lambda one: -one.share)


def the_one_meant(book: Book, text: str) -> Journey | None:
    """The journey that is likelier than every other; None when nobody can tell."""
    found = meant(book, text)
    if not found or (len(found) > 1 and found[0].share == found[1].share):
        return None
    return found[0].journey


def _names(journey: Journey) -> Iterable[str]:
    return (*journey.title.values(), journey.key.replace("-", " ").replace("_", " "))


def _share(name: str, text: str) -> Fraction:
    lowered = text.casefold()
    heard = {_stem(word) for word in _WORDS.findall(lowered)}
    closed_up = "".join(_WORDS.findall(lowered))
    words = {word for word in _WORDS.findall(name.casefold()) if word not in _EMPTY}
    runs = set(_RUNS.findall(name))
    if not words and not runs:
        return Fraction(0)
    together = "".join(_WORDS.findall(name.casefold()))
    if not runs and len(together) > 3 and together in closed_up:  # "login" for "log in"
        return Fraction(1)
    known = sum(_stem(word) in heard for word in words) + sum(run in text for run in runs)
    return Fraction(known, len(words) + len(runs))


def _stem(word: str) -> str:
    """A word without its ending: plays, played, playing -> play."""
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word
