"""Book and ledger -> what each team's policy says as of a moment.

Everything that any rule asks of any SLO is summed at once: windows, burn rates, and the weeks before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import takewhile

from kakeibo import ledger
from kakeibo.alerts.decide import decide, terms_of
from kakeibo.alerts.gate import Counted
from kakeibo.alerts.policy import due
from kakeibo.alerts.record import Alert, Change
from kakeibo.alerts.record import Standing as AlertStanding
from kakeibo.alerts.windows import SHORT_PART, short_minutes
from kakeibo.app.counts import Deliveries, History, Stretch, counter, source_of
from kakeibo.app.promises import Then, as_of
from kakeibo.budgets import arithmetic
from kakeibo.budgets.promises import in_force
from kakeibo.clock import local
from kakeibo.model import Book, BurnRule, Journey, Severity, Slo, State
from kakeibo.policies import Condition, Facts, Policy, Standing
from kakeibo.store import Store
from kakeibo.windows import Window


def standings(book: Book, store: Store, at: int) -> tuple[Standing, ...]:
    """Every policy of the book as of the start of minute `at`, in its order, by what was promised then."""
    return tuple(standing(book, store, policy, at) for policy in book.policies.values())


def standing(book: Book, store: Store, policy: Policy, at: int) -> Standing:
    """One policy as of minute `at`, for all that its team operates."""
    return _standing(book, policy, at, _Reader(as_of(book, store, at), store, policy, at).facts())


def of_service(book: Book, store: Store, service: str, at: int) -> tuple[Standing | None, tuple[Counted, ...]]:
    """What the policy of a service's team says of this service alone (None: there is no policy), and how far the counts
    can be relied on."""
    team = book.services[service].team or ""
    policy = book.policies.get(team)
    reader = _Reader(as_of(book, store, at), store, policy or Policy(team, ()), at, service)
    facts = reader.facts()
    return _standing(book, policy, at, facts) if policy else None, tuple(map(reader.counted, facts))


def _standing(book: Book, policy: Policy, at: int, facts: Sequence[Facts]) -> Standing:
    return Standing(policy, book.teams[policy.team].name, policy.status(today(book, at)), due(policy, facts))


def today(book: Book, at: int) -> date:
    """The day of the organisation's calendar that minute `at` is in."""
    return local(at, book.organisation.timezone).date()


def changes(book: Book, store: Store, at: int, held: Mapping[Alert, AlertStanding]) -> list[Change]:
    """What policies say otherwise as of minute `at` than they stood: each rule and SLO is an alert of its own, "policy:
    team/rule:journey/sli", so that a breach is one matter from its beginning to its end. For `alerts.record.record`.

    Only policies that hold call anybody; what is due by an unsigned one is shown, not sent.
    """
    wanted = {
        Alert(f"policy:{one.policy.team}/{due.rule.key}:{due.facts.slo}", _severity(due.rule.acts)): (one, due)
        for one in standings(book, store, at)
        if one.status in ("in_force", "overdue")
        for due in one.due
    }
    begun = [
        Change(alert, "firing", at, due.rule.key, {
            "team": one.policy.team, "rule": due.rule.key, "slo": due.facts.slo, "then": list(due.rule.acts),
            "notify": list(due.rule.notify), "budget_left": None if due.facts.left is None else str(due.facts.left),
            "missed_weeks": due.facts.missed_weeks, "exhausted_weeks": due.facts.exhausted_weeks,
        })
        for alert, (one, due) in wanted.items()
        if alert not in held or held[alert].state != "firing"
    ]  # fmt: skip
    over = [
        Change(alert, "quiet", at, "over")
        for alert, stood in held.items()
        if alert.subject.startswith("policy:") and stood.state == "firing" and alert not in wanted
    ]
    return begun + over


def _severity(acts: Iterable[str]) -> Severity:
    return "page" if "page" in acts else "ticket"


