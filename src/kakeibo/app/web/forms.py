"""What people send from our own pages: read, and refused when it comes from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from kakeibo.i18n import t

MOST_FIELDS: Final = 20
_OURS: Final = ("same-origin", "none")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that somebody chose: its name without folders, and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form, and its files where one was chosen."""

    fields: Mapping[str, str]
    files: Mapping[str, Upload]

    def text(self, name: str) -> str:
        return self.fields.get(name, "").strip()


async def read(request: Request) -> Form:
    """The form that was sent. Raises HTTPException when a page of somebody else's sent it, or it has too much."""
    refuse_strangers(request)
    async with request.form(max_files=1, max_fields=MOST_FIELDS) as form:
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        files = {
            name: Upload(_plain(value.filename), await value.read())
            for name, value in form.items()
            if isinstance(value, UploadFile) and value.filename
        }
    return Form(fields, files)


def refuse_strangers(request: Request) -> None:
    """A browser says which site a form stands on: in Sec-Fetch-Site, or else in Origin (`null` for our own pages too,
    because they send no referrer). What says neither is no browser."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    ours = site in _OURS if site else origin is None or urlsplit(origin).netloc == request.headers.get("host")
    if not ours:
        raise HTTPException(403, t("This was sent by a page of another site."))


def _plain(name: str | None) -> str:
    short = (name or "").replace("\\", "/").rpartition("/")[2]
    return "".join(char for char in short if char.isprintable())[:100].lstrip(".") or "file.csv"
