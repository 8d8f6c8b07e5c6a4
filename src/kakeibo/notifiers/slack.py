"""Slack: by a bot (`token_env`), with threads and buttons; or by an incoming webhook (`url_env`), which only posts.

https://api.slack.com/methods/chat.postMessage, https://api.slack.com/reference/block-kit/blocks
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from kakeibo.errors import OptionError
from kakeibo.i18n import marked, t
from kakeibo.model import Channel
from kakeibo.notifiers import options
from kakeibo.notifiers.http import Answer, WebNotifier, judged, waiting
from kakeibo.notifiers.kinds import Action, Message, Outcome, Targets, cut

_API: Final = "https://slack.com/api"
_HEADER: Final = 150
_SECTION: Final = 3000
_FIELDS: Final = 10
_FIELD: Final = 2000
_BUTTON: Final = 75
_VALUE: Final = 2000
_TEXT: Final = 3000
_PASSING: Final = frozenset(
    {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
)
_MENDS: Final = {
    "not_in_channel": marked("invite the app to the channel: /invite @kakeibo"),
    "channel_not_found": marked("is the channel's name right, and was the app invited to it?"),
    "invalid_auth": marked("is the token that of the bot (xoxb-...)?"),
    "missing_scope": marked("give the app the scope chat:write and install it again"),
}


class Slack(WebNotifier):
    KIND = "slack"
    REQUIRED = ("token_env|url_env",)
    TARGET = "own"
    OPTIONS: ClassVar[dict[str, dict[str, Any]]] = {
        "token_env": options.variable("the bot's token (xoxb-...)"),
        "url_env": options.variable("the address of an incoming webhook, in place of a token"),
        "channel": {"type": "string", "description": "Where to write unless a target is named: #player, or an ID."},
        "buttons": {
            "type": "boolean",
            "description": "Whether the app answers to buttons (kakeibo serve). Left out: false, they are links.",
        },
        "signing_secret_env": options.variable("the app's signing secret, so that kakeibo serve takes commands"),
        "workspace": {
            "type": "string",
            "pattern": "^[TE][A-Z0-9]{2,20}$",
            "description": "The ID of the workspace (T...) that commands are taken from.",
        },
        "api": options.address(f"Where the API is. Left out: {_API}."),
        **WebNotifier.WEB,
    }
    pace = 1.0

    def __init__(self, channel: Channel) -> None:
        super().__init__(channel)
        if "url_env" in channel.options:
            for key in ("channel", "buttons"):
                if key in channel.options:
                    message = t("an incoming webhook has no {key}: it writes to the place it was made for", key=key)
                    raise OptionError(message, t("remove it, or use token_env:"), (key,))

    @property
    def targets(self) -> Targets:
        if "url_env" in self.channel.options:
            return "none"
        return "own" if self.text("channel") else "needed"

    def carry(self, target: str, message: Message) -> Outcome:
        document: dict[str, object] = {
            "text": escaped(f"{message.subject}: {message.summary}", _TEXT),
            "blocks": self.blocks(message),
        }
        if "url_env" in self.channel.options:
            return judged(self.post_json(self.address(), document))
        place = target or self.text("channel")
        if not place:
            return Outcome("refused", t("nobody is named to send it to: write {example}", example="slack:#player"))
        document |= {"channel": place, "unfurl_links": False, "unfurl_media": False, **_below(message)}
        token = self.secret("token_env")
        address = self.text("api", _API).rstrip("/") + "/chat.postMessage"
        return _outcome(self.post_json(address, document, {"Authorization": f"Bearer {token}"}))

    def blocks(self, message: Message) -> list[dict[str, object]]:
        """A heading, the summary, labelled figures, links, and what can be done."""
        found: list[dict[str, object]] = [
            {"type": "header", "text": {"type": "plain_text", "text": cut(message.subject, _HEADER), "emoji": False}},
            {"type": "section", "text": _markdown(escaped(message.summary, _SECTION))},
        ]
        facts = [_markdown(f"*{escaped(k, 200)}*\n{escaped(v, _FIELD - 300)}") for k, v in message.facts]
        found += [{"type": "section", "fields": facts[n : n + _FIELDS]} for n in range(0, min(len(facts), 30), _FIELDS)]
        if links := [
            f"<{escaped(url, 1000)}|{escaped(label, 100)}>" for label, url in message.links[:10] if "|" not in url
        ]:
            found.append({"type": "context", "elements": [_markdown(link) for link in links]})
        pressed = self.channel.options.get("buttons") is True
        if buttons := [_button(one, pressed) for one in message.actions[:5] if pressed or one.link]:
            found.append({"type": "actions", "elements": buttons})
        return found


def escaped(text: str, length: int) -> str:
    """A text in which nothing is taken for a mention or link, of at most `length` characters once it is escaped."""
    whole = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if len(whole) <= length:
        return whole
    return escaped(text[: len(text) * 9 // 10].rstrip(" …") + "…", length)


def _markdown(text: str) -> dict[str, object]:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _button(action: Action, pressed: bool) -> dict[str, object]:
    text = {"type": "plain_text", "text": cut(action.label, _BUTTON), "emoji": False}
    found: dict[str, object] = {"type": "button", "action_id": f"kakeibo_{action.name}", "text": text}
    return {**found, "value": action.value[:_VALUE]} if pressed else {**found, "url": action.link}


def _below(message: Message) -> dict[str, object]:
    """A later message stands below the first of its group; the end is shown in the channel too."""
    _, _, thread = message.thread.partition("/")
    return {"thread_ts": thread, "reply_broadcast": message.kind == "resolved"} if thread else {}


def _outcome(answer: Answer) -> Outcome:
    """Slack says nearly everything with status 200: `ok` and `error` tell."""
    said = answer.json()
    if answer.status != 200:
        return judged(answer, words=str(said.get("error", "")))
    if said.get("ok") is True:
        return Outcome("sent", reference=f"{said.get('channel', '')}/{said.get('ts', '')}")
    if not said:
        return Outcome("unknown", t("answered {code}: {words}", code=answer.status, words=answer.text))
    error = str(said.get("error", ""))
    if error in _PASSING:
        return Outcome("later", error, wait=waiting(answer))
    return Outcome("refused", f"{error}: {t(_MENDS[error])}" if error in _MENDS else error)
