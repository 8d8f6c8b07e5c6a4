"""Whatever comes is a message, or counted as none; what one device sends never costs another one."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kakeibo.fleet.batches import FLOOD, SAMPLES, Batch, Flood
from kakeibo.fleet.inbox import Block, block
from kakeibo.model import Rejection

PLACE = Rejection("somewhere", 7, "", "")
AT = 1_763_719_200_000
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
FIELDS = ("device", "received", "sent", "sequence", "battery", "errors", "on_trip", "retained", "latitude", "firmware")


def taken(*said: Any, flood: Flood | None = None, received: int | None = AT) -> Batch:
    batch = Batch()
    for one in said:
        text = one if isinstance(one, bytes) else json.dumps(one).encode()
        batch.take(text, {}, PLACE, received=received, flood=flood)
    return batch


@given(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=6) | st.binary(max_size=40))
def test_whatever_comes_is_a_message_or_none_and_survives_the_store(said: Any) -> None:
    batch = taken(said, {"device": "good"})
    assert len(batch.messages) + batch.rejected == batch.lines.total() == 2
    assert batch.messages[-1].device == "good"
    again = Block.batch(block(batch))
    assert again == batch


def test_a_flood_costs_its_own_device_alone() -> None:
    flood, said = Flood(), [{"device": "mad", "sequence": n} for n in range(FLOOD + 5)]
    batch = taken(*said, {"device": "good"}, flood=flood)
    assert (len(batch.messages), batch.rejected, len(batch.samples)) == (FLOOD + 1, 5, SAMPLES)
    assert batch.reasons == {"more than 100 messages of one device in a second": 5}
    assert len(taken(said[0], flood=flood, received=AT + 1000).messages) == 1


def test_what_cannot_be_is_told_and_left_out() -> None:
    batch = taken(
        {"device": "a", "battery": 900}, {"device": "a", "sent": "2099-01-01T00:00:00Z"}, {"device": "a", "sent": 9}
    )
    assert [message.battery for message in batch.messages] == [None] * 3
    assert batch.rejected == 0
    assert sorted(batch.oddities.values()) == [1, 2]
    assert (batch.reasons, batch.told) == ({}, batch.oddities)
    assert [sample.path for sample in batch.samples] == ["somewhere"] * 3


def test_what_a_topic_says_holds() -> None:
    batch = Batch()
    batch.take(b'{"id": "liar", "region": "osaka"}', {"device": "id"}, PLACE, received=AT, said={"device": "honest"})
    assert [(message.device, message.region) for message in batch.messages] == [("honest", "osaka")]
