"""The audit in words: which objective cannot be measured from its log, and the mend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import msgspec
from rich.cells import cell_len

from kakeibo.i18n import t
from kakeibo.letters import phrases
from kakeibo.letters.lines import Page

VERSION: Final = 1
Level = Literal["impossible", "doubtful", "fine"]
_STYLES: Final[dict[Level, str]] = {"impossible": "bold red", "doubtful": "bold yellow", "fine": "green"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What stands in the way of measuring something. `evidence` says on which share of what it was seen."""

    message: str
    evidence: str = ""
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """A source or an objective, and what was found about it; nothing found is good."""

    kind: Literal["source", "slo"]
    name: str
    level: Level
    findings: tuple[Finding, ...] = ()
    samples: tuple[str, ...] = ()


def render(subjects: list[Subject], *, width: int, colour: bool) -> str:
    """For the terminal: sources first, then objectives, each with what was found and the mend."""
    page = Page(width, colour)
    bad = sum(subject.level == "impossible" for subject in subjects if subject.kind == "slo")
    slos = sum(subject.kind == "slo" for subject in subjects)
    if slos:
        page.line(
            t("{n} of {total} objectives can be measured from their logs", n=slos - bad, total=slos), style="bold"
        )
    for kind, title in (("source", t("Logs")), ("slo", t("Objectives"))):
        if all(subject.kind != kind for subject in subjects):
            continue
        if page.text():
            page.line()
        page.line(title, style="bold")
        for subject in subjects:
            if subject.kind == kind:
                _subject(page, subject)
    return page.text()


def _subject(page: Page, subject: Subject) -> None:
    words = {"impossible": t("cannot be measured"), "doubtful": t("look closer"), "fine": t("fine")}
    word, style = words[subject.level], _STYLES[subject.level]
    page.pair(word, phrases.printable(subject.name), style, style, indent=cell_len(word) + 2)
    for finding in subject.findings:
        page.line(phrases.printable(finding.message, limit=400), indent=4)
        if finding.evidence:
            page.line(phrases.printable(finding.evidence, limit=400), style="dim", indent=4)
        if finding.mend:
            page.pair("    ->", phrases.printable(finding.mend, limit=600), indent=7)
    for sample in subject.samples:
        page.pair("     >", phrases.printable(sample, limit=100), style="dim", indent=7)


def to_json(subjects: list[Subject]) -> bytes:
    """The same for programs."""
    return msgspec.json.encode({"version": VERSION, "subjects": subjects})
