"""One walk over the tree of an expression: its types, and what stands where it must not."""

from __future__ import annotations

import math
from typing import Final

from sqlglot import exp

from kakeibo.errors import PredicateError
from kakeibo.i18n import t
from kakeibo.predicates.lists import meaning_of
from kakeibo.predicates.nouns import ColumnType, ColumnUse
from kakeibo.predicates.patterns import check_escape, check_regexp
from kakeibo.predicates.refusals import check_column, refused
from kakeibo.predicates.trees import COMPARISONS, EQUALITIES, leaves, offset_of, results_of

_ARITHMETIC: Final = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod)
_TEXT_TESTS: Final = (exp.StartsWith, exp.EndsWith, exp.Contains, exp.Like, exp.ILike)


class Reader:
    """One walk over one expression: refuses, types the columns, and replaces named lists by their meaning."""

    def __init__(self, text: str, lists: dict[str, tuple[str, ...]]) -> None:
        self.text = text
        self.lists = lists
        self.columns: dict[str, ColumnUse] = {}
        self.lists_used: set[tuple[str, str]] = set()
        self._known: dict[int, tuple[exp.Expr, ColumnType]] = {}

    # -- types ------------------------------------------------------------------------------------------------------

    def type_of(self, node: exp.Expr) -> ColumnType | None:
        """The type of `node`; None for what has only columns whose type is not settled yet, and for NULL."""
        if id(node) in self._known:  # without this, nested CASEs would take time exponential in their depth
            return self._known[id(node)][1]
        found = self._type_of(node)
        if found is not None:
            self._known[id(node)] = (node, found)
        return found

    def _type_of(self, node: exp.Expr) -> ColumnType | None:
        match node:
            case exp.Column():
                return self._column(node)
            case exp.Literal():
                return "text" if node.is_string else self._number_literal(node)
            case exp.Boolean():
                return "boolean"
            case exp.Null():
                return None
            case exp.Paren():
                return self.type_of(node.this)
            case exp.Not():
                return self._all("boolean", [node.this])
            case exp.And() | exp.Or():
                return self._all("boolean", list(leaves(node)))
            case exp.In():
                return self._in(node)
            case exp.Is():
                return self._is(node)
            case exp.Between():
                return self._same(node, [node.this, node.args["low"], node.args["high"]])
            case exp.RegexpLike():
                return self._regexp(node)
            case exp.Escape():
                return self._escape(node)
            case exp.Neg():
                return self._all("number", [node.this])
            case exp.Lower() | exp.Upper() | exp.Trim():
                return self._text_function(node)
            case exp.Length() | exp.Abs():
                self._all("text" if isinstance(node, exp.Length) else "number", [node.this])
                return "number"
            case exp.Coalesce():
                return self._alike(results_of(node))
            case exp.Cast():
                return self._cast(node)
            case exp.Case() | exp.If():
                return self._case(node)
        if isinstance(node, (*COMPARISONS, exp.NullSafeEQ, exp.NullSafeNEQ)):
            return self._same(node, [node.this, node.expression])
        if isinstance(node, _TEXT_TESTS):
            self._all("text", [node.this, node.expression])
            return "boolean"
        if isinstance(node, _ARITHMETIC):
            return self._all("number", [node.this, node.expression])
        raise refused(self.text, node)

    def settle(self, node: exp.Expr, wanted: ColumnType) -> None:
        """Require `node` to be of type `wanted`; untyped columns become so."""
        while isinstance(node, exp.Paren):
            node = node.this
        found = self.type_of(node)
        if found is None and isinstance(node, (exp.Coalesce, exp.Case, exp.If)):
            self._all(wanted, results_of(node))
            return
        if isinstance(node, exp.Column):
            use = self.columns[node.name]
            if use.type not in (None, wanted):
                raise PredicateError(
                    t(
                        "column {column} is used as {one} and as {other}",
                        column=node.name,
                        one=t(use.type),
                        other=t(wanted),
                    ),
                    t("compare it with one kind of value; a number is written without quotes"),
                    offset_of(node),
                )
            self.columns[node.name] = ColumnUse(wanted, use.offset)
        elif found not in (None, wanted):
            raise PredicateError(
                t("expected a {wanted} here, found a {found}", wanted=t(wanted), found=t(found)),
                t("a text is written in single quotes, a number without"),
                offset_of(node),
            )

    def _all(self, wanted: ColumnType, children: list[exp.Expr]) -> ColumnType:
        for child in children:
            self.settle(child, wanted)
        return wanted

    def _alike(self, children: list[exp.Expr]) -> ColumnType | None:
        """All children share one type: that of the first whose type is known."""
        types = [self.type_of(child) for child in children]
        known = next((found for found in types if found), None)
        if known:
            self._all(known, children)
        return known

    def _same(self, node: exp.Expr, children: list[exp.Expr]) -> ColumnType:
        """A comparison of equals; two columns of unknown type are compared as numbers by < and as text by =."""
        if self._alike(children) is None:
            self._all("text" if isinstance(node, EQUALITIES) else "number", children)
        return "boolean"

    # -- nodes that need a closer look ------------------------------------------------------------------------------

    def _number_literal(self, node: exp.Literal) -> ColumnType:
        if math.isinf(float(node.name)):
            raise PredicateError(t("the number {text} is too large", text=node.name[:30]), "", offset_of(node))
        return "number"

    def _escape(self, node: exp.Escape) -> ColumnType:
        self._literal(node.expression, "text")
        result = self.type_of(node.this)
        self._literal(node.this.expression, "text")
        check_escape(node.expression, node.this.expression)
        return result or "boolean"

    def _column(self, node: exp.Column) -> ColumnType | None:
        check_column(node)
        use = self.columns.setdefault(node.name, ColumnUse(None, offset_of(node)))
        return use.type

    def _in(self, node: exp.In) -> ColumnType:
        if node.args.get("query") or node.args.get("unnest"):
            raise refused(self.text, node)
        if (name := node.args.get("field")) is not None:
            self._named_list(node, name)
        elif node.expressions:
            self._same(node, [node.this, *node.expressions])
        else:
            raise PredicateError(t("the list after IN is empty"), t("name at least one value"), offset_of(node.this))
        return "boolean"

    def _named_list(self, node: exp.In, name: exp.Expr) -> None:
        """Replace `column IN list` by its meaning, in place."""
        if not isinstance(node.this, exp.Column):
            raise PredicateError(t("only a column can be looked up in a named list"), "", offset_of(node.this))
        self.settle(node.this, "text")
        meaning = meaning_of(node.this, name, self.lists)
        self.lists_used.add((node.this.name, name.name))
        for key in list(node.args):
            node.set(key, None)
        node.set("this", meaning)
        node.set("expressions", [exp.true()])

    def _is(self, node: exp.Is) -> ColumnType:
        if isinstance(node.expression, exp.Boolean):
            self.settle(node.this, "boolean")
        elif isinstance(node.expression, exp.Null):
            if self.type_of(node.this) is None and not isinstance(node.this, exp.Column):
                self.settle(node.this, "text")
        else:
            raise refused(self.text, node.expression)
        return "boolean"

    def _regexp(self, node: exp.RegexpLike) -> ColumnType:
        self.settle(node.this, "text")
        self._literal(node.expression, "text")
        if node.args.get("flag"):
            self._literal(node.args["flag"], "text")
        check_regexp(node.expression.name, node.text("flag"), offset_of(node.expression))
        return "boolean"

    def _text_function(self, node: exp.Func) -> ColumnType:
        if any(value for key, value in node.args.items() if key != "this"):
            raise refused(self.text, node)
        return self._all("text", [node.this])

    def _cast(self, node: exp.Cast) -> ColumnType:
        """Only a text to a number, NULL where it is none. (The text of a number differs between engines.)"""
        if not node.to.is_type("double"):
            raise PredicateError(
                t("a cast to {type} gives different results on different engines", type=node.to.sql(dialect="duckdb")),
                t("compare the value itself, or cast a text to double"),
                offset_of(node),
            )
        self.settle(node.this, "text")
        if not isinstance(node, exp.TryCast):
            node.replace(exp.TryCast(this=node.this, to=node.to))
        return "number"

    def _case(self, node: exp.Expr) -> ColumnType | None:
        branches = node.args.get("ifs") or [node]
        if isinstance(node, exp.Case) and node.this:
            raise refused(self.text, node)
        for branch in branches:
            self.settle(branch.this, "boolean")
        return self._alike(results_of(node))

    def _literal(self, node: exp.Expr, wanted: ColumnType) -> None:
        if not isinstance(node, exp.Literal) or node.is_string != (wanted == "text"):
            raise PredicateError(t("expected a constant {wanted} here", wanted=t(wanted)), "", offset_of(node))
