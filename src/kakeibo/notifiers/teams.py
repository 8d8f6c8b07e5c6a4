"""Microsoft Teams: an Adaptive Card to the address of a workflow ("when a webhook request is received")."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from kakeibo.notifiers import options
from kakeibo.notifiers.http import WebNotifier, judged
from kakeibo.notifiers.kinds import Message, Outcome, cut

_SCHEMA: Final = "http://adaptivecards.io/schemas/adaptive-card.json"
_TYPE: Final = "application/vnd.microsoft.card.adaptive"
_BUTTONS: Final = 6
"""As many as Teams shows on a card."""
_HEADING: Final = 200
_SUMMARY: Final = 800
_FACTS: Final = 15
_LABEL: Final = 60
_VALUE: Final = 150
_LINK: Final = 1000
"""Characters, such that a card stays below the 28 KB that Teams takes, whatever it is written in."""
_COLOURS: Final = {"resolved": "Good", "acknowledged": "Accent", "notice": "Default"}


class Teams(WebNotifier):
    KIND = "teams"
    REQUIRED = ("url_env",)
    OPTIONS: ClassVar[dict[str, dict[str, Any]]] = {
        "url_env": options.variable("the workflow's address, which is a secret"),
        **WebNotifier.WEB,
    }

    def carry(self, target: str, message: Message) -> Outcome:
        del target
        attachment = {"contentType": _TYPE, "contentUrl": None, "content": card(message)}
        answer = self.post_json(self.address(), {"type": "message", "attachments": [attachment]})
        return judged(answer)


def card(message: Message) -> dict[str, object]:
    """A message as an Adaptive Card."""
    colour = _COLOURS.get(message.kind, "Attention" if message.severity == "page" else "Warning")
    heading = {**_text(message.subject, _HEADING), "size": "Large", "weight": "Bolder", "color": colour}
    body: list[dict[str, object]] = [heading, _text(message.summary, _SUMMARY)]
    if facts := [(plain(label, _LABEL), plain(value, _VALUE)) for label, value in message.facts[:_FACTS]]:
        body.append({"type": "FactSet", "facts": [{"title": label, "value": value} for label, value in facts]})
    addresses = [*message.links, *((one.label, one.link) for one in message.actions if one.link)]
    fitting = [(title, url) for title, url in addresses if len(url) <= _LINK]
    buttons = [{"type": "Action.OpenUrl", "title": cut(title, 75), "url": url} for title, url in fitting[:_BUTTONS]]
    return {
        "type": "AdaptiveCard",
        "$schema": _SCHEMA,
        "version": "1.4",
        "lang": message.language,
        "msteams": {"width": "Full"},
        "body": body,
        "actions": buttons,
    }


def _text(text: str, length: int) -> dict[str, object]:
    return {"type": "TextBlock", "text": plain(text, length), "wrap": True}


def plain(text: str, length: int) -> str:
    """At most `length` characters, in which nothing is taken for Markdown: a card knows links, emphasis and lists."""
    return "".join(f"\\{c}" if c in "\\*_[]`" else c for c in cut(text, length))
