"""Options of a channel, held against its kind's JSON Schema properties: a message for everything that can be wrong."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from kakeibo.errors import OptionError
from kakeibo.i18n import marked, t

VARIABLE: Final = r"^[A-Za-z_][A-Za-z0-9_]*$"
ADDRESS: Final = r"^https?://[^\s@]+$"


def variable(what: str) -> dict[str, Any]:
    """The schema of an option that names an environment variable."""
    return {"type": "string", "pattern": VARIABLE, "description": f"The environment variable that holds {what}."}


def address(what: str) -> dict[str, Any]:
    """The schema of an option that is an address of the web."""
    return {"type": "string", "pattern": ADDRESS, "description": what}


_TYPES: Final[Mapping[str, tuple[type, str]]] = {
    "string": (str, marked("text")),
    "integer": (int, marked("number")),
    "boolean": (bool, marked("true/false")),
    "array": (list, marked("list")),
}


def check(
    kind: str, given: Mapping[str, object], schemas: Mapping[str, Mapping[str, Any]], required: Collection[str]
) -> None:
    """Raises OptionError for the first option that is unknown, missing or wrong."""
    for key, value in given.items():
        if key not in schemas:
            near = difflib.get_close_matches(key, [*schemas, "type"], 1)
            mend = t("did you mean {near}?", near=near[0]) if near else t("remove it")
            raise OptionError(t("a channel of type {kind} has no option {key}", kind=kind, key=key), mend, (key,))
        _check_one(key, value, schemas[key])
    for need in required:
        keys = need.split("|")
        written = [key for key in keys if key in given]
        if not written:
            message = t("a channel of type {kind} needs {keys}", kind=kind, keys=t(" or ").join(f"{k}:" for k in keys))
            raise OptionError(message, t("docs/channels.md tells how to set it up"))
        if len(written) > 1:
            message = t("'{key}' and '{other}' exclude each other", key=written[1], other=written[0])
            raise OptionError(message, t("keep one of the two"), (written[1],))


def _check_one(key: str, value: object, schema: Mapping[str, Any]) -> None:
    kinds = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    types = tuple(_TYPES[kind][0] for kind in kinds)
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        wanted = t(" or ").join(t(_TYPES[kind][1]) for kind in kinds)
        raise OptionError(
            t("{key} must be a {wanted}, not {found}", key=key, wanted=wanted, found=repr(value)), "", (key,)
        )
    if "enum" in schema and value not in schema["enum"]:
        names = ", ".join(schema["enum"])
        message, mend = t("{key} cannot be {found}", key=key, found=repr(value)), t("known are: {names}", names=names)
        raise OptionError(message, mend, (key,))
    if isinstance(value, int) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        message = t("{key} must lie between {low} and {high}", key=key, low=schema["minimum"], high=schema["maximum"])
        raise OptionError(message, "", (key,))
    for text in value if isinstance(value, list) else [value]:
        _check_text(key, text, schema)


def _check_text(key: str, text: object, schema: Mapping[str, Any]) -> None:
    pattern = schema.get("pattern")
    if not pattern or (isinstance(text, str) and re.search(pattern, text) and (pattern != ADDRESS or is_address(text))):
        return
    if pattern == VARIABLE:  # not shown: it may be the secret itself
        mend = t(
            "write the name, such as {example}; the secret itself does not belong in the book", example="SLACK_TOKEN"
        )
        raise OptionError(t("{key} is the name of an environment variable", key=key), mend, (key,))
    message = t("{key} cannot be {found}", key=key, found=repr(text))
    raise OptionError(message, t("docs/channels.md tells how to set it up"), (key,))


def is_address(text: str) -> bool:
    """Whether a text is an address of the web, without a user or password in it."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    plain = text.isascii() and text.isprintable() and " " not in text
    return plain and parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username
