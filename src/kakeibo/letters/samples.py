"""Sample events of one promise, shown as good, bad, left out, not counted or not to be judged, and why.

With these in front of them, people who do not read expressions can agree on what a promise means.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import msgspec
from rich.cells import cell_len

from kakeibo.i18n import t
from kakeibo.letters import figures, phrases
from kakeibo.letters.lines import Page
from kakeibo.letters.report_json import exact_decimal
from kakeibo.model import Events, Journey, Slo

Verdict = Literal["good", "bad", "void", "unknown", "not_valid"]
VERSION = 1
_STYLES: dict[Verdict, str] = {
    "good": "green",
    "bad": "bold red",
    "unknown": "bold yellow",
    "void": "cyan",
    "not_valid": "dim",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """Events alike: `events` of them have these `values` in the columns that the expressions use.

    None among the values means that the field is missing. `line` is one of the events as the log has it. `untrue` are
    the conditions that should be true and are not, when there are several.
    """

    verdict: Verdict
    events: int
    values: Mapping[str, object]
    line: str
    untrue: tuple[str, ...] = ()


def render_samples(
    samples: Sequence[Sample], *, slo: Slo, measure: Events, journey: Journey, width: int, colour: bool, limit: int = 3
) -> str:
    """For the terminal: the promise, its expressions, and per verdict the `limit` commonest kinds of events."""
    page = Page(width, colour)
    name = t("{title} ({aspect})", title=phrases.title(journey)[0], aspect=phrases.aspect(slo))
    page.line(name, style="bold")
    page.line(phrases.printable(slo.name), style="dim")
    page.line(_promise(slo))
    page.line()
    _expressions(page, slo, measure)
    for verdict in get_args(Verdict):
        page.line()
        _verdict(page, verdict, [sample for sample in samples if sample.verdict == verdict], limit)
    return page.text()


def to_json(samples: Sequence[Sample], *, slo: Slo, measure: Events, journey: Journey) -> bytes:
    """The same for programs: the expressions as written and every sample."""
    document = {
        "version": VERSION,
        "slo": slo.name,
        "journey": journey.key,
        "target": exact_decimal(slo.target),
        "window": slo.window.text,
        "sli_type": slo.sli_type,
        "short": slo.short,
        "method": slo.method.kind,
        "valid": measure.valid.text,
        "void": measure.void.text if measure.void else None,
        "good": measure.good.text,
        "samples": [
            {
                "verdict": sample.verdict,
                "events": sample.events,
                "values": dict(sample.values),
                "untrue": list(sample.untrue),
                "line": sample.line,
            }
            for sample in samples
        ],
    }
    return msgspec.json.Encoder(decimal_format="number", enc_hook=str).encode(document)


def _promise(slo: Slo) -> str:
    if slo.method.slice_minutes:
        return t(
            "The promise: of all time that is measured, {target} is good within {window}.",
            target=figures.exact_percent(slo.target),
            window=figures.window(slo.window),
        )
    return t(
        "The promise: of all events that count, {target} go well within {window}.",
        target=figures.exact_percent(slo.target),
        window=figures.window(slo.window),
    )


def _expressions(page: Page, slo: Slo, measure: Events) -> None:
    labels = {
        **({t("short form"): slo.short} if slo.short else {}),
        t("counts when"): measure.valid.text,
        t("left out when"): measure.void.text if measure.void else t("never"),
        t("goes well when"): measure.good.text,
        **({t("good time is"): judged} if (judged := phrases.judged(slo.method)) else {}),
    }
    margin = 2 + max(cell_len(label) for label in labels)
    for label, text in labels.items():
        page.pair(label, phrases.printable(text, limit=2_000), label_style="dim", indent=margin)


def _verdict(page: Page, verdict: Verdict, samples: Sequence[Sample], limit: int) -> None:
    words, why = words_of(verdict)
    events = sum(sample.events for sample in samples)
    page.line(t("{verdict}: {events}", verdict=words, events=figures.whole(events)), style=_STYLES[verdict])
    page.line(why, indent=2)
    commonest = sorted(samples, key=lambda sample: -sample.events)
    digits = max((len(figures.whole(sample.events)) for sample in commonest[:limit]), default=0)
    margin = 5 + digits
    for sample in commonest[:limit]:
        page.pair(f"  {figures.whole(sample.events):>{digits}} x", values_of(sample), indent=margin)
        if sample.untrue:
            reason = t("because this is not true: {conditions}", conditions=phrases.listed(list(sample.untrue)))
            page.line(reason, style=_STYLES[verdict], indent=margin)
        page.line(phrases.printable(sample.line, limit=200), style="dim", indent=margin)
    if len(samples) > limit:
        page.line(t("other kinds of such events: {n}", n=figures.whole(len(samples) - limit)), indent=2)


def words_of(verdict: Verdict) -> tuple[str, str]:
    """A verdict in plain words, and why an event gets it."""
    words: dict[Verdict, tuple[str, str]] = {
        "good": (t("good"), t("They count, and what must be true for them to go well is true.")),
        "bad": (t("bad"), t("They count, and what must be true for them to go well is false.")),
        "void": (t("left out"), t("They would count, but are left out by rule.")),
        "unknown": (
            t("could not be judged"),
            t("They count, but a field is missing, so that nobody can say whether they went well: counted as bad."),
        ),
        "not_valid": (t("not counted"), t("They are not what this promise is about.")),
    }
    return words[verdict]


def values_of(sample: Sample) -> str:
    """What the expressions look at, in one line."""
    return phrases.listed([f"{phrases.printable(key)} = {_value(value)}" for key, value in sample.values.items()])


def _value(value: object) -> str:
    if value is None:
        return t("(missing)")
    if isinstance(value, float):
        return t("(no end)") if math.isinf(value) else f"{value:.15g}"
    return f"'{phrases.printable(value)}'" if isinstance(value, str) else phrases.printable(str(value))
