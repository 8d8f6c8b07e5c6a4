"""Twilio: what the telephone and SMS have in common, and what its answers mean."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any, ClassVar, Final
from urllib.parse import urlencode

from kakeibo.i18n import t
from kakeibo.notifiers import options
from kakeibo.notifiers.http import WebNotifier, judged
from kakeibo.notifiers.kinds import Message, Outcome, Undelivered

_API: Final = "https://api.twilio.com"
_NUMBER: Final = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)


class Twilio(WebNotifier):
    """A channel of an account at Twilio."""

    REQUIRED = ("account", "token_env", "from")
    TARGET = "needed"
    pages = True
    pace = 1.0
    ACCOUNT: ClassVar[dict[str, dict[str, Any]]] = {
        "account": {"type": "string", "pattern": "^AC[0-9a-f]{32}$", "description": "The account's SID."},
        "token_env": options.variable("the account's auth token"),
        "from": {"type": "string", "pattern": r"^\+[1-9][0-9]{6,14}$", "description": "The number we call from."},
        "answer_url": options.address(
            "Where Twilio reaches kakeibo serve: https://.../phone/twilio. Left out: nothing can be answered."
        ),
        "api": options.address(f"Where the API is. Left out: {_API}."),
        **WebNotifier.WEB,
    }

    def create(self, what: str, target: str, fields: Mapping[str, str]) -> Outcome:
        """Have a call made or a message sent ("Calls", "Messages") to a telephone number."""
        number = re.sub(r"[ ()-]", "", target)
        if not _NUMBER.fullmatch(number):  # not shown: where this is read is not where numbers belong
            raise Undelivered(Outcome("refused", t("this is no telephone number with + and its country")))
        account = self.text("account")
        pair = f"{account}:{self.secret('token_env')}".encode()
        headers = {
            "Authorization": f"Basic {base64.b64encode(pair).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        address = f"{self.text('api', _API).rstrip('/')}/2010-04-01/Accounts/{account}/{what}.json"
        body = urlencode({"To": number, "From": self.text("from"), **fields}).encode()
        answer = self.post(address, body, headers)
        said = answer.json()
        words = f"{said['code']} {said.get('message', '')}" if "code" in said else str(said.get("status", ""))
        return judged(answer, str(said.get("sid", "")), words)

    def answerable(self, message: Message) -> str:
        """What an answer is about; "" when there is nothing to answer, or nobody to take it."""
        values = [one.value for one in message.actions if one.name == "acknowledge"]
        return values[0] if values and self.text("answer_url") else ""
