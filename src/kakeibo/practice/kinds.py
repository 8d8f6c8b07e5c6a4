"""What a check is. One file per kind in `checks/`, found by itself.

A check knows one mistake that has cost somebody an outage. It looks, and says where, what and the mend. It also says
which postmortems it comes from: those with one of its `CAUSES` which, where it has `WORDS`, speak of one of them. A
check that cites none of ours keeps quiet: being told everything breaks hearts.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import ClassVar, Literal

from kakeibo.alerts.acknowledgements import Acknowledgement
from kakeibo.alerts.received import Received
from kakeibo.alerts.record import Flip
from kakeibo.definitions.marks import Marks
from kakeibo.errors import Problem
from kakeibo.i18n import t
from kakeibo.kinds import found_in
from kakeibo.model import Book, Stage
from kakeibo.practice.files import Files

Subject = Literal["book", "ledger", "kubernetes", "nginx", "sidekiq", "terraform", "certificate", "alerts"]
"""What a check looks at."""


@dataclass(frozen=True, slots=True)
class History:
    """What the store says of the time that checks look back on, [since, at) in minutes: changes of alerts, who took
    them, alerts of other tools, decisions on journeys (journey -> "critical", ...), stages that SLOs were moved to."""

    since: int
    at: int
    flips: Sequence[Flip] = ()
    taken: Sequence[Acknowledgement] = ()
    received: Sequence[Received] = ()
    rulings: Mapping[str, str] = field(default_factory=dict)
    stages: Mapping[str, Stage] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Material:
    """All that checks may look at. `columns`: source -> the columns that its newest logs have, where there are logs."""

    book: Book
    marks: Marks
    files: Files
    history: History
    columns: Mapping[str, frozenset[str]] = field(default_factory=dict)


class Check(ABC):
    """One mistake to look for."""

    KIND: ClassVar[str]
    LOOKS_AT: ClassVar[tuple[Subject, ...]]
    SUMMARY: ClassVar[str]
    """What is wrong where it finds something, in a few words; a marked sentence."""
    CAUSES: ClassVar[frozenset[str]]
    WORDS: ClassVar[tuple[str, ...]] = ()
    """Parts of words, in lower case, English and Japanese."""

    @property
    def summary(self) -> str:
        return t(self.SUMMARY)

    @abstractmethod
    def findings(self, material: Material) -> Iterator[Problem]:
        """Every place where it is so; each finding a warning with its mend."""


@cache
def checks() -> dict[str, Check]:
    """Every check there is, by its kind."""
    return {name: kind() for name, kind in found_in("kakeibo.practice.checks", Check).items()}  # type: ignore[type-abstract]


def finding(place: tuple[str, int, int], message: str, mend: str) -> Problem:
    """A finding of a check."""
    return Problem(*place, message, mend, "warning")
