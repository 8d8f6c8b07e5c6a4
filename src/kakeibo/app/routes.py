"""Paths of requests -> conditions of journeys: which paths go together, and how that is said in the book."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from kakeibo.engines.surveys import VARIABLE, Route
from kakeibo.i18n import t
from kakeibo.sources.kinds import literal

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_MANY: Final = 8
_STATIC: Final = (
    "css|js|mjs|map|png|jpe?g|gif|svg|ico|webp|avif|bmp|woff2?|ttf|otf|eot|mp3|mp4|m4[av]|webm|ogg|wav|mov|avi|ts|m3u8|"
    "pdf|zip|t?gz|bz2|xz|rar|7z|iso|exe|dmg|deb|rpm|apk|jar|swf|txt|xml|wasm"
)


def left_out() -> dict[str, str]:
    """Requests that are no journey of a user: reason -> regular expression over the path."""
    return {
        t(
            "health checks and metrics"
        ): r"(?i)^/(-/)?(health|healthz|healthcheck|health[-_]check|livez?|liveness|readyz?|"
        r"readiness|ping|up|alive|heartbeat|metrics|nginx_status|stub_status|server-status|_?status)(/.*)?$",
        t("robots, feeds and site maps"): r"(?i)^/(robots\.txt|sitemap.*|feed|rss|atom|ads\.txt|humans\.txt|"
        r"\.well-known/.*)/?$|(?i)/(feed|rss|atom|[^/]*\.(rss|atom|rdf))/?$",
        t(
            "scanners looking for holes"
        ): r"(?i)/\.(env|git|svn|hg|aws|ssh|ds_store|htaccess|htpasswd|vscode)|[<>{}\\]|\.\./|"
        r"^/(cgi-bin|phpmyadmin|pma|solr/|actuator/|vendor/phpunit|hudson|hnap1|boaform|manager/html)|^[^/h]",
        t("pictures, styles, scripts and downloads"): rf"(?i)\.({_STATIC})$",
    }


def grouped(routes: Iterable[Route]) -> list[Route]:
    """Routes with the segments that vary a lot made VARIABLE too, merged, the most frequent first.

    A folder with many different things in it, none of which dominates, holds things of one kind.
    """
    merged = _merged(routes)
    depth = max((route.path.count("/") for route in merged), default=0)
    for level in range(2, min(depth, 8) + 1):
        children: defaultdict[tuple[str, str], list[Route]] = defaultdict(list)
        for route in merged:
            parts = route.path.split("/")
            if len(parts) > level and parts[level]:
                children[route.method, "/".join(parts[:level])].append(route)
        merged = _merged([*_others(merged, level), *(r for found in children.values() for r in _alike(found, level))])
    return merged


def _others(routes: Sequence[Route], level: int) -> list[Route]:
    return [route for route in routes if len(parts := route.path.split("/")) <= level or not parts[level]]


def _alike(routes: list[Route], level: int) -> list[Route]:
    """Routes of one folder: their next segment made VARIABLE when it has many values and none dominates."""
    counts: defaultdict[str, int] = defaultdict(int)
    for route in routes:
        counts[route.path.split("/")[level]] += route.events
    if len(counts) < _MANY or 2 * max(counts.values()) > sum(counts.values()):
        return routes
    return [replace(route, path=_with_variable(route.path, level)) for route in routes]


def _with_variable(path: str, level: int) -> str:
    parts = path.split("/")
    return "/".join([*parts[:level], VARIABLE, *parts[level + 1 :]])


def _merged(routes: Iterable[Route]) -> list[Route]:
    found: dict[tuple[str, str], Route] = {}
    for route in routes:
        same = found.get((route.method, route.path))
        found[route.method, route.path] = route if same is None else _sum(same, route)
    return sorted(found.values(), key=lambda route: (-route.events, route.path, route.method))


def _sum(one: Route, other: Route) -> Route:
    return replace(
        one,
        events=one.events + other.events,
        missing=one.missing + other.missing,
        queried=one.queried + other.queried,
    )


# -- conditions -----------------------------------------------------------------------------------------------------


def condition(route: Route, others: Sequence[Route], *, path: str, method: str | None, request: bool) -> str:
    """The condition that an event is of `route`. `path` is the column that holds the path, or a whole request line.

    `others`: routes that are known besides; those that the pattern would take in by mistake are excepted.
    """
    ends = [" ", "?"] if request else ["", "?"] if route.queried else [""]
    before = f"{route.method} " if request else ""
    tests = [_test(path, before, route.path, end) for end in ends]
    apart = len(set(tests)) > 1
    both = " or ".join(tests) if apart else tests[0]
    if apart and (method or _has_deeper(route, others)):
        both = f"({both})"
    if _has_deeper(route, others):
        both += f" and {_not_deeper(path, before + route.path, whole=ends == [''])}"
    return f"{method} = {literal(route.method)} and {both}" if method and not request else both


def _test(column: str, before: str, path: str, end: str) -> str:
    """One comparison; `end` is what comes after the path: nothing, its query, or the rest of the request line."""
    text = before + path
    open_ended = end in ("?", " ")
    if VARIABLE not in text:
        return f"starts_with({column}, {literal(text + end)})" if open_ended else f"{column} = {literal(text)}"
    stem, last = text[:-1], text.endswith(VARIABLE)
    if last and VARIABLE not in stem:  # the query or the rest of the line is taken in by the variable part
        return _begins(column, stem)
    return f"{column} like {_pattern(text + (end + VARIABLE if open_ended and not last else ''))}"


def _begins(column: str, stem: str) -> str:
    if re.search(r"[%_\\]", stem):
        return f"starts_with({column}, {literal(stem)})"
    return f"{column} like {literal(stem + '%')}"


def _pattern(text: str) -> str:
    """A LIKE pattern with % for VARIABLE, everything else meant literally."""
    escaped = re.sub(r"([%_\\])", r"\\\1", text)
    suffix = "" if escaped == text else " escape '\\'"
    return literal(escaped.replace(VARIABLE, "%")) + suffix


def _not_deeper(column: str, stem: str, *, whole: bool) -> str:
    """The condition that nothing lies below `stem`. Where the column goes on after the path, so may its slashes."""
    if whole:
        return f"{column} not like {_pattern(f'{stem}/{VARIABLE}')}"
    pattern = re.sub(r"([][.^$*+?(){}|\\])", r"\\\1", stem).replace(VARIABLE, "[^/? ]*")
    return f"not regexp_matches({column}, {literal(f'^{pattern}/')})"


def _has_deeper(route: Route, others: Sequence[Route]) -> bool:
    """Do other routes lie below this one, so that its pattern must not take them in?"""
    below = route.path + "/"
    return route.path.endswith(VARIABLE) and any(
        other.method == route.method and other.path.startswith(below) for other in others
    )
