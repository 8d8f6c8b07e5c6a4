"""Events of a drill, second by second: good ones, and the share of bad ones that its scenario asks for, exactly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction

import msgspec

from kakeibo.practice.drills.examples import Event, Examples, Value
from kakeibo.practice.drills.scenarios import Scenario, Trouble

SECONDS = 60


@dataclass
class Traffic:
    """Events of one journey from one source. `silent`: SLOs that fail by too few events, not by bad ones: of these the
    share that would be bad does not come at all."""

    examples: Examples
    per_minute: int
    troubles: tuple[Trouble, ...]
    silent: frozenset[str] = frozenset()
    _owed: dict[int, Fraction] = field(default_factory=dict)

    def minute(self, number: int) -> Iterator[tuple[Fraction, Event]]:
        """(second of the minute, event) of minute `number` since the beginning; minutes are asked for in order."""
        going = [n for n, one in enumerate(self.troubles) if one.start <= number < one.end]
        for place in range(self.per_minute):
            event = self._next(going)
            if event is not None:
                yield Fraction(SECONDS * place, self.per_minute), event

    def _next(self, going: list[int]) -> Event | None:
        """The next event. Every trouble is owed its share of each event, and takes one when it is owed a whole one: so
        one alone gets its share to the event, and of several none is ever owed two.

        Shares that are more than one together cannot have an event each: then events fail in several ways at once.
        """
        for number in going:
            self._owed[number] = self._owed.get(number, Fraction(0)) + self.troubles[number].bad
        ready = sorted((one for one in going if self._owed[one] >= 1), key=lambda one: -self._owed[one])
        if sum(self.troubles[number].bad for number in going) <= 1:
            ready = ready[:1]
        changed: dict[str, Value] = {}
        for number in ready:
            trouble = self.troubles[number]
            changes = {} if trouble.slo in self.silent else self._changes(trouble)
            if changed.keys().isdisjoint(changes):
                self._owed[number] -= 1
                changed |= changes
            if trouble.slo in self.silent:
                return None
        return {**self.examples.good, **changed}

    def _changes(self, trouble: Trouble) -> dict[str, Value]:
        """In what a bad event differs from a good one."""
        good, bad = self.examples.good, self.examples.bad[trouble.slo]
        differing = {name: bad.get(name) for name in {**good, **bad} if bad.get(name) != good.get(name)}
        return {**differing, **trouble.values}


def traffic_of(
    scenario: Scenario, made: Mapping[str, Mapping[str, Examples]], silent: frozenset[str]
) -> list[tuple[str, Traffic]]:
    """(source, traffic) of every journey that can be played."""
    return [
        (
            source,
            Traffic(
                one,
                scenario.traffic,
                tuple(
                    trouble for trouble in scenario.troubles if trouble.slo in one.bad or _within(trouble, key, silent)
                ),
                silent,
            ),
        )
        for key, by_source in made.items()
        for source, one in by_source.items()
    ]


def _within(trouble: Trouble, journey: str, silent: frozenset[str]) -> bool:
    return trouble.slo in silent and trouble.slo.partition("/")[0] == journey


def line(event: Event, at: datetime, mark: str) -> bytes:
    """An event as it stands in the log, with the drill that it is of."""
    written = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return msgspec.json.encode({"time": written, "drill": mark, **event}) + b"\n"
