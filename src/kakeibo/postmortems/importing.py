"""Markdown postmortems of others -> our form. What has no place in it is kept under its own heading, and said."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from itertools import zip_longest
from typing import Any, Final

from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.postmortems.causes import ROOT_CAUSES, TRIGGERS
from kakeibo.postmortems.form import Form, Head
from kakeibo.postmortems.front_matter import KEYS, as_mapping, read_head, texts
from kakeibo.postmortems.headings import plain, section_of
from kakeibo.postmortems.reading import Part, assembled, parts_of, split_front_matter

_DATE: Final = re.compile(r"(20\d\d)[-/.年](\d{1,2})[-/.月](\d{1,2})")
_FIELD: Final = re.compile(r"\s*(?:[-*+]\s+)?(?:\*\*|__)?([^:：*_|]{2,40}?)(?:\*\*|__)?\s*[:：]\s*(?:\*\*|__)?\s*(.*)$")
_ROW: Final = re.compile(r"\s*\|\s*(?:\*\*)?([^|]+?)(?:\*\*)?\s*\|\s*([^|]*?)\s*\|\s*$")
_BOLD: Final = re.compile(r"^[ ]{0,3}(?:\*\*|__)([^*_\n]{2,60}?)[:：]?(?:\*\*|__)[:：]?[ ]*$", re.M)
_HEADER: Final = 2
"""Lines of a table that are no rows."""
_JAPANESE: Final = re.compile(r"[\u3040-\u30ff]")
_CONTAINERS: Final = (
    "lessons learned",
    "lessons learnt",
    "lessons",
    "learnings",
    "学び",
    "教訓",
    "得られた教訓",
    "学んだこと",
)
"""Headings that have no text of their own, only others below them."""
_PREFIX: Final = re.compile(
    r"^(?:post-?\s?mortem|ポストモーテム|incident(?: report)?|障害報告(?:書)?)\s*[:：#\-–—]+\s*", re.I
)
_FIELDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("date", "incident date", "date of incident", "日付", "発生日", "発生日時", "日時"), "date"),
    **dict.fromkeys(("author", "authors", "owner", "postmortem owner", "作成者", "著者", "担当者", "担当"), "author"),
    **dict.fromkeys(("team", "teams", "チーム"), "team"),
    **dict.fromkeys(("service", "services", "affected services", "サービス", "対象サービス"), "services"),
}


@dataclass(frozen=True, slots=True)
class Imported:
    """A form, and what of the file was not understood: sentences for the one who imports."""

    form: Form
    doubts: tuple[str, ...]


def import_text(text: str, name: str, fallback: date) -> Imported:
    """The form of a foreign text. `name`: of its file, whose date counts when the text names none; `fallback`: the day
    when neither does. One in our own form is read as it is. Raises UsageError for a text without a word."""
    front, body = split_front_matter(text)
    if front is not None and (own := _own(front, body)):
        return own
    doubts: list[str] = []
    values = _foreign_values(front, doubts)
    parts = list(parts_of(_BOLD.sub(_as_heading, body), 6))
    if not any(part.heading or part.text for part in parts):
        raise UsageError(t("{name}: there is no text", name=name), t("leave the file out"))
    title, preface, rest = _title(parts, values, name)
    preface, fields, said = _fields(preface, values)
    rest = _take_fields(rest, fields)
    day = _day(fields, body, name)
    if day is None:
        doubts.append(t("no date: {day} is taken", day=fallback))
    head = Head(
        title=title,
        date=day or fallback,
        team=fields.get("team") or None,
        services=tuple(filter(None, (one.strip() for one in re.split(r"[,、]", fields.get("services", ""))))),
        author=fields.get("author", ""),
        triggers=_causes("triggers", values, TRIGGERS, doubts),
        root_causes=_causes("root_causes", values, ROOT_CAUSES, doubts),
        language="ja" if len(_JAPANESE.findall(body)) * 20 > len(body) else "en",
    )
    sections = said + _sections(rest)
    form = assembled(Form(head), preface, sections)
    doubts += [t("the heading '{heading}' has no place in the form: kept as it is", heading=heading)
               for heading, _ in form.extra]  # fmt: skip
    if not form.texts and not form.actions:
        doubts.append(t("no heading of a postmortem was found: all of it stands in the summary"))
        whole = "\n\n".join(filter(None, [preface, *(_as_text(part) for part in rest)]))
        form = replace(form, texts={"summary": whole}, preface="", extra=())
    return Imported(form, tuple(doubts))


def _own(front: str, body: str) -> Imported | None:
    """A text in our own form: a head that can be read, and a title."""
    with suppress(UsageError):
        if set(as_mapping(front)) <= set(KEYS):
            parts = list(parts_of(body, 2))
            if len(parts) > 1 and parts[1].level == 1:
                head = read_head(front, parts[1].heading)
                preface = Part("", 0, [*parts[0].lines, *parts[1].lines]).text
                return Imported(assembled(Form(head), preface, parts[2:]), ())
    return None


def _as_heading(line: re.Match[str]) -> str:
    """A line in bold that names a section is its heading."""
    return f"###### {line[1]}" if section_of(line[1]) else line[0]


def _foreign_values(front: str | None, doubts: list[str]) -> dict[str, Any]:
    if front is None:
        return {}
    try:
        return {key.strip().lower(): value for key, value in as_mapping(front).items()}
    except UsageError as error:
        doubts.append(str(error))
        return {}


def _title(parts: Sequence[Part], values: Mapping[str, Any], name: str) -> tuple[str, str, list[Part]]:
    """The title, the text below it, and the other parts: by the first heading, front matter, or the file's name."""
    first = parts[1] if len(parts) > 1 else None
    known = first is not None and (section_of(first.heading) is not None or plain(first.heading) in _CONTAINERS)
    written = values.get("title")
    if first is not None and not known and (first.level == 1 or not parts[0].text):
        heading = _PREFIX.sub("", first.heading).strip("*_ ") or first.heading
        title = str(written) if isinstance(written, str) and written.strip() else heading
        return " ".join(title.split()), "\n\n".join(filter(None, (parts[0].text, first.text))), list(parts[2:])
    plain_name = re.sub(r"[-_]+", " ", name.rpartition("/")[2].rsplit(".", 1)[0]).strip()
    title = str(written) if isinstance(written, str) and written.strip() else plain_name
    return " ".join(title.split()) or name, parts[0].text, list(parts[1:])


