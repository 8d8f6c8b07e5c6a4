"""Access logs of any size for benchmarks: fast to write, in bounded memory, with the spread of real ones.

All but time and request id comes from a pool of rendered endings: what a reader must do for a line is the same, and ten
million lines are written in seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Literal

import numpy as np

from kakeibo.simulate.access import addresses, msec, seconds, texts
from kakeibo.simulate.dice import Dice, Ints
from kakeibo.simulate.traffic import LONGEST_MS, durations

OPERATIONS = (
    "PlayVideo", "SaveProgress", "SearchCourses", "GetCourse", "LogIn", "SubmitQuiz",
    "GetProfile", "BuyCourse", "GetCart", "ListReviews", "PostReview", "お知らせ一覧",
)  # fmt: skip
CODES = ("", "SYSTEM", "TIMEOUT", "BAD_USER_INPUT", "UNAUTHENTICATED", "NOT_FOUND")
START = datetime(2026, 9, 1, tzinfo=timezone(timedelta(hours=9)))

_POOL = 1 << 16
_BLOCK = 20_000
_CODE_SHARES = (9700, 20, 10, 150, 80, 40)  # in 10,000
_AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{} Safari/537.36"


def write_access_log(
    path: Path, lines: int, seed: int, *, per_second: int = 333, form: Literal["json", "combined"] = "json"
) -> None:
    """Write `lines` lines from START on, `per_second` in each second, to `path`.

    "json" has the keys of a scenario's access log; "combined" is nginx's format with the request time at the end.
    """
    dice = Dice(seed, "bench", form)
    endings = texts(_endings(dice, _json_ending if form == "json" else _combined_ending))
    with path.open("w", encoding="utf-8", newline="\n") as log:
        for first in range(0, lines, _BLOCK):
            number = np.arange(first, min(first + _BLOCK, lines), dtype=np.int64)
            since_start = number * 1000 // per_second
            ending = endings[dice.below(_POOL, len(number))].tolist()
            if form == "json":
                log.writelines(_json(since_start, ending, dice))
            else:
                log.writelines(_combined(since_start, ending, dice))


def _json(since_start: Ints, endings: list[str], dice: Dice) -> list[str]:
    times = _stamps(since_start, lambda moment: moment.isoformat())
    exact = msec(since_start + int(START.timestamp()) * 1000)
    template = '{"time":"%s","msec":%s,"request_id":"%s",%s'
    columns = zip(times, exact, dice.hexes(32, len(endings)), endings, strict=True)
    return [template % fields for fields in columns]


def _combined(since_start: Ints, endings: list[str], dice: Dice) -> list[str]:
    times = _stamps(since_start, lambda moment: f"{moment:%d}/{_MONTHS[moment.month - 1]}/{moment:%Y:%H:%M:%S %z}")
    hosts = addresses()[dice.below(len(addresses()), len(endings))].tolist()
    return [f"{host} - - [{time}] {ending}" for host, time, ending in zip(hosts, times, endings, strict=True)]


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")  # in every locale


def _stamps(since_start: Ints, render: Callable[[datetime], str]) -> list[str]:
    """Each second of the block rendered once."""
    distinct, place = np.unique(since_start // 1000, return_inverse=True)
    rendered = texts([render(START + timedelta(seconds=second)) for second in distinct.tolist()])
    stamps: list[str] = rendered[place].tolist()
    return stamps


def _endings(dice: Dice, render: Callable[[int, int, int, str, str, str], str]) -> list[str]:
    """The pool: `render(operation, code, size, duration, address, agent)` for `_POOL` draws."""
    operation = dice.below(len(OPERATIONS), _POOL)
    code = np.repeat(np.arange(len(CODES)), _CODE_SHARES)[dice.below(sum(_CODE_SHARES), _POOL)]
    agents = texts([_AGENT.format(f"{major}.0.{major * 7}.{major % 9}") for major in range(90, 130)])
    columns = (
        operation.tolist(),
        code.tolist(),
        (200 + dice.below(9000, _POOL)).tolist(),
        seconds()[durations(dice, 30 + 15 * operation, LONGEST_MS)].tolist(),
        addresses()[dice.below(len(addresses()), _POOL)].tolist(),
        agents[dice.below(len(agents), _POOL)].tolist(),
    )
    return [render(*fields) for fields in zip(*columns, strict=True)]


def _json_ending(operation: int, code: int, size: int, duration: str, address: str, agent: str) -> str:
    return (
        f'"remote_addr":"{address}","method":"POST","uri":"/graphql","status":200,"bytes":{size},'
        f'"request_time":{duration},"upstream_response_time":"{duration}",'
        f'"http_x_graphql_operation":"{OPERATIONS[operation]}","upstream_http_x_graphql_error":"{CODES[code]}",'
        f'"http_user_agent":"{agent}"}}\n'
    )


def _combined_ending(operation: int, code: int, size: int, duration: str, address: str, agent: str) -> str:
    status = (200, 500, 504, 400, 401, 404)[code]
    target = f"/api/journeys/{operation}/courses?session={address}&page={size}"
    referer = f"https://manabi.example/courses/{size}/lessons/{operation}"
    return f'"POST {target} HTTP/1.1" {status} {size} "{referer}" "{agent}" {duration}\n'
