"""Short forms written out: an objective by its type -> one objective, or several, with conditions and method."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations
from typing import Any, Final

from kakeibo.definitions import amounts
from kakeibo.definitions.amounts import AmountError
from kakeibo.definitions.marks import Findings, Keys, Marks, Passage
from kakeibo.definitions.menu import MENU, Meaning
from kakeibo.i18n import t
from kakeibo.model import Method, Signs, SliType
from kakeibo.predicates import Predicate

_OF_SERVED: Final = ("latency", "quality")
"""Types that mean little when failed events are judged as well."""


@dataclass(frozen=True, slots=True)
class WrittenOut:
    """One objective as its short form means it. `keys`: where it is written; `limit`: seconds, of latency."""

    keys: Keys
    sli: str
    sli_type: SliType
    short: str
    valid: Predicate
    good: Predicate
    target: Fraction
    method: Method | None
    limit: Fraction | None


@dataclass(frozen=True, slots=True)
class Site:
    """Where an objective and its source are written, and what the source tells of its events.

    `read` reads the condition that is written at some keys; None when it reported an error there.
    """

    keys: Keys
    source: Keys
    signs: Signs
    read: Callable[[Keys, str], Predicate | None]
    marks: Marks
    findings: Findings

    @property
    def success(self) -> tuple[Keys, bool]:
        """Where it is written when an event was served, and whether it is written out there."""
        keys: Keys = (*self.source, "success")
        return (keys, True) if self.marks.has(keys) else (self.keys, False)


def signs_of(source: Mapping[str, Any], usual: Signs) -> Signs:
    """What events tell of themselves: in the words of the book where it has any, or else as `usual` for their kind."""
    signs = replace(usual, success=source.get("success", usual.success))
    duration = source.get("duration", {})
    if isinstance(duration, str):
        return replace(signs, duration=duration, per_second=1)
    if "column" in duration:
        return replace(signs, duration=duration["column"], per_second=duration.get("unit", 1))
    return signs


def type_of(slo: Mapping[str, Any]) -> SliType | None:
    """The type by whose short form an objective is written, if it is."""
    return next((sli_type for sli_type in MENU if sli_type in slo), None)


def written_out(sli_type: SliType, slo: Mapping[str, Any], valid: Predicate, site: Site) -> Iterator[WrittenOut]:
    """What the short form of `slo` stands for; nothing where an error was found. `valid`: what counts without `of:`."""
    value = slo[sli_type]
    counted = _counted(sli_type, slo.get("of"), valid, site)
    if not isinstance(value, Mapping):
        found = _one(sli_type, value, slo.get("target"), counted, site)
        yield from [found] if found else []
        return
    limits: dict[Fraction, str] = {}
    for text, target in value.items():
        if (limit := _limit(text)) is None:  # told by the shape
            continue
        if (same := limits.setdefault(limit, text)) != text:
            message = t("{one} and {other} are the same limit", one=same, other=text)
            place = site.marks.locate((*site.keys, sli_type, text), key=True)
            site.findings.error(place, message, t("keep one of the two"))
        elif found := _one(sli_type, text, target, counted, site, suffix=f"-{''.join(text.split())}"):
            yield found


Counted = tuple[Predicate, tuple[Passage, ...]]
"""Which events count, and where the passages of that condition are written."""


def _one(
    sli_type: SliType, text: str, target: Fraction | None, counted: Counted | None, site: Site, suffix: str = ""
) -> WrittenOut | None:
    """`suffix`: one of several, each with a name of its own."""
    keys: Keys = (*site.keys, sli_type, text) if suffix else (*site.keys, sli_type)
    marks, short = site.marks, f"{sli_type}: {text}"
    try:
        meaning = MENU[sli_type].meaning(text, site.signs)
    except AmountError as error:
        site.findings.error(marks.locate(keys, key=bool(suffix)), error.message, error.mend)
        return None
    if meaning.method and marks.has((*site.keys, "method")):
        place = marks.locate((*site.keys, "method"), key=True)
        message = t("{form} says by itself how time is judged", form=short)
        site.findings.error(place, message, t("leave method: out"))
        return None
    where, exact = _written_at(meaning, keys, site)
    good = site.read(where, meaning.good)
    if good is None or counted is None or target is None:
        return None
    sli = site.keys[-1] + suffix
    below: Keys = (*site.keys[:-1], sli)
    if suffix:
        marks.stand_ins[below] = ((0, site.keys, True),)
    marks.stand_ins[(*below, "good")] = ((0, where, exact),)
    if counted[1]:
        marks.stand_ins[(*below, "valid")] = counted[1]
    return WrittenOut(keys, sli, sli_type, short, counted[0], good, target, meaning.method, meaning.limit)


def _limit(text: str) -> Fraction | None:
    try:
        return amounts.seconds(text)
    except AmountError:
        return None


def _written_at(meaning: Meaning, keys: Keys, site: Site) -> tuple[Keys, bool]:
    """Where the condition that `meaning` has is written, and whether it is written out there."""
    if not meaning.quoted and meaning.good == site.signs.success and site.success[1]:
        return site.success
    return keys, meaning.quoted


def _counted(sli_type: SliType, of: str | None, valid: Predicate, site: Site) -> Counted | None:
    """The valid events, and of them those that `of:` names or that were served."""
    own: Keys = (*site.keys, "of")
    where, exact = own, True
    if of is None and MENU[sli_type].served:
        of, (where, exact) = site.signs.success, site.success
        if of is None and sli_type in _OF_SERVED:
            message = t("nothing tells which events of this source were served: failed ones are judged as well")
            mend = t("write success: at the source, or of: here; of: true for all events")
            site.findings.warn(site.marks.locate((*site.keys, sli_type), key=True), message, mend)
    if of is None or of == "true":
        return valid, ()
    narrow = site.read(where, of)
    if narrow is None or valid.text == "true":
        return None if narrow is None else (narrow, ((0, where, exact),))
    start = f"({valid.text}) and ("
    both = site.read(where, f"{start}{of})")
    here: Keys = (*site.keys, "valid")
    before = here if site.marks.has(here) else (*site.keys[:2], "valid")
    return None if both is None else (both, ((1, before, True), (len(start), where, exact)))


def advise(forms: Sequence[WrittenOut], marks: Marks, findings: Findings) -> None:
    """Warnings about several limits of one journey, of which the shorter has the stricter target."""
    limits = sorted((form for form in forms if form.limit is not None), key=lambda form: form.limit or 0)
    for short, long in combinations(limits, 2):
        if short.limit == long.limit or short.valid.text != long.valid.text or short.target < long.target:
            continue
        message = t(
            "'{long}' is met whenever '{short}' is: the longer limit must have the higher target to say anything",
            long=long.short,
            short=short.short,
        )
        findings.warn(marks.locate(long.keys, key=True), message, t("raise its target, or leave one of the two out"))
