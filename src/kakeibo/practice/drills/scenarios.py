"""What is played: which objectives fail when, what is told to whom, and what really happened.

A scenario is a YAML file (docs/drills.md) or one written for the Wheel of Misfortune; all minutes are counted from the
beginning of the drill.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from kakeibo.i18n import language
from kakeibo.model import Title

USUAL_TRAFFIC: Final = 60
"""Events a minute of each journey."""
USUAL_HISTORY: Final = 6 * 60
"""Minutes before the beginning of which there are events: as long as the longest window that pages."""
ROLES: Final = ("commander", "scribe", "communications")


@dataclass(frozen=True, slots=True)
class Trouble:
    """In [start, end) the share `bad` of the events of an objective is bad. `slo`: "journey/sli", or "*" for the first
    objective of the book. `values`: columns of these events, such as error: TIMEOUT."""

    slo: str
    start: int
    end: int
    bad: Fraction
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Inject:
    """Something that the facilitator tells a role, or shows, at minute `at`."""

    at: int
    to: str
    say: Title


@dataclass(frozen=True, slots=True)
class Cue:
    """What a role is expected to do from minute `at` on; shown to all in a scripted drill only."""

    at: int
    who: str
    do: Title


@dataclass(frozen=True, slots=True)
class Step:
    """A program that is run at minute `at`, word by word without a shell; `undo` is run at the end, come what may."""

    at: int
    run: tuple[str, ...]
    undo: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """A whole scenario. `name` is that of its file; runs of the same name are compared. `story`: what really happened,
    for the facilitator alone; `right`: the hypothesis that counts as right. `tell`: receivers of its alerts."""

    name: str
    title: Title
    minutes: int
    story: Title = field(default_factory=dict)
    right: Title = field(default_factory=dict)
    troubles: tuple[Trouble, ...] = ()
    traffic: int = USUAL_TRAFFIC
    history: int = USUAL_HISTORY
    roles: tuple[str, ...] = ROLES
    tell: tuple[str, ...] = ()
    injects: tuple[Inject, ...] = ()
    script: tuple[Cue, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def trouble_begins(self) -> int:
        """The minute in which the first event goes wrong; 0 when it is played without events."""
        return min((one.start for one in self.troubles), default=0)


def spoken(title: Title) -> str:
    """A text in the language in use, or in the one that there is."""
    return title.get(language()) or next(iter(title.values()), "")
