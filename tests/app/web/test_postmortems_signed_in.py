"""Postmortems where people sign in: who they are is known, whatever they type; readers are counted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from starlette.testclient import TestClient
from tests.app.web.test_postmortems import ANSWERED, HERE, enter
from tests.app.web.test_sign_in import OURS, client, come_in, provider, store_of
from tests.servers.oidc import Provider

from kakeibo import clock
from kakeibo.access import tokens
from kakeibo.postmortems import changes, records
from kakeibo.postmortems.changes import Act
from kakeibo.postmortems.writing import write
from kakeibo.store import Store

__all__ = ["client", "provider"]


@pytest.fixture
def store(client: TestClient) -> Store:
    enter(store_of(client), write(ANSWERED))
    return store_of(client)


def test_whoever_may_only_look_is_counted_as_a_reader_once(client: TestClient, store: Store) -> None:
    come_in(client)
    for _ in range(3):
        page = client.get(HERE)
        assert page.status_code == 200
        assert "Who are you?" not in page.text
    assert records.readers(store) == {1: 1}
    for what in ("comments", "edit", "ready", "publish", "done", "withdraw"):
        assert client.post(f"{HERE}/{what}", data={"text": "x"}, headers=OURS).status_code == 403, what
    assert client.post("/postmortems", data={"title": "x"}, headers=OURS).status_code == 403


def test_a_program_is_no_reader(client: TestClient, store: Store) -> None:
    secret = tokens.create(store, "ci", "viewer", "SRE 1", clock.second_of(clock.now()))
    client.headers["authorization"] = f"Bearer {secret}"
    client.get(HERE)
    assert records.readers(store) == {}


def test_who_reviews_is_who_is_signed_in(client: TestClient, store: Store, provider: Provider) -> None:
    with store.writing() as connection:
        changes.ready(connection, 1, Act("Player on call", 1_788_000_000))
    provider.claims["groups"] = ["player-dev"]
    provider.claims["preferred_username"] = "Player on call"
    come_in(client)
    own = client.post(f"{HERE}/publish", data={"who": "Somebody else"}, headers=OURS)
    assert (own.status_code, "is the author" in own.text) == (400, True)
    provider.claims["preferred_username"] = "Player lead"
    come_in(client)
    assert client.post(f"{HERE}/publish", data={"who": "Somebody else"}, headers=OURS).status_code == 303
    assert records.postmortem(store, 1).reviewer == "Player lead"


def test_every_team_comments_and_its_own_changes(client: TestClient, store: Store, provider: Provider) -> None:
    enter(store, write(replace(ANSWERED, head=replace(ANSWERED.head, team="other"))))
    provider.claims["groups"] = ["player-dev"]
    come_in(client)
    comment = {"kind": "question", "text": "Why?"}
    assert client.post("/postmortems/PM-2/comments", data=comment, headers=OURS).status_code == 303
    for what in ("ready", "publish", "meeting", "edit", "done", "withdraw"):
        assert client.post(f"/postmortems/PM-2/{what}", data={"text": "x"}, headers=OURS).status_code == 403, what
    assert client.post(f"{HERE}/done", data={"action": "1"}, headers=OURS).status_code == 303
    assert records.steps(store, 1)[-1].author == "SRE 1"
    assert client.post(f"{HERE}/ready", headers=OURS).status_code == 303
