"""What a job id may be: a key of the ledger's pending jobs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kakeibo import ledger
from kakeibo.ledger import Posting
from kakeibo.model import Source
from kakeibo.sources.sidekiq import Gathered, Sidekiq
from kakeibo.store import Store


def gathered(jid: str) -> Gathered:
    line = {"jid": jid, "status": "failed", "enqueued_at": "2026-10-01T00:00:00Z"}
    return Sidekiq(Source("jobs", "sidekiq", ("*.log",), Path())).gather([(0, json.dumps(line).encode())], {})


@pytest.mark.parametrize("jid", ["x" * 501, "a\0b", "\0"])
def test_an_id_that_cannot_be_a_key_is_a_line_that_cannot_be_read(jid: str) -> None:
    found = gathered(jid)
    assert found.pending == {}
    assert not found.minutes
    [(_, _, reason)] = found.refused
    assert "500" in reason
    assert "NUL" in reason


@pytest.mark.parametrize("jid", ["x" * 500, "ジョブ" * 100, "b4a577edbccf1d805744efa9"])
def test_any_other_id_can_wait_in_the_ledger(store: Store, jid: str) -> None:
    found = gathered(jid)
    assert found.refused == []
    ledger.cursor(store, "jobs")
    ledger.post(store, Posting("jobs", 0, pending=found.pending))
    assert list(ledger.pending(store, "jobs")) == [jid]
