"""Words: every sentence that a person reads goes through `t`, English in the code, Japanese in locale/ja.po.

The catalogue is read once, and only when Japanese is asked for; there is nothing to compile.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from importlib import resources
from typing import Final

LANGUAGES: Final = ("en", "ja")
_language: ContextVar[str] = ContextVar("language", default="en")


def language() -> str:
    """The language in use here and now: "en" or "ja"."""
    return _language.get()


def use(lang: str) -> None:
    """From here on, speak `lang` (in this thread or task)."""
    _language.set(lang)


@contextmanager
def speaking(lang: str) -> Iterator[None]:
    """Speak `lang` within the block."""
    token = _language.set(lang)
    try:
        yield
    finally:
        _language.reset(token)


@lru_cache
def catalogue(lang: str) -> dict[str, str]:
    """English sentence -> sentence in `lang`, as shipped. Empty for English."""
    if lang == "en":
        return {}
    from babel.messages.pofile import read_po

    with resources.files("kakeibo").joinpath("locale", f"{lang}.po").open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file, locale=lang) if m.id and m.string}


def t(sentence: str, /, **values: object) -> str:
    """`sentence` in the language in use, with its {names} filled in."""
    words = catalogue(_language.get()).get(sentence, sentence)
    return words.format(**values) if values else words


def marked(sentence: str) -> str:
    """`sentence` itself. Says that `t` is given it later, so that it is known to need a translation."""
    return sentence
