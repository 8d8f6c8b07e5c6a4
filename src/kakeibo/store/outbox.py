"""The outbox: what is promised to be sent. Lease, send, then log: duplicates are possible, loss is not.

    1. `put` enters a letter in the transaction of the decision it is about: both are there or neither.
    2. `lease` gives it to one worker for a while. A worker that dies keeps it no longer than that.
    3. The worker sends it, outside any transaction.
    4. `log` notes what became of it: the letter is done, or due again.

Killed between 3 and 4, a letter is sent twice; its message has the same id, for receivers that can tell. Times are
seconds since 1970.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal

from sqlalchemy import ColumnElement, Connection, exists, func, insert, select, update

from kakeibo.store.connection import Store
from kakeibo.store.tables import deliveries, outbox

Result = Literal["sent", "later", "refused", "unknown"]
"""What became of one try; as `kakeibo.notifiers.kinds.Outcome` has it."""

HOLD: Final = 60
"""Seconds for which a letter is leased: longer than any channel's time-out."""
FIRST_WAIT: Final = 5
LONGEST_WAIT: Final = 15 * 60
"""Seconds before the next try: they double from the first to the longest, and stay there."""
_TOLD: Final = 1_000
"""Characters of an answer that are kept."""
GIVEN_UP: Final = 3 * 24 * 3600
"""Seconds after which a letter that never got through is given up, and said to be."""


@dataclass(frozen=True, slots=True)
class Letter:
    """Something to send to `target` of `channel`, not before `due`. `key` names it: entered twice, it is sent once.

    `cause` is what it is about ("flip:17"): all letters of a cause can be called off at once, and a receiver gets them
    in the order in which they were entered, so that nothing ends before it has begun. `message` is JSON.
    """

    key: str
    cause: str
    channel: str
    target: str
    message: str
    due: int


@dataclass(frozen=True, slots=True)
class Leased:
    """A letter that is ours to send until `held_until`; this is its `tries`-th try."""

    id: int
    letter: Letter
    holder: str
    held_until: int
    tries: int


@dataclass(frozen=True, slots=True)
class Told:
    """What the receiver answered: in words, what it calls the letter, and for how many seconds not to come back."""

    detail: str = ""
    reference: str = ""
    wait: int = 0


NOTHING_TOLD: Final = Told()


def put(connection: Connection, letters: Iterable[Letter], now: int) -> None:
    """Enter `letters`, within the transaction of what they are about. One whose key is known is left as it is."""
    rows = {letter.key: letter for letter in letters}
    for keys in batched(rows):
        known = set(connection.scalars(select(outbox.c.key).where(outbox.c.key.in_(keys))))
        if new := [_row(rows[key], now) for key in keys if key not in known]:
            connection.execute(insert(outbox), new)


def call_off(connection: Connection, causes: Collection[str]) -> int:
    """Call off all letters of `causes` that are not sent yet; returns how many. One that is being sent at this very
    moment may still get through, and is then noted as sent."""
    waiting = (outbox.c.cause.in_(causes), outbox.c.state == "waiting")
    return connection.execute(update(outbox).where(*waiting).values(state="called_off")).rowcount


def channels_due(store: Store, now: int) -> list[str]:
    """The channels that have something to send."""
    with store.reading() as connection:
        return list(connection.scalars(select(outbox.c.channel).where(*_free(now, HOLD)).distinct()))


def lease(store: Store, channel: str, holder: str, now: int, limit: int, hold: int = HOLD) -> list[Leased]:
    """Up to `limit` letters of `channel` that are due, the longest due first, for `holder` alone until `now` + `hold`.

    Channel by channel, so that a receiver that does not answer keeps nobody else waiting.
    """
    free = select(outbox).where(outbox.c.channel == channel, *_free(now, hold), ~_behind_another())
    free = free.order_by(outbox.c.due, outbox.c.id)
    with store.writing() as connection:
        rows = connection.execute(free.limit(limit)).all()
        taken = update(outbox).where(outbox.c.id.in_([row.id for row in rows]))
        connection.execute(taken.values(holder=holder, held_until=now + hold, tries=outbox.c.tries + 1))
    return [
        Leased(
            id=row.id,
            letter=Letter(row.key, row.cause, row.channel, row.target, row.message, row.due),
            holder=holder,
            held_until=now + hold,
            tries=row.tries + 1,
        )
        for row in rows
    ]


