"""What a server of metrics makes of one promise: its queries, and the newest minutes with what they counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from rich.cells import cell_len

from kakeibo.clock import iso, local
from kakeibo.i18n import t
from kakeibo.letters import figures, phrases
from kakeibo.letters.lines import Page
from kakeibo.letters.report_json import exact_decimal
from kakeibo.model import Journey, Queries, Slo

VERSION: Final = 1
Row = tuple[int, int, int]
"""(minute, good, bad)"""


def render_minutes(
    rows: Sequence[Row],
    series: tuple[int, int],
    *,
    slo: Slo,
    measure: Queries,
    journey: Journey,
    zone: str,
    width: int,
    colour: bool,
) -> str:
    """For the terminal. `rows`: measured minutes; `series`: how many answer the valid query, and the other one."""
    page = Page(width, colour)
    name = t("{title} ({aspect})", title=phrases.title(journey)[0], aspect=phrases.aspect(slo))
    page.line(name, style="bold")
    page.line(phrases.printable(slo.name), style="dim")
    page.line(
        t("The promise: of all events that count, {target} go well within {window}.",
          target=figures.exact_percent(slo.target), window=figures.window(slo.window))
    )  # fmt: skip
    page.line()
    labels = {t("counts"): (measure.valid, series[0])}
    if measure.good is not None:
        labels[t("goes well")] = (measure.good, series[1])
    if measure.bad is not None:
        labels[t("goes wrong")] = (measure.bad, series[1])
    margin = 2 + max(cell_len(label) for label in labels)
    for label, (query, n) in labels.items():
        text = t("{query} ({n} series)", query=phrases.printable(query, limit=2_000), n=figures.whole(n))
        page.pair(label, text, label_style="dim", indent=margin)
    page.line()
    page.line(t("The newest minutes:") if rows else t("No minute of the last hour was measured."), style="bold")
    for minute, good, bad in rows:
        moment = f"{local(minute, zone):%Y-%m-%d %H:%M}"
        words = t("good: {good}, bad: {bad}", good=figures.whole(good), bad=figures.whole(bad))
        page.pair(f"  {moment}", words, style="bold red" if bad else "green", indent=20)
    return page.text()


def to_json(rows: Sequence[Row], series: tuple[int, int], *, slo: Slo, measure: Queries, journey: Journey) -> bytes:
    """The same for programs."""
    document = {
        "version": VERSION,
        "slo": slo.name,
        "journey": journey.key,
        "target": exact_decimal(slo.target),
        "window": slo.window.text,
        "valid": measure.valid,
        "good": measure.good,
        "bad": measure.bad,
        "series": {"valid": series[0], "part": series[1]},
        "minutes": [{"minute": iso(minute), "good": good, "bad": bad} for minute, good, bad in rows],
    }
    return msgspec.json.Encoder(decimal_format="number", enc_hook=str).encode(document)
