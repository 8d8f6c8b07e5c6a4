"""One candidate of the lab in plain words."""

from __future__ import annotations

from collections.abc import Iterator

from kakeibo.alerts.backtest import Verdict
from kakeibo.alerts.trial import Trial, Tried
from kakeibo.budgets.latency import Latency
from kakeibo.i18n import t
from kakeibo.letters import device_time, figures, phrases, trial_alerts
from kakeibo.letters.trial_latency import number


def sentences(trial: Trial, tried: Tried, worth: Verdict | None) -> Iterator[str]:
    """What a target would have meant."""
    one = tried.candidate
    words = {
        "target": figures.exact_percent(one.target),
        "window": figures.window(trial.slo.window),
        "allowed": phrases.allowance(trial.slo, one.allowed, one.spent),
        "spent": phrases.failed(trial.slo, one.spent, one.allowed),
        "left": phrases.left_words(one.left_ratio),
    }
    if device_time.is_device_time(trial.slo):
        yield device_time.candidate(words)
    else:
        yield t(
            "At {target} in {window}: {allowed} failures allowed in the last window, {spent} spent ({left}).", **words
        )
    if trial.judged_days:
        kept = trial.judged_days - one.days_missed
        yield t("Kept on {n} of {all} days.", n=figures.whole(kept), all=figures.whole(trial.judged_days))
    else:
        yield t("The record is shorter than one window: no target can be called kept or missed yet.")
    yield t(
        "The alerts would have called somebody {pages} times and asked to look {tickets} times.",
        pages=figures.whole(tried.pages),
        tickets=figures.whole(tried.tickets),
    )
    if tried.cannot_fire:
        rules = phrases.listed([trial_alerts.rule(rule) for rule in tried.cannot_fire])
        yield t("At {target} some alerts can never fire: {rules}.", target=words["target"], rules=rules)
    if worth is not None:
        yield t(
            "Of {all} incidents that users felt, it would have noticed {caught}; alerts without an incident: {false}.",
            all=figures.whole(len(worth.catches)),
            caught=figures.whole(worth.caught),
            false=figures.whole(worth.false),
        )


def threshold_sentence(trial: Trial, one: Latency, target: str) -> str:
    """What a threshold would have meant beside a target."""
    found = next(each for each in one.thresholds if each.origin == "asked")
    if found.share is None:
        return t("No number of this column was counted in the record.")
    words = {"value": number(found.value), "share": figures.percent(found.share, trial.slo.target, digits=2)}
    missed = "" if found.days_missed is None else figures.whole(found.days_missed)
    sentence = t("{share} of the events took at most {value} (in the unit of the log).", **words)
    if not missed:
        return sentence
    days = t("Beside {target}, {n} of {all} days missed it.", target=target, n=missed, all=trial.judged_days)
    return phrases.joined([sentence, days])
