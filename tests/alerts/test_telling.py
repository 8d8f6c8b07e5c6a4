"""Who is told what: every receiver hears once that it burns and once that it is over, whatever happens in between."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from kakeibo.alerts.decide import State
from kakeibo.alerts.matters import Matter
from kakeibo.alerts.record import CALM, Alert, Flip
from kakeibo.alerts.telling import Telling, is_over, owed
from kakeibo.model import Severity

AT = 29_000_000
PLAY, SEARCH = Alert("play/a", "page"), Alert("search/a", "page")


def flip(number: int, after: State, at: int, alert: Alert = PLAY, group: str = "learning:page:1") -> Flip:
    return Flip(number, alert, number, at, 60 * at, group, "quiet", after, "burning", {})


def matter(*flips: Flip, **told: Sequence[int]) -> Matter:
    """`told`: receiver -> numbers of the flips that it was told of."""
    by_flip = {one.id: frozenset(name for name, ids in told.items() if one.id in ids) for one in flips}
    return Matter(flips[0].group, flips, by_flip)


def said(found: Sequence[Telling]) -> list[tuple[str, str, list[str]]]:
    return [(one.receiver, one.kind, [flip.alert.subject for flip in one.flips]) for one in found]


def both(alert: Alert) -> list[str]:
    del alert
    return ["chat", "mail"]


def nobody(alert: Alert) -> list[str]:
    del alert
    return []


def test_all_alerts_of_a_matter_are_one_letter_for_each_receiver() -> None:
    open_ = matter(flip(1, "firing", AT), flip(2, "firing", AT, SEARCH))
    assert said(owed([open_], both, AT)) == [
        ("chat", "firing", ["play/a", "search/a"]),
        ("mail", "firing", ["play/a", "search/a"]),
    ]
    assert said(owed([open_], nobody, AT)) == []


def test_who_knows_is_not_told_again_and_who_does_not_is_caught_up_with() -> None:
    open_ = matter(flip(1, "firing", AT), flip(2, "firing", AT, SEARCH), chat=[1, 2], mail=[1])
    assert said(owed([open_], both, AT + 60)) == [("mail", "firing", ["search/a"])]


def test_what_is_over_is_told_to_whoever_knows_also_when_silenced() -> None:
    open_ = matter(flip(1, "firing", AT), flip(2, "quiet", AT + 9), chat=[1])
    assert said(owed([open_], nobody, AT + 9 + CALM - 1)) == []
    assert said(owed([open_], nobody, AT + 9 + CALM)) == [("chat", "resolved", ["play/a"])]


def test_it_is_over_when_the_last_one_is() -> None:
    open_ = matter(flip(1, "firing", AT), flip(2, "firing", AT, SEARCH), flip(3, "quiet", AT + 9), chat=[1, 2])
    assert not is_over(open_, AT + 99)
    assert said(owed([open_], both, AT + 99)) == [("mail", "firing", ["search/a"])]


def test_when_events_cease_who_knows_is_told_that_nobody_can_say() -> None:
    open_ = matter(flip(1, "firing", AT), flip(2, "no_data", AT + 60), chat=[1])
    assert said(owed([open_], both, AT + 60)) == [("chat", "no_data", ["play/a"])]
    again = matter(*open_.flips, flip(3, "firing", AT + 70), chat=[1, 2])
    assert said(owed([again], lambda _: ["chat"], AT + 70)) == [("chat", "firing", ["play/a"])]


def test_a_page_covers_the_ticket_of_the_same_subject_for_the_same_receiver() -> None:
    page = matter(flip(1, "firing", AT))
    ticket = matter(flip(2, "firing", AT, Alert("play/a", "ticket"), "learning:ticket:1"))
    assert said(owed([ticket, page], lambda _: ["chat"], AT)) == [("chat", "firing", ["play/a"])]
    by_severity: dict[Severity, list[str]] = {"page": ["phone"], "ticket": ["chat"]}
    assert len(owed([ticket, page], lambda alert: by_severity[alert.severity], AT)) == 2
    over = matter(*page.flips, flip(3, "quiet", AT + 1), chat=[1])
    found = owed([ticket, over], lambda _: ["chat"], AT + 1 + CALM)
    assert said(found) == [("chat", "resolved", ["play/a"]), ("chat", "firing", ["play/a"])]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["firing", "quiet", "no_data"]), st.integers(1, 12), st.booleans())))
def test_beginnings_and_ends_alternate_for_every_receiver(
    steps: list[tuple[State, int, bool]],
) -> None:
    """Whatever an alert does and whoever is silenced when: a receiver hears of an end after a beginning, and once."""
    flips: list[Flip] = []
    told: dict[int, frozenset[str]] = {}
    heard: list[str] = []
    at = AT
    for state, minutes, audible in [*steps, ("quiet", CALM, True), ("quiet", CALM, True)]:
        if flips and is_over(Matter("g", flips, told), at):
            break
        if flips[-1].after != state if flips else state == "firing":
            flips.append(flip(len(flips) + 1, state, at))
        for minute in range(at, at + minutes + 1) if flips else ():
            for one in owed([Matter("g", flips, told)], both if audible else nobody, minute):
                told |= {part.id: told.get(part.id, frozenset()) | {one.receiver} for part in one.flips}
                heard += [one.kind] if one.receiver == "chat" else []
        at += minutes
    assert heard.count("resolved") == (1 if heard else 0)
    assert not heard or (heard[0], heard[-1]) == ("firing", "resolved")
