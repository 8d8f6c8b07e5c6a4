"""The section policies: its shape, its model objects, and what holds between its parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from kakeibo.definitions import amounts, roster_texts
from kakeibo.definitions.amounts import AmountError
from kakeibo.definitions.marks import Findings, Marks
from kakeibo.definitions.nodes import ListNode, Node, TextNode, position
from kakeibo.definitions.shapes import Either, Field, Record, Schema, Site, Table, Text, Texts, nearest, written_like
from kakeibo.i18n import t
from kakeibo.model import State
from kakeibo.policies import USUAL_EXEMPT, USUAL_STALE, Act, Condition, Criterion, Kind, Policy, Rule

MAX_WEEKS: Final = 26


@dataclass(frozen=True, slots=True)
class Choices:
    """One or more of some words -> tuple; where `blank`, the word none -> ()."""

    words: tuple[str, ...]
    blank: bool = False

    def read(self, node: Node, site: Site) -> tuple[str, ...] | None:
        if isinstance(node, TextNode) and self.blank and node.value == "none":
            return ()
        read = Texts(lone=True).read(node, site)
        wrong = [word for word in read or () if word not in self.words]
        items = node.items if isinstance(node, ListNode) else [node]
        for item in items:
            if isinstance(item, TextNode) and item.value in wrong:
                message = t("'{text}' is not one of the choices", text=item.value)
                site.findings.error(position(item.start), message, nearest(item.value, self.words))
        return None if wrong else read

    def schema(self) -> Schema:
        word: Schema = {"enum": list(self.words)}
        blank: list[Schema] = [{"const": "none"}] if self.blank else []
        return {"anyOf": [word, {"type": "array", "minItems": 1, "items": word}, *blank]}


def weeks(text: str) -> int:
    """So many weeks running."""
    if text.isascii() and text.isdecimal() and len(text) <= 2 and 1 <= int(text) <= MAX_WEEKS:
        return int(text)
    message = t("'{text}' is no number of weeks", text=text[:40])
    raise AmountError(message, t("write a whole number from 1 to {most}", most=MAX_WEEKS))


_WEEKS: Final = Text(weeks, {"type": "integer", "minimum": 1, "maximum": MAX_WEEKS})
_DAY: Final = Text(roster_texts.day, roster_texts.DAY_SCHEMA)
_WORDS: Final = Either(
    Text(),
    Record(
        {
            "en": Field(Text(), "The text in English.", "en: Users cannot wait."),
            "ja": Field(Text(), "The text in Japanese.", "ja: 利用者は待てません。"),
        },
        some=True,
    ),
)

_WHEN: Final = Record(
    {
        "sli": Field(Texts(lone=True), "What it is about: the SLI's name or type.", "sli: [availability, latency]"),
        "kind": Field(
            Text(amounts.journey_kind, {"enum": ["cuj", "cmc"]}), "The kind of journey: cuj or cmc.", "kind: cuj"
        ),
        "state": Field(Choices(get_args(State)), "The budget is in one of these states.", "state: exhausted"),
        "left_below": Field(
            Text(amounts.share, amounts.SHARE_SCHEMA), "Less than this share of the budget is left.", "left_below: 25%"
        ),
        "burn": Field(
            Text(amounts.burn_share, amounts.SHARE_SCHEMA),
            "More than this share of the budget burns `within` a time, as an alert would have it.",
            "burn: 2%",
        ),
        "within": Field(Text(amounts.alert_window, amounts.LENGTH_SCHEMA), "The time in which it burns.", "within: 1h"),
        "missed_weeks": Field(_WEEKS, "So many whole weeks running the target was missed.", "missed_weeks: 2"),
        "exhausted_weeks": Field(
            _WEEKS, "So many weeks running ended with all of the budget spent.", "exhausted_weeks: 4"
        ),
    },
    some=True,
)

_RULE: Final = Record(
    {
        "when": Field(_WHEN, "When it holds: all that is written must be so.", "when: {state: exhausted}", True),
        "then": Field(
            Choices(get_args(Act)),
            "What follows: page, ticket (next sprint), freeze (no releases), caution, review.",
            "then: [freeze, review]",
            required=True,
        ),
        "notify": Field(Texts(), "Channels to tell besides.", 'notify: ["slack:#player"]'),
        "why": Field(_WORDS, "The reason, in the team's own words.", "why: Users cannot wait."),
    }
)

POLICY: Final = Record(
    {
        "author": Field(Text(), "Who wrote it: a name or a role.", "author: Reliability engineer"),
        "reviewers": Field(Texts(), "Who has read it.", "reviewers: [Support lead]"),
        "approvers": Field(Texts(), "Who has agreed to it.", "approvers: [Product owner, Player team lead]"),
        "approved": Field(_DAY, "The day on which they did; it holds from then on.", "approved: 2026-10-01"),
        "revisit": Field(_DAY, "The last day before it must be talked about again.", "revisit: 2027-03-31"),
        "exempt": Field(
            Choices(("urgent", "security"), blank=True),
            "What is released also while releases are frozen; or none. Left out: both.",
            "exempt: [urgent, security]",
        ),
        "stale_after": Field(
            Text(amounts.interval, amounts.LENGTH_SCHEMA),
            "The age from which counts are too old to decide by. Left out: 1h.",
            "stale_after: 1h",
        ),
        "postmortem": Field(
            Record(
                {
                    "budget": Field(
                        Text(amounts.burn_share, amounts.SHARE_SCHEMA),
                        "The share of a budget from which on an incident needs a postmortem. Left out: 20%.",
                        "budget: 20%",
                    ),
                    "also": Field(
                        Choices(Criterion().also, blank=True),
                        "What else asks for one: unnoticed, data_loss, intervention; or none. Left out: all three.",
                        "also: [unnoticed, data_loss]",
                    ),
                },
                some=True,
            ),
            "Which incidents need a postmortem.",
            "postmortem: {budget: 20%}",
        ),
        "rules": Field(
            Table(_RULE, amounts.name, amounts.NAME_SCHEMA, "{when: {state: exhausted}, then: freeze}", True),
            "What follows from what: rule -> condition and consequence.",
            "rules: {spent: {when: {state: exhausted}, then: [freeze, review]}}",
            required=True,
        ),
    }
)


def policies(written: Mapping[str, Mapping[str, Any]]) -> dict[str, Policy]:
    """Team -> its policy."""
    return {team: _policy(team, values) for team, values in written.items()}


def check(written: Mapping[str, Mapping[str, Any]], marks: Marks, findings: Findings) -> None:
    """Errors: no such team, half a burn; a policy that has to be revisited before it is approved."""
    teams = marks.names("teams")
    for team, values in written.items():
        place = ("policies", team)
        if team not in teams:
            message = t("there is no team '{name}'", name=team)
            findings.error(marks.locate(place, key=True), message, nearest(team, teams))
        for rule in values.get("rules", {}):
            where = (*place, "rules", rule, "when")
            if marks.has((*where, "burn")) != marks.has((*where, "within")):
                message = t("burn: and within: go together")
                findings.error(marks.locate(where), message, written_like("when: {burn: 2%, within: 1h}"))
        approved, revisit = values.get("approved"), values.get("revisit")
        if approved and revisit and revisit < approved:
            message = t("to be revisited before it is approved")
            findings.error(marks.locate((*place, "revisit")), message, t("write a later day"))


def _policy(team: str, values: Mapping[str, Any]) -> Policy:
    exempt: tuple[Kind, ...] = values.get("exempt", USUAL_EXEMPT)
    return Policy(
        team=team,
        rules=tuple(_rule(key, rule) for key, rule in values.get("rules", {}).items() if {"when", "then"} <= set(rule)),
        author=values.get("author", ""),
        reviewers=values.get("reviewers", ()),
        approvers=values.get("approvers", ()),
        approved=values.get("approved"),
        revisit=values.get("revisit"),
        exempt=exempt,
        stale_after=values.get("stale_after", USUAL_STALE),
        postmortem=Criterion(**values.get("postmortem", {})),
    )


def _rule(key: str, rule: Mapping[str, Any]) -> Rule:
    why = rule.get("why", {})
    condition = Condition(**rule["when"])
    return Rule(key, condition, rule["then"], rule.get("notify", ()), {"": why} if isinstance(why, str) else why)
