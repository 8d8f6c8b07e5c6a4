"""What the YAML parser says -> what a person can act on. These cover the commonest of libyaml's terse English words."""

from __future__ import annotations

import re
from typing import Final

import yaml

from kakeibo.errors import Problem
from kakeibo.i18n import t

_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")

_WIDE: Final = re.compile("[^#'\"]*?[：　]")


def explain(error: yaml.YAMLError, file: str, text: str) -> Problem:
    """One problem for one parser error in `text`."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        mark = error.problem_mark
        wide = _wide_character(text, mark.line)
        if wide:
            return Problem(file, *wide, t("a full-width ':' or space"), t("write ':' and ' ' in half width"))
        message, mend = _in_plain_words(error, text[mark.index : mark.index + 1])
        if _noticed_late(error.problem or "") and error.context_mark is not None:
            mark = error.context_mark
        return Problem(file, mark.line + 1, mark.column + 1, message, mend)
    line, column = _unprintable(text)
    message = t("not a text file: there is a character that cannot be printed")
    return Problem(file, line, column, message, t("a book is a YAML text file; give its path, or remove the character"))


def _noticed_late(problem: str) -> bool:
    """Whether the parser went on for long before it complained: the place to mend is where it began."""
    return "end of stream" in problem or "could not find expected ':'" in problem


def _wide_character(text: str, line: int) -> tuple[int, int] | None:
    """Where a Japanese keyboard left a character that only looks like YAML's, in this line or the one above."""
    lines = text.split("\n")
    for number in (line, line - 1):
        found = _WIDE.match(lines[number]) if 0 <= number < len(lines) else None
        if found:
            return number + 1, found.end()
    return None


def _in_plain_words(error: yaml.MarkedYAMLError, at: str) -> tuple[str, str]:
    """What is wrong and the mend; `at` is the character where the parser stopped."""
    problem, context = error.problem or "", error.context or ""
    if "cannot start any token" in problem and at == "\t":
        return t("a tab cannot indent"), t("indent with spaces")
    if "cannot start any token" in problem:
        return t("a text cannot begin with {character}", character=at), t('put the text in quotes: "..."')
    if "mapping values are not allowed" in problem:
        mend = t("put a text that contains ': ' in quotes, and indent keys of one level alike")
        return t("a ':' in the middle of a text, or a wrong indentation"), mend
    mend = t("close every bracket; inside brackets, quote texts that contain , : # [ ] { }")
    if "expected ',' or" in problem and error.context_mark:
        line = error.context_mark.line + 1
        return t("the bracket of line {line} is not closed, or a comma is missing", line=line), mend
    if "expected node content" in problem and "flow" in context:
        return t("a value is missing inside a bracket"), mend
    if "expected key" in problem:
        return t("here a key was expected"), t("indent keys of one level alike, and put 'key: value' on each line")
    if "could not find expected ':'" in problem:
        return t("a key without ':'"), t("write 'key: value' on each line")
    if "end of stream" in problem:
        return t("a quote is opened and never closed"), t("close the quote, or double it inside the text")
    mend = t("look at this line and the one above: indentation, quotes, brackets")
    return t("this is not YAML ({reason})", reason=problem), mend


def _unprintable(text: str) -> tuple[int, int]:
    """Where the first character is that YAML forbids, counted from 1."""
    found = _FORBIDDEN.search(text)
    at = found.start() if found else 0
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
