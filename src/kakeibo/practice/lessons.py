"""What published postmortems teach: as much of each as the advisor needs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Final

from kakeibo.postmortems import records
from kakeibo.postmortems.reading import read
from kakeibo.store import Store

YEAR: Final = timedelta(days=365)
"""For so long a cause that has burnt nothing is remembered."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One postmortem. `name`: PM-12; `text`: all that stands in it; `causes`: its keys on both axes; `burnt`: SLO's
    name -> the share of its budget that the incident burnt, exact; an SLO whose share nobody knows is not in it."""

    id: int
    name: str
    title: str
    day: date
    causes: frozenset[str]
    text: str = ""
    burnt: Mapping[str, Fraction] = field(default_factory=dict)

    def teaches(self, causes: Iterable[str], words: Sequence[str]) -> bool:
        """Whether it has one of the causes and, where there are words, speaks of one of them (all in lower case)."""
        if self.causes.isdisjoint(causes):
            return False
        return not words or _speaking_of(tuple(words)).search(_folded(f"{self.title}\n{self.text}")) is not None

    def is_fresh(self, today: date) -> bool:
        """Whether it was within the last year. A postmortem of tomorrow does not count."""
        return today - YEAR < self.day <= today

    @property
    def has_burnt(self) -> bool:
        """Whether it cost any budget; one of which nobody knows the cost is taken to have cost some."""
        return not self.burnt or any(self.burnt.values())


@lru_cache
def _speaking_of(words: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the words: the beginning of one in English, a part of the text in Japanese, which sets no spaces."""
    return re.compile("|".join(rf"\b{re.escape(word)}" if word.isascii() else re.escape(word) for word in words))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def burnt(lessons: Iterable[Lesson]) -> dict[str, Fraction]:
    """What they burnt together, by SLO: shares of its budget added up, so that 3/2 is one budget and a half."""
    sums: dict[str, Fraction] = {}
    for lesson in lessons:
        for slo, share in lesson.burnt.items():
            sums[slo] = sums.get(slo, Fraction(0)) + share
    return dict(sorted(sums.items(), key=lambda pair: (-pair[1], pair[0])))


def lessons_of(store: Store) -> list[Lesson]:
    """Every published postmortem, the newest first."""
    with store.reading() as connection:
        return [
            Lesson(
                id=one.id,
                name=one.name,
                title=one.title,
                day=one.date,
                causes=frozenset(one.causes),
                text=_prose(records.text(connection, one.id).text),
                burnt=dict(one.burnt),
            )
            for one in records.published(connection)
        ]


def _prose(text: str) -> str:
    """What people wrote: without what is there for programs, the headings of the form, and its open questions."""
    form = read(text)
    return "\n".join([*form.texts.values(), *(one.what for one in form.actions), *(text for _, text in form.extra)])
