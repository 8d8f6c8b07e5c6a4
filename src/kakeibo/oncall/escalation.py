"""Calling people until somebody answers: a state machine without clock, store or network.

A *page* goes through the steps of its team. A step, when it begins, becomes *legs*: one message each, to one person by
one channel, due at once or later. The caller sends what is `due`, and tells the `outcome`.

    waiting -> sending -> sent             it went out (whether it was read is not known)
               sending -> failed|unknown   it did not, or nobody can tell: what would come next comes at once
                          sent -> missed   it rang and nobody took it: the same
    waiting -> stopped                     somebody answered first

All times are seconds since 1970 of a clock that may jump. Nothing here trusts that `now` is later than before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from kakeibo.duties import Channel, Contact, Duty, Step

PageState = Literal["open", "answered", "resolved", "unanswered"]
LegState = Literal["waiting", "sending", "sent", "missed", "failed", "unknown", "stopped"]
Outcome = Literal["sent", "failed", "unknown"]

LEASE: Final = 30
"""Seconds in which a leg that was taken for sending must be sent. After that its outcome counts as unknown."""

SKEW: Final = 10
"""Seconds by which two workers' clocks may differ. A clock that goes back further was put back."""

UNSEEN: Final = 20
"""Seconds that may have passed between the last round and a clock's being put back: a round and half the skew."""

MINUTE: Final = 60

CALL: Final = "call"
"""The severity of a page by which one person calls another."""

_DIRECT: Final = "@"  # no key of the book begins with it

LIMITS: Final[dict[Channel, tuple[int, int]]] = {
    "phone": (4, 15 * MINUTE),
    "sms": (10, 15 * MINUTE),
    "slack": (30, 15 * MINUTE),
    "email": (30, 15 * MINUTE),
}
"""How many messages one person gets by a channel within so many seconds, whatever their number of pages."""

Reach = Callable[[Sequence[str]], Sequence[tuple[str, Sequence[Contact]]]]
"""Names of a step -> the people they stand for now, each with the ways to reach them."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One message. `lap` and `step` say where in the escalation it belongs; `id` is None until the store has it."""

    person: str
    channel: Channel
    lap: int
    step: int
    due: int
    state: LegState = "waiting"
    worker: str = ""
    leased_until: int = 0
    done: int = 0  # when its state last changed
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """An escalation under way. `step` is the next to begin, at `step_due`; `lap` counts the repetitions so far.

    `seen` is the latest `now` it was advanced at. `trouble` says what kept it from being advanced.
    """

    team: str
    severity: str
    subject: str
    began: int
    seen: int
    step_due: int
    lap_began: int
    step: int = 0
    lap: int = 0
    state: PageState = "open"
    answered: int = 0
    answered_by: str = ""
    trouble: str = ""
    legs: tuple[Leg, ...] = ()
    id: int | None = None
    version: int = 0


def begin(policy: Duty, severity: str, subject: str, now: int) -> Page:
    """A page whose first step is due after the delay of that step (usually none)."""
    first = now + policy.escalation[0].after * MINUTE
    return Page(policy.team, severity, subject, now, now, first, now)


def direct(person: str) -> Duty:
    """The policy of a call to one person: their telephone, three times."""
    return Duty(_DIRECT + person, "UTC", {}, (Step((person,)),), repeat=2, repeat_after=2)


def called(team: str) -> str | None:
    """The person that a page of this `team` calls directly; None when it goes through the steps of a team."""
    return team.removeprefix(_DIRECT) if team.startswith(_DIRECT) else None


def advance(policy: Duty, page: Page, now: int, reach: Reach) -> Page:
    """One round: legs whose lease ran out are unknown, the step that is due begins. Answered pages stay as they are.

    A step that reaches nobody lets the next begin at once. At most one lap begins in a round.
    """
    if page.state != "open":
        return page
    page = _put_back(page, now)
    for leg in page.legs:
        if leg.state == "sending" and leg.leased_until <= now:
            page = outcome(page, leg.id, leg.worker, "unknown", now)
    while page.state == "open" and page.step_due <= now:
        if page.step < len(policy.escalation):
            page = _begin_step(policy, page, now, reach)
        else:
            return _next_lap(policy, page, now)
    return page


def due(page: Page, now: int) -> tuple[Leg, ...]:
    """The legs to send now, the longest due first."""
    if page.state != "open":
        return ()
    return tuple(
        sorted((leg for leg in page.legs if leg.state == "waiting" and leg.due <= now), key=lambda leg: leg.due)
    )


def lease(page: Page, leg_id: int | None, worker: str, now: int) -> Page:
    """A worker takes a leg to send it."""
    return _with(page, leg_id, state="sending", worker=worker, leased_until=now + LEASE, done=now)


