"""What holds for every answer, errors too: the language it is in, what a browser may do with it, and what is refused.

Plain ASGI around the application, so that not even a failure of ours escapes it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Final
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kakeibo.i18n import LANGUAGES, speaking, t

LARGEST_BODY: Final = 1 << 20
"""Bytes of a request. What Alertmanager sends of a hundred alerts is a tenth of it."""
LONGEST_QUERY: Final = 4_000

SECURITY: Final = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class Manners:
    """`fallback`: the organisation's language. `hosts`: the names that requests may be addressed to.

    A page of somebody else's must not reach a server on this machine by giving its own name this machine's address.
    """

    def __init__(self, app: ASGIApp, fallback: Callable[[], str], hosts: Collection[str]) -> None:
        self.app, self.fallback, self.hosts = app, fallback, frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        with speaking(_language(scope, headers, self.fallback())):
            refusal = self._refusal(scope, headers)
            if refusal is not None:
                await refusal(scope, receive, _with_security(send))
                return
            await self.app(scope, _limited(receive), _with_security(send))

    def _refusal(self, scope: Scope, headers: Headers) -> PlainTextResponse | None:
        if _host(headers.get("host", "")) not in self.hosts:
            return PlainTextResponse(t("This server is not known under that name."), 421)
        if len(scope["query_string"]) > LONGEST_QUERY:
            return PlainTextResponse(t("The address is too long."), 414)
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > LARGEST_BODY:
            return PlainTextResponse(_too_much(), 413, headers={"connection": "close"})
        return None


def _too_much() -> str:
    return t("This is more than {n} bytes.", n=LARGEST_BODY)


def _limited(receive: Receive) -> Receive:
    """Counts what arrives: not everybody says beforehand how much it will be."""
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > LARGEST_BODY:
            raise HTTPException(413, _too_much())
        return message

    return counted


def _with_security(send: Send) -> Send:
    async def sent(message: Any) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY.items():
                headers.setdefault(name, value)
            headers.setdefault("cache-control", "no-store")
        await send(message)

    return sent


def _host(value: str) -> str:
    """The name in a Host header, without its port."""
    name, colon, port = value.rpartition(":")
    return (name if colon and port.isdecimal() else value).lower()


def _language(scope: Scope, headers: Headers, fallback: str) -> str:
    """`?lang=`, then Accept-Language, then the organisation's."""
    asked: str = parse_qs(scope["query_string"].decode("latin-1")).get("lang", [""])[0]
    if asked in LANGUAGES:
        return asked
    return _accepted(headers.get("accept-language", "")) or fallback


def _accepted(header: str) -> str | None:
    """The first of our languages in order of their weights (RFC 9110, 12.5.4)."""
    weighed = []
    for part in header.split(",")[:20]:
        tag, _, weight = part.partition(";q=")
        try:
            weighed.append((-float(weight or 1), tag.strip().lower().partition("-")[0]))
        except ValueError:
            continue
    wanted = [tag for weight, tag in sorted(weighed, key=lambda one: one[0]) if weight < 0]
    return next((tag for tag in wanted if tag in LANGUAGES), None)
