"""Slips in words: what was left out or charged, when, by whom, why, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from kakeibo.clock import iso
from kakeibo.i18n import t
from kakeibo.letters import figures
from kakeibo.letters.lines import Page as Lines
from kakeibo.letters.phrases import joined, printable
from kakeibo.model import Count, Page, Slip

VERSION: Final = 1


def kind_word(kind: str) -> str:
    """The kind of an adjustment or the category of a charge, in plain words."""
    words = {
        "maintenance": t("maintenance"),
        "exclusion": t("exclusion"),
        "incident": t("incident"),
        "release": t("release"),
        "dependency": t("somebody else's service"),
        "service_out": t("taken out of service"),
        "unexplained": t("unexplained"),
    }
    return words[kind]


def period(from_minute: int, to_minute: int, zone: str) -> str:
    """From when to when, and how long."""
    return t(
        "{start} to {end} ({span})",
        start=figures.moment(from_minute, zone),
        end=figures.moment(to_minute, zone),
        span=figures.span(to_minute - from_minute),
    )


def effect(slip: Slip, count: Count) -> str:
    """How many events it is about."""
    if slip.page == "charge":
        return t("Failures charged: {bad}.", bad=figures.whole(count.bad))
    if slip.revoked:
        return t(
            "Had left out: good {good}, failed {bad}.", good=figures.whole(count.good), bad=figures.whole(count.bad)
        )
    return t("Left out: good {good}, failed {bad}.", good=figures.whole(count.good), bad=figures.whole(count.bad))


def render(page: Page, entries: Sequence[tuple[Slip, Count]], zone: str, *, width: int, colour: bool) -> str:
    """For the terminal, in the order in which they were entered."""
    lines = Lines(width, colour)
    if not entries:
        lines.line(t("Nothing has been left out.") if page == "adjustment" else t("Nothing has been charged."))
    for place, (slip, count) in enumerate(entries):
        if place:
            lines.line()
        _slip(lines, slip, count, zone)
    return lines.text()


def _slip(lines: Lines, slip: Slip, count: Count, zone: str) -> None:
    head = t("{kind}, {what}", kind=kind_word(slip.kind), what=printable(slip.what))
    lines.pair(str(slip.id), f"{head}: {printable(slip.name, 200)}" if slip.name else head, style="bold", indent=5)
    lines.line(period(slip.from_minute, slip.to_minute, zone), indent=5)
    lines.line(effect(slip, count), indent=5)
    entered = figures.moment(slip.entered, zone)
    lines.line(
        joined([f"{printable(slip.author)}: {printable(slip.reason, 500)}", t("(entered {when})", when=entered)]),
        indent=5,
    )
    if slip.revoked:
        who, why = printable(slip.revoked.author), printable(slip.revoked.reason, 500)
        when = figures.moment(slip.revoked.at, zone)
        lines.line(t("Revoked by {who}, {when}: {why}", who=who, when=when, why=why), style="yellow", indent=5)


class RevocationLine(msgspec.Struct, frozen=True):
    author: str
    reason: str
    at: str


class SlipLine(msgspec.Struct, frozen=True):
    """An adjustment, or a charge: `kind` is then its category, and only `bad` is counted."""

    id: int
    kind: str
    name: str
    what: str
    scope: list[str]
    from_: str = msgspec.field(name="from")
    to: str
    good: int
    bad: int
    unknown: int
    author: str
    reason: str
    entered: str
    revoked: RevocationLine | None


def to_json(page: Page, entries: Sequence[tuple[Slip, Count]]) -> bytes:
    """The same for programs."""
    key = "adjustments" if page == "adjustment" else "charges"
    return msgspec.json.encode({"version": VERSION, key: [line(slip, count) for slip, count in entries]})


def line(slip: Slip, count: Count) -> SlipLine:
    """A slip and its events as the contracts write them."""
    back = slip.revoked
    return SlipLine(
        id=slip.id or 0,
        kind=slip.kind,
        name=slip.name,
        what=slip.what,
        scope=list(slip.scope),
        from_=iso(slip.from_minute),
        to=iso(slip.to_minute),
        good=count.good,
        bad=count.bad,
        unknown=count.unknown,
        author=slip.author,
        reason=slip.reason,
        entered=iso(slip.entered),
        revoked=RevocationLine(back.author, back.reason, iso(back.at)) if back else None,
    )
