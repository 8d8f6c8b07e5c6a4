"""What an incident is. Times are seconds since 1970; those of an impact, which counts tell, are minutes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, Literal, get_args

State = Literal["open", "acknowledged", "mitigated", "resolved", "merged"]
"""mitigated: users are no longer harmed, the cause is still there. merged: it goes on in another incident."""
Origin = Literal["alert", "hand", "chat", "support"]
"""What an incident was opened by."""
Role = Literal["commander", "scribe", "communications"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
Register = Literal["technical", "everyone"]
"""For whom an update is written: those who work on it, or everybody."""
Detection = Literal["alert", "acknowledgement", "enquiry"]
ALERT: Final = "alert:"
"""How the causes of an incident begin that are matters (groups of alerts)."""

Kind = Literal[
    "opened",
    "renamed",
    "acknowledged",
    "mitigated",
    "resolved",
    "reopened",
    "merged",
    "took_in",
    "made_private",
    "made_public",
    "note",
    "update",
    "role",
    "task",
    "task_done",
    "times",
    "measured",
    "alert",
    "alert_over",
    "call",
    "release",
    "enquiry",
    "message",
    "grant",
    "grant_over",
]
"""Of an entry. took_in: another incident was merged into it; message: of the chat, which somebody marked."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a timeline: what happened in second `at`, written in second `entered` by `author` through `door`.

    `text`: in somebody's words, or the name of what it is about; `detail`: what more is known, by kind. `milestone`:
    somebody marked it as one.
    """

    id: int
    incident: int
    at: int
    entered: int
    kind: Kind
    author: str
    door: str
    text: str
    detail: Mapping[str, Any]
    milestone: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """Something to be done. `due` and `done` None: no time was set; it is not done."""

    id: int
    text: str
    owner: str
    author: str
    added: int
    due: int | None = None
    done: int | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """When an impact began or ended: the most likely minute, and the minutes between which it lies."""

    minute: int
    earliest: int
    latest: int


@dataclass(frozen=True, slots=True)
class Harm:
    """What an incident did to one SLO, from the start of its impact to the end.

    `valid` and `bad` are events; `usual` is the share that usually fails. `spent` is what the impact took of the SLO's
    budget and `allowed` that budget, as of the end of the impact, both in the unit of the SLO (events or slices).
    """

    slo: str
    valid: int
    bad: int
    usual: Fraction
    spent: Fraction
    allowed: Fraction

    @property
    def above(self) -> Fraction:
        """Bad events above the usual."""
        return self.bad - self.usual * self.valid

    @property
    def share(self) -> Fraction | None:
        """Share of the budget that it burnt; None when nothing was allowed."""
        return self.spent / self.allowed if self.allowed else None


@dataclass(frozen=True, slots=True)
class Measurement:
    """What counts say of an incident, as of minute `at`. `start` None: no impact is seen in the counts; `end` None: it
    goes on. `detected`: the first second in which anybody could know of it, and by what. `users`: how many were hit;
    None: nobody can tell. `marks`: what the failures had in common, such as "error=SYSTEM"."""

    at: int
    start: Edge | None = None
    end: Edge | None = None
    detected: int | None = None
    detection: Detection | None = None
    harms: tuple[Harm, ...] = ()
    users: int | None = None
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Typed:
    """When its impact began and ended (minutes), as somebody says who was there: kept beside what was measured."""

    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident as it stands. `version` is raised by every change. `causes` are what it was opened for or took in,
    such as "alert:GROUP". `timeline` is the oldest first; lists of incidents come without it."""

    id: int
    title: str
    state: State
    origin: Origin
    opened_by: str
    private: bool
    services: tuple[str, ...]
    slos: tuple[str, ...]
    opened_at: int
    acknowledged_at: int | None
    mitigated_at: int | None
    resolved_at: int | None
    merged_into: int | None
    version: int
    measured: Measurement | None = None
    typed: Typed = Typed()
    roles: Mapping[str, str] = field(default_factory=dict)
    tasks: tuple[Task, ...] = ()
    causes: tuple[str, ...] = ()
    timeline: tuple[Entry, ...] = ()

    @property
    def is_over(self) -> bool:
        return self.state in ("resolved", "merged")

    @property
    def burnt(self) -> Fraction | None:
        """The largest share of a budget that it burnt, of those of its SLOs; None: not measured."""
        shares = [harm.share for harm in self.measured.harms if harm.share is not None] if self.measured else []
        return max(shares, default=None)

    @property
    def time_to_detect(self) -> int | None:
        """Seconds from the start of the impact to detection, never negative; None: not measured."""
        if self.measured is None or self.measured.start is None or self.measured.detected is None:
            return None
        return max(0, self.measured.detected - 60 * self.measured.start.minute)

    @property
    def time_to_acknowledge(self) -> int | None:
        """Seconds from detection (or opening, where that is not known) to acknowledgement."""
        if self.acknowledged_at is None:
            return None
        detected = self.measured.detected if self.measured else None
        return max(0, self.acknowledged_at - (self.opened_at if detected is None else detected))

    @property
    def time_to_restore(self) -> int | None:
        """Seconds from the start of the impact to its end, as measured; None: not measured, or it goes on."""
        if self.measured is None or self.measured.start is None or self.measured.end is None:
            return None
        return 60 * (self.measured.end.minute - self.measured.start.minute)
