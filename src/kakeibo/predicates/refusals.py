"""What is not accepted, and the mend."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from kakeibo.errors import PredicateError
from kakeibo.i18n import t
from kakeibo.predicates.trees import offset_of

_FUNCTIONS: Final = (
    "lower, upper, trim, length, abs, coalesce, starts_with, ends_with, contains, regexp_matches, "
    "cast(... as double), like, ilike, in, between, is null, is distinct from, case, + - * / %"
)


def check_column(node: exp.Column) -> None:
    """A column is one plain name, and not the time."""
    if node.table or not isinstance(node.this, exp.Identifier):
        raise PredicateError(
            t("'{name}' is not a column name", name=node.sql(dialect="duckdb")),
            t("map nested keys in the source's fields: and use the short name"),
            offset_of(node),
        )
    if node.name == "time":
        raise PredicateError(
            t("predicates cannot look at the time of an event"),
            t("times without a zone mean different things to different engines; give the SLO a window instead"),
            offset_of(node),
        )


def refused(text: str, node: exp.Expr) -> PredicateError:
    """What to say of a node that is not on the list."""
    if isinstance(node, (exp.Query, exp.Exists)) or node.args.get("query"):
        offset = max(text.lower().find("select"), 0)
        return PredicateError(t("a sub-query is not allowed"), t("look at the columns of one event only"), offset)
    offset = offset_of(node)
    word = text[offset:].split("(")[0].split()[:1] or [node.key]
    return PredicateError(
        t("'{word}' is not allowed in an expression", word=word[0]),
        t("allowed are: {list}", list=_FUNCTIONS),
        offset,
    )
