"""The manifest of the Slack app: what Slack is told to make, so that nobody clicks it together.

https://docs.slack.dev/reference/app-manifest
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

import msgspec

from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.model import Book

SCOPES: Final = ("chat:write", "commands", "im:write", "reactions:read")
"""What the app may do: write where it was invited, take commands, write to somebody directly, and be told which message
somebody marked. It reads no message."""
_PREFIX: Final = "/chat/slack"
_LONGEST: Final = 140


def manifest(book: Book, url: str) -> str:
    """JSON for "create an app from a manifest". `url`: where `kakeibo serve` is reached from outside. Raises UsageError
    for one that Slack would refuse."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
        message = t("{url} is no address that Slack would call", url=url)
        raise UsageError(message, t("give where kakeibo serve is reached: https://kakeibo.example.org"))
    base = url.rstrip("/") + _PREFIX
    name = book.organisation.name
    about = t("Error budgets of {name}", name=name) if name else t("Error budgets")
    document = {
        "display_information": {"name": "kakeibo", "description": about[:_LONGEST]},
        "features": {
            "bot_user": {"display_name": "kakeibo", "always_online": True},
            "slash_commands": [
                _command("/kakeibo", base, t("How the promises stand, and who is on call"), "status | ack | help"),
                _command("/tel", base, t("Make a colleague's telephone ring"), "NICKNAME [MESSAGE]"),
            ],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "interactivity": {"is_enabled": True, "request_url": f"{base}/actions"},
            "event_subscriptions": {"request_url": f"{base}/events", "bot_events": ["reaction_added"]},
            "org_deploy_enabled": False,
            "socket_mode_enabled": False,
            "token_rotation_enabled": False,
        },
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()


def _command(command: str, base: str, description: str, hint: str) -> dict[str, object]:
    """`should_escape`: a colleague who is mentioned comes as <@ID|name>, which we recognise."""
    return {
        "command": command,
        "url": f"{base}/commands",
        "description": description,
        "usage_hint": hint,
        "should_escape": True,
    }
