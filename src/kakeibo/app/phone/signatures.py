"""X-Twilio-Signature: that a request comes from whoever knows the account's token.

HMAC-SHA1 over the address as Twilio was given it, query included, followed by every field of the form, name and value
run together, sorted by name; in base64. https://www.twilio.com/docs/usage/security
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable


def signature(token: str, address: str, fields: Iterable[tuple[str, str]]) -> str:
    """What Twilio would send for this request. A field that comes several times counts with each different value."""
    text = address + "".join(name + value for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def is_signed(given: str, token: str, address: str, fields: Iterable[tuple[str, str]]) -> bool:
    """Whether `given` is the signature of a request; never with an empty token."""
    return bool(token) and hmac.compare_digest(given.encode(), signature(token, address, fields).encode())
