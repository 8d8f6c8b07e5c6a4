"""Full-text search over the registry: every word must occur somewhere, in any language, however short.

Texts are compared folded (NFKC, no upper case), as plain parts of each other: Japanese has no blanks between words, and
words of one or two characters, which indexes of trigrams cannot find, are found like all others, the same on SQLite and
on PostgreSQL without an extension. A scan over the folded texts is fast enough for many thousands (docs/benchmarks.md).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from kakeibo.postmortems import records
from kakeibo.postmortems.records import Postmortem, Where
from kakeibo.store import tables

MOST_WORDS: Final = 12
_BEFORE, _LENGTH = 40, 160


@dataclass(frozen=True, slots=True)
class Hit:
    """A postmortem in which all words occur, and a piece of the text around one of them."""

    postmortem: Postmortem
    excerpt: str


def folded(text: str) -> str:
    """A text as it is compared."""
    return unicodedata.normalize("NFKC", text).casefold()


def search(where: Where, query: str, limit: int = 50) -> list[Hit]:
    """The first `limit` postmortems in which every word of `query` occurs, with an excerpt each."""
    with records.reading(where) as connection:
        return hits(connection, found(connection, query)[:limit], query)


def found(where: Where, query: str) -> list[Postmortem]:
    """Postmortems in which every word of `query` occurs: those with the words in their title first, then the newest."""
    words = _words(query)
    if not words:
        return []
    table = tables.postmortem_words.c
    matching = select(table.postmortem_id)
    for word in words:
        matching = matching.where(table.words.contains(word, autoescape=True))
    with records.reading(where) as connection:
        numbers = set(connection.scalars(matching))
        all_ = [one for one in records.postmortems(connection) if one.id in numbers]
    return sorted(
        all_, key=lambda one: not all(word in folded(one.title) for word in words)
    )  # stable: the newest first


def hits(where: Where, postmortems: Sequence[Postmortem], query: str) -> list[Hit]:
    """Some of what was found, with an excerpt each."""
    with records.reading(where) as connection:
        return [Hit(one, excerpt(records.text(connection, one.id).text, _words(query))) for one in postmortems]


def _words(query: str) -> list[str]:
    return folded(query).split()[:MOST_WORDS]


def excerpt(text: str, words: Sequence[str]) -> str:
    """The first line of a text that has one of the words, around it; without front matter and the title, which stand
    beside it."""
    _, _, body = text.partition("\n---\n")
    for line in (body or text).split("\n"):
        if line.startswith("# "):
            continue
        line, plain = line.strip("#|-* "), folded(line.strip("#|-* "))
        places = [plain.find(word) for word in words if word in plain]
        if places:
            begin = max(0, min(places) - _BEFORE)
            return ("…" if begin else "") + line[begin : begin + _LENGTH] + ("…" if len(line) > begin + _LENGTH else "")
    return ""
