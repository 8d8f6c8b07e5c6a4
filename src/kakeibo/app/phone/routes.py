"""What Twilio posts to: /phone/twilio/voice, gather, status and sms, each with its signature checked."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kakeibo.app import forms
from kakeibo.app.escalating import leg_number
from kakeibo.app.phone import answers, twiml
from kakeibo.app.phone.signatures import is_signed
from kakeibo.errors import StoreError
from kakeibo.letters import calls as letter
from kakeibo.model import Book, Channel
from kakeibo.store import Store

PREFIX: Final = "/phone/twilio"
_KINDS: Final = ("phone", "sms")

Answer = Callable[[Book, Store, dict[str, str], int | None, str], str]
"""Book, store, fields, the leg that it is about, the address that answers go below -> TwiML."""


def routes(book: Callable[[], Book], store: Store) -> list[Route]:
    """The routes over the book as it is at each request."""
    wanted: dict[str, Answer] = {"voice": answers.spoken, "gather": answers.pressed, "sms": _texted, "status": _ended}

    def route(name: str, answer: Answer) -> Route:
        async def endpoint(request: Request) -> Response:
            body = await forms.body_of(request)
            return await run_in_threadpool(_answered, book(), store, name, request, body, answer)

        return Route(f"{PREFIX}/{name}", endpoint, methods=["POST"], name=f"twilio_{name}")

    return [route(name, answer) for name, answer in wanted.items()]


def _answered(book: Book, store: Store, name: str, request: Request, body: bytes, answer: Answer) -> Response:
    fields = forms.fields_of(body)
    channel = _signer(book, name, request, fields)
    if channel is None:
        raise forms.unsigned()
    base = _base(channel)
    try:
        said = answer(book, store, dict(fields), leg_number(request.query_params.get("id", "")), base)
    except StoreError:  # held or full just now: whoever is on the telephone hears it, and can press again
        if name == "status":
            return Response(status_code=503, headers={"retry-after": "5"})
        words = letter.not_noted()
        said = twiml.texted(words) if name == "sms" else twiml.said(words)
    return Response(said, media_type="text/xml") if said else Response(status_code=204)


def _signer(book: Book, name: str, request: Request, fields: list[tuple[str, str]]) -> Channel | None:
    """The channel whose account signed the request for the address that the book names: behind a proxy we are asked
    under another one."""
    given = request.headers.get("x-twilio-signature", "")
    query = request.url.query
    account = dict(fields).get("AccountSid")
    for channel in book.channels.values():
        options = channel.options
        if channel.kind in _KINDS and "answer_url" in options and account in (None, options.get("account")):
            address = f"{_base(channel)}/{name}" + (f"?{query}" if query else "")
            token = os.environ.get(str(options.get("token_env", "")), "").strip()
            if is_signed(given, token, address, fields):
                return channel
    return None


def _base(channel: Channel) -> str:
    return str(channel.options["answer_url"]).rstrip("/")


def _texted(book: Book, store: Store, fields: dict[str, str], leg_id: int | None, base: str) -> str:
    del leg_id, base
    return answers.texted(book, store, fields)


def _ended(book: Book, store: Store, fields: dict[str, str], leg_id: int | None, base: str) -> str:
    del book, base
    answers.ended(store, fields, leg_id)
    return ""
