"""Alerts of other tools: whatever the order and however often they are told, the same rows remain."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from kakeibo.alerts.received import Received, received, take
from kakeibo.store import Store
from kakeibo.store.tables import received_alerts

ONE = Received("alertmanager", "f", "High", "page", "firing", "words", {"a": "b"}, began=100)
NEWS = [
    ONE,
    replace(ONE, state="resolved", ended=160),
    replace(ONE, key="g"),
    replace(ONE, began=200),
    replace(ONE, key="g", state="resolved", ended=150),
]


def keep(store: Store, *told: Received, now: int = 1_000) -> list[Received]:
    with store.writing() as connection:
        take(connection, told, now)
    return received(store)


def test_news_are_kept_on_either_database(store: Store) -> None:
    assert keep(store, ONE, ONE, now=120) == [ONE]
    over = replace(ONE, state="resolved", ended=160)
    assert keep(store, over) == [over]
    assert keep(store, ONE) == [over]
    again = replace(ONE, began=200)
    assert keep(store, again) == [again, over]
    assert received(store, since=170) == [again]
    assert received(store, since=160) == [again, over]
    assert received(store, limit=1) == [again]


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(NEWS * 2))
def test_the_order_does_not_matter(store: Store, news: list[Received]) -> None:
    with store.writing() as connection:
        connection.execute(delete(received_alerts))
    for one in news:
        found = keep(store, one)
    assert sorted(found, key=lambda one: (one.key, one.began or 0)) == [
        replace(ONE, state="resolved", ended=160),
        replace(ONE, began=200),
        replace(ONE, key="g", state="resolved", ended=150),
    ]


def test_what_does_not_tell_its_beginning_is_the_one_that_goes_on(store: Store) -> None:
    trigger = Received("pagerduty", "k", "disk", "critical", "firing", "full", {}, began=None)
    end = Received("pagerduty", "k", "", "", "resolved", "", {}, began=None)
    keep(store, trigger, now=10)
    assert keep(store, replace(trigger, summary="fuller"), now=20) == [replace(trigger, began=10, summary="fuller")]
    over = replace(trigger, began=10, summary="fuller", state="resolved", ended=30)
    assert keep(store, end, now=30) == [over]
    assert keep(store, end, now=40) == [over]
    assert keep(store, trigger, now=50) == [replace(trigger, began=50), over]
