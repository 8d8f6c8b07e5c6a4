"""What people send from our own pages. What comes from elsewhere did not get past the guard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import UploadFile
from starlette.requests import Request

MOST_FIELDS: Final = 20


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
    """The form that was sent. Raises HTTPException when it has too much."""
    async with request.form(max_files=1, max_fields=MOST_FIELDS) as form:
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        files = {
            name: Upload(_plain(value.filename), await value.read())
            for name, value in form.items()
            if isinstance(value, UploadFile) and value.filename
        }
    return Form(fields, files)


def _plain(name: str | None) -> str:
    short = (name or "").replace("\\", "/").rpartition("/")[2]
    return "".join(char for char in short if char.isprintable())[:100].lstrip(".") or "file.csv"
