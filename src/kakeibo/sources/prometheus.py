"""Prometheus, or whatever speaks its HTTP API: counters that a server has scraped.

There are no lines and no columns: an SLO is two queries (sources/promql.py), and engines/prometheus.py asks them.
"""

from __future__ import annotations

import os
import re
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

from kakeibo.errors import OptionError, SourceError
from kakeibo.i18n import t
from kakeibo.model import Source
from kakeibo.sources.kinds import Kind

_TEXT: Final = {"type": "string"}
_UNITS: Final = {"m": 1, "h": 60, "d": 1440, "w": 7 * 1440, "y": 365 * 1440}
_STEPS: Final = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60)
DEFAULT_HISTORY: Final = 400 * 1440
"""Minutes looked back at most, where neither the book nor the server says how far: the longest window there is."""


class Prometheus(Kind):
    """Where the server is, how to be let in, and how far back to count."""

    KIND = "prometheus"
    COMMON = ("type",)
    REQUIRED = ("url",)
    OPTIONS: ClassVar[dict[str, dict[str, Any]]] = {
        "url": {**_TEXT, "description": "Where the server is. Example: `url: http://localhost:9090`"},
        "username": {**_TEXT, "description": "Who we are, where a password is asked for. Example: `username: kakeibo`"},
        "password_env": {
            **_TEXT,
            "description": "The environment variable with the password. Example: `password_env: METRICS_PASSWORD`",
        },
        "token_env": {
            **_TEXT,
            "description": "The environment variable with a bearer token. Example: `token_env: METRICS_TOKEN`",
        },
        "ca": {**_TEXT, "description": "A file with the certificates to trust. Example: `ca: internal-ca.pem`"},
        "history": {
            **_TEXT,
            "description": "How far back to count at first. Left out: what the server keeps. Example: `history: 90d`",
        },
        "step": {
            **_TEXT,
            "description": "The [$window] of expressions, where scrapes are far apart. Example: `step: 5m`",
        },
    }

    def __init__(self, source: Source) -> None:
        """Raises OptionError."""
        super().__init__(source)
        self.refuse_keys_of_logs()
        self.url = _url(self.option("url", str, ""))
        self.username: str = self.option("username", str, "")
        self.password_env: str = self.option("password_env", str, "")
        self.token_env: str = self.option("token_env", str, "")
        if bool(self.username) != bool(self.password_env):
            missing = "password_env" if self.username else "username"
            given = "username" if self.username else "password_env"
            raise OptionError(
                t("{given} needs {missing}", given=given, missing=missing),
                t("add {missing}:", missing=missing),
                (given,),
            )
        if self.username and self.token_env:
            raise OptionError(
                t("a server takes a password or a token, not both"), t("remove one of them"), ("token_env",)
            )
        ca: str = self.option("ca", str, "")
        self.ca = str(source.base / ca) if ca else ""
        self.history: int | None = self._minutes("history")
        self.step: int = self._minutes("step") or 1
        if self.step not in _STEPS:
            raise OptionError(t("step must divide an hour: 1m, 2m, 5m, 10m, ..."), "", ("step",))

    def _minutes(self, key: str) -> int | None:
        text: str = self.option(key, str, "")
        found = re.fullmatch(r"([1-9][0-9]{0,5})([mhdwy])", text, re.ASCII)
        if text and not found:
            raise OptionError(
                t(
                    "{key} must be a length of time such as {example}, not {found}",
                    key=key,
                    example="5m" if key == "step" else "90d",
                    found=repr(text),
                ),
                "",
                (key,),
            )
        return int(found[1]) * _UNITS[found[2]] if found else None


def _url(text: str) -> str:
    example = t("write it like this: {example}", example='url: "http://localhost:9090"')
    if not text:
        raise OptionError(t("the key '{key}' is missing", key="url"), example)
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise OptionError(t("that is no address"), example, ("url",)) from None
    if parts.username or parts.password:
        mend = t("write username: and password_env: with the name of an environment variable")
        raise OptionError(t("a password does not belong in the book"), mend, ("url",))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise OptionError(t("that is no address"), example, ("url",))
    return text.rstrip("/")


def secret(variable: str) -> str:
    """What an environment variable holds. Raises SourceError when it is not set: nobody would let us in."""
    value = os.environ.get(variable, "").strip()
    if not value:
        raise SourceError(t("the environment variable {name} is not set", name=variable), t("set it and run again"))
    return value
