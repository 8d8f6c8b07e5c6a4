"""The lab at a desk: one candidate answered at once on a past that was read before.

The same functions as `kakeibo try`. What is dear, reading the past minute by minute, is done once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from kakeibo import intervals
from kakeibo.alerts import backtest
from kakeibo.alerts.trial import Trial, Tried
from kakeibo.app import latencies, noted, supporting, trying
from kakeibo.app.trying import Past, Question
from kakeibo.budgets.latency import Hours, Latency, latency
from kakeibo.errors import UsageError
from kakeibo.i18n import t
from kakeibo.model import Book, Journey, Slo
from kakeibo.store import Store


@dataclass(frozen=True, slots=True)
class Outside:
    """What is known of events outside, by the words in an address: keys of what was kept, `store` for the complaints
    (enquiries), `charged` for what was charged (incidents)."""

    enquiries: str = ""
    churn: str = ""
    incidents: str = ""

    def question(self, book: Book, store: Store, journey: Journey, slo: Slo, at: int) -> Question:
        """Raises UsageError for what is not kept."""
        asked = None
        if self.enquiries == trying.KEPT:
            asked = supporting.enquiries(book, store, journey.key, at)
        elif self.enquiries:
            asked = noted.enquiries(store, "enquiries", self.enquiries)
        churn = noted.enquiries(store, "churn", self.churn) if self.churn and asked else None
        known = None
        if self.incidents == noted.CHARGED:
            known = noted.charged(store, slo)
        elif self.incidents:
            known = noted.incidents(store, self.incidents)
        return Question(enquiries=asked, churn=churn, incidents=known)


@dataclass(frozen=True)
class Bench:
    """An objective on its past, with its usual candidates tried: what every further candidate is tried on."""

    past: Past
    trial: Trial
    column: str | None
    hours: Hours = field(default_factory=dict)

    def target(self, text: str) -> Fraction:
        """The target asked for, or the one promised. Raises UsageError for what is none, and for several."""
        if not text:
            return self.trial.slo.target
        [target, *more] = trying.parsed_targets(text)
        if more:
            raise UsageError(t("that is more than one target"), t("give one percentage, such as 99.7"))
        return target

    def threshold(self, text: str) -> Fraction | None:
        """The threshold asked for, or that of the book; the next number of two digits, the histogram's own. None where
        none can be asked for."""
        if self.column is None:
            return None
        if text:
            try:
                value = Fraction(text[:20])
            except (ValueError, ZeroDivisionError):
                raise UsageError(
                    t("{text} is no threshold", text=repr(text)), t("write a number, such as 0.25")
                ) from None
            found = intervals.upper(intervals.containing(value))
            if value <= 0 or found is None:
                raise UsageError(t("{text} is no threshold", text=repr(text)), t("write a number, such as 0.25"))
            return found
        written = latencies.thresholds_of(self.trial.slo, self.column)
        return written[0] if written else None

    def tried(self, target: Fraction) -> Tried:
        return trying.tried_on(self.past, target)

    def alarms(self, target: Fraction) -> list[tuple[int, int]]:
        """From when to when alerts would have fired at a target, those that overlap as one."""
        found = trying.alarms_at(self.past, target)
        return [(one.start, one.end) for one in backtest.together(one for each in found.values() for one in each)]

    def caught(self, target: Fraction) -> backtest.Verdict | None:
        """What these alerts would have been worth against the known incidents; None without any."""
        if self.trial.backtest is None:
            return None
        every = [one for each in trying.alarms_at(self.past, target).values() for one in each]
        return backtest.judge(backtest.together(every), self.trial.backtest.cases)

    def latency(self, threshold: Fraction, target: Fraction) -> Latency:
        """What a threshold would have meant beside a target."""
        slo = self.trial.slo
        judged = [] if slo.method.slice_minutes else self.past.days
        assert self.column is not None
        return latency(self.column, self.hours, [(threshold, "asked")], judged, slo.window, target)

    @property
    def reach(self) -> Mapping[str, Fraction] | None:
        """The ends of a slider over thresholds, and its step: around the numbers that occur."""
        one = next((each for each in self.trial.latencies if each.column == self.column), None)
        if one is None or not one.percentiles:
            return None
        low, high = one.percentiles[0].at_most or Fraction(0), one.percentiles[-1].at_most
        top = (high or Fraction(intervals.LARGEST)) * Fraction(3, 2)
        low = intervals.upper(intervals.containing(low / 4)) or low
        step = Fraction(10) ** (_exponent(low) - 1)
        return {"low": low, "high": -(-top // step) * step, "step": step}


def _exponent(value: Fraction) -> int:
    """So that value is between 1 and 10 times ten to it."""
    exponent = 0
    while value >= 10:
        value, exponent = value / 10, exponent + 1
    while 0 < value < 1:
        value, exponent = value * 10, exponent - 1
    return exponent


def bench_of(book: Book, store: Store, journey: Journey, slo: Slo, at: int, outside: Outside) -> Bench:
    """Read the past of an objective and try its usual candidates. Raises UsageError when nothing was counted."""
    question = outside.question(book, store, journey, slo, at)
    stretch = trying.history_of(book, store, slo, at)
    past = trying.past_of(book, store, slo, stretch, question.incidents or [])
    column = latencies.compared(book, slo)
    return Bench(
        past=past,
        trial=trying.trial_on(book, store, journey, past, question),
        column=column,
        hours=latencies.hours_of(store, slo, column, stretch) if column else {},
    )
