"""A telephone exchange behind Twilio's API: it calls, listens to our TwiML, presses keys, and reports how calls ended.

Its requests are signed as https://www.twilio.com/docs/usage/security says, with nothing of the code that checks them.
"""

from __future__ import annotations

import base64
import hmac
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode
from xml.etree import ElementTree

from tests.servers.receiver import Reply, Request
from tests.servers.twilio import ACCOUNT, TOKEN, Twilio, form

VERBS = {
    "Response": {"Gather", "Say", "Pause", "Hangup", "Message"},
    "Gather": {"Say", "Pause"},
    "Say": set(),
    "Pause": set(),
    "Hangup": set(),
    "Message": set(),
}


@dataclass
class Call:
    sid: str
    number: str
    fields: dict[str, str]
    heard: list[str] = field(default_factory=list)


class Exchange(Twilio):
    """`habits`: number -> what somebody does with their calls, in order: the keys they press ("4", "74"), "" for
    listening and hanging up, or a status for a call that is not taken ("busy", "no-answer"). Later ones: no-answer."""

    def __init__(self) -> None:
        super().__init__()
        self.habits: dict[str, list[str]] = {}
        self.calls: list[Call] = []
        self.answers: list[tuple[str, int, str]] = []
        self._busy: list[threading.Thread] = []

    def check(self, request: Request) -> Reply:
        reply = super().check(request)
        if reply.status != 201 or not request.path.endswith("/Calls.json"):
            return reply
        fields = form(request)
        call = Call(f"CA{len(self.calls):032d}", fields["To"], fields)
        self.calls.append(call)
        self._busy.append(threading.Thread(target=self._dial, args=(call,)))
        self._busy[-1].start()
        return Reply(201, f'{{"sid": "{call.sid}", "status": "queued"}}', {"Content-Type": "application/json"})

    @contextmanager
    def serving(self, tls: ssl.SSLContext | None = None) -> Iterator[str]:
        with super().serving(tls) as address:
            try:
                yield address
            finally:
                self.quiet()

    def quiet(self) -> None:
        """Wait until nobody is on the telephone."""
        for thread in self._busy:
            thread.join()

    def _dial(self, call: Call) -> None:
        habits = self.habits.get(call.number, [])
        habit = habits.pop(0) if habits else "no-answer"
        if habit.isdigit() or not habit:
            self._talk(call, call.fields["Twiml"], habit)
        status = "completed" if habit.isdigit() or not habit else habit
        if "StatusCallback" in call.fields:
            self.post(call.fields["StatusCallback"], {"CallSid": call.sid, "CallStatus": status, "To": call.number})

    def _talk(self, call: Call, twiml: str, keys: str) -> None:
        for key in [*keys, ""]:
            root = ElementTree.fromstring(twiml)
            assert root.tag == "Response"
            assert all({child.tag for child in verb} <= VERBS[verb.tag] for verb in root.iter())
            call.heard += [say.text or "" for say in root.iter("Say")]
            gather = root.find("Gather")
            if gather is None or not key:
                return
            fields = {"CallSid": call.sid, "Digits": key, "To": call.number, "CallStatus": "in-progress"}
            status, twiml = self.post(gather.attrib["action"], fields)
            assert status == 200, twiml

    def text(self, url: str, number: str, body: str, sid: str = "SM1") -> tuple[int, str]:
        """A text message from a number."""
        return self.post(url, {"MessageSid": sid, "From": number, "To": "+815012345678", "Body": body})

    def post(self, url: str, fields: dict[str, str], signature: str | None = None) -> tuple[int, str]:
        """A signed request to us: status and body of the answer."""
        fields = {"AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", **fields}
        given = signed(url, fields) if signature is None else signature
        status, text = posted(url, urlencode(fields).encode(), {"X-Twilio-Signature": given})
        self.answers.append((url, status, text))
        return status, text


def signed(url: str, fields: dict[str, str], token: str = TOKEN) -> str:
    text = url
    for name in sorted(fields):
        text += name + fields[name]
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), "sha1")).decode()


def posted(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    """Status and body of the answer to a form."""
    known = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    request = urllib.request.Request(url, body, known)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