def _free(now: int, hold: int) -> tuple[ColumnElement[bool], ...]:
    """Letters that are due and nobody's. A clock that jumped back must not keep any: no lease and no wait is longer."""
    is_due = (outbox.c.due <= now) | ((outbox.c.tries > 0) & (outbox.c.due > now + LONGEST_WAIT))
    is_free = (outbox.c.held_until <= now) | (outbox.c.held_until > now + hold)
    return outbox.c.state == "waiting", is_due, is_free


def _behind_another() -> ColumnElement[bool]:
    """Whether an earlier letter of the same cause to the same receiver is not done yet."""
    earlier = outbox.alias()
    same = (earlier.c[name] == outbox.c[name] for name in ("cause", "channel", "target"))
    return exists().where(*same, earlier.c.id < outbox.c.id, earlier.c.state == "waiting")


def thread_of(store: Store, letter: Letter) -> str:
    """What the receiver called the first letter of the same cause; "" when there is none, or it has no name."""
    first = select(deliveries.c.reference).join(outbox, outbox.c.id == deliveries.c.outbox_id)
    first = first.where(outbox.c.cause == letter.cause, outbox.c.channel == letter.channel)
    first = first.where(outbox.c.target == letter.target, deliveries.c.result == "sent", deliveries.c.reference != "")
    with store.reading() as connection:
        return connection.scalar(first.order_by(deliveries.c.id).limit(1)) or ""


def log(connection: Connection, leased: Leased, result: Result, now: int, *, told: Told = NOTHING_TOLD) -> None:
    """Note what became of a try: the letter is done, refused, or waits for its next try.

    From a worker that took longer than its lease only success counts: the letter is somebody else's by now.
    """
    answer = {"detail": told.detail[:_TOLD], "reference": told.reference[:_TOLD]}
    connection.execute(insert(deliveries).values(outbox_id=leased.id, at=now, result=result, **answer))
    one = update(outbox).where(outbox.c.id == leased.id)
    if result == "sent":  # also when it was called off meanwhile
        connection.execute(one.values(state="sent"))
        return
    ours = (outbox.c.holder == leased.holder, outbox.c.held_until == leased.held_until, outbox.c.state == "waiting")
    values: dict[str, object] = {"held_until": 0, "holder": ""}
    if result == "refused":
        values["state"] = "refused"
    elif now - _entered(connection, leased.id) > GIVEN_UP:
        values["state"] = "given_up"
    else:
        values["due"] = now + max(_wait(leased.tries), min(told.wait, LONGEST_WAIT))
    connection.execute(one.where(*ours).values(values))


def overdue(store: Store, now: int) -> tuple[int, int]:
    """How many letters are due and not done, and for how many seconds the oldest has been."""
    waiting = (outbox.c.state == "waiting", outbox.c.due <= now)
    with store.reading() as connection:
        count, oldest = connection.execute(select(func.count(), func.min(outbox.c.due)).where(*waiting)).one()
    return count, now - oldest if count else 0


def batched(names: Iterable[str], size: int = 500) -> Iterator[list[str]]:
    """Names in lists short enough to be named in one statement."""
    left = iter(names)
    while batch := list(islice(left, size)):
        yield batch


def _entered(connection: Connection, letter_id: int) -> int:
    return int(connection.execute(select(outbox.c.entered).where(outbox.c.id == letter_id)).scalar_one())


def _wait(tries: int) -> int:
    return int(min(FIRST_WAIT * 2 ** min(tries - 1, 20), LONGEST_WAIT))


def _row(letter: Letter, now: int) -> dict[str, object]:
    return {
        "key": letter.key,
        "cause": letter.cause,
        "channel": letter.channel,
        "target": letter.target,
        "message": letter.message,
        "state": "waiting",
        "holder": "",
        "entered": now,
        "due": letter.due,
        "held_until": 0,
        "tries": 0,
    }


def tally(store: Store) -> dict[str, int]:
    """How many letters there are in each state."""
    rows = select(outbox.c.state, func.count()).group_by(outbox.c.state)
    with store.reading() as connection:
        found = {state: int(number) for state, number in connection.execute(rows)}
    return {"waiting": 0, **found}
