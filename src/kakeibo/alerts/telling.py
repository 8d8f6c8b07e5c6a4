"""Who is to be told what, now: what holds, less what they know. Pure.

Asked anew every round, so that whatever changes what should be known is caught up by itself: a silence that ends, a
stage that moves up, a channel that is new. What nobody should know (silenced, provisional) is told to nobody, with one
exception: who was told that it burns is told that it is over.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from kakeibo.alerts.matters import Matter, knows
from kakeibo.alerts.record import CALM, Alert, Flip

Kind = Literal["firing", "no_data", "resolved"]

Audience = Callable[[Alert], Collection[str]]
"""Who is to be told that an alert fires."""


@dataclass(frozen=True, slots=True)
class Telling:
    """One letter: what a receiver is to be told of a matter. `flips` are how its alerts stand, one each."""

    matter: Matter
    receiver: str
    kind: Kind
    flips: tuple[Flip, ...]


def owed(matters: Sequence[Matter], audience: Audience, at: int) -> list[Telling]:
    """What is to be told as of minute `at`.

    - A receiver is told once that an alert fires, however often it stops and fires again while the matter is open.
    - Where the events of an alert that fires cease, who knows that it fires is told that nobody can say any more.
    - When all has been quiet for CALM minutes, everybody who was told anything is told that it is over.
    - Who was told of a page is not told of the ticket for the same subject until the page is over.
    """
    found: list[Telling] = []
    paged: set[tuple[str, str]] = set()
    for matter in sorted(matters, key=lambda one: one.severity != "page"):
        if is_over(matter, at):
            found += _ends(matter)
            continue
        letters = [*_begins(matter, audience, paged if matter.severity == "ticket" else ())]
        if matter.severity == "page":
            paged.update(_aware(matter))
            paged.update((one.receiver, flip.alert.subject) for one in letters for flip in one.flips)
        found += letters
    return found


def is_over(matter: Matter, at: int) -> bool:
    """Whether all of it has been quiet for a while."""
    return matter.is_quiet and at - max(flip.at for flip in matter.latest.values()) >= CALM


def _aware(matter: Matter) -> Iterator[tuple[str, str]]:
    """Who knows that what fires: receiver and subject."""
    return ((receiver, alert.subject) for (receiver, alert), state in knows(matter).items() if state == "firing")


def _begins(matter: Matter, audience: Audience, covered: Collection[tuple[str, str]]) -> Iterable[Telling]:
    known = knows(matter)
    letters: dict[tuple[str, Kind], list[Flip]] = {}
    for alert, flip in matter.latest.items():
        if flip.after == "firing":
            for receiver in audience(alert):
                if known.get((receiver, alert)) != "firing" and (receiver, alert.subject) not in covered:
                    letters.setdefault((receiver, "firing"), []).append(flip)
        elif flip.after == "no_data":
            for receiver in _who_know_that_it_fires(known, alert):
                letters.setdefault((receiver, "no_data"), []).append(flip)
    return (Telling(matter, receiver, kind, tuple(flips)) for (receiver, kind), flips in letters.items())


def _ends(matter: Matter) -> Iterable[Telling]:
    letters: dict[str, list[Flip]] = {}
    for (receiver, alert), state in knows(matter).items():
        if state != "quiet":
            letters.setdefault(receiver, []).append(matter.latest[alert])
    return (Telling(matter, receiver, "resolved", tuple(flips)) for receiver, flips in letters.items())


def _who_know_that_it_fires(known: Mapping[tuple[str, Alert], str], alert: Alert) -> list[str]:
    return [receiver for (receiver, one), state in known.items() if one == alert and state == "firing"]
