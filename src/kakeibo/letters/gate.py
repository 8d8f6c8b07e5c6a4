"""The gate in words: may this service be released, why, and what to do when it may not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from kakeibo.alerts.gate import Answer, Counted, Reason, Verdict
from kakeibo.alerts.gate_log import Entry
from kakeibo.clock import iso, moment_of
from kakeibo.i18n import t
from kakeibo.letters import figures, phrases, policies
from kakeibo.letters.lines import Page
from kakeibo.letters.policies import Names
from kakeibo.policies import USUAL_STALE, Kind, Standing

VERSION: Final = 1
_DOUBTS: Final = ("no_counts", "stale", "doubtful")
_STYLES: Final[dict[Verdict, str]] = {"allow": "green", "warn": "yellow", "deny": "bold red"}


def headline(entry: Entry) -> str:
    """The answer."""
    values = {"service": phrases.printable(entry.service), "kind": policies.kinds([entry.kind])}
    if entry.verdict == "deny":
        return t("No release of {service} now ({kind}).", **values)
    if entry.verdict == "warn":
        return t("{service} may be released, with care ({kind}).", **values)
    return t("{service} may be released ({kind}).", **values)


def reason(reason: Reason, standing: Standing | None, counted: Sequence[Counted], names: Names, kind: Kind) -> str:
    """Why, in a sentence."""
    name = policies.name(reason.slo, names)
    if reason.due:
        return _by_rule(reason, standing, name, kind)
    if reason.cause == "stale":
        age = next((one.age for one in counted if one.slo == reason.slo), None) or 0
        limit = standing.policy.stale_after if standing else USUAL_STALE
        return t("{name}: the counts end {age} before; after {limit} they are too old to decide by.",
                 name=name, age=figures.span(age), limit=figures.span(limit))  # fmt: skip
    if reason.cause == "overdue":
        return policies.status(standing) if standing else ""
    sentences = {
        "no_counts": t("{name}: nothing has been counted yet.", name=name),
        "doubtful": t("{name}: too many lines could not be read; its counts are not to be trusted.", name=name),
        "spent": t("{name}: nothing is left of the allowed failures, and no policy says what follows.", name=name),
        "no_policy": t("No policy has been agreed for this service."),
        "nothing_promised": t("Nothing has been promised for this service, so nothing is known of it."),
    }
    return sentences[reason.cause]


def _by_rule(reason: Reason, standing: Standing | None, name: str, kind: Kind) -> str:
    if reason.due is None or standing is None:
        raise ValueError(f"no rule is behind {reason}")
    values = {
        "name": name,
        "facts": policies.facts(reason.due.facts, reason.due.rule.when),
        "rule": reason.due.rule.key,
        "team": phrases.printable(standing.team),
    }
    if reason.cause == "exempt":
        return t("{name}: {facts}. By rule {rule} of {team} releases are frozen, but those of this kind pass: {kind}.",
                 kind=policies.kinds([kind]), **values)  # fmt: skip
    if reason.cause == "unsigned":
        return t("{name}: {facts}. Rule {rule} would freeze releases, but the policy of {team} is not in force.",
                 **values)  # fmt: skip
    if reason.cause == "unsure":
        return t("{name}: {facts}. Rule {rule} of {team} would freeze releases, but these counts cannot be relied on.",
                 **values)  # fmt: skip
    if reason.cause == "caution":
        return t("{name}: {facts}. By rule {rule} of {team}: release with care.", **values)
    return t("{name}: {facts}. By rule {rule} of {team} releases are frozen.", **values)


def render(
    entry: Entry,
    answer: Answer,
    standing: Standing | None,
    counted: Sequence[Counted],
    names: Names,
    *,
    zone: str,
    width: int,
    colour: bool,
) -> str:
    """For the terminal and the log of a pipeline."""
    page = Page(width, colour)
    page.line(headline(entry), style=_STYLES[entry.verdict])
    said = [(one.cause, reason(one, standing, counted, names, entry.kind)) for one in answer.reasons]
    for sentence in _once(said):
        page.pair("- ", sentence, indent=2)
    if entry.facts.get("override"):
        page.pair("- ", overridden(entry), indent=2)
    if entry.verdict == "deny" and standing:
        passing = policies.exemption(standing.policy)
        page.line(phrases.joined([passing, t("All else needs an override: --override --by NAME --reason TEXT.")]))
    page.line(data(entry, counted, zone), style="dim")
    return page.text()


def _once(said: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Sentences by their causes; a doubt about counts, which many objectives of a source share, is said once."""
    alike = Counter(cause for cause, _ in said if cause in _DOUBTS)
    told: set[str] = set()
    for cause, sentence in said:
        if cause in told:
            continue
        more = alike[cause] - 1
        if more > 0:
            told.add(cause)
            yield phrases.joined([sentence, t("So it is for {n} more.", n=figures.whole(more))])
        else:
            yield sentence


