"""One ticket for one matter, whatever happens between looking and writing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.servers import github
from tests.servers.receiver import Reply, Trouble, reply_json

from kakeibo import clock
from kakeibo.app.delivering import Delivery
from kakeibo.errors import KakeiboError, OptionError
from kakeibo.notifiers.github import GitHub, mark_of
from kakeibo.notifiers.kinds import Channel, Message, Outcome, notifier
from kakeibo.store import Store, open_store, outbox
from kakeibo.store.outbox import Letter

NOW = 1_800_000_000
BEGUN = Message(
    id="7/1",
    group="policy:player/slow:play/latency:ticket:29888100",
    kind="ticket",
    severity="ticket",
    subject="動画を再生できる（速さ）",
    summary="許された失敗を *使い切り* ました。 @team <b>#12</b>",
    at=NOW,
    language="ja",
    facts=(("残り", "-31%"),),
    links=(("手順", "https://wiki.example/video"),),
)
GOES_ON = replace(BEGUN, id="7/2", kind="notice", summary="Still so.")
OVER = replace(BEGUN, id="7/3", kind="resolved", summary="Over.")


@pytest.fixture
def server() -> github.GitHub:
    return github.GitHub()


@pytest.fixture
def desk(server: github.GitHub, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    monkeypatch.setenv("TICKETS", github.TOKEN)
    with server.serving() as url:
        yield made(url)


def made(url: str, **besides: object) -> GitHub:
    options = {"repository": github.REPOSITORY, "token_env": "TICKETS", "url": url, "allow_private": True, "timeout": 1}
    found = notifier(Channel("tickets", "github", options | besides))
    assert isinstance(found, GitHub)
    return found


def test_a_matter_from_beginning_to_end(desk: GitHub, server: github.GitHub) -> None:
    outcomes = [desk.send("", message) for message in (BEGUN, GOES_ON, OVER)]
    url = f"https://github.example/{github.REPOSITORY}/issues/1"
    assert outcomes == [Outcome("sent", "", url)] * 3
    [issue] = server.issues
    assert issue["title"].startswith("動画を再生できる（速さ）: 許された失敗を *使い切り* ました。")
    assert (issue["state"], issue["state_reason"], issue["labels"]) == ("closed", "completed", [{"name": "kakeibo"}])
    assert [comment["body"].split("\n")[0] for comment in server.comments[1]] == ["Still so.", "Over."]


def test_words_stay_words(desk: GitHub, server: github.GitHub) -> None:
    desk.send("", BEGUN)
    body = server.issues[0]["body"]
    assert body.startswith(
        "許された失敗を \\*使い切り\\* ました。 @\u200bteam \\<b\\>#\u200b12\\</b\\>\n\n- 残り: -31%\n\n"
    )
    assert "[手順](<https://wiki.example/video>)" in body


def test_everything_said_twice_is_there_once(desk: GitHub, server: github.GitHub) -> None:
    for message in (BEGUN, BEGUN, GOES_ON, GOES_ON, BEGUN, OVER, OVER):
        assert desk.send("", message).result == "sent"
    assert (len(server.issues), len(server.comments[1])) == (1, 2)


def test_another_matter_is_another_ticket(desk: GitHub, server: github.GitHub) -> None:
    desk.send("", BEGUN)
    desk.send("", replace(BEGUN, id="8/1", group="policy:player/slow:play/latency:ticket:29999999"))
    assert len(server.issues) == 2


def test_left_to_people_when_the_channel_says_so(desk: GitHub, server: github.GitHub) -> None:
    patient = made(desk.text("url"), when_over="comment")
    for message in (BEGUN, OVER):
        patient.send("", message)
    assert (server.issues[0]["state"], len(server.comments[1])) == ("open", 1)


def test_what_a_person_closed_stays_closed(desk: GitHub, server: github.GitHub) -> None:
    desk.send("", BEGUN)
    server.issues[0]["state"] = "closed"
    desk.send("", GOES_ON)
    assert (len(server.issues), server.issues[0]["state"], len(server.comments[1])) == (1, "closed", 1)


def test_an_end_without_a_beginning_opens_nothing(desk: GitHub, server: github.GitHub) -> None:
    assert desk.send("", OVER).result == "sent"
    assert server.issues == []


def test_an_old_ticket_is_found_on_a_later_page(desk: GitHub, server: github.GitHub) -> None:
    desk.send("", BEGUN)
    for number in range(230):
        server.open_issue(f"other {number}", "", "kakeibo")
    for number in range(120):
        server.comments[1].append({"body": f"talk {number}"})
    for _ in range(2):
        desk.send("", GOES_ON)
    assert (len(server.issues), len(server.comments[1])) == (231, 121)


def test_a_request_to_merge_is_no_ticket(desk: GitHub, server: github.GitHub) -> None:
    server.open_issue("fix", mark_of("ticket", BEGUN.group), "kakeibo", pull_request={"url": "..."})
    desk.send("", BEGUN)
    assert len(server.issues) == 2


def test_of_two_tickets_the_later_is_closed_as_a_duplicate(desk: GitHub, server: github.GitHub) -> None:
    desk.send("", BEGUN)
    server.open_issue("the same", mark_of("ticket", BEGUN.group), "kakeibo")
    desk.send("", GOES_ON)
    assert [issue["state"] for issue in server.issues] == ["open", "closed"]
    assert "#1" in server.comments[2][0]["body"]
    assert [len(server.comments[number]) for number in (1, 2)] == [1, 1]


@pytest.mark.parametrize("loss", ["hang", "hang up", "garbage", Reply(502, "bad gateway")])
def test_created_but_never_heard_of_is_found_the_next_time(desk: GitHub, server: github.GitHub, loss: Trouble) -> None:
    server.losses = [None, loss]  # the list is answered, the ticket is made, its answer gets lost
    assert desk.send("", BEGUN).result == ("unknown" if isinstance(loss, str) else "later")
    assert desk.send("", BEGUN).result == "sent"
    assert len(server.issues) == 1


@pytest.mark.parametrize("loss", ["hang up", Reply(502, "bad gateway")])
def test_commented_but_never_heard_of_is_not_said_again(desk: GitHub, server: github.GitHub, loss: Trouble) -> None:
    desk.send("", BEGUN)
    server.losses = [None, None, loss]
    assert desk.send("", OVER).result in ("unknown", "later")
    assert server.issues[0]["state"] == "open"
    assert desk.send("", OVER).result == "sent"
    assert (server.issues[0]["state"], len(server.comments[1])) == ("closed", 1)


def test_side_by_side_they_make_one_ticket(desk: GitHub, server: github.GitHub) -> None:
    messages = [replace(BEGUN, id=f"7/{number}") for number in range(4)]
    threads = [threading.Thread(target=desk.send, args=("", message)) for message in messages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(server.issues), len(server.comments[1])) == (1, 3)


def limit(status: int, words: str = "API rate limit exceeded", **headers: str) -> Reply:
    return reply_json({"message": words}, status, **{name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(
    ("reply", "result", "wait"),
    [
        (limit(403, x_ratelimit_remaining="0", x_ratelimit_reset=str(NOW + 90)), "later", 90),
        (limit(429, x_ratelimit_remaining="0", x_ratelimit_reset=str(NOW - 5)), "later", 1),
        (limit(429, retry_after="17"), "later", 17),
        (limit(403, "You have exceeded a secondary rate limit.", retry_after="30"), "later", 30),
        (limit(403, "You have exceeded a secondary rate limit."), "later", 60),
        (limit(429, "slow down"), "later", 60),
        (limit(403, "Resource not accessible by personal access token"), "refused", 0),
        (limit(401, "Bad credentials"), "refused", 0),
        (limit(404, "Not Found"), "refused", 0),
        (limit(410, "Issues are disabled for this repo"), "refused", 0),
        (limit(422, "Validation Failed"), "refused", 0),
        (limit(301, "Moved Permanently", location="https://api.github.com/repositories/1"), "refused", 0),
        (limit(502, "Server Error"), "later", 0),
        (Reply(200, "<html>"), "later", 0),
        (Reply(200, '{"message": "no list"}'), "later", 0),
    ],
)
def test_what_github_says_instead(
    desk: GitHub, server: github.GitHub, monkeypatch: pytest.MonkeyPatch, reply: Reply, result: str, wait: float
) -> None:
    monkeypatch.setattr(clock, "now", lambda: clock.moment_of(NOW // 60))
    server.troubles = [reply]
    outcome = desk.send("", BEGUN)
    assert (outcome.result, outcome.wait) == (result, wait)
    assert server.issues == []


def test_a_token_that_may_not_label_is_told(desk: GitHub, server: github.GitHub) -> None:
    server.may_label = False
    outcome = desk.send("", BEGUN)
    assert outcome.result == "refused"
    assert "kakeibo" in outcome.detail
    assert server.issues[0]["state"] == "closed"


def test_a_token_that_is_not_set_may_be_set_later(desk: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TICKETS")
    assert desk.send("", BEGUN).result == "later"


@pytest.mark.parametrize("wrong", [{"repository": "learning"}, {"when_over": "forget"}, {"lable": "x"}])
def test_wrong_options_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(OptionError):
        made("https://api.github.com", **wrong)


def test_long_words_are_cut_to_what_github_takes(desk: GitHub, server: github.GitHub) -> None:
    facts = tuple((f"fact {number}", "*" * 900) for number in range(100))
    assert desk.send("", replace(BEGUN, summary="あ" * 3_000, facts=facts)).result == "sent"
    assert mark_of("ticket", BEGUN.group) in server.issues[0]["body"]


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[Store]:
    store = open_store(sqlite_url)
    yield store
    store.close()


RUNS = count(1)
"""All runs share one store: the letters of each have names of their own."""
TROUBLES = st.sampled_from(["", "before", "after"])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TROUBLES, max_size=12))
def test_through_the_outbox_with_a_worker_that_dies(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch, deaths: list[str]
) -> None:
    """before: the worker dies as it begins to send; after: when it has sent, and noted nothing yet."""
    monkeypatch.setenv("TICKETS", github.TOKEN)
    server, now, left, run = github.GitHub(), NOW, list(deaths), next(RUNS)
    group = f"{BEGUN.group}/{run}"
    with server.serving() as url:
        desk = made(url)

        class Mortal(GitHub):
            def send(self, target: str, message: Message) -> Outcome:
                death = left.pop(0) if left else ""
                if death == "before":
                    raise RuntimeError("killed")
                outcome = super().send(target, message)
                if death == "after":
                    raise RuntimeError("killed")
                return outcome

        troubles: list[KakeiboError] = []
        delivery = Delivery(sqlite_store, {"tickets": Mortal(desk.channel)}, "worker", trouble=troubles.append)
        for number, message in enumerate((BEGUN, GOES_ON, OVER)):
            letter = replace(message, id=f"{run}/{number}", group=group)
            with sqlite_store.writing() as connection:
                key = f"{run}/{number}"
                outbox.put(
                    connection,
                    [Letter(key, "flip:1", "tickets", "", msgspec.json.encode(letter).decode(), now)],
                    now,
                )
            for _ in range(len(deaths) + 2):
                delivery.drain(lambda at=now: at)  # type: ignore[misc]
                now += 1_000
        assert troubles == []
    assert [issue["state"] for issue in server.issues] == ["closed"]
    assert len(server.comments[1]) == 2
