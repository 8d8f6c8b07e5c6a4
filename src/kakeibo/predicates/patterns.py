"""Patterns that texts are held against. An engine finds some mistakes at the first line that reaches them: too late."""

from __future__ import annotations

from sqlglot import exp

from kakeibo.errors import PredicateError
from kakeibo.i18n import t
from kakeibo.predicates.trees import offset_of


def check_escape(mark: exp.Expr, pattern: exp.Expr) -> None:
    """Both of LIKE 'pattern' ESCAPE 'mark'."""
    if len(mark.name) != 1:
        raise PredicateError(t("ESCAPE names one character"), t("write escape '!'"), offset_of(mark))
    if pattern.name.replace(mark.name * 2, "").endswith(mark.name):
        raise PredicateError(
            t("nothing follows the escape character at the end of the pattern"),
            t("write it twice if it is meant itself"),
            offset_of(pattern),
        )


def check_regexp(pattern: str, flags: str, offset: int) -> None:
    """Let the engine's own RE2 judge a pattern: look-around and back-references are refused there."""
    import duckdb

    if set(flags) - {"i", "c", "s"}:
        raise PredicateError(
            t("the regular expression's options '{flags}' are not understood", flags=flags),
            t("'i' ignores case, 's' lets . match a line end"),
            offset,
        )
    try:
        duckdb.execute("SELECT regexp_matches('', ?)", [pattern])
    except duckdb.Error as error:
        reason = str(error).split(":", 1)[-1].strip().splitlines()[0]
        raise PredicateError(
            t("the regular expression is not understood: {reason}", reason=reason),
            t("use RE2 syntax: no look-ahead, look-behind or back-references"),
            offset,
        ) from None
