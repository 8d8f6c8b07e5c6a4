"""Expression -> Predicate: read the tree, walk it, cut it into atoms."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from sqlglot import exp

from kakeibo.errors import PredicateError
from kakeibo.i18n import t
from kakeibo.predicates.atoms import atom_of
from kakeibo.predicates.nouns import Predicate
from kakeibo.predicates.reading import Reader
from kakeibo.predicates.syntax import tree_of
from kakeibo.predicates.trees import conjuncts, leaves, render


def parse(text: str, lists: Mapping[str, tuple[str, ...]]) -> Predicate:
    """Read one expression. `lists` are the book's named lists of codes.

    Raises PredicateError with the offset of what is refused, why, and the mend.
    """
    return _parse(text, tuple(sorted((name, tuple(codes)) for name, codes in lists.items())))


@lru_cache(maxsize=50_000)
def _parse(text: str, lists: tuple[tuple[str, tuple[str, ...]], ...]) -> Predicate:
    try:
        return _read(text, tree_of(text), dict(lists))
    except RecursionError:
        raise PredicateError(t("the expression is nested too deeply"), t("use a named list")) from None


def _read(text: str, tree: exp.Expr, lists: dict[str, tuple[str, ...]]) -> Predicate:
    words = [node.sql(dialect="duckdb", comments=False) for node in conjuncts(tree)]  # before lists are replaced
    reader = Reader(text, lists)
    found = reader.type_of(tree)
    if found is None and not isinstance(tree, exp.Null):
        reader.settle(tree, "boolean")
    elif found != "boolean":
        raise PredicateError(
            t("this is a {type}, not a condition", type=t(found or "text")),
            t("write a comparison, such as status < 500"),
        )
    atoms = tuple(atom_of(node) for node in leaves(tree))
    sql = [render(node) for node in conjuncts(tree)]
    parts = tuple(Predicate(word, part, {}, (), ()) for word, part in zip(words, sql, strict=True)) if words[1:] else ()
    return Predicate(text, render(tree), reader.columns, atoms, tuple(sorted(reader.lists_used)), parts)
