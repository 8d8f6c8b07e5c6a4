"""Predicates: SQL boolean expressions over one event's columns, accepted from an allow-list and nothing else.

sqlglot parses; `parse` walks the tree once, refuses what is not listed here, gives every column a type by the way it is
used, and cuts the expression into *atoms*: the smallest conditions between AND, OR and NOT. Atoms tell the counting
query how little of a column it must keep (engines.queries). The accepted expression is rendered for DuckDB, where all
groups are judged, so that it has one meaning whichever engine scanned the events.

A named list (`error in system_codes`) knows three answers: a listed code is in it, a code of another list and an
absent code are not, and a code of no list is NULL: nobody has said yet what it means.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Literal

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import TokenType

from kakeibo.errors import PredicateError
from kakeibo.i18n import marked, t

ColumnType = Literal["number", "text", "boolean"]
TYPE_NAMES: Final = (marked("number"), marked("text"), marked("boolean"))
Comparison = tuple[str, float]
"""How an atom compares a number column: an operator (one of < <= > >= =) and a constant."""

NO_CODE: Final = ("", "-")
"""What logs write where there is no code: counted like an absent one by named lists."""

_COMPARISONS: Final[dict[type[exp.Expr], str]] = {
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.EQ: "=",
    exp.NEQ: "=",
}
_EQUALITIES: Final = (exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.NullSafeNEQ)
_MIRRORED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}
_ARITHMETIC: Final = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod)
_TEXT_TESTS: Final = (exp.StartsWith, exp.EndsWith, exp.Contains, exp.Like, exp.ILike)
_FUNCTIONS: Final = (
    "lower, upper, trim, length, abs, coalesce, starts_with, ends_with, contains, regexp_matches, "
    "cast(... as double), like, ilike, in, between, is null, is distinct from, case, + - * / %"
)
_REFUSED_TOKENS: Final = {TokenType.TILDE, TokenType.SIMILAR_TO, TokenType.RLIKE, TokenType.GLOB}
_KEYWORDS: Final = {
    *("and", "or", "not", "in", "is", "null", "true", "false", "between", "like", "ilike", "distinct", "from"),
    *("case", "when", "then", "else", "end"),
}  # fmt: skip
_MAX_TEXT: Final = 20_000


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """A column as one predicate uses it: its type (None: any type would do) and the offset of its first mention."""

    type: ColumnType | None
    offset: int


@dataclass(frozen=True, slots=True)
class Atom:
    """A smallest condition. `comparisons` is set when it only compares one number column with constants;
    `equality` when it only asks whether one text column equals constants or is null."""

    columns: frozenset[str]
    sql: str
    comparisons: tuple[Comparison, ...] | None = None
    equality: bool = False


@dataclass(frozen=True)
class Predicate:
    """An accepted expression. `sql` is DuckDB's; `lists` are the (column, list name) pairs it asks about; `parts` are
    the conditions that must all be true, each as a Predicate of its own, when there are several."""

    text: str
    sql: str
    columns: Mapping[str, ColumnUse] = field(compare=False)
    atoms: tuple[Atom, ...] = field(compare=False)
    lists: tuple[tuple[str, str], ...] = field(compare=False)
    parts: tuple[Predicate, ...] = field(compare=False, default=())


def parse(text: str, lists: Mapping[str, tuple[str, ...]]) -> Predicate:
    """Read one expression. `lists` are the book's named lists of codes.

    Raises PredicateError with the offset of what is refused, why, and the mend.
    """
    return _parse(text, tuple(sorted((name, tuple(codes)) for name, codes in lists.items())))


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


@lru_cache(maxsize=50_000)
def _parse(text: str, lists: tuple[tuple[str, tuple[str, ...]], ...]) -> Predicate:
    try:
        return _read(text, _tree(text), dict(lists))
    except RecursionError:
        raise PredicateError(t("the expression is nested too deeply"), t("use a named list")) from None


def _read(text: str, tree: exp.Expr, lists: dict[str, tuple[str, ...]]) -> Predicate:
    words = [node.sql(dialect="duckdb", comments=False) for node in _conjuncts(tree)]  # before lists are replaced
    reader = _Reader(text, lists)
    found = reader.type_of(tree)
    if found is None and not isinstance(tree, exp.Null):
        reader.settle(tree, "boolean")
    elif found != "boolean":
        raise PredicateError(
            t("this is a {type}, not a condition", type=t(found or "text")),
            t("write a comparison, such as status < 500"),
        )
    atoms = tuple(reader.atom(node) for node in _leaves(tree))
    sql = [_render(node) for node in _conjuncts(tree)]
    parts = tuple(Predicate(word, part, {}, (), ()) for word, part in zip(words, sql, strict=True)) if words[1:] else ()
    return Predicate(text, _render(tree), reader.columns, atoms, tuple(sorted(reader.lists_used)), parts)


def _tree(text: str) -> exp.Expr:
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


def _leaves(node: exp.Expr) -> Iterator[exp.Expr]:
    """The conditions between AND, OR and NOT."""
    if isinstance(node, (exp.And, exp.Or)):
        # Chains of AND/OR lean left: walk down with a stack, not with recursion, for long generated expressions.
        stack = [node.expression, node.this]
        while stack:
            child = stack.pop()
            if isinstance(child, (exp.And, exp.Or)):
                stack += [child.expression, child.this]
            else:
                yield from _leaves(child)
    elif isinstance(node, (exp.Not, exp.Paren)):
        yield from _leaves(node.this)
    else:
        yield node


def _conjuncts(node: exp.Expr) -> list[exp.Expr]:
    """The conditions that must all be true for `node` to be true."""
    while isinstance(node, exp.Paren):
        node = node.this
    return list(node.flatten()) if isinstance(node, exp.And) else [node]


def _render(node: exp.Expr) -> str:
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


class _Reader:
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
                return self._all("boolean", list(_leaves(node)))
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
                return self._alike(_results(node))
            case exp.Cast():
                return self._cast(node)
            case exp.Case() | exp.If():
                return self._case(node)
        if isinstance(node, (*_COMPARISONS, exp.NullSafeEQ, exp.NullSafeNEQ)):
            return self._same(node, [node.this, node.expression])
        if isinstance(node, _TEXT_TESTS):
            self._all("text", [node.this, node.expression])
            return "boolean"
        if isinstance(node, _ARITHMETIC):
            return self._all("number", [node.this, node.expression])
        raise self._refused(node)

    def settle(self, node: exp.Expr, wanted: ColumnType) -> None:
        """Require `node` to be of type `wanted`; untyped columns become so."""
        while isinstance(node, exp.Paren):
            node = node.this
        found = self.type_of(node)
        if found is None and isinstance(node, (exp.Coalesce, exp.Case, exp.If)):
            self._all(wanted, _results(node))
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
                    _offset(node),
                )
            self.columns[node.name] = ColumnUse(wanted, use.offset)
        elif found not in (None, wanted):
            raise PredicateError(
                t("expected a {wanted} here, found a {found}", wanted=t(wanted), found=t(found)),
                t("a text is written in single quotes, a number without"),
                _offset(node),
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
            self._all("text" if isinstance(node, _EQUALITIES) else "number", children)
        return "boolean"

    # -- nodes that need a closer look ------------------------------------------------------------------------------

    def _number_literal(self, node: exp.Literal) -> ColumnType:
        if math.isinf(float(node.name)):
            raise PredicateError(t("the number {text} is too large", text=node.name[:30]), "", _offset(node))
        return "number"

    def _escape(self, node: exp.Escape) -> ColumnType:
        """LIKE ... ESCAPE 'c': the engine finds out at the first line that reaches it what must be known before."""
        self._literal(node.expression, "text")
        result = self.type_of(node.this)
        self._literal(node.this.expression, "text")
        mark, pattern = node.expression.name, node.this.expression.name
        if len(mark) != 1:
            raise PredicateError(t("ESCAPE names one character"), t("write escape '!'"), _offset(node.expression))
        if pattern.replace(mark * 2, "").endswith(mark):
            raise PredicateError(
                t("nothing follows the escape character at the end of the pattern"),
                t("write it twice if it is meant itself"),
                _offset(node.this.expression),
            )
        return result or "boolean"

    def _column(self, node: exp.Column) -> ColumnType | None:
        if node.table or not isinstance(node.this, exp.Identifier):
            raise PredicateError(
                t("'{name}' is not a column name", name=node.sql(dialect="duckdb")),
                t("map nested keys in the source's fields: and use the short name"),
                _offset(node),
            )
        if node.name == "time":
            raise PredicateError(
                t("predicates cannot look at the time of an event"),
                t("times without a zone mean different things to different engines; give the SLO a window instead"),
                _offset(node),
            )
        use = self.columns.setdefault(node.name, ColumnUse(None, _offset(node)))
        return use.type

    def _in(self, node: exp.In) -> ColumnType:
        if node.args.get("query") or node.args.get("unnest"):
            raise self._refused(node)
        if (name := node.args.get("field")) is not None:
            self._named_list(node, name)
        elif node.expressions:
            self._same(node, [node.this, *node.expressions])
        else:
            raise PredicateError(t("the list after IN is empty"), t("name at least one value"), _offset(node.this))
        return "boolean"

    def _named_list(self, node: exp.In, name: exp.Expr) -> None:
        """Replace `column IN list` by its meaning, in place."""
        if not isinstance(node.this, exp.Column):
            raise PredicateError(t("only a column can be looked up in a named list"), "", _offset(node.this))
        self.settle(node.this, "text")
        if not isinstance(name, exp.Column) or name.name not in self.lists:
            import difflib

            near = difflib.get_close_matches(name.name, self.lists, 1)
            raise PredicateError(
                t("there is no list named {name}", name=name.name),
                t("did you mean {near}?", near=near[0]) if near else t("add it to lists: in the book"),
                _offset(name),
            )
        self.lists_used.add((node.this.name, name.name))
        listed = self.lists[name.name]
        others = sorted({code for codes in self.lists.values() for code in codes} - set(listed))
        column = node.this
        meaning = exp.Case().when(exp.or_(column.copy().is_(exp.null()), column.copy().isin(*NO_CODE)), exp.false())
        meaning = meaning.when(column.copy().isin(*listed), exp.true()) if listed else meaning
        meaning = meaning.when(column.copy().isin(*others), exp.false()) if others else meaning
        meaning.set("default", exp.null())
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
            raise self._refused(node.expression)
        return "boolean"

    def _regexp(self, node: exp.RegexpLike) -> ColumnType:
        self.settle(node.this, "text")
        self._literal(node.expression, "text")
        if node.args.get("flag"):
            self._literal(node.args["flag"], "text")
        _check_regexp(node.expression.name, node.text("flag"), _offset(node.expression))
        return "boolean"

    def _text_function(self, node: exp.Func) -> ColumnType:
        if any(value for key, value in node.args.items() if key != "this"):
            raise self._refused(node)
        return self._all("text", [node.this])

    def _cast(self, node: exp.Cast) -> ColumnType:
        """Only a text to a number, NULL where it is none. (The text of a number differs between engines.)"""
        if not node.to.is_type("double"):
            raise PredicateError(
                t("a cast to {type} gives different results on different engines", type=node.to.sql(dialect="duckdb")),
                t("compare the value itself, or cast a text to double"),
                _offset(node),
            )
        self.settle(node.this, "text")
        if not isinstance(node, exp.TryCast):
            node.replace(exp.TryCast(this=node.this, to=node.to))
        return "number"

    def _case(self, node: exp.Expr) -> ColumnType | None:
        branches = node.args.get("ifs") or [node]
        if isinstance(node, exp.Case) and node.this:
            raise self._refused(node)
        for branch in branches:
            self.settle(branch.this, "boolean")
        return self._alike(_results(node))

    def _literal(self, node: exp.Expr, wanted: ColumnType) -> None:
        if not isinstance(node, exp.Literal) or node.is_string != (wanted == "text"):
            raise PredicateError(t("expected a constant {wanted} here", wanted=t(wanted)), "", _offset(node))

    def _refused(self, node: exp.Expr) -> PredicateError:
        if isinstance(node, (exp.Query, exp.Exists)) or node.args.get("query"):
            offset = max(self.text.lower().find("select"), 0)
            return PredicateError(t("a sub-query is not allowed"), t("look at the columns of one event only"), offset)
        offset = _offset(node)
        word = self.text[offset:].split("(")[0].split()[:1] or [node.key]
        return PredicateError(
            t("'{word}' is not allowed in an expression", word=word[0]),
            t("allowed are: {list}", list=_FUNCTIONS),
            offset,
        )

    # -- atoms ------------------------------------------------------------------------------------------------------

    def atom(self, node: exp.Expr) -> Atom:
        """What the counting query must know about one smallest condition."""
        columns = frozenset(column.name for column in node.find_all(exp.Column))
        comparisons = equality = None
        if len(columns) == 1:
            comparisons = self._comparisons(node)
            equality = self._is_equality(node)
        return Atom(columns, _render(node), comparisons, bool(equality))

    def _comparisons(self, node: exp.Expr) -> tuple[Comparison, ...] | None:
        """The comparisons of a number column with constants that `node` is made of, or None."""
        if isinstance(node, exp.Is) and isinstance(node.this, exp.Column) and isinstance(node.expression, exp.Null):
            return ()
        if isinstance(node, exp.Between):
            low, high = _number(node.args["low"]), _number(node.args["high"])
            simple = isinstance(node.this, exp.Column) and low is not None and high is not None
            return ((">=", low), ("<=", high)) if simple and low is not None and high is not None else None
        if isinstance(node, exp.In) and isinstance(node.this, exp.Column):
            values = [_number(value) for value in node.expressions]
            return None if None in values else tuple(("=", value) for value in values if value is not None)
        operator = _COMPARISONS.get(type(node)) or ("=" if isinstance(node, _EQUALITIES) else None)
        if operator is None:
            return None
        if isinstance(node.this, exp.Column) and (right := _number(node.expression)) is not None:
            return ((operator, right),)
        if isinstance(node.expression, exp.Column) and (left := _number(node.this)) is not None:
            return ((_MIRRORED[operator], left),)
        return None

    def _is_equality(self, node: exp.Expr) -> bool:
        """Does `node` only ask whether its column equals constants, or is null? Named lists do."""
        tests = (*_EQUALITIES, exp.In, exp.Is, exp.Case, exp.If, exp.Or, exp.Column, exp.Literal, exp.Boolean)
        plain = (exp.Null, exp.Identifier, exp.Paren, exp.Not)
        return all(isinstance(part, (*tests, *plain)) for part in node.walk())


def _results(node: exp.Expr) -> list[exp.Expr]:
    """What a COALESCE or CASE can come to."""
    if isinstance(node, exp.Coalesce):
        return [node.this, *node.expressions]
    results = [branch.args["true"] for branch in node.args.get("ifs") or [node]]
    last = node.args.get("default") or node.args.get("false")
    return [*results, last] if last else results


def _number(node: exp.Expr) -> float | None:
    """The number that a constant is, or None."""
    if isinstance(node, exp.Neg) and (value := _number(node.this)) is not None:
        return -value
    return float(node.name) if isinstance(node, exp.Literal) and not node.is_string else None


def _offset(node: exp.Expr) -> int:
    """Where `node` begins in the text: the first place known of any of its parts."""
    starts = [part.meta["start"] for part in node.walk() if part.meta and "start" in part.meta]
    return int(min(starts, default=0))


def _check_regexp(pattern: str, flags: str, offset: int) -> None:
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
