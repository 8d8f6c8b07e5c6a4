"""Fleets of devices: the nouns of critical machine communication. Frozen; lengths of time are whole seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, Literal, get_args

Stage = Literal["observe", "propose", "act"]
"""What becomes of a decision: it is noted, or waits for somebody to confirm it, or is sent to the fleet."""

Reason = Literal["manual", "maintenance", "heartbeat", "error", "battery", "disabled", "unknown"]
"""Why a device is out of service. disabled: its operator, or itself, says that it cannot be used."""
REASONS: Final[tuple[Reason, ...]] = get_args(Reason)
BY_HAND: Final[tuple[Reason, ...]] = ("manual", "maintenance", "unknown")
"""The reasons that people enter and people alone take back."""

Gone = Literal["", "said", "retired"]
"""Why a device is no longer expected: a message said so, and the next one brings it back; or somebody retired it."""
GONE: Final[tuple[Gone, ...]] = get_args(Gone)

Attribute = Literal["region", "model", "firmware"]
ATTRIBUTES: Final[tuple[Attribute, ...]] = get_args(Attribute)
"""What tells devices apart, for splits."""

FIELDS: Final = (
    *("device", "received", "sent", "sequence", "battery", "errors", "on_trip", "retained", "answer"),
    *("disabled", "gone", "latitude", "longitude"),
    *ATTRIBUTES,
)
"""What a message may say; each is read from the key of its own name, unless the book names another."""


@dataclass(frozen=True, slots=True)
class HeartbeatRule:
    """Out when nothing came for `silent_after`; back after `messages` of them within `within`."""

    silent_after: int
    messages: int
    within: int


@dataclass(frozen=True, slots=True)
class ErrorRule:
    """Out when a code came more than `more_than` times within `within`; back when it has not come for `back_after`."""

    more_than: int
    within: int
    back_after: int


@dataclass(frozen=True, slots=True)
class BatteryRule:
    """Out when the charge is below `out_below`, back when it is at least `back_above`; both in millionths."""

    out_below: int
    back_above: int


@dataclass(frozen=True, slots=True)
class BreakerRule:
    """Hold when more than `more_than` of all devices, and at least `at_least`, would go out within `within`.

    `ahead`: those that will be due so soon, if they stay silent, are counted already: devices that were lost together
    are not due in the same second.
    """

    more_than: Fraction
    within: int
    ahead: int
    at_least: int = 10


@dataclass(frozen=True, slots=True)
class ActRule:
    """Where commands go: a channel of the outbox, and its target. Repeated until confirmed, `tries` times in all."""

    channel: str
    target: str = ""
    confirm_within: int = 60
    tries: int = 10


@dataclass(frozen=True, slots=True)
class Account:
    """An SLO that device-seconds are counted for: all of them, or those of devices whose attribute `by` has one of
    `values`, or those that were out for one of these reasons (`by` is "reason"). `rest`: all but these."""

    slo: str
    by: Literal["", "reason", "region", "model", "firmware"] = ""
    values: tuple[str, ...] = ()
    rest: bool = False

    def takes(self, value: str) -> bool:
        return (value in self.values) != self.rest


@dataclass(frozen=True, slots=True)
class Fleet:
    """Devices that are judged by the same rules. `source`: where their messages are. `fields`: FIELDS -> key.

    `stall_after`: when nothing came from anybody for so long, it was us who did not look. `register`: a device that is
    not known yet is taken in; else its messages are refused. `devices`: a file that lists them (None: there is none).
    `accounts`: the fleet's SLOs and their parts.
    """

    key: str
    source: str
    heartbeat: HeartbeatRule
    breaker: BreakerRule
    stall_after: int
    fields: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, ErrorRule] = field(default_factory=dict)
    battery: BatteryRule | None = None
    register: bool = True
    devices: str | None = None
    stage: Stage = "observe"
    act: ActRule | None = None
    accounts: tuple[Account, ...] = ()
