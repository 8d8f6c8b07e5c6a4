"""A receiver of signed events, as https://www.standardwebhooks.com asks of one: signature, age, and each only once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time

from tests.servers.receiver import Receiver, Reply, Request

TOLERANCE = 5 * 60


class Webhook(Receiver):
    def __init__(self, secret: bytes) -> None:
        super().__init__()
        self.secret = secret
        self.seen: set[str] = set()

    def check(self, request: Request) -> Reply:
        headers = request.headers
        identity, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if abs(time.time() - int(stamp or 0)) > TOLERANCE:
            return Reply(400, "message timestamp too old")
        content = b".".join([identity.encode(), stamp.encode(), request.body])
        wanted = "v1," + base64.b64encode(hmac.new(self.secret, content, hashlib.sha256).digest()).decode()
        if not any(hmac.compare_digest(wanted, one) for one in headers.get("webhook-signature", "").split(" ")):
            return Reply(401, "no matching signature found")
        if headers["content-type"] != "application/cloudevents+json; charset=utf-8":
            return Reply(415, "not a cloud event")
        event = request.json()
        if event["specversion"] != "1.0" or not all(event.get(name) for name in ("id", "source", "type")):
            return Reply(400, "not a cloud event")
        again = identity in self.seen
        self.seen.add(identity)
        return Reply(200, "seen before") if again else Reply(204)
