"""The menu of SLIs: what each type asks, its short form in the book, and what that stands for. One entry a type.

Books, schema, reports, glossary and the pages in docs/ read this table; a new type is an entry here and in
`model.SliType`.

Source of the types: Beyer et al., The Site Reliability Workbook (2018), chapter 2, table 2-1 "Potential SLIs for
different types of components"; durability: The Site Reliability Engineering book (2016), chapter 4 "Indicators in
practice".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final

from kakeibo.definitions import amounts
from kakeibo.definitions.amounts import AmountError
from kakeibo.i18n import marked, t
from kakeibo.model import Method, Signs, SliType

EVERY: Final = "true"
CONDITION_SCHEMA: Final[dict[str, Any]] = {"type": ["string", "boolean"]}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a short form stands for. `good`: the condition; `quoted`: it is the text in the book; `method`: None for
    events; `limit`: seconds that an event may take."""

    good: str
    quoted: bool = False
    method: Method | None = None
    limit: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One type. `word` and `about` are sentences to translate; `suits`: the kinds of service it is for.

    `meaning`: the short form's text and the signs of the source -> what it stands for; raises AmountError.
    `served`: of the valid events only those that were served are judged, unless `of:` says otherwise.
    """

    word: str
    about: str
    suits: str
    example: str
    meaning: Callable[[str, Signs], Meaning]
    served: bool = False
    json: Mapping[str, Any] = field(default_factory=lambda: CONDITION_SCHEMA)


def _condition(text: str, signs: Signs) -> Meaning:
    del signs
    return Meaning(text, quoted=True)


def _success(text: str, signs: Signs) -> Meaning:
    """`true` for what the source calls success, or a condition."""
    if text != "true":
        return Meaning(text, quoted=True)
    if signs.success is None:
        raise AmountError(
            t("this source does not tell by itself when an event went well"),
            t("write the condition in place of true, or once for all as success: of the source: success: status < 500"),
        )
    return Meaning(signs.success)


def _latency(text: str, signs: Signs) -> Meaning:
    limit = amounts.seconds(text)
    if signs.duration is None:
        raise AmountError(
            t("this source does not tell how long an event took"),
            t("name the column at the source: duration: request_time"),
        )
    return Meaning(f"{column(signs.duration)} <= {decimal(limit * signs.per_second)}", limit=limit)


def _freshness(text: str, signs: Signs) -> Meaning:
    """A length of time, judged minute by minute from the counts; or a condition on the age that an event had."""
    if not re.match(r"\s*[0-9][0-9.]*\s*([a-zA-Z]*)\s*$", text):
        return _condition(text, signs)
    minutes = amounts.age(text)
    return Meaning(EVERY, method=Method("counted_slices", 1, at_least=1, within_minutes=minutes))


def _throughput(text: str, signs: Signs) -> Meaning:
    del signs
    number, minutes = amounts.rate(text)
    return Meaning(EVERY, method=Method("counted_slices", minutes, at_least=number, within_minutes=minutes))


MENU: Final[Mapping[SliType, Entry]] = MappingProxyType(
    {
        "availability": Entry(
            marked("success"),
            marked("The share of events that went well."),
            marked("requests, storage"),
            "availability: true",
            _success,
        ),
        "latency": Entry(
            marked("speed"),
            marked("The share of served events that took at most so long."),
            marked("requests, storage"),
            "latency: 300ms",
            _latency,
            served=True,
            json={"type": "string", "pattern": r"^\s*[1-9][0-9]{0,8}\s*(ms|s|m)\s*$"},
        ),
        "quality": Entry(
            marked("quality"),
            marked("The share of served events that were served in full, not in a reduced form."),
            marked("requests"),
            "quality: degraded = false",
            _condition,
            served=True,
        ),
        "freshness": Entry(
            marked("freshness"),
            marked("The share of minutes, or of events, in which the data was recent enough."),
            marked("data processing"),
            "freshness: 10m",
            _freshness,
            served=True,
        ),
        "correctness": Entry(
            marked("correctness"),
            marked("The share of events whose result was right."),
            marked("data processing"),
            "correctness: mismatches = 0",
            _condition,
        ),
        "coverage": Entry(
            marked("completeness"),
            marked("The share of the input that was processed."),
            marked("data processing"),
            "coverage: status = 'done'",
            _success,
        ),
        "throughput": Entry(
            marked("throughput"),
            marked("The share of time in which at least so many events were processed."),
            marked("data processing, storage"),
            "throughput: 100/min",
            _throughput,
            served=True,
            json={"type": "string", "pattern": r"^\s*[1-9][0-9]{0,8}\s*/\s*(min|h|d|[1-9][0-9]{0,4}\s*[mhd])\s*$"},
        ),
        "durability": Entry(
            marked("safekeeping"),
            marked("The share of reads that found what had been stored."),
            marked("storage"),
            "durability: error is distinct from 'NOT_FOUND'",
            _condition,
        ),
    }
)


def named(name: str) -> SliType | None:
    """The type that is called so."""
    return next((sli_type for sli_type in MENU if sli_type == name), None)


def column(name: str) -> str:
    """A column as conditions write it."""
    return name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) else '"' + name.replace('"', '""') + '"'


def decimal(number: Fraction) -> str:
    """A number whose decimals end within nine places, with all of them."""
    if number.denominator == 1:
        return str(number.numerator)
    billionths = number * 10**9
    return f"{billionths.numerator // 10**9}.{billionths.numerator % 10**9:09d}".rstrip("0")
