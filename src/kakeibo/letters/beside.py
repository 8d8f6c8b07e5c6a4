"""What a row says beside its account: of what it is made, which part spent it, its probes, and what few events mean."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from kakeibo.alerts.windows import can_fire, enough_to_fire, minimum_of, rules_of
from kakeibo.budgets.report import Row
from kakeibo.clock import MINUTES_PER_DAY, MINUTES_PER_HOUR
from kakeibo.i18n import t
from kakeibo.letters import device_time, figures, phrases
from kakeibo.model import OTHER, Composite, Slo

_USUAL_WINDOW: Final = 28 * MINUTES_PER_DAY


def facts(row: Row, zone: str) -> list[str]:
    """All of it, a sentence or two each."""
    said = [made_of(row.slo), probes(row), silence(row, zone), few(row), *parts(row)]
    return [sentence for sentence in said if sentence]


def made_of(slo: Slo) -> str:
    """Which other objectives an SLO is put together from; empty when it is counted itself."""
    measure = slo.measure
    if not isinstance(measure, Composite) or measure.how == "sum":
        return ""
    names = [phrases.printable(name) for name, _ in measure.parts]
    if measure.how == "weighted":
        weights = [figures.decimal(weight, 0, digits=0) for _, weight in measure.parts]
        names = [t("{name} x {weight}", name=name, weight=weight) for name, weight in zip(names, weights, strict=True)]
        return t("The weighted mean of: {names}.", names=phrases.listed(names))
    if measure.how == "worst":
        return t("As good as the worst of: {names}.", names=phrases.listed(names))
    return t("The product of: {names}.", names=phrases.listed(names))


def probes(row: Row) -> str:
    """How many of the events are those of probes."""
    if row.probes is None:
        return ""
    count = row.probes.count
    return t(
        "Events of probes among these: {probes}, of which {bad} failed.",
        probes=figures.whole(count.valid),
        bad=figures.whole(count.bad),
    )


def silence(row: Row, zone: str) -> str:
    """That no probe has come as it should; empty when one has."""
    found = row.probes
    if found is None or not found.missing:
        return ""
    every = figures.span(found.every)
    if found.last_minute is None:
        return t("Caution: not one probe {within}, and one should come every {every}.",
                 within=phrases.within(row), every=every)  # fmt: skip
    since = figures.moment(found.last_minute, zone)
    return t("Caution: no probe since {since}, and one should come every {every}.", since=since, every=every)


def few(row: Row) -> str:
    """Where one failure could set off an alert: how few events there are, and what was chosen against chance."""
    slo = row.slo
    if row.unit != "events" or not row.count.valid or slo.alerts == () or row.source.first_minute is None:
        return ""
    minutes = max(row.to_minute - max(row.from_minute, row.source.first_minute), 1)
    period, traffic = slo.window.nominal_minutes, Fraction(row.count.valid, minutes)
    rules = [rule for rule in rules_of(slo) if can_fire(rule, slo.target, period)]
    if all(enough_to_fire(rule, slo.target, period, traffic * rule.minutes) > 1 for rule in rules):
        return ""
    chosen = [t("no alert below {n} failures", n=minimum_of(slo))]
    chosen += [t("probes")] if row.probes else []
    chosen += [t("a window of {window}", window=figures.window(slo.window))] if period > _USUAL_WINDOW else []
    return t(
        "Few events ({n} an hour): one failure weighs much. Set against chance: {chosen}.",
        n=figures.decimal(traffic * MINUTES_PER_HOUR, 0, digits=1),
        chosen=phrases.listed(chosen),
    )


def parts(row: Row) -> list[str]:
    """What each part had of the failures, and of what was allowed; and which of them raise alerts by themselves."""
    if not row.parts:
        return []
    alone = [_name(part) for part in row.parts if part.slo.alerts]
    if alone:
        return [
            *(_part(part, row) for part in row.parts),
            t("Alerts of their own: {parts}.", parts=phrases.listed(alone)),
        ]
    return [*(_part(part, row) for part in row.parts), t("No part raises alerts by itself.")]


def _part(part: Row, whole: Row) -> str:
    name = _name(part)
    if device_time.is_device_time(part.slo):
        said = [device_time.part(name, part, phrases.bad(part))]
    elif part.count.valid:
        valid = figures.whole(part.count.valid)
        said = [t("{part}: {bad} of {valid} events failed", part=name, bad=phrases.bad(part), valid=valid)]
    else:
        said = [t("{part}: not one event", part=name)]
    if not part.count.valid:
        return said[0]
    if whole.count.bad:
        said.append(t("{share} of all failures", share=figures.percent(Fraction(part.count.bad, whole.count.bad))))
        said.append(t("{share} of what is allowed", share=figures.percent(part.count.bad / whole.allowed)))
    if part.slo.target != whole.slo.target:
        said.append(phrases.reached(part))
    if part.owner and part.owner != whole.owner:
        said.append(t("improved by {team}", team=phrases.printable(part.owner.name)))
    return phrases.listed(said)


def _name(part: Row) -> str:
    name = part.slo.name.rpartition("/")[2]
    return t("all else") if name == OTHER else phrases.printable(name)