def overridden(entry: Entry) -> str:
    return t("Passed by override of {by}: {reason}", by=phrases.printable(entry.author), reason=_words(entry.reason))


def data(entry: Entry, counted: Sequence[Counted], zone: str) -> str:
    """How old the counts are, and the number under which the answer was logged."""
    ages = [one.age for one in counted if one.age is not None]
    number = t("Logged as number {id}.", id=entry.id)
    if not ages:
        return number
    end = figures.moment(entry.at - max(ages), zone)
    return phrases.joined([t("Counts up to {moment} ({age} before).", moment=end, age=figures.span(max(ages))), number])


def render_log(entries: Sequence[Entry], zone: str, *, width: int, colour: bool) -> str:
    """The answers, the newest first."""
    page = Page(width, colour)
    if not entries:
        page.line(t("Nobody has asked yet."))
    for entry in entries:
        when = figures.moment(entry.decided // 60, zone)
        page.pair(str(entry.id), f"{when}  {headline(entry)}", style=_STYLES[entry.verdict], indent=6)
        said = [(line.get("cause", ""), str(line.get("sentence", ""))) for line in entry.facts.get("reasons", [])]
        for sentence in _once(said):
            page.line(phrases.printable(sentence, limit=500), indent=6)
        if entry.facts.get("override"):
            page.line(overridden(entry), style="bold", indent=6)
        else:
            asked = [phrases.printable(entry.author), _words(entry.reason)]
            page.line(": ".join(part for part in asked if part), style="dim", indent=6)
    return page.text()


def _words(text: str) -> str:
    return phrases.printable(text, limit=300)


class ReasonLine(msgspec.Struct, frozen=True):
    """Why: `sentence` in the language of the one who asked."""

    cause: str
    slo: str | None
    rule: str | None
    sentence: str


class EntryLine(msgspec.Struct, frozen=True):
    """One answer, as the contract of docs/contracts/gate.md has it."""

    id: int
    service: str
    kind: str
    verdict: str
    ruled: str
    override: bool
    by: str
    reason: str
    at: str
    decided: str
    age_minutes: int | None
    policy: str | None
    reasons: list[ReasonLine]


def entry_line(entry: Entry) -> EntryLine:
    """An answer for programs."""
    return EntryLine(
        id=entry.id or 0,
        service=entry.service,
        kind=entry.kind,
        verdict=entry.verdict,
        ruled=entry.ruled,
        override=bool(entry.facts.get("override")),
        by=entry.author,
        reason=entry.reason,
        at=iso(entry.at),
        decided=iso_second(entry.decided),
        age_minutes=entry.facts.get("age_minutes"),
        policy=entry.facts.get("policy"),
        reasons=[msgspec.convert(line, ReasonLine) for line in entry.facts.get("reasons", [])],
    )


def iso_second(second: int) -> str:
    minute, rest = divmod(second, 60)
    return f"{moment_of(minute):%Y-%m-%dT%H:%M}:{rest:02}Z"


def to_json(entry: Entry) -> bytes:
    """One answer."""
    return msgspec.json.encode({"version": VERSION, **msgspec.to_builtins(entry_line(entry))})


def log_to_json(entries: Sequence[Entry]) -> bytes:
    """The log, the newest first."""
    return msgspec.json.encode({"version": VERSION, "answers": [entry_line(entry) for entry in entries]})
