"""A proposal as the YAML of a book, with comments that say where each number comes from and what is to be edited."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Final

from kakeibo.app.logs import Log
from kakeibo.app.proposing import EXAMPLE_CODE, Findings, Journey, Objective
from kakeibo.definitions.writing import flow, scalar
from kakeibo.i18n import language, t
from kakeibo.letters.figures import allowance, day, exact_percent, percent, whole
from kakeibo.sources.strangers import shortened

_SHARES: Final = tuple(Fraction(n, 100) for n in (1, 2, 5, 10, 20, 50))


def render(found: Sequence[Findings], zone: str) -> str:
    """The text of the book, in the language in use."""
    parts = [_header(found, zone), _organisation(zone), _owners(), _sources(found), _lists(found), _journeys(found)]
    return "\n".join("\n".join(lines) + "\n" for part in parts if (lines := list(part)))


def _comment(text: str, indent: int = 0) -> str:
    return f"{' ' * indent}# {shortened(text, 1_000)}"


# -- sections -------------------------------------------------------------------------------------------------------


def _header(found: Sequence[Findings], zone: str) -> Iterator[str]:
    yield _comment(t("A first book, proposed by kakeibo init from:"))
    for findings in found:
        yield _comment("  " + seen(findings, zone))
    yield _comment(t("Everything here is yours to change. The targets are provisional: talk about them first."))
    yield _comment(t("`kakeibo check` tells what is wrong, `kakeibo explain` shows which events count as good or bad."))


def seen(findings: Findings, zone: str) -> str:
    """One log in one line: how many lines, of which days, how many could be read."""
    first, last = (day(minute, zone) for minute in findings.period)
    period = first if first == last else t("{first} to {last}", first=first, last=last)
    readable = percent(Fraction(findings.readable, max(findings.lines, 1)), digits=0)
    return t(
        "{file} ({kind}): {lines} lines, {period}, {share} readable",
        file=name_of(findings.log),
        kind=findings.log.sniffed.kind,
        lines=whole(findings.lines),
        period=period,
        share=readable,
    )


def name_of(log: Log) -> str:
    """The logs of one source by name."""
    first = shortened(log.files[-1].name)
    more = len(log.files) - 1
    return first if not more else t("{file} and {n} more", file=first, n=more)


def _organisation(zone: str) -> Iterator[str]:
    yield "organisation:"
    yield f"  name: {scalar(t('My organisation'))}  # {t('edit: the name that reports show')}"
    yield f"  timezone: {zone}  # {t('edit: where your days begin and end, such as Asia/Tokyo')}"
    yield f"  language: {language()}"


def _owners() -> Iterator[str]:
    yield "teams:"
    yield f"  my-team: {{name: {scalar(t('My team'))}}}  # {t('edit: who looks after the service')}"
    yield ""
    yield "services:"
    yield "  my-service:"
    yield "    team: my-team"
    yield f"    # runbook: https://...  {t('edit: the page that says what to do when it fails')}"


def _sources(found: Sequence[Findings]) -> Iterator[str]:
    yield "sources:"
    for findings in found:
        log, columns = findings.log, findings.columns
        yield f"  {log.name}:"
        yield f"    type: {log.sniffed.kind}"
        paths = [scalar(path) for path in log.paths]
        yield f"    path: {paths[0] if len(paths) == 1 else '[' + ', '.join(paths) + ']'}"
        if log.timezone:
            yield _comment(t("its times have no zone: correct this if the server's clock shows another"), 4)
            yield f"    timezone: {log.timezone}"
        for key, value in log.sniffed.options.items():
            yield f"    {key}: {scalar(str(value))}"
        if columns.fields:
            yield f"    fields: {flow(columns.fields)}"
        if columns.guessed and columns.duration:
            unit = {1: t("seconds"), 10**3: t("milliseconds"), 10**6: t("microseconds")}[columns.per_second]
            yield _comment(
                t("{column} looks like {unit}: correct the limits below if not", column=columns.duration, unit=unit), 4
            )
        yield from _rejected(findings)


def _rejected(findings: Findings) -> Iterator[str]:
    """Leave for more unreadable lines than usual, where the log has them."""
    share = 1 - Fraction(findings.readable, max(findings.lines, 1))
    if share > _SHARES[0]:
        leave = next((s for s in _SHARES if s >= share), _SHARES[-1])
        text = t("{share} of its lines cannot be read: kakeibo audit shows them", share=percent(share, digits=1))
        yield _comment(text, 4)
        yield f"    max_rejected: {exact_percent(leave)}"


def _lists(found: Sequence[Findings]) -> Iterator[str]:
    system = sorted({code for findings in found for code in findings.system_codes})
    client = sorted({code for findings in found for code in findings.client_codes} - set(system))
    if not system:
        return
    yield _comment(
        t("Error codes: faults of ours are failures, mistakes of users are not. Sorted by their names only:")
    )
    yield _comment(t("please move those that are wrong. A code in neither list counts as a failure and is reported."))
    yield "lists:"
    example = f"  # {t('an example: none was seen yet')}" if _is_example(found, system) else ""
    yield f"  system_codes: [{', '.join(map(scalar, system))}]{example}"
    if client:
        yield f"  client_codes: [{', '.join(map(scalar, client))}]"


def _is_example(found: Sequence[Findings], system: Sequence[str]) -> bool:
    return list(system) == [EXAMPLE_CODE] and not any(findings.faults_seen for findings in found)


def _journeys(found: Sequence[Findings]) -> Iterator[str]:
    yield _comment(t("What users do. The titles are for people: say it in the words of your users."))
    yield "journeys:"
    blocks = [block for findings in found for block in (_remarks(findings), *_journeys_of(findings))]
    for number, block in enumerate(filter(None, blocks)):
        yield from ["", *block] if number else block


def _journeys_of(findings: Findings) -> Iterator[list[str]]:
    return (list(_journey(journey, findings.log.name)) for journey in findings.journeys)


def _remarks(findings: Findings) -> list[str]:
    """What the log holds besides the journeys."""
    source, lines = findings.log.name, [_comment(text, 2) for text in _advice(findings)]
    if findings.left_out:
        lines += [_comment(t("{source}: left out are", source=source), 2), *_counted(findings.left_out)]
    if findings.others:
        lines += [_comment(t("{source}: also often asked for", source=source), 2), *_counted(findings.others)]
    return lines


def _advice(findings: Findings) -> Iterator[str]:
    """What the log does not tell, and the mend."""
    source, columns = findings.log.name, findings.columns
    if columns.subject is None and any("graphql" in (journey.valid or "").lower() for journey in findings.journeys):
        yield t("{source}: every operation of GraphQL hides behind one path. Have the operation's name", source=source)
        yield t("logged (docs/sources.md), and each can be a journey of its own.")
    if columns.duration is None:
        yield t("{source}: nothing tells how long an event took, so no promise is made about speed.", source=source)
        yield t("Have it logged, such as $request_time of nginx.")


def _counted(events: Mapping[str, int]) -> Iterator[str]:
    for what, n in sorted(events.items(), key=lambda item: -item[1]):
        yield _comment(f"{whole(n):>9}  {what}", 2)


def _journey(journey: Journey, source: str) -> Iterator[str]:
    yield f"  {journey.key}:"
    yield f"    title: {flow(journey.title)}"
    yield "    service: my-service"
    yield f"    source: {source}"
    if journey.valid:
        yield f"    valid: {scalar(journey.valid)}"
    yield "    slos:"
    for objective in journey.objectives:
        yield _comment(_evidence(objective), 6)
        entries = {"good": objective.good, "target": exact_percent(objective.target), "window": "28d"}
        yield f"      {objective.sli}: {flow(entries)}"


def _evidence(objective: Objective) -> str:
    """What the log had, beside the target."""
    events, target = objective.events, objective.target
    values = {
        "n": whole(events),
        "share": percent(Fraction(objective.good_events, events), target, digits=1),
        "target": exact_percent(target),
        "allowed": allowance((1 - target) * events, events - objective.good_events),
        "bad": whole(events - objective.good_events),
    }
    if objective.backed and objective.sli == "latency":
        return t("{n} events, {share} in time: {bad} too late, {target} would have allowed {allowed}", **values)
    if objective.backed:
        return t("{n} events, {share} good: {bad} failed, {target} would have allowed {allowed}", **values)
    if Fraction(objective.good_events, events) >= target:
        return t(
            "only {n} events, {share} good: too few to tell; {target} stands in for now",
            **_only(values, "n share target"),
        )
    return t(
        "{n} events, only {share} good: {target} was missed, so look first at what fails",
        **_only(values, "n share target"),
    )


def _only(values: Mapping[str, str], names: str) -> dict[str, str]:
    return {name: values[name] for name in names.split()}
