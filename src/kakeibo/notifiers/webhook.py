"""Any program that takes a POST: a CloudEvents 1.0 event as JSON, signed by Standard Webhooks.

https://github.com/cloudevents/spec (structured mode, JSON), https://www.standardwebhooks.com
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from typing import Any, ClassVar

import msgspec

from kakeibo import clock
from kakeibo.i18n import t
from kakeibo.notifiers import options
from kakeibo.notifiers.http import WebNotifier, judged
from kakeibo.notifiers.kinds import Message, Outcome, Undelivered, secret_of

_PREFIX = "whsec_"


class Webhook(WebNotifier):
    KIND = "webhook"
    REQUIRED = ("url|url_env",)
    OPTIONS: ClassVar[dict[str, dict[str, Any]]] = {
        "url": options.address("The receiver's address."),
        "url_env": options.variable("the receiver's address, where that is a secret"),
        "secret_env": {
            "type": ["string", "array"],
            "items": {"type": "string"},
            "pattern": options.VARIABLE,
            "description": "The environment variable that holds the signing secret; a list while it is being changed.",
        },
        "token_env": options.variable("a bearer token"),
        "source": {"type": "string", "description": "Who is speaking: CloudEvents' source. Left out: /kakeibo."},
        **WebNotifier.WEB,
    }

    def carry(self, target: str, message: Message) -> Outcome:
        del target
        body = msgspec.json.encode(event(message, self.text("source", "/kakeibo")))
        headers = {"Content-Type": "application/cloudevents+json; charset=utf-8"}
        names = self.channel.options.get("secret_env", [])
        secrets = [secret_of(str(name)) for name in (names if isinstance(names, list) else [names])]
        if secrets:
            headers |= signed(message.id, int(clock.now().timestamp()), body, secrets)
        if token := self.secret("token_env"):
            headers["Authorization"] = f"Bearer {token}"
        return judged(self.post(self.address(), body, headers), message.id)


def event(message: Message, source: str) -> dict[str, object]:
    """A message as docs/contracts/notification.md has it."""
    told = {"subject": message.subject, "summary": message.summary, "language": message.language}
    return {
        "specversion": "1.0",
        "id": message.id,
        "source": source,
        "type": f"kakeibo.{message.kind}",
        "time": clock.iso(message.at // 60),
        "subject": message.group,
        "datacontenttype": "application/json",
        "data": {"version": 1, "kind": message.kind, "group": message.group, **message.data, **told},
    }


def signed(message_id: str, at: int, body: bytes, secrets: Iterable[str]) -> dict[str, str]:
    """The headers of Standard Webhooks: a signature for each secret, so that both hold while one replaces the other."""
    content = f"{message_id}.{at}.".encode() + body
    signatures = [f"v1,{base64.b64encode(hmac.digest(_key(s), content, hashlib.sha256)).decode()}" for s in secrets]
    return {"webhook-id": message_id, "webhook-timestamp": str(at), "webhook-signature": " ".join(signatures)}


def _key(secret: str) -> bytes:
    if not secret.startswith(_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        raise Undelivered(Outcome("refused", t("after whsec_ a signing secret is written in base64"))) from None