def outcome(page: Page, leg_id: int | None, worker: str, result: Outcome, now: int) -> Page:
    """What became of a leg that `worker` had taken. Unless it was sent, the next contact comes at once: the person's
    next one, or else the next step. From somebody who no longer has it, nothing follows but that it was sent after all.
    """
    leg = next(leg for leg in page.legs if leg.id == leg_id)
    if leg.worker != worker or leg.state not in ("sending", "unknown"):
        return page
    if leg.state == "unknown":
        return _with(page, leg_id, state="sent", done=now) if result == "sent" else page
    page = _with(page, leg_id, state=result, done=now)
    return page if result == "sent" else _hurried(page, leg, now)


def missed(page: Page, leg_id: int | None, now: int) -> Page:
    """A call that rang and was not taken (busy, no answer, a mailbox): the next contact comes at once."""
    leg = next(leg for leg in page.legs if leg.id == leg_id)
    if page.state != "open" or leg.state not in ("sending", "sent", "unknown"):
        return page
    return _hurried(_with(page, leg_id, state="missed", done=now), leg, now)


def _hurried(page: Page, leg: Leg, now: int) -> Page:
    """What would come after `leg` comes at once, unless somebody has answered."""
    if page.state != "open":
        return page
    later = [other for other in page.legs if other.state == "waiting" and other.person == leg.person]
    if later:
        soonest = min(later, key=lambda other: other.due)
        return _with(page, soonest.id, due=min(soonest.due, now))
    # A step that has begun since was hurried already, or is newer than the leg.
    current = leg.lap == page.lap and leg.step == page.step - 1
    return replace(page, step_due=min(page.step_due, now)) if current else page


def answer(page: Page, author: str, now: int, state: Literal["answered", "resolved"] = "answered") -> Page:
    """Somebody takes it, or it is over: whatever is not yet on its way is stopped. The first answer counts."""
    if page.state == "resolved" or (page.state == "answered" and state == "answered"):
        return page
    legs = tuple(replace(leg, state="stopped") if leg.state == "waiting" else leg for leg in page.legs)
    if page.state == "answered":
        return replace(page, state=state, legs=legs)
    return replace(page, state=state, legs=legs, answered=now, answered_by=author)


def postponed(sent: Sequence[int], channel: Channel, now: int) -> int | None:
    """When a contact may be used again, if `sent` (moments of messages to it) are too many by now; else None."""
    most, within = LIMITS[channel]
    recent = sorted(moment for moment in sent if now - within < moment <= now)
    return recent[-most] + within if len(recent) >= most else None


def _put_back(page: Page, now: int) -> Page:
    """A clock that was put back must not make anybody wait longer: all that is to come moves along with it.

    How long ago the last round was cannot be known then. It counts as UNSEEN, so that what comes is too soon rather
    than too late, however often clocks are put back. A lease is not shortened: a leg must not be sent twice.
    """
    if now >= page.seen - SKEW:
        return replace(page, seen=max(page.seen, now))
    back = page.seen - now
    sooner = back + UNSEEN
    legs = tuple(
        replace(leg, due=leg.due - sooner, leased_until=leg.leased_until - back)
        if leg.state in ("waiting", "sending")
        else leg
        for leg in page.legs
    )
    moved = replace(page, step_due=page.step_due - sooner, lap_began=page.lap_began - sooner, legs=legs)
    return replace(moved, seen=now)


def _begin_step(policy: Duty, page: Page, now: int, reach: Reach) -> Page:
    step = policy.escalation[page.step]
    waiting = {(leg.person, leg.channel) for leg in page.legs if leg.state == "waiting"}
    legs = tuple(
        Leg(person, way.channel, page.lap, page.step, now + way.after * MINUTE)
        for person, ways in reach(step.notify)
        for way in ways
        if (person, way.channel) not in waiting
    )
    number = page.step + 1
    wait = policy.escalation[number].after if number < len(policy.escalation) else policy.repeat_after
    hurry = not legs and number < len(policy.escalation)
    return replace(page, step=number, legs=page.legs + legs, step_due=now if hurry else now + wait * MINUTE)


def _next_lap(policy: Duty, page: Page, now: int) -> Page:
    """Begin again, not sooner than the steps take by themselves: while every message fails, they take no time.

    A lap in which nothing went out does not count, so that nobody is forgotten while the network is down.
    """
    whole = sum(step.after for step in policy.escalation) + policy.repeat_after
    earliest = page.lap_began + max(whole, 1) * MINUTE
    if earliest > now:
        return replace(page, step_due=earliest)
    states = {leg.state for leg in page.legs if leg.lap == page.lap}
    again = replace(page, step=0, step_due=now + policy.escalation[0].after * MINUTE, lap_began=now)
    if not states & {"sent", "missed"}:
        return again
    if page.lap < policy.repeat:
        return replace(again, lap=page.lap + 1)
    if states & {"waiting", "sending"}:
        return replace(page, step_due=now + MINUTE)
    return replace(page, state="unanswered")


def _with(page: Page, leg_id: int | None, **values: object) -> Page:
    legs = tuple(replace(leg, **values) if leg.id == leg_id else leg for leg in page.legs)  # type: ignore[arg-type]
    return replace(page, legs=legs)
