"""Flips: one row per change, groups of what burns together, and of two workers one."""

from __future__ import annotations

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from kakeibo.alerts import record
from kakeibo.alerts.decide import State
from kakeibo.alerts.record import Alert, Change, Standing
from kakeibo.model import Severity
from kakeibo.store import Store, tables

AT = 29_000_000


def alert(subject: str, severity: Severity = "page", service: str = "learning") -> Alert:
    return Alert(subject, severity, service)


def change(one: Alert, after: State, at: int = AT) -> Change:
    return Change(one, after, at, "burning", {"burn": "84/5", "bad": 12})


def enter(store: Store, *changes: Change) -> dict[Alert, Standing]:
    with store.writing() as connection:
        return record.record(connection, changes, 60 * AT)


def test_a_change_is_one_row_and_no_change_is_none(store: Store) -> None:
    play = alert("play/a")
    enter(store, change(play, "quiet"))
    assert record.flips(store) == []
    enter(store, change(play, "firing"))
    enter(store, change(play, "firing", AT + 1))
    enter(store, change(play, "quiet", AT + 9))
    first, second = record.flips(store)
    assert (first.before, first.after, first.at, first.number) == ("quiet", "firing", AT, 1)
    assert (second.before, second.after, second.at, second.number) == ("firing", "quiet", AT + 9, 2)
    assert first.facts == {"burn": "84/5", "bad": 12}
    assert first.group == second.group != ""
    assert record.flips(store, since=AT + 1) == [second]
    assert record.flips(store, subjects=["search/a"]) == []


def test_what_burns_together_is_one_matter_until_all_of_it_is_over(store: Store) -> None:
    play, search, pay = alert("play/a"), alert("search/a"), alert("pay/a", service="payments")
    slow = alert("play/latency", "ticket")
    held = enter(store, *(change(one, "firing") for one in (play, pay, slow)))
    assert len({held[one].group for one in (play, pay, slow)}) == 3
    held = enter(store, change(search, "firing", AT + 5))
    assert held[search].group == held[play].group
    enter(store, change(play, "quiet", AT + 10))
    again = enter(store, change(play, "firing", AT + 12))  # the matter is not over: search burns
    assert again[play].group == held[search].group
    enter(store, change(play, "quiet", AT + 20), change(search, "quiet", AT + 20))
    new = enter(store, change(play, "firing", AT + 30))
    assert new[play].group != held[search].group


def test_without_events_a_matter_stays_open(store: Store) -> None:
    play = alert("play/a")
    opened = enter(store, change(play, "firing"))[play].group
    assert enter(store, change(play, "no_data", AT + 60))[play].group == opened
    assert enter(store, change(play, "firing", AT + 70))[play].group == opened
    quiet = enter(store, change(play, "quiet", AT + 90))[play]
    assert (quiet.state, quiet.group) == ("quiet", opened)
    assert enter(store, change(play, "no_data", AT + 200))[play].group == ""


def test_of_two_workers_that_decide_the_same_one_is_refused(store: Store) -> None:
    enter(store, change(alert("play/a"), "firing"))
    [flip] = record.flips(store)
    row = {"subject": "play/a", "severity": "page", "number": 1, "at": AT, "noted": 0, "alert_group": "", "before": ""}
    with pytest.raises(IntegrityError), store.writing() as connection:
        connection.execute(insert(tables.flips).values(**row, after="firing", reason="", facts="{}"))
    assert record.flips(store) == [flip]
    with store.reading() as connection:
        assert record.flips_of(connection, [flip.id, 99]) == {flip.id: flip}
