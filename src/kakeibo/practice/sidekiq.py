"""Configuration of a Rails application with Sidekiq: workers, database pools, jobs on a timetable.

Such files often hold templates: of `<%= ENV.fetch("THREADS") { 5 } %>` the name and the 5 are understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from kakeibo.definitions.nodes import MapNode, Node, Position, TextNode, position
from kakeibo.practice import trees

_FETCHED: Final = re.compile(
    r"""ENV(?:\.fetch\(|\[)\s*["'](?P<name>\w+)["']\s*[)\]]?"""
    r"""(?:\s*(?:,|\|\||\{|do)\s*["']?(?P<usual>[0-9]{1,6}))?""",
    re.ASCII,
)
_KEYS: Final = {"concurrency", "queues", "max_retries", "limits"}


@dataclass(frozen=True, slots=True)
class Setting:
    """A number in a file: `variable` is the environment's that it is taken from, `number` what it is, or usually is."""

    place: Position
    variable: str
    number: int | None


def setting(node: Node | None, place: Position) -> Setting | None:
    """The number that a scalar stands for; None for what is neither a number nor taken from the environment."""
    if not isinstance(node, TextNode):
        return None
    written = node.value.strip()
    if written.isascii() and written.isdecimal():
        return Setting(place, "", int(written[:9]))
    found = _FETCHED.search(written)
    return Setting(place, found["name"], int(found["usual"]) if found["usual"] else None) if found else None


def is_sidekiq(root: MapNode) -> bool:
    """Whether a mapping is Sidekiq's configuration: at least two of its keys."""
    return len({key.lstrip(":") for key in root.entries} & _KEYS) > 1 or ":concurrency" in root.entries


def entry(root: MapNode, key: str) -> tuple[TextNode, Node] | None:
    """A setting of Sidekiq, written as a Ruby symbol or not."""
    return root.entries.get(f":{key}") or root.entries.get(key)


def concurrency(root: MapNode) -> Setting | None:
    """How many jobs one process works on at a time."""
    found = entry(root, "concurrency")
    return setting(found[1], position(found[0].start)) if found else None


def pools(root: MapNode) -> Iterator[Setting]:
    """The sizes of connection pools in a database.yml: those of production, or else all."""
    blocks = [(name, value) for name, (_, value) in root.entries.items() if isinstance(value, MapNode)]
    production = [one for one in blocks if one[0] == "production"] or blocks
    for _, block in production:
        for mapping in trees.walk(block):
            if "pool" in mapping.entries and {"adapter", "url", "database"} & mapping.entries.keys():
                key, value = mapping.entries["pool"]
                if found := setting(value, position(key.start)):
                    yield found


def is_database(root: MapNode) -> bool:
    """Whether a mapping is a database.yml."""
    return next(pools(root), None) is not None


def timetable(root: MapNode) -> Iterator[tuple[str, str, Position]]:
    """(job, cron expression, place) of a timetable of sidekiq-cron or sidekiq-scheduler, wherever in the file."""
    for mapping in trees.walk(root):
        for name, (_, value) in mapping.entries.items():
            if isinstance(value, MapNode) and "cron" in value.entries and "class" in value.entries:
                crons = trees.items(value, "cron")
                text = trees.text(crons[0]) if crons else trees.text(value, "cron")
                yield name, text, trees.place(value, "cron")
