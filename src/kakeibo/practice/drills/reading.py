"""A scenario's YAML -> Scenario. Every problem with file, line, column and mend, as with a book."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from kakeibo.definitions import amounts
from kakeibo.definitions.amounts import AmountError
from kakeibo.definitions.files import problem, read_text
from kakeibo.definitions.marks import Findings
from kakeibo.definitions.nodes import compose, position
from kakeibo.definitions.shapes import Either, Field, Items, Record, Site, Table, Text, Texts, written_like
from kakeibo.errors import BookError, Problem
from kakeibo.i18n import t
from kakeibo.model import Title
from kakeibo.practice.drills import misfortune
from kakeibo.practice.drills.scenarios import ROLES, USUAL_HISTORY, USUAL_TRAFFIC, Cue, Inject, Scenario, Step, Trouble

LONGEST: Final = 8 * 60
"""Minutes that a drill may last."""
MOST_TRAFFIC: Final = 6_000
LONGEST_HISTORY: Final = 3 * 24 * 60
_EXAMPLE: Final = "title: Database overloaded"
_START: Final = re.compile(r"0+m?")


def start(text: str) -> int:
    """Minutes from the beginning on: 0, 5m, 1h."""
    return 0 if _START.fullmatch(text.strip()) else amounts.length(text)


def bad_share(text: str) -> Fraction:
    """A share above nothing, up to all."""
    found = amounts.share(text)
    if not 0 < found <= 1:
        raise AmountError(t("'{text}' is no share of events that fail", text=text), t("write a percentage up to 100%"))
    return found


def traffic(text: str) -> int:
    """Events a minute."""
    found = amounts.at_least_one(text)
    if found > MOST_TRAFFIC:
        raise AmountError(
            t("{n} events a minute are too many for a drill", n=found), t("give at most {n}", n=MOST_TRAFFIC)
        )
    return found


_WORDS: Final = Either(
    Text(),
    Record(
        {"en": Field(Text(), "In English.", "en: It is slow"), "ja": Field(Text(), "In Japanese.", "ja: 遅い")},
        some=True,
    ),
)
_AT: Final = Field(Text(start), "Minutes after the beginning.", "at: 8m", required=True)
_TROUBLE: Final = Record(
    {
        "slo": Field(Text(), "Which objective fails.", "slo: play-video/availability", required=True),
        "from": Field(Text(start), "When it begins.", "from: 5m", required=True),
        "to": Field(Text(start), "When it ends; left out: with the drill.", "to: 35m"),
        "bad": Field(Text(bad_share), "The share of its events that fail.", "bad: 30%", required=True),
        "with": Field(
            Table(Text(), amounts.column, {"type": "string"}, "TIMEOUT"),
            "Columns of these events.",
            "with: {error: TIMEOUT}",
        ),
    }
)
_INJECT: Final = Record(
    {
        "at": _AT,
        "to": Field(Text(), "Who is told: a role.", "to: communications", required=True),
        "say": Field(_WORDS, "What they are told.", "say: Support has had 20 enquiries", required=True),
    }
)
_CUE: Final = Record(
    {
        "at": _AT,
        "who": Field(Text(), "Which role.", "who: commander", required=True),
        "do": Field(_WORDS, "What is expected of them.", "do: Ask for a scribe", required=True),
    }
)
_STEP: Final = Record(
    {
        "at": _AT,
        "run": Field(Texts(), "A program and its words.", "run: [./slow.sh, start]", required=True),
        "undo": Field(Texts(), "What is run at the end.", "undo: [./slow.sh, stop]"),
    }
)
SCENARIO: Final = Record(
    {
        "title": Field(_WORDS, "What it is called, without giving it away.", _EXAMPLE, required=True),
        "minutes": Field(Text(amounts.length), "How long it lasts.", "minutes: 45m", required=True),
        "story": Field(
            _WORDS, "What really happened, for the facilitator.", "story: The monthly job took all connections"
        ),
        "right": Field(_WORDS, "The hypothesis that is right.", "right: The monthly job"),
        "trouble": Field(Items(_TROUBLE), "What fails when.", "trouble: [{slo: play-video/availability, ...}]"),
        "traffic": Field(Text(traffic), "Events a minute of each journey. Left out: 60.", "traffic: 60"),
        "history": Field(Text(amounts.length), "For how long there were events before. Left out: 6h.", "history: 6h"),
        "roles": Field(Texts(), "Who takes part.", "roles: [commander, scribe]"),
        "tell": Field(Texts(lone=True), "Whom its alerts are told: channels of the book.", "tell: [drill-room]"),
        "injects": Field(
            Items(_INJECT), "What the facilitator tells when.", "injects: [{at: 8m, to: scribe, say: ...}]"
        ),
        "script": Field(Items(_CUE), "What is expected when.", "script: [{at: 6m, who: commander, do: ...}]"),
        "steps": Field(Items(_STEP), "Programs that are run.", "steps: [{at: 5m, run: [./slow.sh]}]"),
    }
)


def read(path: Path, pick: str = "") -> Scenario:
    """The scenario in a file: YAML, or JSON of the Wheel of Misfortune, of which `pick` names one ("" for any).
    Raises BookError and UsageError."""
    text = read_text(path, t("give the path of a scenario"))
    if path.suffix == ".json":
        return misfortune.read(path, text, pick)
    root, problems = compose(str(path), text)
    findings = Findings(dict.fromkeys(problems))
    if root is None:
        raise problem(path, t("the scenario is empty"), written_like(_EXAMPLE))
    values = SCENARIO.read(root, Site(position(root.start), _EXAMPLE, findings))
    if findings.errors or values is None:
        raise BookError(findings.errors)
    made = scenario(path.stem, values)
    if wrong := _out_of_bounds(made):
        raise BookError([Problem(*position(root.start), wrong, t("change the times, or minutes:"))])
    return made


def scenario(name: str, values: Mapping[str, Any]) -> Scenario:
    """A scenario from values of the right shape."""
    minutes = values["minutes"]
    return Scenario(
        name=name,
        title=_title(values["title"]),
        minutes=minutes,
        story=_title(values.get("story", "")),
        right=_title(values.get("right", "")),
        troubles=tuple(
            Trouble(one["slo"], one["from"], one.get("to", minutes), one["bad"], one.get("with", {}))
            for one in values.get("trouble", ())
        ),
        traffic=values.get("traffic", USUAL_TRAFFIC),
        history=values.get("history", USUAL_HISTORY),
        roles=values.get("roles", ROLES),
        tell=values.get("tell", ()),
        injects=tuple(Inject(one["at"], one["to"], _title(one["say"])) for one in values.get("injects", ())),
        script=tuple(Cue(one["at"], one["who"], _title(one["do"])) for one in values.get("script", ())),
        steps=tuple(Step(one["at"], one["run"], one.get("undo", ())) for one in values.get("steps", ())),
    )


def _title(written: Any) -> Title:
    """A lone text is in both languages: nobody has translated it."""
    if isinstance(written, Mapping):
        return dict(written)
    return {"en": written, "ja": written} if written else {}


def _out_of_bounds(made: Scenario) -> str:
    """Why the times do not fit together; "" when they do."""
    if made.minutes > LONGEST:
        return t("a drill lasts at most {hours} hours", hours=LONGEST // 60)
    if made.history > LONGEST_HISTORY:
        return t("there can be at most {days} days of history", days=LONGEST_HISTORY // (24 * 60))
    moments = [one.at for one in made.injects] + [one.at for one in made.script] + [one.at for one in made.steps]
    if max(moments, default=0) > made.minutes or any(
        one.start >= one.end or one.end > made.minutes for one in made.troubles
    ):
        return t("something is to happen after the end, or ends before it begins")
    return ""
