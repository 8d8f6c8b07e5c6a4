"""What the counting query must know about the smallest conditions."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from kakeibo.predicates.nouns import Atom, Comparison
from kakeibo.predicates.trees import COMPARISONS, EQUALITIES, number, render

_MIRRORED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}


def atom_of(node: exp.Expr) -> Atom:
    """What the counting query must know about one smallest condition."""
    columns = frozenset(column.name for column in node.find_all(exp.Column))
    comparisons = equality = None
    if len(columns) == 1:
        comparisons = _comparisons(node)
        equality = _is_equality(node)
    return Atom(columns, render(node), comparisons, bool(equality))


def _comparisons(node: exp.Expr) -> tuple[Comparison, ...] | None:
    """The comparisons of a number column with constants that `node` is made of, or None."""
    if isinstance(node, exp.Is) and isinstance(node.this, exp.Column) and isinstance(node.expression, exp.Null):
        return ()
    if isinstance(node, exp.Between):
        low, high = number(node.args["low"]), number(node.args["high"])
        simple = isinstance(node.this, exp.Column) and low is not None and high is not None
        return ((">=", low), ("<=", high)) if simple and low is not None and high is not None else None
    if isinstance(node, exp.In) and isinstance(node.this, exp.Column):
        values = [number(value) for value in node.expressions]
        return None if None in values else tuple(("=", value) for value in values if value is not None)
    operator = COMPARISONS.get(type(node)) or ("=" if isinstance(node, EQUALITIES) else None)
    if operator is None:
        return None
    if isinstance(node.this, exp.Column) and (right := number(node.expression)) is not None:
        return ((operator, right),)
    if isinstance(node.expression, exp.Column) and (left := number(node.this)) is not None:
        return ((_MIRRORED[operator], left),)
    return None


def _is_equality(node: exp.Expr) -> bool:
    """Does `node` only ask whether its column equals constants, or is null? Named lists do."""
    tests = (*EQUALITIES, exp.In, exp.Is, exp.Case, exp.If, exp.Or, exp.Column, exp.Literal, exp.Boolean)
    plain = (exp.Null, exp.Identifier, exp.Paren, exp.Not)
    return all(isinstance(part, (*tests, *plain)) for part in node.walk())
