"""What `column IN list` means, when the list is one of the book's."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from kakeibo.errors import PredicateError
from kakeibo.i18n import t
from kakeibo.predicates.nouns import NO_CODE
from kakeibo.predicates.trees import offset_of


def meaning_of(column: exp.Column, name: exp.Expr, lists: Mapping[str, tuple[str, ...]]) -> exp.Case:
    """True for a listed code, false for a code of another list and for none, NULL for a code of no list."""
    if not isinstance(name, exp.Column) or name.name not in lists:
        import difflib

        near = difflib.get_close_matches(name.name, lists, 1)
        raise PredicateError(
            t("there is no list named {name}", name=name.name),
            t("did you mean {near}?", near=near[0]) if near else t("add it to lists: in the book"),
            offset_of(name),
        )
    listed = lists[name.name]
    others = sorted({code for codes in lists.values() for code in codes} - set(listed))
    meaning = exp.Case().when(exp.or_(column.copy().is_(exp.null()), column.copy().isin(*NO_CODE)), exp.false())
    meaning = meaning.when(column.copy().isin(*listed), exp.true()) if listed else meaning
    meaning = meaning.when(column.copy().isin(*others), exp.false()) if others else meaning
    meaning.set("default", exp.null())
    return meaning
