"""A broker of MQTT whose messages are those of a fleet: where it is, and which part of a topic says what.

A topic such as `fleet/{region}/{device}/state`: the levels in braces are what the message says, as if its payload had
it; `+` and `#` stand for what is not looked at.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar, Final

from kakeibo import mqtt
from kakeibo.devices import ATTRIBUTES
from kakeibo.errors import OptionError
from kakeibo.i18n import t
from kakeibo.model import Source
from kakeibo.sources.kinds import Incoming

NAMES: Final = ("device", *ATTRIBUTES)
"""What a level of a topic may say."""


class Mqtt(Incoming):
    """The topics of a broker. Our session there has a fixed name, so that what comes meanwhile waits for us."""

    KIND = "mqtt"
    REQUIRED = ("url", "topic")
    OPTIONS: ClassVar[dict[str, dict[str, Any]]] = {
        **mqtt.OPTIONS,
        "topic": {
            "type": ["string", "array"],
            "items": {"type": "string"},
            "description": "What to subscribe to, one topic or a list. Example: `topic: fleet/{device}/state`",
        },
        "in_flight": {
            "type": "integer",
            "minimum": 1,
            "maximum": 65_535,
            "description": "Messages that we take before the first is acknowledged (MQTT 5). Left out: 1000.",
        },
    }

    def __init__(self, source: Source) -> None:
        """Raises OptionError."""
        super().__init__(source)
        written = dict(source.options)
        written.setdefault("client_id", f"kakeibo-{source.name}")
        self.broker = mqtt.broker(written, source.base)
        topics = written["topic"] if isinstance(written["topic"], list) else [written["topic"]]
        self.topics = tuple(Topic(topic) for topic in topics)
        self.in_flight: int = self.option("in_flight", int, 1_000)
        if not 1 <= self.in_flight <= 65_535:
            raise OptionError(
                t("{key} must lie between {low} and {high}", key="in_flight", low=1, high=65_535), "", ("in_flight",)
            )

    def said(self, topic: str) -> dict[str, str] | None:
        """What a message's topic says; None: it is none of ours."""
        found = (one.said(topic) for one in self.topics)
        return next((said for said in found if said is not None), None)


class Topic:
    """One topic of the book. `filter`: what is subscribed to."""

    def __init__(self, written: object) -> None:
        """Raises OptionError when it is none."""
        levels = written.split("/") if isinstance(written, str) else []
        names = [level[1:-1] for level in levels if _is_name(level)]
        plain = [level for level in levels if not _is_name(level) and level not in ("+", "#")]
        odd = any(set(level) & set("+#{}\0") for level in plain) or "#" in levels[:-1] or not any(levels)
        if odd or len(names) != len(set(names)) or not set(names) <= set(NAMES):
            mend = t("write it like this: {example}", example="topic: fleet/{device}/state")
            known = t("known are: {names}", names=", ".join(f"{{{name}}}" for name in NAMES))
            raise OptionError(t("{topic} is no topic", topic=repr(written)), f"{mend} ({known})", ("topic",))
        self.filter = "/".join("+" if _is_name(level) else level for level in levels)
        self._pattern = re.compile("/".join(map(_pattern, levels)).replace("/(?:.*)", "(?:/.*)?"), re.DOTALL)

    def said(self, topic: str) -> dict[str, str] | None:
        found = self._pattern.fullmatch(topic)
        return found.groupdict() if found else None


def _is_name(level: str) -> bool:
    return len(level) > 2 and level[0] == "{" and level[-1] == "}"


def _pattern(level: str) -> str:
    if _is_name(level):
        return f"(?P<{level[1:-1]}>[^/]*)"
    return {"+": "[^/]*", "#": "(?:.*)"}.get(level, re.escape(level))
