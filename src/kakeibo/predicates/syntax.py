"""The text of an expression: its tokens, its one canonical line, and the tree that sqlglot makes of it."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import TokenType

from kakeibo.errors import PredicateError
from kakeibo.i18n import t

_REFUSED_TOKENS: Final = {TokenType.TILDE, TokenType.SIMILAR_TO, TokenType.RLIKE, TokenType.GLOB}
_KEYWORDS: Final = {
    *("and", "or", "not", "in", "is", "null", "true", "false", "between", "like", "ilike", "distinct", "from"),
    *("case", "when", "then", "else", "end"),
}  # fmt: skip
_MAX_TEXT: Final = 20_000


@lru_cache(maxsize=50_000)
def canonical(text: str) -> str:
    """An accepted expression on one line, written one way whatever its layout, comments and case of keywords.

    From the tokens, not from sqlglot's rendering: it must stay the same when sqlglot is renewed.
    """
    line, before = "", TokenType.L_PAREN
    for token in sqlglot.tokenize(text, read="duckdb"):
        word = text[token.start : token.end + 1]
        call = token.token_type is TokenType.L_PAREN and before is TokenType.VAR
        close = before is TokenType.L_PAREN or token.token_type in (TokenType.R_PAREN, TokenType.COMMA) or call
        line += ("" if close else " ") + (word.lower() if word.lower() in _KEYWORDS else word)
        before = token.token_type
    return line


def tree_of(text: str) -> exp.Expr:
    """The one expression in `text`, or PredicateError at the place where reading it failed."""
    if not text.strip():
        raise PredicateError(t("the expression is empty"), t("write a condition, such as status < 500"))
    if len(text) > _MAX_TEXT:
        raise PredicateError(t("the expression is longer than {n} characters", n=_MAX_TEXT), t("use a named list"))
    try:
        for token in sqlglot.tokenize(text, read="duckdb"):
            if token.token_type in _REFUSED_TOKENS:
                raise PredicateError(
                    t("'{word}' means different things to different engines", word=token.text),
                    t("write regexp_matches(column, 'pattern')"),
                    token.start,
                )
            if token.token_type is TokenType.SEMICOLON:
                raise PredicateError(t("only one expression is allowed"), t("remove what follows ';'"), token.start)
        trees = sqlglot.parse(text, read="duckdb")
    except SqlglotError as error:
        raise _unreadable(text, error) from None
    if len(trees) != 1 or trees[0] is None:
        raise PredicateError(t("the expression is empty"), t("write a condition, such as status < 500"))
    return trees[0]


def _unreadable(text: str, error: SqlglotError) -> PredicateError:
    """sqlglot's complaint with its place as an offset into `text`."""
    details = (getattr(error, "errors", None) or [{}])[0]
    line, column = int(details.get("line") or 1), int(details.get("col") or 1)
    before = sum(len(part) + 1 for part in text.split("\n")[: line - 1])
    word = str(details.get("highlight") or "")
    offset = min(max(before + column - max(len(word), 1), 0), max(len(text) - 1, 0))
    message = t("cannot read the expression at '{word}'", word=word) if word else t("cannot read the expression")
    return PredicateError(message, t("check quotes, brackets and operators around it"), offset)
