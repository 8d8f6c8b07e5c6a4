"""What adds up: the criterion, causes, actions, the month, and whether the habit is alive. Pure and exact."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kakeibo.incidents.nouns import Detection, Edge, Entry, Harm, Incident, Measurement
from kakeibo.policies import Criterion, PostmortemReason
from kakeibo.postmortems import actions
from kakeibo.postmortems.adoption import Adoption, Owed, adoption
from kakeibo.postmortems.causes import ROOT_CAUSES, TRIGGERS
from kakeibo.postmortems.criterion import Due, judge
from kakeibo.postmortems.digest import digest
from kakeibo.postmortems.form import Action, Head, Measured
from kakeibo.postmortems.pareto import pareto
from kakeibo.postmortems.records import Postmortem

OCTOBER = date(2026, 10, 1), date(2026, 10, 31)


def incident(
    spent: int = 10, allowed: int = 100, detection: Detection | None = "alert", slo: str = "play/availability",
    by_hand: bool = False,
) -> Incident:  # fmt: skip
    harm = Harm(slo, 1_000, 100, Fraction(1, 100), Fraction(spent), Fraction(allowed))
    measured = Measurement(200, Edge(100, 99, 101), Edge(150, 149, 152), 6_060, detection, (harm,))
    entry = Entry(1, 7, 9_000, 9_000, "mitigated", "Player on call", "cli", "rolled back", {})
    return Incident(
        7, "It broke", "resolved", "alert", "kakeibo", False, ("learning",), (slo,), 6_060, None, None, 9_000, None, 1,
        measured=measured, timeline=(entry,) if by_hand else (),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("found", "criterion", "reasons"),
    [
        (incident(spent=20), Criterion(), ("budget",)),
        (incident(spent=19), Criterion(), ()),
        (incident(spent=1, allowed=3), Criterion(Fraction(1, 3)), ("budget",)),
        (incident(detection="enquiry"), Criterion(), ("unnoticed",)),
        (incident(detection="acknowledgement"), Criterion(), ("unnoticed",)),
        (incident(detection=None), Criterion(also=()), ()),
        (incident(slo="files/durability"), Criterion(), ("data_loss",)),
        (incident(slo="files/durability"), Criterion(also=("unnoticed",)), ()),
        (incident(by_hand=True), Criterion(), ("intervention",)),
        (incident(spent=50, detection="enquiry", by_hand=True), Criterion(), ("budget", "unnoticed", "intervention")),
        (replace(incident(), measured=None), Criterion(), ()),
    ],
)
def test_which_incidents_need_one(found: Incident, criterion: Criterion, reasons: tuple[PostmortemReason, ...]) -> None:
    assert judge(found, criterion, {"files/durability"}).reasons == reasons


def test_what_lies_outside_is_exempt_and_still_counted() -> None:
    assert judge(incident(spent=90), Criterion(), external=True) == Due(("budget",), exempt=True)


def postmortem(
    number: int,
    day: date = OCTOBER[0],
    triggers: tuple[str, ...] = (),
    root_causes: tuple[str, ...] = (),
    burnt: Fraction | None = None,
    todo: tuple[Action, ...] = (),
    **changed: object,
) -> Postmortem:
    measured = Measured(burnt={} if burnt is None else {"play/availability": burnt, "play/latency": burnt / 2})
    head = Head(f"Title {number}", day, "player", incident=number, triggers=triggers, root_causes=root_causes)
    new = Postmortem(number, "published", 1, replace(head, measured=measured), todo, 0, 0, 0, "Support lead")
    return replace(new, **changed)  # type: ignore[arg-type]


def test_causes_add_up() -> None:
    found = pareto(
        [
            postmortem(1, triggers=("load", "schedule"), burnt=Fraction(1, 3)),
            postmortem(2, triggers=("release",), burnt=Fraction(3)),
            postmortem(3, triggers=("load",)),
            postmortem(4),
        ],
        "trigger",
    )
    assert [(bar.cause.key, bar.postmortems, bar.burnt, bar.covered) for bar in found.bars] == [
        ("load", (1, 3), Fraction(1, 3), Fraction(2, 4)),
        ("release", (2,), Fraction(3), Fraction(3, 4)),
        ("schedule", (1,), Fraction(1, 3), Fraction(3, 4)),
    ]
    assert (found.total, found.unnamed, found.unmeasured, found.burnt) == (4, 1, 2, Fraction(10, 3))


def test_by_budget_the_dearest_comes_first() -> None:
    all_ = [
        postmortem(1, root_causes=("software",), burnt=Fraction(1, 10)),
        postmortem(2, root_causes=("software",), burnt=Fraction(1, 10)),
        postmortem(3, root_causes=("data",), burnt=Fraction(1, 2)),
    ]
    found = pareto(all_, "root_cause", "budget")
    assert [bar.cause.key for bar in found.bars] == ["data", "software"]
    assert [bar.covered for bar in found.bars] == [Fraction(5, 7), 1]
    assert [bar.covered for bar in pareto([postmortem(1, root_causes=("data",))], "root_cause", "budget").bars] == [
        None
    ]


_some = st.builds(
    postmortem,
    st.integers(1, 10**6),
    triggers=st.lists(st.sampled_from(list(TRIGGERS)), unique=True, max_size=3).map(tuple),
    root_causes=st.lists(st.sampled_from(list(ROOT_CAUSES)), unique=True, max_size=3).map(tuple),
    burnt=st.none() | st.fractions(0, 5),
)


@given(st.lists(_some, max_size=12, unique_by=lambda one: one.id), st.sampled_from(["count", "budget"]))
def test_what_is_covered_grows_to_all_that_name_a_cause(all_: list[Postmortem], by: str) -> None:
    found = pareto(all_, "trigger", "budget" if by == "budget" else "count")
    covered = [bar.covered for bar in found.bars if bar.covered is not None]
    assert covered == sorted(covered)
    assert all(0 <= share <= 1 for share in covered)
    if covered and not found.unnamed:
        assert covered[-1] == 1
    assert sum(bar.count for bar in found.bars) == sum(len(one.triggers) for one in all_)


TODO = (
    Action("late", owner="Ops", due=date(2026, 10, 1)),
    Action("later", owner="Ops", due=date(2026, 9, 1)),
    Action("done", owner="Ops", due=date(2026, 9, 1), done=date(2026, 10, 31)),
    Action("soon", owner="Ops", due=date(2026, 11, 2)),
    Action("some day"),
)


def test_what_was_promised() -> None:
    promised = actions.promised([postmortem(1, todo=TODO), postmortem(2, todo=TODO, state="ready")])
    assert [one.action.what for one in promised] == ["late", "later", "done", "soon", "some day"]
    today = date(2026, 10, 2)
    assert [(one.action.what, one.days_late(today)) for one in actions.overdue(promised, today)] == [
        ("later", 31), ("late", 1),
    ]  # fmt: skip
    assert actions.overdue(promised, date(2026, 9, 1)) == []


def test_a_month() -> None:
    all_ = [
        postmortem(1, date(2026, 10, 9), ("load",), ("software",), Fraction(1, 5), TODO),
        postmortem(2, date(2026, 9, 30), ("release",), ("software",), Fraction(1, 2)),
        postmortem(3, date(2025, 10, 31), ("attack",), ("software",), Fraction(1)),
        postmortem(4, date(2026, 10, 11), state="draft"),
        postmortem(5, date(2026, 10, 12), burnt=None),
        postmortem(6, date(2026, 10, 13), state="withdrawn"),
    ]
    days = {1: date(2026, 10, 20), 2: date(2026, 10, 31), 3: date(2025, 11, 5), 5: date(2026, 11, 1)}
    found = digest(OCTOBER, all_, days, [Owed(1, Due(("budget",)), "player", 0, 1)], {1: 4})
    assert [one.id for one in found.new] == [1, 2]
    assert [(one.postmortem.id, [other.id for other in one.same]) for one in found.worth] == [(2, [1, 3]), (1, [2, 3])]
    assert [bar.cause.key for bar in found.triggers.bars] == ["release", "load"]
    assert [one.action.what for one in found.overdue] == ["later", "late"]
    assert [one.action.what for one in found.due] == ["soon"]
    assert [one.action.what for one in found.done] == ["done"]
    assert [one.id for one in found.waiting] == [4]
    assert found.adoption.readers == (4,)


def test_whether_the_habit_is_alive() -> None:
    owed = [
        Owed(1, Due(("budget",)), "player", 1_000, 1),
        Owed(2, Due(("unnoticed",)), "player", 1_000, 2),
        Owed(3, Due(("budget",), exempt=True), "player", 1_000, None),
        Owed(4, Due(), "player", 1_000, None),
    ]
    all_ = [postmortem(1, published_at=87_400), postmortem(2, state="draft")]
    assert adoption(owed, all_, {}) == Adoption(2, 1, 1, (86_400,), ())
    assert adoption(owed, all_, {}).share == Fraction(1, 2)
    outside = replace(all_[1], head=replace(all_[1].head, external=True))
    assert adoption(owed, [all_[0], outside], {}) == Adoption(1, 1, 2, (86_400,), ())
    withdrawn = replace(all_[1], state="withdrawn")
    assert adoption(owed, [all_[0], withdrawn], {}) == Adoption(1, 1, 1, (86_400,), (), withdrawn=1)
    again = replace(postmortem(3, state="draft"), head=all_[1].head)
    for both in ([again, withdrawn, all_[0]], [withdrawn, again, all_[0]]):  # somebody opened another
        assert adoption(owed, both, {}) == Adoption(2, 1, 1, (86_400,), ())
    assert adoption([], [], {}).share is None
    assert adoption([], [], {}).median_lead is None
