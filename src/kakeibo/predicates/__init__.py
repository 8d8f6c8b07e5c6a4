"""Predicates: SQL boolean expressions over one event's columns, accepted from an allow-list and nothing else.

sqlglot parses; `parse` walks the tree once, refuses what is not listed here, gives every column a type by the way it is
used, and cuts the expression into *atoms*: the smallest conditions between AND, OR and NOT. Atoms tell the counting
query how little of a column it must keep (engines.queries). The accepted expression is rendered for DuckDB, where all
groups are judged, so that it has one meaning whichever engine scanned the events.

A named list (`error in system_codes`) knows three answers: a listed code is in it, a code of another list and an
absent code are not, and a code of no list is NULL: nobody has said yet what it means.
"""

from kakeibo.predicates.nouns import NO_CODE, TYPE_NAMES, Atom, ColumnType, ColumnUse, Comparison, Predicate
from kakeibo.predicates.parsing import parse
from kakeibo.predicates.syntax import canonical

__all__ = ["NO_CODE", "TYPE_NAMES", "Atom", "ColumnType", "ColumnUse", "Comparison", "Predicate", "canonical", "parse"]
