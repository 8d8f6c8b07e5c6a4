"""What stands between the dashes at the beginning of a file: YAML in which every value is text, read into a head."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from difflib import get_close_matches
from fractions import Fraction
from typing import Any, Final

import yaml

from kakeibo.clock import second_of
from kakeibo.errors import UsageError
from kakeibo.i18n import LANGUAGES, t
from kakeibo.postmortems.causes import ROOT_CAUSES, TRIGGERS
from kakeibo.postmortems.form import Head, Measured

KEYS: Final = (
    "date", "team", "services", "incident", "author", "triggers", "root_causes", "external", "required", "optional",
    "language", "measured",
)  # fmt: skip
MEASURED: Final = ("from", "to", "detected", "acknowledged", "resolved", "bad_events", "users", "budget")


def read_head(text: str, title: str) -> Head:
    """The head that front matter has, under the title that stands above the text. Raises UsageError for a key or a
    value that it cannot have."""
    values = as_mapping(text)
    _refuse_unknown(values, KEYS, "")
    if not title.strip():
        raise UsageError(t("the postmortem has no title"), t("write it below the front matter: # What happened"))
    return Head(
        title=title.strip(),
        date=day("date", values.get("date", "")),
        team=text_of("team", values) or None,
        services=texts("services", values),
        incident=_number("incident", values),
        author=text_of("author", values),
        triggers=_causes("triggers", values, TRIGGERS),
        root_causes=_causes("root_causes", values, ROOT_CAUSES),
        external=_yes("external", values),
        required=texts("required", values),
        optional=texts("optional", values),
        language=_one_of("language", values, LANGUAGES),
        measured=_measured(values.get("measured", {})),
    )


def as_mapping(text: str) -> dict[str, Any]:
    """YAML of keys with texts, lists of texts, or such mappings. Raises UsageError with the line."""
    try:
        found = yaml.load(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        raise _wrong(t("line {line}: {problem}", line=line, problem=error.problem), t("write key: value")) from None
    except (yaml.YAMLError, RecursionError):
        raise _wrong(t("this is not YAML"), t("write key: value")) from None
    if found in (None, ""):
        return {}
    if not isinstance(found, dict):
        raise _wrong(t("this is not a list of keys"), t("write key: value"))
    return {str(key): value for key, value in found.items()}


def day(name: str, value: object) -> date:
    """A day, 2026-10-01. Raises UsageError."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise _wrong(t("{key}: '{value}' is not a day", key=name, value=_short(value)), t("write 2026-10-01")) from None


def text_of(name: str, values: Mapping[str, Any]) -> str:
    """The text of a key; "" when it is not there."""
    value = values.get(name, "")
    if not isinstance(value, str):
        raise _wrong(t("{key} takes one text", key=name), t("write {key}: a text", key=name))
    return " ".join(value.split())


def texts(name: str, values: Mapping[str, Any]) -> tuple[str, ...]:
    """The texts of a key: a list, or one alone."""
    value = values.get(name, [])
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        raise _wrong(t("{key} takes a list of texts", key=name), t("write {key}: [one, another]", key=name))
    return tuple(dict.fromkeys(filter(None, (" ".join(one.split()) for one in listed))))


def _measured(values: object) -> Measured:
    if not isinstance(values, dict):
        raise _wrong(t("measured takes keys of its own"), t("kakeibo fills it in: leave it as it is"))
    _refuse_unknown(values, MEASURED, "measured.")
    budget = values.get("budget", {})
    if not isinstance(budget, dict):
        raise _wrong(t("measured takes keys of its own"), t("kakeibo fills it in: leave it as it is"))
    return Measured(
        _second("from", values),
        _second("to", values),
        _second("detected", values),
        _second("acknowledged", values),
        _second("resolved", values),
        bad=_number("bad_events", values),
        users=_number("users", values),
        burnt={str(name): _share(str(name), value) for name, value in budget.items()},
    )


def _second(name: str, values: Mapping[str, Any]) -> int | None:
    if not (value := text_of(name, values)):
        return None
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            return second_of(moment)
    except (ValueError, OverflowError):
        pass
    raise _wrong(
        t("{key}: '{value}' is not a time", key=name, value=_short(value)), t("write 2026-10-01T00:10:00Z")
    ) from None


def _number(name: str, values: Mapping[str, Any]) -> int | None:
    value = text_of(name, values)
    if not value:
        return None
    if not re.fullmatch(r"\d{1,18}", value, re.ASCII):
        raise _wrong(t("{key}: '{value}' is not a number", key=name, value=_short(value)), t("write digits alone"))
    return int(value)


def _share(name: str, value: object) -> Fraction:
    text = str(value)
    if re.fullmatch(r"-?\d{1,400}(/0*[1-9]\d{0,399})?", text, re.ASCII):
        return Fraction(text)
    raise _wrong(
        t("{key}: '{value}' is not a share", key=name, value=_short(value)), t("write 3/8, or 1 for all of it")
    )


def _causes(name: str, values: Mapping[str, Any], known: Collection[str]) -> tuple[str, ...]:
    found = texts(name, values)
    for key in found:
        if key not in known:
            raise _wrong(t("{key}: there is no cause '{value}'", key=name, value=_short(key)), _nearest(key, known))
    return found


def _yes(name: str, values: Mapping[str, Any]) -> bool:
    value = text_of(name, values).lower()
    if value not in ("", "yes", "no", "true", "false"):
        raise _wrong(t("{key}: '{value}' is neither yes nor no", key=name, value=_short(value)), t("write yes or no"))
    return value in ("yes", "true")


def _one_of(name: str, values: Mapping[str, Any], known: tuple[str, ...]) -> str:
    value = text_of(name, values) or known[0]
    if value not in known:
        raise _wrong(t("{key}: '{value}' is not known", key=name, value=_short(value)), _nearest(value, known))
    return value


def _refuse_unknown(values: Mapping[str, Any], known: Collection[str], above: str) -> None:
    for key in values:
        if key not in known:
            raise _wrong(t("there is no key '{key}'", key=_short(above + key)), _nearest(key, known))


def _nearest(word: str, known: Collection[str]) -> str:
    near = get_close_matches(word, known, 1)
    return t("did you mean {near}?", near=near[0]) if near else t("write one of {names}", names=", ".join(known))


def _short(value: object) -> str:
    return str(value)[:60]


def _wrong(message: str, mend: str) -> UsageError:
    return UsageError(t("front matter: {message}", message=message), mend)
