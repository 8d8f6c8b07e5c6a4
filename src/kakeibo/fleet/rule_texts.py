"""The rules of a fleet as the ledger keeps them: by what its seconds were judged, so that a change of it is seen."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from kakeibo.devices import Fleet


def rules_in_words(fleet: Fleet) -> str:
    """All that decides who is out, a line each, in the terms of the book; lengths are seconds. Whom commands go to, and
    at what stage, decides nothing."""
    rules: dict[str, Any] = {"heartbeat": asdict(fleet.heartbeat)}
    rules |= {f"errors {code}": asdict(rule) for code, rule in sorted(fleet.errors.items())}
    rules["battery"] = asdict(fleet.battery) if fleet.battery else {"-": "-"}
    rules["breaker"] = asdict(fleet.breaker)
    rules["stall_after"] = {"seconds": fleet.stall_after}
    rules["unknown_devices"] = {"": "register" if fleet.register else "refuse"}
    rules["devices"] = {"": fleet.devices or "-"}
    rules["fields"] = dict(sorted(fleet.fields.items()))
    return "\n".join(f"{name}: {_line(values)}" for name, values in rules.items())


def _line(values: dict[str, Any]) -> str:
    return ", ".join(f"{key} {value}".strip() for key, value in values.items()) or "-"
