"""Slack's chat.postMessage: token, channel, and the limits of its blocks."""

from __future__ import annotations

from typing import Any

from tests.servers.receiver import Receiver, Reply, Request, reply_json

TOKEN = "xoxb-test"


class Slack(Receiver):
    def check(self, request: Request) -> Reply:
        if request.path != "/api/chat.postMessage":
            return reply_json({"ok": False, "error": "unknown_method"})
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return reply_json({"ok": False, "error": "invalid_auth"})
        if request.headers["content-type"] != "application/json; charset=utf-8":
            return reply_json({"ok": False, "error": "invalid_post_type"})
        message = request.json()
        if message.get("channel") not in ("#player", "C012AB3CD", "U012AB3CD"):
            return reply_json({"ok": False, "error": "channel_not_found"})
        if wrong := wrong_blocks(message.get("blocks", [])):
            return reply_json({"ok": False, "error": "invalid_blocks", "response_metadata": {"messages": [wrong]}})
        if not 0 < len(message.get("text", "")) <= 40_000:
            return reply_json({"ok": False, "error": "no_text"})
        stamp = f"1795281805.{len(self.requests):06d}"
        return reply_json({"ok": True, "channel": "C012AB3CD", "ts": stamp, "message": {"text": message["text"]}})


class Incoming(Receiver):
    """An incoming webhook: plain words for an answer."""

    def check(self, request: Request) -> Reply:
        if request.path != "/services/T0/B0/secret":
            return Reply(404, "no_service")
        return Reply(400, "invalid_payload") if wrong_blocks(request.json()["blocks"]) else Reply(200, "ok")


def wrong_blocks(blocks: list[dict[str, Any]]) -> str:
    """What Slack would refuse of them; "" when nothing."""
    if len(blocks) > 50:
        return "more than 50 blocks"
    return next((wrong for block in blocks if (wrong := _wrong(block))), "")


def _wrong(block: dict[str, Any]) -> str:
    match block["type"]:
        case "header":
            return _text(block["text"], 150, "plain_text")
        case "section" if "text" in block:
            return _text(block["text"], 3000)
        case "section":
            fields = block["fields"]
            return "fields" if not 0 < len(fields) <= 10 else next((w for one in fields if (w := _text(one, 2000))), "")
        case "context":
            elements = block["elements"]
            return (
                "context" if not 0 < len(elements) <= 10 else next((w for e in elements if (w := _text(e, 3000))), "")
            )
        case "actions":
            elements = block["elements"]
            names = [one["action_id"] for one in elements]
            if not 0 < len(elements) <= 25 or len(set(names)) != len(names):
                return "actions"
            return next((wrong for one in elements if (wrong := _button(one))), "")
    return f"unknown block {block['type']}"


def _text(text: dict[str, Any], most: int, kind: str = "") -> str:
    if text["type"] not in ({kind} if kind else {"plain_text", "mrkdwn"}):
        return f"type {text['type']}"
    if (text["type"] == "mrkdwn") != ("verbatim" in text) or (text["type"] == "plain_text") != ("emoji" in text):
        return f"a key of another type of text: {text}"
    return "" if 0 < len(text["text"]) <= most else f"length of {text}"


def _button(button: dict[str, Any]) -> str:
    if button["type"] != "button" or len(button["action_id"]) > 255 or len(button.get("value", "")) > 2000:
        return f"button {button}"
    return _text(button["text"], 75, "plain_text") or ("" if len(button.get("url", "")) <= 3000 else "url")
