"""What all pages share: the way from a template to an answer, the navigation, links that keep their state."""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib import resources
from types import ModuleType
from typing import Any, Final
from urllib.parse import urlencode

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from kakeibo import __version__
from kakeibo.app.web.desk import Desk, Glance
from kakeibo.i18n import LANGUAGES, language, t
from kakeibo.letters import (
    beside,
    figures,
    glossary,
    incidents,
    latency_pictures,
    outlook,
    overview,
    phrases,
    pictures,
    statement_page,
    trial_pictures,
)
from kakeibo.letters.report_html import SIGNS, calendar, in_short
from kakeibo.model import Book

LANGUAGE_NAMES: Final = {"en": "English", "ja": "日本語"}
_CARRIED: Final = ("lang", "at")
"""Parts of an address that every link of the page keeps: the language and the moment that were chosen."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the navigation. `label` is a marked sentence; places stand in the order of `order`; `has_use` tells
    whether a book has anything for it."""

    order: int
    path: str
    label: str
    has_use: Callable[[Book], bool] = lambda _: True


@lru_cache
def page_modules() -> tuple[ModuleType, ...]:
    """The files in pages/, each with its `router`."""
    room = importlib.import_module("kakeibo.app.web.pages")
    names = sorted(module.name for module in pkgutil.iter_modules(room.__path__))
    return tuple(importlib.import_module(f"{room.__name__}.{name}") for name in names)


@lru_cache
def places() -> tuple[Place, ...]:
    """The navigation."""
    found = [module.PLACE for module in page_modules() if hasattr(module, "PLACE")]
    return tuple(sorted(found, key=lambda place: place.order))


def desk_of(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def glance_of(request: Request) -> Glance:
    """What a request is about: its `?at=`, or what the server shows."""
    return desk_of(request).glance(request.query_params.get("at"))


def page(request: Request, template: str, facts: Callable[[Glance], Mapping[str, object]]) -> Response:
    """A page of `template`, filled with `facts`; made once for all who look while nothing changes."""
    desk, glance = desk_of(request), glance_of(request)
    key = (glance.edition, language(), request.url.path, str(request.query_params), __version__)
    tag = etag(key)
    headers = {"etag": tag, "cache-control": "private, no-cache", "vary": "accept-language"}
    if matches(request, tag):
        return Response(status_code=304, headers=headers)

    def make() -> tuple[str, bytes]:
        context = {**facts(glance), "glance": glance, "edition": tag}
        return tag, render(request, template, context).encode()

    _, body = desk.pages.get(key, make)
    return HTMLResponse(body, headers=headers)


def etag(key: object) -> str:
    """The mark of something made of `key` alone."""
    return f'"{hashlib.sha256(repr(key).encode()).hexdigest()[:24]}"'


def matches(request: Request, tag: str) -> bool:
    """Whether the asker has it already. Proxies that compress mark it as weak."""
    return tag in (one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(","))


def render(request: Request, template: str, context: Mapping[str, object]) -> str:
    """The text of a page in the language in use."""
    desk = desk_of(request)
    return (
        _environment()
        .get_template(template)
        .render(
            {
                "organisation": phrases.printable(desk.book().organisation.name),
                "zone": desk.book().organisation.timezone,
                "trouble": desk.trouble,
                "lang": language(),
                "languages": [(lang, name, _other_language(request, lang)) for lang, name in LANGUAGE_NAMES.items()],
                "path": request.url.path,
                "chosen": dict(request.query_params),
                "link": partial(link, request),
                "places": [place for place in places() if place.has_use(desk.book())],
                "glance": None,
                "signs_in": getattr(request.state, "sign_in", None) is not None,
                "edition": "",
                **context,
            }
        )
    )


def link(request: Request, path: str, **chosen: object) -> str:
    """An address on this server that keeps what was chosen for all pages; what is None or empty is left out."""
    kept = {name: request.query_params[name] for name in _CARRIED if name in request.query_params}
    query = {name: str(value) for name, value in (kept | chosen).items() if value not in (None, "")}
    return f"{path}?{urlencode(query)}" if query else path


def _other_language(request: Request, lang: str) -> str:
    """This very page in another language."""
    return f"{request.url.path}?{urlencode({**request.query_params, 'lang': lang})}"


@lru_cache
def _environment() -> Environment:
    here, letters = PackageLoader("kakeibo.app.web", "templates"), PackageLoader("kakeibo.letters", "templates")
    environment = Environment(
        loader=ChoiceLoader([here, letters]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    rooms: dict[str, Any] = {
        one.__name__.rpartition(".")[2]: one
        for one in (
            beside,
            figures,
            glossary,
            incidents,
            outlook,
            overview,
            latency_pictures,
            phrases,
            pictures,
            statement_page,
            trial_pictures,
        )
    }
    environment.globals.update(
        t=t, signs=SIGNS, LANGUAGES=LANGUAGES, asset=asset, calendar=calendar, in_short=in_short, **rooms
    )
    return environment


ASSETS: Final = {
    "letters.css": ("kakeibo.letters", "templates/report.css", "text/css; charset=utf-8"),
    "web.css": ("kakeibo.app.web", "static/web.css", "text/css; charset=utf-8"),
    "icon.svg": ("kakeibo.app.web", "static/icon.svg", "image/svg+xml"),
    "trial.css": ("kakeibo.letters", "templates/trial.css", "text/css; charset=utf-8"),
    "desk.css": ("kakeibo.app.web", "static/desk.css", "text/css; charset=utf-8"),
    "lab.js": ("kakeibo.app.web", "static/lab.js", "text/javascript; charset=utf-8"),
    "copy.js": ("kakeibo.app.web", "static/copy.js", "text/javascript; charset=utf-8"),
    "live.js": ("kakeibo.app.web", "static/live.js", "text/javascript; charset=utf-8"),
}
"""Name -> package, file, media type. The letters' style is also that of the pages."""


@lru_cache
def asset_bytes(name: str) -> bytes:
    package, file, _ = ASSETS[name]
    return resources.files(package).joinpath(file).read_bytes()


@lru_cache
def asset(name: str) -> str:
    """The address of a style or script, which changes with its content, so that browsers may keep it."""
    return f"/static/{name}?v={hashlib.sha256(asset_bytes(name)).hexdigest()[:12]}"
