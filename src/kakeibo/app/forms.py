"""Requests from providers: a small form in the body of a POST. What is wrong with one gets one clear answer."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

from kakeibo.i18n import t

LARGEST: Final = 64 * 1024
"""Bytes of a form. Slack's largest payloads (of buttons below a long message) are a quarter of it."""
_FIELDS: Final = 200
_TYPE: Final = "application/x-www-form-urlencoded"


async def body_of(request: Request) -> bytes:
    """The whole body. Raises HTTPException 413 as soon as it is too large, 415 when it is no form."""
    return await _body(request, _TYPE)


async def json_of(request: Request) -> bytes:
    """The same of JSON."""
    return await _body(request, "application/json")


async def _body(request: Request, kind: str) -> bytes:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != kind:
        raise HTTPException(415, t("a form is expected here ({type})", type=kind))
    found = b""
    async for piece in request.stream():
        found += piece
        if len(found) > LARGEST:
            raise HTTPException(413, t("this is more than {n} bytes", n=LARGEST), {"connection": "close"})
    return found


def fields_of(body: bytes) -> list[tuple[str, str]]:
    """The fields of a form, in order. Raises HTTPException 400 when it is none."""
    try:
        return parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=_FIELDS,
        )
    except ValueError:  # UnicodeError is one
        raise malformed() from None


def malformed() -> HTTPException:
    """A form that is none."""
    return HTTPException(400, t("this form is damaged"))


def unsigned() -> HTTPException:
    """Somebody who does not know the secret, or sends what was sent long ago."""
    return HTTPException(401, t("the signature is wrong or too old"))
