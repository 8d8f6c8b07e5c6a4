"""A Prometheus server, asked for the alerts that fired over a stretch of time."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any, Final

from kakeibo.app.alert_notes import Note, of_matrix
from kakeibo.clock import MINUTES_PER_DAY
from kakeibo.errors import UsageError
from kakeibo.i18n import t

QUERY: Final = 'ALERTS{alertstate="firing"}'
_STRETCH: Final = 5 * MINUTES_PER_DAY
"""Minutes asked for at once: Prometheus answers with at most 11,000 points a series."""

_TIMEOUT: Final = 60
_SECONDS: Final = 60


def ask(server: str, from_minute: int, to_minute: int) -> list[Note]:
    """The alerts that fired in [from, to), minute by minute. Raises UsageError when the server does not say."""
    result: list[Any] = []
    for start in range(from_minute, to_minute, _STRETCH):
        answer = _answer(server, start, min(start + _STRETCH, to_minute) - 1)
        result += answer["data"]["result"]
    return of_matrix({"data": {"resultType": "matrix", "result": result}}, server)


def _answer(server: str, first: int, last: int) -> Mapping[str, Any]:
    asked = {"query": QUERY, "start": first * _SECONDS, "end": last * _SECONDS, "step": _SECONDS}
    url = f"{server.rstrip('/')}/api/v1/query_range?{urllib.parse.urlencode(asked)}"
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT) as response:  # http and https alone come here
            answer = json.loads(response.read())
        if answer["status"] == "success" and isinstance(answer["data"]["result"], list):
            found: Mapping[str, Any] = answer
            return found
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise _silent(server, str(reason)) from None
    except (KeyError, TypeError):
        pass
    raise _silent(server, t("this is no answer of Prometheus"))


def _silent(server: str, reason: str) -> UsageError:
    return UsageError(
        t("{server} does not say which alerts fired: {reason}", server=server, reason=reason),
        t("give the address of a Prometheus server, like http://localhost:9090, or a file"),
    )
