"""The outbox and leases, on both databases: a letter is sent by one worker, and again until it is done."""

from __future__ import annotations

from sqlalchemy import select

from kakeibo.store import Store, leases, open_store, outbox, tables
from kakeibo.store.outbox import GIVEN_UP, HOLD, LONGEST_WAIT, Leased, Letter, Told

NOW = 1_800_000_000


def letter(key: str, due: int = NOW, cause: str = "flip:1", channel: str = "slack") -> Letter:
    return Letter(key, cause, channel, f"#{key}", "{}", due)


def put(store: Store, *letters: Letter, now: int = NOW) -> None:
    with store.writing() as connection:
        outbox.put(connection, letters, now)


def log(store: Store, leased: Leased, result: outbox.Result, now: int = NOW, wait: int = 0) -> None:
    with store.writing() as connection:
        outbox.log(connection, leased, result, now, told=Told("x" * 5_000, wait=wait))


def keys(found: list[Leased]) -> list[str]:
    return [one.letter.key for one in found]


def test_a_letter_is_entered_once_and_sent_by_one_worker(url: str) -> None:
    store = open_store(url)
    put(store, letter("a"), letter("b", NOW - 5), letter("later", NOW + 10))
    put(store, letter("a"))
    first = outbox.lease(store, "slack", "one", NOW, 10)
    assert keys(first) == ["b", "a"]
    assert outbox.lease(store, "slack", "two", NOW, 10) == []
    for one in first:
        log(store, one, "sent")
    assert outbox.lease(store, "slack", "two", NOW + 9, 10) == []
    assert keys(outbox.lease(store, "slack", "two", NOW + 10, 10)) == ["later"]
    store.close()


def test_a_dead_worker_keeps_a_letter_no_longer_than_its_lease(store: Store) -> None:
    put(store, letter("a"))
    [dead] = outbox.lease(store, "slack", "one", NOW, 10)
    assert outbox.lease(store, "slack", "two", NOW + HOLD - 1, 10) == []
    [alive] = outbox.lease(store, "slack", "two", NOW + HOLD, 10)
    assert alive.tries == 2
    log(store, dead, "refused", NOW + HOLD)  # it comes back late: what it says is noted, and changes nothing
    log(store, alive, "sent", NOW + HOLD)
    assert outbox.lease(store, "slack", "two", NOW + 10 * HOLD, 10) == []
    with store.reading() as connection:
        results = connection.scalars(select(tables.deliveries.c.result)).all()
    assert results == ["refused", "sent"]


def test_waits_grow_and_end_and_a_receiver_may_ask_for_more(store: Store) -> None:
    put(store, letter("a"), letter("b", channel="mail"))
    assert sorted(outbox.channels_due(store, NOW)) == ["mail", "slack"]
    now, waits = NOW, []
    for _ in range(12):
        [held] = outbox.lease(store, "slack", "one", now, 10)
        log(store, held, "unknown", now)
        with store.reading() as connection:
            due = connection.scalar(select(tables.outbox.c.due).where(tables.outbox.c.key == "a")) or 0
        waits.append(due - now)
        assert outbox.lease(store, "slack", "one", due - 1, 10) == []
        now = due
    assert waits[:4] == [5, 10, 20, 40]
    assert waits[-1] == LONGEST_WAIT
    [held] = outbox.lease(store, "mail", "one", NOW, 10)
    log(store, held, "later", NOW, wait=120)
    assert outbox.lease(store, "mail", "one", NOW + 119, 10) == []
    assert len(outbox.lease(store, "mail", "one", NOW + 120, 10)) == 1


def test_what_never_gets_through_is_given_up_and_what_is_refused_is_not_tried_again(store: Store) -> None:
    put(store, letter("a"), letter("b"))
    first, second = outbox.lease(store, "slack", "one", NOW, 10)
    log(store, first, "refused")
    log(store, second, "later", NOW + GIVEN_UP + 1)
    assert outbox.lease(store, "slack", "one", NOW + 2 * GIVEN_UP, 10) == []
    with store.reading() as connection:
        states = connection.scalars(select(tables.outbox.c.state).order_by(tables.outbox.c.id)).all()
    assert states == ["refused", "given_up"]


def test_calling_off_leaves_what_got_through(store: Store) -> None:
    put(store, letter("a"), letter("b"), letter("c", cause="flip:2"))
    [held] = outbox.lease(store, "slack", "one", NOW, 1)
    with store.writing() as connection:
        assert outbox.call_off(connection, ["flip:1"]) == 2
    log(store, held, "sent")
    assert keys(outbox.lease(store, "slack", "one", NOW, 10)) == ["c"]
    with store.reading() as connection:
        states = connection.scalars(select(tables.outbox.c.state).order_by(tables.outbox.c.id)).all()
    assert states == ["sent", "called_off", "waiting"]


def test_a_receiver_gets_the_letters_of_a_cause_in_order(store: Store) -> None:
    begins, ends = (Letter(key, "matter:1", "slack", "#player", "{}", NOW) for key in ("begins", "ends"))
    put(store, begins, ends, Letter("other", "matter:2", "slack", "#player", "{}", NOW))
    first, other = outbox.lease(store, "slack", "one", NOW, 10)
    assert keys([first, other]) == ["begins", "other"]
    assert outbox.thread_of(store, ends) == ""
    log(store, first, "later")
    assert outbox.lease(store, "slack", "one", NOW + 1, 10) == []
    log(store, other, "sent")
    [first] = outbox.lease(store, "slack", "one", NOW + 60, 10)
    with store.writing() as connection:
        outbox.log(connection, first, "sent", NOW + 60, told=Told(reference="C1 17.5"))
    assert keys(outbox.lease(store, "slack", "one", NOW + 60, 10)) == ["ends"]
    assert outbox.thread_of(store, ends) == "C1 17.5"


def test_a_clock_that_jumps_back_keeps_nothing_waiting(store: Store) -> None:
    put(store, letter("held"), letter("waits"))
    held, waits = outbox.lease(store, "slack", "one", NOW, 10)
    log(store, waits, "later")
    assert held.letter.key == "held"
    earlier = NOW - 2 * LONGEST_WAIT
    assert keys(outbox.lease(store, "slack", "two", earlier, 10)) == ["held", "waits"]


def test_overdue(store: Store) -> None:
    assert outbox.overdue(store, NOW) == (0, 0)
    put(store, letter("a", NOW - 30), letter("b", NOW - 5), letter("c", NOW + 5))
    assert outbox.overdue(store, NOW) == (2, 30)


def test_a_lease_is_held_by_one_until_its_end(url: str) -> None:
    store = open_store(url)
    assert leases.take(store, "round", "one", NOW, 30)
    assert leases.take(store, "round", "one", NOW + 20, 30)
    assert not leases.take(store, "round", "two", NOW + 49, 30)
    assert leases.take(store, "round", "two", NOW + 50, 30)
    assert not leases.take(store, "round", "one", NOW + 50, 30, gone="three".__eq__)
    assert leases.take(store, "round", "one", NOW + 50, 30, gone="two".__eq__)
    assert leases.take(store, "round", "two", NOW + 80, 30)
    leases.let_go(store, "round", "one")  # not his any more
    assert not leases.take(store, "round", "one", NOW + 80, 30)
    leases.let_go(store, "round", "two")
    assert leases.take(store, "round", "one", NOW + 80, 30)
    assert leases.take(store, "round", "two", NOW - 3600, 30)  # the clock jumped back
    store.close()
