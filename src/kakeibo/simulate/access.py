"""Requests -> lines as nginx writes them with `log_format ... escape=json`, in the order of their end.

Formatting is what a simulation costs: everything that repeats is rendered once and picked by index.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, time
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from kakeibo.clock import zone
from kakeibo.simulate.dice import Dice, Ints
from kakeibo.simulate.scenario import Scenario
from kakeibo.simulate.traffic import LONGEST_MS, Requests

Texts = NDArray[np.object_]

_LINE = (
    '{"time":"%s%%s%s","msec":%%s,"remote_addr":"%%s",%%s,"bytes":%%d,"request_time":%%s,'
    '"upstream_response_time":"%%s",%%s,"request_id":"%%s","http_user_agent":"%%s"}\n'
)
_DOCUMENTATION_NETS = ("192.0.2", "198.51.100", "203.0.113")  # addresses that nobody has (RFC 5737)


def texts(values: list[str]) -> Texts:
    """Strings to be picked by index, many at a time."""
    return np.array(values, dtype=np.object_)


@lru_cache
def clock_times() -> Texts:
    """HH:MM:SS of every second of a day."""
    return texts([f"{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}" for s in range(86_400)])


@lru_cache
def seconds() -> Texts:
    """nginx's way to write 0 ... LONGEST_MS milliseconds: 0.083."""
    return texts([f"{ms // 1000}.{ms % 1000:03}" for ms in range(LONGEST_MS + 1)])


@lru_cache
def addresses() -> Texts:
    return texts([f"{net}.{host}" for net in _DOCUMENTATION_NETS for host in range(1, 255)])


def lines(scenario: Scenario, seed: int, day: date, requests: Requests) -> list[str]:
    """One line, with its line end, for each request of the day."""
    dice = Dice(seed, scenario.name, "lines", day)
    size = len(requests)
    midnight = datetime.combine(day, time(), tzinfo=zone(scenario.timezone))
    offset = midnight.isoformat()[-6:]
    since_1970 = int(midnight.timestamp()) * 1000 + requests.at_ms
    sizes = np.array([each.size for each in scenario.operations])[requests.operation]
    columns: tuple[list[object], ...] = (
        clock_times()[requests.at_ms // 1000].tolist(),
        msec(since_1970),
        addresses()[dice.below(len(addresses()), size)].tolist(),
        _once(_target(scenario), requests.operation * 1000 + requests.status),
        (sizes * (600 + dice.below(800, size)) // 1000 + 20).tolist(),
        seconds()[requests.duration_ms].tolist(),
        _upstream_times(scenario, requests, dice),
        _once(_headers(scenario), requests.operation * 1000 + requests.code),
        list(dice.hexes(32, size)),
        texts(list(scenario.user_agents))[dice.below(len(scenario.user_agents), size)].tolist(),
    )
    template = _LINE % (f"{day.isoformat()}T", offset)
    return [template % fields for fields in zip(*columns, strict=True)]


def msec(since_1970: Ints) -> list[object]:
    """nginx's $msec: seconds since 1970 with milliseconds."""
    return [f"{ms // 1000}.{ms % 1000:03}" for ms in since_1970.tolist()]


def broken(line: str, dice: Dice) -> bytes:
    """What a full disk, a lost power supply or a dying process leaves in place of a line; never readable JSON."""
    kind = dice.one(3)
    if kind == 0:
        return line.encode()[: 40 + dice.one(120)] + b"\n"
    if kind == 1:
        return b"\0" * (16 + dice.one(200)) + b"\n"
    noise = dice.below(255, 60 + dice.one(100)).astype(np.uint8).tobytes()
    return b"\xff" + noise.replace(b"\n", b"\xfe").replace(b"\r", b"\xfe") + b"\n"


def _once(render: Callable[[int, int], str], keys: Ints) -> list[object]:
    """`render(key // 1000, key % 1000)` for each key, rendering each distinct one once."""
    distinct, place = np.unique(keys, return_inverse=True)
    rendered: list[object] = texts([render(*divmod(key, 1000)) for key in distinct.tolist()])[place].tolist()
    return rendered


def _target(scenario: Scenario) -> Callable[[int, int], str]:
    def render(operation: int, status: int) -> str:
        each = scenario.operations[operation]
        return f'"method":"{each.method}","uri":"{each.uri}","status":{status}'

    return render


def _headers(scenario: Scenario) -> Callable[[int, int], str]:
    def render(operation: int, code: int) -> str:
        name = json.dumps(scenario.operations[operation].name, ensure_ascii=False)
        return f'"http_x_graphql_operation":{name},"upstream_http_x_graphql_error":"{scenario.codes[code]}"'

    return render


def _upstream_times(scenario: Scenario, requests: Requests, dice: Dice) -> list[object]:
    """About the request's own time; "" where nginx answered by itself."""
    asked = np.array([each.upstream for each in scenario.operations])[requests.operation]
    times = seconds()[np.maximum(requests.duration_ms - dice.below(2, len(requests)), 0)]
    times[~asked] = ""
    upstream: list[object] = times.tolist()
    return upstream
