"""What people enter about devices, and what is sent to these: both end in the history."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from kakeibo.devices import ActRule, Reason

Verb = Literal["lock", "release", "retire", "confirm", "let_go"]
"""lock, release: a device by hand; retire: it is not expected any more; confirm: a proposal; let_go: the breaker."""

What = Literal[
    "registered",
    "out",
    "back",
    "reason",
    "held",
    "recovered",
    "breaker_holds",
    "breaker_ends",
    "gone",
    "returned",
    "lock",
    "release",
    "retire",
    "let_go",
    "confirm",
    "proposed",
    "commanded",
    "repeated",
    "answered",
    "unanswered",
]

FLEET: Final = -1
"""The number under which the history has what is about the whole fleet."""


class Order(msgspec.Struct, frozen=True):
    """What somebody entered; `device` is empty when it is about the fleet. `id` is the store's number for it."""

    id: int
    verb: Verb
    device: str
    reason: Reason | None
    words: str
    author: str


class Change(msgspec.Struct, frozen=True):
    """One line of the history. `number`: the device's, or FLEET. `reason`, `since`, `detail`, `fact`: as of a Cause."""

    number: int
    at: int
    what: What
    reason: Reason | None = None
    since: int = 0
    detail: str = ""
    fact: int = 0
    author: str = ""


class Command(msgspec.Struct, frozen=True):
    """What the device shall do. Not sent before it is confirmed when `proposed`; due again at `due`."""

    verb: Literal["out", "back"]
    at: int
    proposed: bool = False
    tries: int = 0
    due: int = 0

    def key(self, fleet: str, device: str) -> str:
        """What names it: in the letter, in the device's answer, in the history."""
        return f"{fleet}/{device}/{self.at}/{self.verb}"


class Sending(msgspec.Struct, frozen=True):
    """A command that is to be put into the outbox now."""

    device: str
    command: Command


class Commands:
    """The commands under way, by device's number: one each, the newest decision."""

    def __init__(self, rule: ActRule | None, under_way: dict[int, Command] | None = None) -> None:
        self.rule = rule
        self.under_way = under_way or {}

    def decide(self, number: int, verb: Literal["out", "back"], second: int, *, proposed: bool) -> What | None:
        """A decision that is to become a command; one that takes back what nobody has confirmed is none."""
        held = self.under_way.get(number)
        if held and held.proposed and held.verb != verb:
            del self.under_way[number]
            return None
        self.under_way[number] = Command(verb, second, proposed, due=second)
        return "proposed" if proposed else None

    def confirm(self, number: int, second: int) -> bool:
        held = self.under_way.get(number)
        if held is None or not held.proposed:
            return False
        self.under_way[number] = Command(held.verb, held.at, due=second)
        return True

    def answered(self, number: int, answer: str, fleet: str, device: str) -> bool:
        """Whether `answer` confirms the command under way, which is then done."""
        held = self.under_way.get(number)
        if held is None or held.proposed or answer != held.key(fleet, device):
            return False
        del self.under_way[number]
        return True

    def due(self, second: int) -> list[tuple[int, Command, What]]:
        """What is to be sent now: for the first time, or again because nobody answered; given up after the last try."""
        if self.rule is None:
            return []
        found: list[tuple[int, Command, What]] = []
        for number, held in [*self.under_way.items()]:
            if held.proposed or held.due > second:
                continue
            if held.tries >= self.rule.tries:
                del self.under_way[number]
                found.append((number, held, "unanswered"))
                continue
            sent = Command(held.verb, held.at, False, held.tries + 1, second + self.rule.confirm_within)
            self.under_way[number] = sent
            found.append((number, sent, "repeated" if held.tries else "commanded"))
        return found

    def next_due(self) -> int | None:
        return min((one.due for one in self.under_way.values() if not one.proposed), default=None)
