"""Twilio's Calls and Messages: basic auth, E.164 numbers, TwiML that it would understand."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs
from xml.etree import ElementTree

from tests.servers.receiver import Receiver, Reply, Request, reply_json

ACCOUNT = "AC" + "0" * 32
TOKEN = "twilio-secret"
VERBS = {"Response": {"Gather", "Say", "Pause"}, "Gather": {"Say", "Pause"}, "Say": set(), "Pause": set()}


class Twilio(Receiver):
    def check(self, request: Request) -> Reply:
        wanted = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {wanted}":
            return _error(401, 20003, "Authenticate")
        if request.headers["content-type"] != "application/x-www-form-urlencoded":
            return _error(400, 21201, "No 'To' number is specified")
        fields = form(request)
        if not fields.get("To", "").startswith("+8190"):
            return _error(400, 21211, f"Invalid 'To' Phone Number: {fields.get('To')}")
        if fields.get("From") != "+815012345678":
            return _error(400, 21212, "Invalid 'From' Phone Number")
        base = f"/2010-04-01/Accounts/{ACCOUNT}"
        if request.path == f"{base}/Calls.json":
            if not understood(fields.get("Twiml", "")):
                return _error(400, 21218, "Invalid TwiML")
            return reply_json({"sid": "CA1", "status": "queued"}, 201)
        if request.path == f"{base}/Messages.json":
            if not 0 < len(fields.get("Body", "")) <= 1600:
                return _error(400, 21617, "The concatenated message body exceeds the 1600 character limit")
            return reply_json({"sid": "SM1", "status": "queued"}, 201)
        return _error(404, 20404, "The requested resource was not found")


def form(request: Request) -> dict[str, str]:
    found = parse_qs(request.body.decode("ascii"), strict_parsing=True)
    return {name: values[0] for name, values in found.items()}


def understood(twiml: str) -> bool:
    if not 0 < len(twiml) <= 4000:
        return False
    root = ElementTree.fromstring(twiml)
    return root.tag == "Response" and all({child.tag for child in verb} <= VERBS[verb.tag] for verb in root.iter())


def _error(status: int, code: int, message: str) -> Reply:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return reply_json({"code": code, "message": message, "more_info": more, "status": status}, status)