def _fields(preface: str, values: Mapping[str, Any]) -> tuple[str, dict[str, str], list[Part]]:
    """What stands as "Date: ..." above the first section or in front matter, the text without it, and sections that are
    said in such a line ("Impact: ...")."""
    found: dict[str, str] = {}
    said: list[Part] = []
    for key, value in values.items():
        if name := _FIELDS.get(plain(key)):
            found[name] = ", ".join(value) if isinstance(value, list) else str(value)
    kept = []
    for line in preface.split("\n"):
        field = _FIELD.fullmatch(line) or _ROW.fullmatch(line)
        name = _FIELDS.get(plain(field[1])) if field else None
        section = section_of(field[1]) if field else None
        if field and name:
            found.setdefault(name, field[2].strip(" *_"))
        elif field and section and field[2]:
            said.append(Part(field[1], 6, [field[2].strip()]))
        else:
            kept.append(line)
    if sum(line.lstrip().startswith("|") for line in kept) <= _HEADER:  # a table of which all rows were understood
        kept = [line for line in kept if not line.lstrip().startswith("|")]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip("\n").rstrip()
    return text, {key: " ".join(value.split()) for key, value in found.items()}, said


def _take_fields(parts: Sequence[Part], fields: dict[str, str]) -> list[Part]:
    """The parts but for those that are a field of their own ("### Date"), which are added to `fields`."""
    left = []
    for part in parts:
        name, text = _FIELDS.get(plain(part.heading)), part.text
        if name and len(text.split("\n")) == 1:
            fields.setdefault(name, text.strip(" *_"))
        else:
            left.append(part)
    return left


def _day(fields: Mapping[str, str], body: str, name: str) -> date | None:
    """The day: as it is named, of the file's name, else the first that the text mentions."""
    for text in (fields.get("date", ""), name, body):
        for found in _DATE.finditer(text):
            with suppress(ValueError):
                return date(*map(int, found.groups()))
    return None


def _causes(name: str, values: Mapping[str, Any], known: Mapping[str, Any], doubts: list[str]) -> tuple[str, ...]:
    try:
        written = texts(name, values)
    except UsageError as error:
        doubts.append(str(error))
        return ()
    doubts += [t("{key}: there is no cause '{value}'", key=name, value=one[:60]) for one in written if one not in known]
    return tuple(one for one in written if one in known)


def _sections(parts: Sequence[Part]) -> list[Part]:
    """The parts that become sections: known headings at whatever depth, and unknown ones that are not within one.

    An unknown heading below a known one belongs to its text; one that has nothing but others below it is left out.
    """
    found: list[Part] = []
    above = 0
    for part, following in zip_longest(parts, parts[1:]):
        known = section_of(part.heading) is not None
        holds_others = following is not None and following.level > part.level and not part.text
        if known:
            above = part.level
            found.append(Part(part.heading, part.level, list(part.lines)))
        elif above and part.level > above:
            heading = f"{'#' * max(3, part.level)} {part.heading}"
            found[-1].lines = "\n\n".join(filter(None, (found[-1].text, heading, part.text))).split("\n")
        elif plain(part.heading) in _CONTAINERS or holds_others:
            above = 0
            if part.text:
                found.append(Part(part.heading, part.level, list(part.lines)))
        else:
            above = part.level
            found.append(Part(part.heading, part.level, list(part.lines)))
    return found


def _as_text(part: Part) -> str:
    return "\n\n".join(filter(None, (f"### {part.heading}", part.text)))
