"""Markdown that people wrote -> HTML that can do nothing but show it: no tags of theirs, no pictures from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup


def html(text: str) -> Markup:
    """The text as HTML. Addresses of scripts are no links; links tell the other side nothing of us."""
    return Markup(_renderer().render(text))


@lru_cache
def _renderer() -> MarkdownIt:
    """CommonMark with tables. Pictures become links: showing one would ask somebody else's server for it."""
    renderer = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    renderer.add_render_rule("link_open", _link)
    renderer.add_render_rule("th_open", _heading)
    return renderer


def _link(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    del env
    tokens[index].attrSet("rel", "noreferrer noopener")
    return str(self.renderToken(tokens, index, options, {}))


def _heading(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    del env
    tokens[index].attrSet("scope", "col")
    return str(self.renderToken(tokens, index, options, {}))
