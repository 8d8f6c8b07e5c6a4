"""Backtest: alarms, new or old, judged against incidents that are known. Pure; all times are minutes since 1970."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from kakeibo.alerts.replay import Flip
from kakeibo.budgets import arithmetic
from kakeibo.model import BurnRule, Count


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alert that fired over [start, end). `reach`: for so long before its start it had looked back."""

    start: int
    end: int
    name: str = ""
    reach: int = 0


@dataclass(frozen=True, slots=True)
class Incident:
    """A known incident over [start, end)."""

    start: int
    end: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """An incident as the SLO saw it. `felt`: more failed than the target allows; None: nothing was measured in it.

    `rise`: the beginning of the first hour with a rise of enquiries, not before the incident; None: none is known.
    """

    incident: Incident
    count: Count
    felt: bool | None
    rise: int | None = None


@dataclass(frozen=True, slots=True)
class Catch:
    """How one felt incident was noticed. `delay`: minutes from its start to the first alarm, 0 if one was ringing.

    None: missed. `ahead`: minutes from that alarm to the rise of enquiries, negative when these came first.
    """

    case: Case
    delay: int | None
    ahead: int | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What alarms of one kind were worth. `false`: overlapping no incident. `late`: of these, alarms whose look back
    still reaches into one, so that they told of it after it was over; not counted as false."""

    alarms: tuple[Alarm, ...]
    catches: tuple[Catch, ...]
    false: int
    late: int
    minutes: int

    @property
    def caught(self) -> int:
        return sum(catch.delay is not None for catch in self.catches)

    @property
    def missed(self) -> int:
        return len(self.catches) - self.caught


def case(incident: Incident, count: Count, target: Fraction, rise: int | None) -> Case:
    """Judge whether an incident was felt, by what was counted in it."""
    burn = arithmetic.burn(count, target)
    return Case(incident, count, None if burn is None else burn > 1, rise)


def alarms_of(flips: Iterable[Flip], rule: BurnRule, to_minute: int) -> list[Alarm]:
    """The stretches in which a rule fired; one that still does ends at `to_minute`."""
    found: list[Alarm] = []
    since: int | None = None
    for flip in flips:
        if flip.decision.rule != rule:
            continue
        firing = flip.decision.state == "firing"
        if firing and since is None:
            since = flip.minute
        elif not firing and since is not None:
            found.append(Alarm(since, flip.minute, reach=rule.minutes))
            since = None
    return found if since is None else [*found, Alarm(since, to_minute, reach=rule.minutes)]


def together(alarms: Iterable[Alarm]) -> list[Alarm]:
    """Alarms that overlap or follow without a pause, as one: whoever is called is called once."""
    found: list[Alarm] = []
    for alarm in sorted(alarms, key=lambda alarm: (alarm.start, alarm.end)):
        if found and alarm.start <= found[-1].end:
            last = found[-1]
            back = max(last.reach, last.start - (alarm.start - alarm.reach))
            found[-1] = Alarm(last.start, max(last.end, alarm.end), last.name, back)
        else:
            found.append(alarm)
    return found


def judge(alarms: Sequence[Alarm], cases: Sequence[Case]) -> Verdict:
    """Hold alarms against incidents. Only felt ones can be missed; an alarm within any known incident is not false."""
    strangers = [alarm for alarm in alarms if not any(_overlap(alarm, one.incident) for one in cases)]
    late = sum(
        any(_overlap(Alarm(alarm.start - alarm.reach, alarm.end), one.incident) for one in cases) for alarm in strangers
    )
    return Verdict(
        alarms=tuple(alarms),
        catches=tuple(_catch(one, alarms) for one in cases if one.felt),
        false=len(strangers) - late,
        late=late,
        minutes=sum(alarm.end - alarm.start for alarm in together(alarms)),
    )


def _catch(one: Case, alarms: Sequence[Alarm]) -> Catch:
    first = min((alarm.start for alarm in alarms if _overlap(alarm, one.incident)), default=None)
    if first is None:
        return Catch(one, None, None)
    return Catch(one, max(first - one.incident.start, 0), None if one.rise is None else one.rise - first)


def _overlap(alarm: Alarm, incident: Incident) -> bool:
    return alarm.start < incident.end and incident.start < alarm.end
