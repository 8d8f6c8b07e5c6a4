"""The tree of an expression: what its nodes are, where they stand in the text, and how they are written for DuckDB."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlglot import exp

COMPARISONS: Final[dict[type[exp.Expr], str]] = {
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.EQ: "=",
    exp.NEQ: "=",
}
EQUALITIES: Final = (exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.NullSafeNEQ)


def leaves(node: exp.Expr) -> Iterator[exp.Expr]:
    """The conditions between AND, OR and NOT."""
    if isinstance(node, (exp.And, exp.Or)):
        # Chains of AND/OR lean left: walk down with a stack, not with recursion, for long generated expressions.
        stack = [node.expression, node.this]
        while stack:
            child = stack.pop()
            if isinstance(child, (exp.And, exp.Or)):
                stack += [child.expression, child.this]
            else:
                yield from leaves(child)
    elif isinstance(node, (exp.Not, exp.Paren)):
        yield from leaves(node.this)
    else:
        yield node


def conjuncts(node: exp.Expr) -> list[exp.Expr]:
    """The conditions that must all be true for `node` to be true."""
    while isinstance(node, exp.Paren):
        node = node.this
    return list(node.flatten()) if isinstance(node, exp.And) else [node]


def render(node: exp.Expr) -> str:
    return node.transform(_plain).sql(dialect="duckdb", comments=False, identify=True)


def _plain(node: exp.Expr) -> exp.Expr:
    """Numbers are doubles, as columns are: a decimal or integer constant would round and overflow in its own way.
    Dividing by zero is NULL."""
    if isinstance(node, exp.Literal) and not node.is_string:
        text = repr(float(node.name))
        return exp.Literal.number(text if "e" in text else f"{text}e0")
    if isinstance(node, (exp.Div, exp.Mod)):
        node.set("expression", exp.Nullif(this=node.expression, expression=exp.Literal.number("0")))
    return node


def results_of(node: exp.Expr) -> list[exp.Expr]:
    """What a COALESCE or CASE can come to."""
    if isinstance(node, exp.Coalesce):
        return [node.this, *node.expressions]
    results = [branch.args["true"] for branch in node.args.get("ifs") or [node]]
    last = node.args.get("default") or node.args.get("false")
    return [*results, last] if last else results


def number(node: exp.Expr) -> float | None:
    """The number that a constant is, or None."""
    if isinstance(node, exp.Neg) and (value := number(node.this)) is not None:
        return -value
    return float(node.name) if isinstance(node, exp.Literal) and not node.is_string else None


def offset_of(node: exp.Expr) -> int:
    """Where `node` begins in the text: the first place known of any of its parts."""
    starts = [part.meta["start"] for part in node.walk() if part.meta and "start" in part.meta]
    return int(min(starts, default=0))
