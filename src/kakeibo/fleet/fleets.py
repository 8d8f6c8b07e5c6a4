"""A fleet under way: its clock, in whole seconds, and what each second does, always in this order.

    1. messages received since the second before   rules.hear
    2. what people entered                         locks, releases
    3. devices whose time has come                 rules.elapse
    4. who goes out, comes back, or is held        the breaker
    5. commands that are due

The clock is driven from outside, by what was received: how the messages are cut into batches makes no difference. Where
nothing came from anybody for `stall_after`, it was us who did not look: that time is not measured, and not held against
any device.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import groupby

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from kakeibo.devices import BY_HAND, Fleet
from kakeibo.fleet import rules
from kakeibo.fleet.breaker import Breaker
from kakeibo.fleet.columns import Columns, state_of
from kakeibo.fleet.messages import MAX_ID, Message
from kakeibo.fleet.orders import FLEET, Change, Commands, Order, Sending, What
from kakeibo.fleet.rules import Device
from kakeibo.fleet.seconds import Seconds

_STRANGERS = 200
"""So many refused devices are kept by name; the others together under an empty one."""
_FEW = 32
"""Fewer messages than this are quicker one by one than in columns."""


class Running:
    """Every device of a fleet, in memory. `changes` and `sendings` gather what happened until somebody takes them."""

    def __init__(self, fleet: Fleet, columns: Columns | None = None, clock: int | None = None) -> None:
        self.fleet = fleet
        self.columns = columns or Columns(fleet)
        self.clock = clock
        self.seconds = Seconds()
        self.breaker = Breaker()
        self.held: set[int] = set()
        self.waiting: list[Message] = []
        self.commands = Commands(fleet.act)
        self.changes: list[Change] = []
        self.sendings: list[Sending] = []
        self.refused: Counter[str] = Counter()
        self.strangers: dict[str, int] = {}
        self.unknown_codes: Counter[str] = Counter()

    def advance(self, messages: Sequence[Message], until: int | None = None, orders: Sequence[Order] = ()) -> None:
        """Live through everything up to second `until`: no message received by then may come later.

        Left out: up to the second before the newest message, whose second may not be complete. Messages after `until`
        wait. One that was received before the clock is taken as received now: a clock that went back undoes nothing.
        """
        first = 0 if self.clock is None else self.clock * 1000 + 1
        known = [m if m.received >= first else replace(m, received=first) for m in (*self.waiting, *messages)]
        coming = [(-(-message.received // 1000), message) for message in known]
        coming.sort(key=lambda one: (one[0], one[1].received))
        if until is None:
            until = coming[-1][0] - 1 if coming else self.clock
        if until is None:
            return
        cut = bisect_right(coming, until, key=lambda one: one[0])
        self.waiting = [message for _, message in coming[cut:]]
        if self.clock is None:
            self._begin(coming[0][0] if cut else until)
        assert self.clock is not None  # for mypy: _begin has set it
        for second, batch in groupby(coming[:cut], key=lambda one: one[0]):
            self._pass(second)
            self._second(second, [message for _, message in batch], ())
        self._pass(until)
        if until > self.clock or orders:
            self._second(max(until, self.clock), (), orders)

    def stand_still(self, second: int, patience: int) -> None:
        """Nobody looked before `second`: that time is not measured, and no device is out for its silence before
        `patience` more seconds have passed. Call it before the messages received from then on."""
        if self.waiting:
            self.advance((), min(second - 1, max(-(-message.received // 1000) for message in self.waiting)))
        if self.clock is None or second <= self.clock + 1:
            return
        self.seconds.flow(self.clock)
        self.seconds.skip(second - 1)
        self.columns.resume(second - self.fleet.heartbeat.silent_after + patience)
        self.clock = second - 1

    def heard(self) -> int | None:
        """The second in which anything was last heard of any device."""
        newest = [message.received for message in self.waiting]
        if len(self.columns):
            newest.append(int(self.columns.last[: len(self.columns)].max()))
        return -(-max(newest) // 1000) if newest else None

    def due_by(self, second: int) -> bool:
        """Whether anything happens up to `second` though no message comes, or is left of the last one."""
        if self.clock is None or second <= self.clock:
            return False
        return self._next() <= second or any(message.received <= second * 1000 for message in self.waiting)

    def taken(self) -> tuple[list[Change], list[Sending]]:
        """What happened since the last time."""
        found = self.changes, self.sendings
        self.changes, self.sendings = [], []
        return found

    def begin_again(self) -> None:
        """All was read from the store: go on where the clock stopped."""
        used = slice(len(self.columns))
        self.seconds.count(self.columns.group[used], self.columns.state[used])
        self.seconds.until = self.clock
        self.held = {number for number, device in self.columns.special.items() if device.held}

    # -- time -------------------------------------------------------------------------------------------------------

    def _begin(self, second: int) -> None:
        self.clock = second - 1
        self.columns.grace = max(self.columns.grace, self.clock * 1000)
        self.seconds.skip(second - 1)

    def _pass(self, second: int) -> None:
        """The seconds before `second` in which no message came, as far as anything happens in them."""
        assert self.clock is not None
        if second - self.clock > self.fleet.stall_after:
            self.seconds.flow(self.clock)
            self.seconds.skip(second)
            self.columns.resume(second)
            return
        while (at := self._next()) < second:
            self._second(max(at, self.clock + 1), (), ())

    def _next(self) -> int:
        """The next second in which something happens though no message comes."""
        assert self.clock is not None
        times = [self.columns.next_due()]
        if (breaker := self.breaker.next_due(self.fleet.breaker)) is not None:
            times.append(breaker)
        if (command := self.commands.next_due()) is not None:
            times.append(command)
        return max(min(times), self.clock + 1)

    def _second(self, second: int, heard: Sequence[Message], orders: Sequence[Order]) -> None:
        self.seconds.flow(second)
        changed = self._hear(heard, second)
        for order in orders:
            changed |= self._order(order, second)
        for number in self.columns.overdue(second).tolist():
            device = self.columns.device(number)
            self.columns.put(number, rules.elapse(self.fleet, device, second, self.columns.grace))
            changed.add(number)
        self._settle(second, changed)
        for number, command, what in self.commands.due(second):
            if what != "unanswered":
                self.sendings.append(Sending(self.columns.names[number], command))
            self._note(number, second, what, detail=command.key(self.fleet.key, self.columns.names[number]))
        self.clock = second

    # -- messages ---------------------------------------------------------------------------------------------------

    def _hear(self, heard: Sequence[Message], second: int) -> set[int]:
        """The devices that may have changed their state."""
        if not heard:
            return set()
        numbers, odd = [], []
        for message in heard:
            number = self.columns.numbers.get(message.device)
            if number is None:
                number = self._register(message, second)
            elif message.region is not None or message.model is not None or message.firmware is not None:
                self._describe(number, message)
            numbers.append(number)
            odd.append(self._odd(message))
        many = len(heard) >= _FEW
        slow = self._beat(heard, np.array(numbers), np.array(odd)) if many else [n >= 0 for n in numbers]
        changed = set()
        for message, number, one in zip(heard, numbers, slow, strict=True):
            if one:
                self._hear_one(message, number, second)
                changed.add(number)
        return changed

    def _odd(self, message: Message) -> bool:
        """Whether it says more than that a device is well."""
        rule = self.fleet.battery
        low = rule is not None and message.battery is not None and message.battery < rule.out_below
        said = message.errors or message.retained or message.disabled or message.gone
        return bool(said) or low or message.answer is not None

    def _beat(self, heard: Sequence[Message], numbers: NDArray[np.int64], odd: NDArray[np.bool_]) -> list[bool]:
        """Messages of one second, all at once where nothing but a sign of life is in them; which ones are left."""
        columns = self.columns
        if not len(columns):  # all of them were refused
            return [False] * len(heard)
        sequence = np.array([-1 if m.sequence is None else m.sequence for m in heard], np.int64)
        trip = np.array([-1 if m.on_trip is None else m.on_trip for m in heard], np.int8)
        received = np.array([m.received for m in heard], np.int64)
        known = numbers >= 0
        _, inverse, counts = np.unique(numbers, return_inverse=True, return_counts=True)
        alone = counts[inverse] == 1
        newest = (sequence < 0) | (sequence > columns.sequence[numbers])
        quick = known & alone & ~odd & newest & columns.plain[numbers] & (columns.gone[numbers] == 0)
        columns.beat(numbers[quick], received[quick], sequence[quick], trip[quick])
        return [bool(one) for one in known & ~quick]

    def _hear_one(self, message: Message, number: int, second: int) -> None:
        before = self.columns.device(number)
        device = rules.hear(self.fleet, before, message, second)
        self._store(number, device)
        if device.gone != before.gone:
            self._come_or_go(number, second, "gone" if device.gone else "returned")
        for code in message.errors:
            if code not in self.fleet.errors:
                self.unknown_codes[code] += 1
        if message.answer is not None and self.commands.answered(
            number, message.answer, self.fleet.key, message.device
        ):
            self._note(number, second, "answered", detail=message.answer)

    def _register(self, message: Message, second: int) -> int:
        """The number of a device that is taken in; -1 when the book refuses it, or nothing but its past was heard."""
        if message.retained or message.gone:
            return -1
        if not self.fleet.register:
            self.refused[message.device] += 1
            known = message.device in self.strangers or len(self.strangers) < _STRANGERS
            name = message.device if known else ""
            self.strangers[name] = self.strangers.get(name, 0) + 1
            return -1
        return self.register(
            message.device, (message.region or "", message.model or "", message.firmware or ""), second
        )

    def register(self, name: str, group: tuple[str, str, str], second: int) -> int:
        """Take a device in, in service; it has been heard of just now."""
        number = self.columns.add(name[:MAX_ID], group, second * 1000)
        self.seconds.move(int(self.columns.group[number]), None, 0)
        self._note(number, second, "registered")
        return number

    def _come_or_go(self, number: int, second: int, what: What) -> None:
        """A device that leaves takes its commands along: nobody is there to follow them."""
        self.commands.under_way.pop(number, None)
        self._note(number, second, what)

    def _describe(self, number: int, message: Message) -> None:
        """What a device says of itself may change, as with new firmware: its time counts there from now on."""
        groups = list(self.columns.groups)
        held = groups[self.columns.group[number]]
        said = (message.region, message.model, message.firmware)
        group = tuple(held[n] if one is None else one for n, one in enumerate(said))
        if group != held:
            state, new = int(self.columns.state[number]), self.columns.group_of((group[0], group[1], group[2]))
            self.seconds.move(int(self.columns.group[number]), state, None)
            self.seconds.move(new, None, state)
            self.columns.group[number] = new
            self.columns.regrouped.add(number)

    # -- people -----------------------------------------------------------------------------------------------------

    def _order(self, order: Order, second: int) -> set[int]:
        if order.verb == "let_go":
            self.breaker.passed_until = second + self.fleet.breaker.within
            self._note(FLEET, second, "let_go", detail=order.words, author=order.author)
            return set(self.held)
        number = self.columns.numbers.get(order.device)
        if number is None:
            return set()
        device = self.columns.device(number)
        if order.verb == "lock" and order.reason:
            device = rules.lock(device, order.reason, order.words, second)
        elif order.verb == "release":
            device = rules.release(device, second)
        elif order.verb == "retire":
            device = rules.leave(device, "retired")
            self.commands.under_way.pop(number, None)
        elif not self.commands.confirm(number, second):
            return set()
        self._store(number, device)
        self.changes.append(Change(number, second, order.verb, order.reason, 0, order.words, author=order.author))
        return {number}

    # -- who goes out -----------------------------------------------------------------------------------------------

    def _settle(self, second: int, changed: set[int]) -> None:
        """Make of what the devices' causes want what becomes of them."""
        going: set[int] = set()
        for number in sorted(changed):
            device = self.columns.device(number)
            cause = rules.wanted(device)
            if cause is not None and device.out is None and cause.reason not in BY_HAND:
                going.add(number)
            elif cause != device.out or device.held:
                self._become(number, device, cause, second)
        waiting = (self.held | going) - (changed - going)
        if waiting or self.breaker.held_since is not None:
            self._decide(second, waiting, going)

    def _decide(self, second: int, waiting: set[int], going: set[int]) -> None:
        rule, before = self.fleet.breaker, self.breaker.held_since
        ahead = self.columns.silent_until(second + rule.ahead)
        size = self.columns.expected()
        holds = self.breaker.holds(rule, size, second, going=len(waiting), ahead=ahead)
        if holds and before is None:
            self._note(FLEET, second, "breaker_holds", detail=str(size), fact=len(waiting) + ahead)
        if before is not None and not holds:
            self._note(FLEET, second, "breaker_ends", fact=len(waiting))
        if holds:
            for number in sorted(going - self.held):
                device = self.columns.device(number)
                self._store(number, replace(device, held=True))
                self._note_cause(number, second, "held", device.causes[0])
        else:
            for number in sorted(waiting):
                device = self.columns.device(number)
                self._become(number, device, rules.wanted(device), second)
            self.breaker.let_out(second, len(waiting))

    def _become(self, number: int, device: Device, cause: rules.Cause | None, second: int) -> None:
        out = device.out
        self._store(number, replace(device, out=cause, held=False, changed=second))
        if cause and out is None:
            self._note_cause(number, second, "out", cause)
            self._command(number, "out", second)
        elif cause:
            self._note_cause(number, second, "reason", cause)
        elif out:
            self._note_cause(number, second, "back", out)
            self._command(number, "back", second)
        elif device.held:
            self._note(number, second, "recovered")

    def _command(self, number: int, verb: str, second: int) -> None:
        if self.fleet.stage == "observe" or self.fleet.act is None:
            return
        proposed = self.fleet.stage == "propose"
        if what := self.commands.decide(number, "out" if verb == "out" else "back", second, proposed=proposed):
            self._note(number, second, what, detail=verb)

    def _store(self, number: int, device: Device) -> None:
        before = int(self.columns.state[number])
        self.columns.put(number, device)
        self.seconds.move(int(self.columns.group[number]), before, state_of(device))
        if device.held:
            self.held.add(number)
        else:
            self.held.discard(number)

    def _note_cause(self, number: int, second: int, what: What, cause: rules.Cause) -> None:
        self.changes.append(Change(number, second, what, cause.reason, cause.since, cause.detail, cause.fact))

    def _note(self, number: int, second: int, what: What, detail: str = "", author: str = "", fact: int = 0) -> None:
        self.changes.append(Change(number, second, what, detail=detail, author=author, fact=fact))
