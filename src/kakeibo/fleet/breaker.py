"""The breaker, pure: when too many devices would go out at once, the fault is probably ours. Nothing goes out then."""

from __future__ import annotations

import msgspec

from kakeibo.devices import BreakerRule


class Breaker(msgspec.Struct):
    """Its state. `held_since`: None while it does not hold. `outs`: (second, devices) that rules took out lately.

    `passed_until`: somebody decided that the devices are really out; until then it does not hold again. `calm_since`:
    few would go out since then.
    """

    held_since: int | None = None
    calm_since: int | None = None
    outs: list[tuple[int, int]] = []
    passed_until: int = 0

    def holds(self, rule: BreakerRule, size: int, second: int, *, going: int, ahead: int) -> bool:
        """Whether the devices that are `going` out are held; changes `held_since`.

        `going` includes those held already; `ahead`: how many more will be due within the rule's time ahead. Once it
        holds, it lets go when no more than half of the allowed share would have gone out for that time: devices that
        come back together do not speak in the same second either.
        """
        self.outs = [(at, n) for at, n in self.outs if at > second - rule.within]
        if second < self.passed_until:
            self.held_since = self.calm_since = None
            return False
        would = going + ahead + sum(n for _, n in self.outs)
        if self.held_since is None:
            self.held_since = second if self._many(rule, size, would) else None
        elif not self._few(rule, size, would):
            self.calm_since = None
        elif self.calm_since is None:
            self.calm_since = second
        elif second >= self.calm_since + rule.ahead:
            self.held_since = self.calm_since = None
        return self.held_since is not None

    def next_due(self, rule: BreakerRule) -> int | None:
        """The next second in which it may let go though nobody speaks."""
        if self.held_since is None:
            return None
        times = [at + rule.within for at, _ in self.outs[:1]]
        return min([*times, *([] if self.calm_since is None else [self.calm_since + rule.ahead])], default=None)

    def let_out(self, second: int, devices: int) -> None:
        if devices:
            self.outs.append((second, devices))

    @staticmethod
    def _many(rule: BreakerRule, size: int, would: int) -> bool:
        return would >= rule.at_least and would * rule.more_than.denominator > rule.more_than.numerator * size

    @staticmethod
    def _few(rule: BreakerRule, size: int, would: int) -> bool:
        return 2 * would * rule.more_than.denominator <= rule.more_than.numerator * size or would < rule.at_least