class _Reader:
    """What the ledger says about the SLOs of one policy."""

    def __init__(self, then: Then, store: Store, policy: Policy, at: int, service: str | None = None) -> None:
        book = then.book
        self.book, self.histories, self.store, self.at = book, then.histories, store, at
        self.slos = [
            (journey, slo)
            for journey in book.journeys.values()
            if (journey.service == service if service else _team(book, journey) == policy.team)
            for slo in journey.slos
        ]
        conditions = [rule.when for rule in policy.rules]
        self.rules = sorted({(one.burn, one.within) for one in conditions if one.burn is not None})
        self.weeks = weeks_before(at, book.organisation.timezone, _most_weeks(conditions))
        stretches = {slo.name: set(self._stretches(slo)) for _, slo in self.slos}
        self.count = counter(
            book,
            store,
            [slo for _, slo in self.slos],
            {stretch for asked in stretches.values() for stretch in asked},
            lambda slo: min(start for start, _ in stretches[slo.name]),
        )
        self.deliveries = Deliveries.of(book, store)
        self.delivered = ledger.last_delivered(store, at)
        self.history = History(book, ledger.definitions(store))

    def facts(self) -> list[Facts]:
        return [self._facts(journey, slo) for journey, slo in self.slos]

    def counted(self, facts: Facts) -> Counted:
        """How far an SLO can be relied on: by the source of it that delivered longest ago, or is read worst."""
        slo = next(slo for _, slo in self.slos if slo.name == facts.slo)
        users = [leaf for leaf in self.book.counted_for(slo) if leaf.probe_minutes is None]
        lasts = [self.delivered.get(source_of(leaf)) for leaf in users]
        age = None if None in lasts else self.at - 1 - min(minute for minute in lasts if minute is not None)
        trustworthy = self.deliveries.source(slo, slo.window.bounds(self.at)).trustworthy
        return Counted(facts.slo, facts.state, age, trustworthy)

    def _stretches(self, slo: Slo) -> Iterator[Stretch]:
        yield slo.window.bounds(self.at)
        for _, minutes in self.rules:
            yield self.at - minutes, self.at
            yield self.at - minutes // SHORT_PART, self.at
        for week in self.weeks:
            yield week
            yield slo.window.bounds(week[1])

    def _facts(self, journey: Journey, slo: Slo) -> Facts:
        begun = self._measured_since(slo)
        state = self._state(slo, self.at, begun)
        return Facts(
            slo=slo.name,
            sli=about(slo),
            kind=journey.kind,
            state=state,
            left=None if state in ("filling", "no_data") else self._left(slo),
            firing=frozenset((share, minutes) for share, minutes in self.rules if self._burns(slo, share, minutes)),
            missed_weeks=_run(self._missed(slo, week, begun) for week in self.weeks),
            exhausted_weeks=_run(self._state(slo, end, begun) == "exhausted" for _, end in self.weeks),
        )

    def _left(self, slo: Slo) -> Fraction | None:
        return arithmetic.left_ratio(self.count(slo, slo.window.bounds(self.at)), slo.target)

    def _state(self, slo: Slo, at: int, begun: int | None) -> State:
        """The state of its budget as of a minute; `begun`: since when it is counted in full."""
        window = slo.window.bounds(at)
        throughout = begun is not None and begun <= window[0]
        return arithmetic.state(self.count(slo, window), self._target(slo, at), measured_throughout=throughout)

    def _target(self, slo: Slo, at: int) -> Fraction:
        """What was promised then: a week is judged by the target of its last minute."""
        history = self.histories.get(slo.name)
        return in_force(history, at).target if history else slo.target

    def _missed(self, slo: Slo, week: Stretch, begun: int | None) -> bool:
        """Whether the target was missed in a week, judged alone. Of a week without an event, or not counted in full,
        nobody can say so."""
        reached = arithmetic.sli(self.count(slo, week))
        return (
            begun is not None and begun <= week[0] and reached is not None and reached < self._target(slo, week[1] - 1)
        )

    def _burns(self, slo: Slo, share: Fraction, minutes: int) -> bool:
        rule = BurnRule(share, minutes, "ticket")
        long, short = (self.count(slo, (self.at - n, self.at)) for n in (minutes, short_minutes(rule)))
        return decide(rule, long, short, terms_of(slo)).state == "firing"

    def _measured_since(self, slo: Slo) -> int | None:
        first = self.deliveries.source(slo, slo.window.bounds(self.at)).first_minute
        _, counted = self.history.since(slo, self.at)
        return None if first is None else max(first, counted or first)


def about(slo: Slo) -> frozenset[str]:
    """What an SLI is about: its name, and its type where that is known."""
    return frozenset({slo.name.split("/")[1], *filter(None, [slo.sli_type])})


def weeks_before(at: int, timezone: str, number: int) -> list[Stretch]:
    """The last whole weeks of the calendar that are over by minute `at`, the latest first. They begin on Monday."""
    week = Window("week", calendar="week", timezone=timezone)
    found: list[Stretch] = []
    end = at if week.period_end(at) == at else week.bounds(at)[0]
    while len(found) < number:
        found.append(week.bounds(end))
        end = found[-1][0]
    return found


def _team(book: Book, journey: Journey) -> str | None:
    team = book.team_of(journey)
    return team.key if team else None


def _most_weeks(conditions: Iterable[Condition]) -> int:
    return max((max(one.missed_weeks or 0, one.exhausted_weeks or 0) for one in conditions), default=0)


def _run(weeks: Iterable[bool]) -> int:
    """How many of them hold without a break, from the first on."""
    return sum(1 for _ in takewhile(bool, weeks))
