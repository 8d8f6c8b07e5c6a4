"""A fleet judged as simply as can be: every second, every device, with all that was ever received kept in lists."""

from __future__ import annotations

from dataclasses import dataclass, field

from kakeibo.devices import Fleet
from kakeibo.fleet.messages import Message


@dataclass
class PlainDevice:
    last: int
    heard: list[int] = field(default_factory=list)  # since it was lost
    lost: bool = False
    newest: int | None = None
    numbers: set[int] = field(default_factory=set)
    on_trip: bool = False
    failures: dict[str, list[int]] = field(default_factory=dict)
    causes: list[str] = field(default_factory=list)
    out: str | None = None
    away: bool = False
    retired: bool = False

    def leave(self) -> None:
        self.away, self.on_trip, self.heard, self.failures = True, False, [], {}
        self.causes = [cause for cause in self.causes if cause == "manual"]
        self.out = self.out if self.out == "manual" else None

    def hear(self, rules: Fleet, message: Message) -> None:
        if message.retained or self.retired:
            return
        if message.gone:
            self.leave()
            return
        self.away = False
        fresh = True
        if (number := message.sequence) is not None:
            if self.newest is None or number > self.newest or number <= self.newest - 64:
                goes_on = self.newest is not None and number > self.newest
                self.numbers = {*(self.numbers if goes_on else ()), number}
                self.newest = number
            elif number in self.numbers:
                return
            else:
                self.numbers.add(number)
                fresh = False
        self.last = max(self.last, message.received)
        if "heartbeat" in self.causes:
            self.heard.append(message.received)
            lately = self.heard[-rules.heartbeat.messages :]
            if len(lately) == rules.heartbeat.messages and lately[-1] - lately[0] <= rules.heartbeat.within * 1000:
                self.causes.remove("heartbeat")
                self.heard = []
        for code in message.errors:
            if (rule := rules.errors.get(code)) is None:
                continue
            times = self.failures.setdefault(code, [])
            times.append(message.received)
            close = [one for one in times if one >= times[-1] - rule.within * 1000]
            if len(close) > rule.more_than and code not in self.causes:
                self.causes.append(code)
        if fresh and message.on_trip is not None:
            self.on_trip = message.on_trip
        if fresh and message.battery is not None and rules.battery:
            if message.battery < rules.battery.out_below and "battery" not in self.causes:
                self.causes.append("battery")
            elif message.battery >= rules.battery.back_above and "battery" in self.causes:
                self.causes.remove("battery")

        if fresh and message.disabled is not None and message.disabled != ("disabled" in self.causes):
            (self.causes.append if message.disabled else self.causes.remove)("disabled")

    def second(self, rules: Fleet, second: int, grace: int) -> None:
        if self.away:
            return
        for code in [cause for cause in self.causes if cause in rules.errors]:
            if (second - rules.errors[code].back_after) * 1000 >= self.failures[code][-1]:
                self.causes.remove(code)
                self.failures[code] = []
        if "heartbeat" not in self.causes and (second - rules.heartbeat.silent_after) * 1000 >= max(self.last, grace):
            self.causes.append("heartbeat")
            self.heard = []
        if self.out is not None or not self.on_trip:
            self.out = self.causes[0] if self.causes else None


class PlainFleet:
    def __init__(self, rules: Fleet) -> None:
        self.rules = rules
        self.devices: dict[str, PlainDevice] = {}
        self.clock: int | None = None
        self.grace = 0
        self.in_service = self.out = 0

    def live(self, messages: list[Message], until: int) -> None:
        """`messages` are in the order of their seconds, none of them before the clock."""
        seconds = sorted({-(-message.received // 1000) for message in messages} | {until})
        for second in seconds:
            if self.clock is None:
                self.clock = second - 1
            elif second - self.clock > self.rules.stall_after:
                self.grace, self.clock = second * 1000, second - 1
                for one in self.devices.values():
                    self._unmeasured(one)
            while self.clock < second:
                self._count()
                self.clock += 1
                heard = [m for m in messages if -(-m.received // 1000) == self.clock]
                for message in sorted(heard, key=lambda message: message.received):
                    if message.device not in self.devices and not (message.retained or message.gone):
                        self.devices[message.device] = PlainDevice(self.clock * 1000)
                    if message.device in self.devices:
                        self.devices[message.device].hear(self.rules, message)
                for device in self.devices.values():
                    device.second(self.rules, self.clock, self.grace)

    def _count(self) -> None:
        for device in self.devices.values():
            self.in_service += not device.away and device.out is None
            self.out += not device.away and device.out is not None

    def _unmeasured(self, device: PlainDevice) -> None:
        """The second before the first one that is judged again is not measured either: take back what will be added."""
        self.in_service -= not device.away and device.out is None
        self.out -= not device.away and device.out is not None
