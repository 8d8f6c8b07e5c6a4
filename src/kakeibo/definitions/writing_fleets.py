"""The section fleets, written: model objects -> what YAML shows. What is usual is left out."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

from kakeibo.definitions.quantities import share
from kakeibo.definitions.writing_values import rules, title, window, without
from kakeibo.devices import Account, ActRule, BreakerRule, Fleet, HeartbeatRule
from kakeibo.model import Journey, Slo

MILLION: Final = 1_000_000
_UNITS: Final = {"d": 86_400, "h": 3600, "m": 60}


def fleet(one: Fleet, journey: Journey, timezone: str) -> dict[str, Any]:
    """A fleet and the journey that it is; `timezone` is the organisation's."""
    third = max(one.heartbeat.silent_after // 3, 1)
    battery = one.battery and {
        "out_below": _charge(one.battery.out_below),
        "back_above": _charge(one.battery.back_above),
    }
    return without({
        "title": title(journey.title),
        "service": journey.service,
        "source": one.source,
        "fields": dict(one.fields) or None,
        "unknown_devices": None if one.register else "refuse",
        "devices": one.devices,
        "heartbeat": _heartbeat(one.heartbeat),
        "errors": {code: {"more_than": rule.more_than, "within": seconds(rule.within),
                          "back_after": seconds(rule.back_after)} for code, rule in one.errors.items()} or None,
        "battery": battery,
        "breaker": _breaker(one.breaker, third),
        "stall_after": seconds(one.stall_after) if one.stall_after != third else None,
        "stage": one.stage if one.stage != "observe" else None,
        "act": one.act and _act(one.act),
        "slos": {slo.name.partition("/")[2]: _objective(slo, one, timezone) for slo in journey.slos},
    })  # fmt: skip


def seconds(length: int) -> str:
    """A length of time as the section writes it: 30s, 15m, 1h, 2d."""
    unit = next((unit for unit, size in _UNITS.items() if length % size == 0), "s")
    return f"{length // _UNITS.get(unit, 1)}{unit}"


def _charge(millionths: int) -> str:
    return share(Fraction(millionths, MILLION))


def _heartbeat(rule: HeartbeatRule) -> dict[str, Any]:
    usual = (rule.messages, rule.within) == (3, max(rule.silent_after // 3, 1))
    back = None if usual else {"messages": rule.messages, "within": seconds(rule.within)}
    return without({"silent_after": seconds(rule.silent_after), "back_after": back})


def _breaker(rule: BreakerRule, third: int) -> dict[str, Any] | None:
    if rule == BreakerRule(Fraction(1, 5), 600, third):
        return None
    return without({
        "more_than": share(rule.more_than),
        "within": seconds(rule.within),
        "ahead": seconds(rule.ahead) if rule.ahead != third else None,
        "at_least": rule.at_least if rule.at_least != 10 else None,
    })  # fmt: skip


def _act(rule: ActRule) -> dict[str, Any]:
    usual = ActRule(rule.channel)
    return without({
        "channel": rule.channel,
        "target": rule.target or None,
        "confirm_within": seconds(rule.confirm_within) if rule.confirm_within != usual.confirm_within else None,
        "tries": rule.tries if rule.tries != usual.tries else None,
    })  # fmt: skip


def _objective(slo: Slo, one: Fleet, timezone: str) -> dict[str, Any]:
    return without({
        "target": share(slo.target),
        "window": window(slo.window, timezone),
        "alerts": rules(slo.alerts),
        "minimum_bad": slo.minimum_bad,
        "owner": slo.owner,
        "split": _split(slo, {account.slo: account for account in one.accounts}) or None,
    })  # fmt: skip


def _split(slo: Slo, accounts: Mapping[str, Account]) -> dict[str, Any]:
    """By what, and the parts with what is special about them; the reader adds the part for all else."""
    found: dict[str, dict[str, Any]] = {}
    for part in slo.parts:
        account = accounts[part.name]
        if account.rest:
            continue
        name = part.name.removeprefix(f"{slo.name}/{account.by}-")
        found.setdefault(account.by, {})[name] = without({
            "values": list(account.values) if account.values != (name,) else None,
            "owner": part.owner if part.owner != slo.owner else None,
            "target": share(part.target) if part.target != slo.target else None,
            "alerts": rules(part.alerts or None),
        })  # fmt: skip
    return {by: parts if any(parts.values()) else list(parts) for by, parts in found.items()}
