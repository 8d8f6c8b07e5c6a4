"""The candidates for journeys in a log: its busiest operations, jobs or pages, each with a title and a condition."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from kakeibo.app import routes
from kakeibo.app.columns import Columns, written
from kakeibo.engines.surveys import VARIABLE, Route, Survey
from kakeibo.i18n import LANGUAGES, speaking, t
from kakeibo.model import Title
from kakeibo.predicates import parse
from kakeibo.sources.kinds import literal

_FEW: Final = 300
"""More different operations than this are no operations but free text."""
_WORTH: Final = Fraction(1, 100)
_OPERATIONS_AT_LEAST: Final = Fraction(3, 10)
_MOST: Final = 12
_LONGEST: Final = 200
_SHOWN: Final = 60
_INTROSPECTION: Final = "IntrospectionQuery"


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """What a journey could be about. `name` is how the log calls it; `valid`: None for all events of the log."""

    key: str
    name: str
    title: Title
    valid: str | None
    events: int


def subjects(survey: Survey, columns: Columns) -> tuple[list[Subject], Mapping[str, int]]:
    """Candidates, the busiest first, and how many events were left out, by reason."""
    if columns.subject is not None and (found := _named(survey, columns)):
        nameless = survey.events() - sum(n for _, n in survey.values(columns.subject))
        return found, {t("events without the name of an operation"): nameless} if nameless else {}
    if columns.path is not None:
        found, left_out = _routes(survey, columns)
        if found:
            return found, left_out
    return [Subject("all-events", t("everything"), _title(lambda: t("Use the service")), None, survey.events())], {}


def _title(say: Callable[[], str]) -> Title:
    """A title in every language, whichever is spoken now."""
    found = {}
    for language in LANGUAGES:
        with speaking(language):
            found[language] = say()
    return found


# -- operations and jobs --------------------------------------------------------------------------------------------


def _named(survey: Survey, columns: Columns) -> list[Subject]:
    """One candidate for each operation or kind of job; none when the column seems to hold something else."""
    subject = columns.subject or ""
    values = [(text, n) for text, n in survey.values(subject, _FEW + 1) if text != _INTROSPECTION]
    total = sum(n for _, n in values)
    if len(values) > _FEW or total < _OPERATIONS_AT_LEAST * survey.events():
        return []
    values = [(text, n) for text, n in values if text.isprintable() and len(text) <= _LONGEST and n >= _WORTH * total]
    return [
        Subject(
            _key(_kebab(text)) or ("job" if columns.outcome else "operation"),
            text,
            _job_title(text) if columns.outcome else _operation_title(text),
            f"{written(subject)} = {literal(text)}",
            n,
        )
        for text, n in values
    ]


def _operation_title(text: str) -> Title:
    words = _kebab(text).replace("-", " ").capitalize() if text.isascii() else text
    found = dict(_title(lambda: t("Use “{name}”", name=_shortened(text))))
    return {**found, "en": _shortened(words)} if text.isascii() and words else found


def _job_title(text: str) -> Title:
    return _title(lambda: t("{name} gets done", name=_shortened(text)))


# -- routes ---------------------------------------------------------------------------------------------------------


def _routes(survey: Survey, columns: Columns) -> tuple[list[Subject], Mapping[str, int]]:
    method = columns.method
    found, left_out = survey.routes(method, routes.left_out())
    known = routes.grouped(found)
    asked = [route for route in known if route.method.upper() in routes.METHODS or not (method or columns.request)]
    offered = [route for route in asked if 10 * route.missing < 9 * route.events]
    omitted = dict(left_out)
    for reason, more in (
        (t("pages that do not exist (404)"), _events(asked) - _events(offered)),
        (t("other methods, such as HEAD and OPTIONS"), _events(known) - _events(asked)),
    ):
        if more:
            omitted[reason] = more
    worth = [route for route in offered if route.events >= _WORTH * _events(offered)] or offered[:_MOST]
    made = [_of_route(route, known, survey, columns) for route in worth[:_MOST] if _sayable(route)]
    return sorted(made, key=lambda subject: -subject.events), omitted


def _events(found: list[Route]) -> int:
    return sum(route.events for route in found)


def _sayable(route: Route) -> bool:
    return route.path.replace(VARIABLE, "").isprintable() and len(route.path) <= _LONGEST


def _of_route(route: Route, known: list[Route], survey: Survey, columns: Columns) -> Subject:
    path, method = written(columns.path or ""), written(columns.method) if columns.method else None
    valid = routes.condition(route, known, path=path, method=method, request=columns.request)
    shown = _shortened(route.path.replace(VARIABLE, "…"))
    reading = route.method.upper() in ("GET", "")
    words = _kebab(route.path.replace(VARIABLE, " ")) or ("home" if route.path == "/" else "pages")
    key = _key(words if reading else f"{route.method.lower()}-{words}")
    title = _title(lambda: _page_title(route.path, shown, "" if reading else route.method))
    events, _ = survey.count(parse(valid, {}))
    return Subject(key, f"{route.method} {shown}".strip(), title, valid, events)


def _page_title(path: str, shown: str, method: str) -> str:
    if method:
        return t("Send to {path} ({method})", path=shown, method=method)
    return t("Open the top page") if path == "/" else t("Open {path}", path=shown)


# -- names ----------------------------------------------------------------------------------------------------------


def _kebab(text: str) -> str:
    """PlayVideo, play_video, /play/video -> play-video; without what is not ASCII."""
    spaced = re.sub(r"([a-z0-9])([A-Z])|([A-Z])(?=[A-Z][a-z])", r"\1\3-\2", text)
    return re.sub(r"[^a-z0-9]+", "-", spaced.lower()).strip("-")


def _key(text: str) -> str:
    return text[:50].strip("-")


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
