"""nginx configuration as checks need it: directives with what they stand in, and values that are inherited."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import crossplane

from kakeibo.errors import Problem
from kakeibo.i18n import t
from kakeibo.practice.lengths import seconds_of


@dataclass(frozen=True, slots=True, eq=False)
class Directive:
    """One directive: its place, its words, what stands in its block, and the directive it stands in."""

    file: str
    line: int
    name: str
    words: tuple[str, ...]
    above: Directive | None
    block: tuple[Directive, ...] = ()

    def own(self, name: str) -> Directive | None:
        """The directive of this name in its block."""
        return next((one for one in self.block if one.name == name), None)


def read(path: Path) -> list[Directive] | Problem:
    """The directives at the top of a file; or why it cannot be read. Included files are not followed."""
    # The file may be a part of a configuration: what stands where is not our business.
    found = crossplane.parse(str(path), single=True, catch_errors=True, check_ctx=False, check_args=False)
    if found["errors"]:
        error = found["errors"][0]
        message = str(error["error"]).split(" in ")[0] or t("it begins as one and breaks off or is garbled")
        return Problem(str(path), int(error.get("line") or 0), 1 if error.get("line") else 0,
                       t("not a configuration of nginx ({reason})", reason=message),
                       t("correct it, or leave the file out"))  # fmt: skip
    parsed: Sequence[Mapping[str, Any]] = found["config"][0]["parsed"] if found["config"] else ()
    return [_directive(str(path), one, None) for one in parsed]


def _directive(file: str, parsed: Mapping[str, Any], above: Directive | None) -> Directive:
    words = tuple(parsed["args"])
    bare = Directive(file, parsed["line"], parsed["directive"], words, above)
    block = tuple(_directive(file, one, bare) for one in parsed.get("block", ()))
    return Directive(file, parsed["line"], parsed["directive"], words, above, block)


def walk(directives: Sequence[Directive], held: Mapping[str, Directive] | None = None) -> Iterator[Context]:
    """Every block, with the directives that hold in it: its own, or else those of the blocks around it."""
    holding = {**(held or {}), **{one.name: one for one in directives if not one.block}}
    for one in directives:
        if one.block:
            yield Context(one, {**holding, **{inner.name: inner for inner in one.block if not inner.block}})
            yield from walk(one.block, holding)


@dataclass(frozen=True, slots=True)
class Context:
    """A block and what holds in it."""

    block: Directive
    holding: Mapping[str, Directive]

    def seconds(self, name: str, usual: int | None = None) -> int | None:
        """A length of time that holds here, in seconds; `usual` where none is written."""
        found = self.holding.get(name)
        return seconds_of(found.words[0]) if found and found.words else usual
