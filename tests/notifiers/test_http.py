"""Outgoing HTTP: which addresses are refused, also when a name lies; and what is known after every kind of trouble."""

from __future__ import annotations

import email.utils
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.servers.receiver import Receiver, Reply, Trouble

from kakeibo import clock
from kakeibo.notifiers import http
from kakeibo.notifiers.http import Answer, allowed, judged, post
from kakeibo.notifiers.kinds import Outcome, Undelivered


def tried(url: str, timeout: float = 5, *, private: bool = True) -> Answer | Outcome:
    try:
        return post(url, b"{}", {}, timeout=timeout, allow_private=private)
    except Undelivered as end:
        return end.outcome


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def url(receiver: Receiver) -> Iterator[str]:
    with receiver.serving() as address:
        yield address


PUBLIC = ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]
OURS = ["127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "::1", "fd00::1"]
OURS += ["::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1"]
NEVER = ["0.0.0.0", "::", "169.254.169.254", "fe80::1", "fe80::1%eth0", "224.0.0.1", "ff02::1", "255.255.255.255"]
NEVER += ["240.0.0.1", "::ffff:169.254.169.254", "::ffff:0.0.0.0", "64:ff9b::a9fe:a9fe"]


def test_which_addresses_are_used() -> None:
    assert [one for one in PUBLIC if not allowed(one, allow_private=False)] == []
    assert [one for one in OURS + NEVER if allowed(one, allow_private=False)] == []
    assert [one for one in PUBLIC + OURS if not allowed(one, allow_private=True)] == []
    assert [one for one in NEVER if allowed(one, allow_private=True)] == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "0.0.0.0"])
def test_this_machine_is_not_reached_unless_allowed(host: str, url: str, receiver: Receiver) -> None:
    outcome = tried(url.replace("127.0.0.1", host), private=False)
    assert isinstance(outcome, Outcome)
    assert outcome.result == "refused"
    assert "allow_private" in outcome.detail
    assert receiver.requests == []


def test_a_name_that_changes_its_answer_leads_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked up once, and the connection goes to what was checked."""
    answers = iter(["203.0.113.7", "127.0.0.1"])
    monkeypatch.setattr(http, "allowed", lambda address, **_: address == "203.0.113.7")
    asked: list[Any] = []

    def lookup(host: str, port: int, **_: object) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    connected: list[Any] = []

    def connect(address: tuple[str, int], *_: object, **__: object) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    monkeypatch.setattr(socket, "create_connection", connect)
    outcome = tried("http://liar.example/hook", private=False)
    assert isinstance(outcome, Outcome)
    assert outcome.result == "later"
    assert asked == ["liar.example"]
    assert connected == [("203.0.113.7", 80)]


def test_of_several_addresses_the_fitting_ones_are_tried_in_turn(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    port = int(url.rpartition(":")[2])
    entries = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in ("169.254.0.1", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: entries)
    answer = tried(f"http://two.example:{port}/")
    assert isinstance(answer, Answer)
    assert answer.status == 200


def test_the_host_is_the_name_and_not_the_address(url: str, receiver: Receiver) -> None:
    tried(url.replace("127.0.0.1", "localhost") + "/a?b=c")
    (request,) = receiver.requests
    assert request.headers["host"].startswith("localhost:")
    assert request.path == "/a?b=c"
    assert request.headers["user-agent"].startswith("kakeibo/")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(status: int, url: str, receiver: Receiver) -> None:
    receiver.troubles = [Reply(status, "", {"Location": "http://169.254.169.254/latest?token=x"})]
    answer = tried(url)
    assert isinstance(answer, Answer)
    outcome = judged(answer)
    assert outcome.result == "refused"
    assert "http://169.254.169.254" in outcome.detail
    assert "token" not in outcome.detail
    assert len(receiver.requests) == 1


@pytest.mark.parametrize("trouble", ["hang", "garbage", "hang up"])
def test_without_an_answer_nobody_knows(trouble: Trouble, url: str, receiver: Receiver) -> None:
    receiver.troubles = [trouble]
    outcome = tried(url, timeout=0.5)
    assert isinstance(outcome, Outcome)
    assert outcome.result == "unknown"
    assert len(receiver.requests) == 1


def test_half_an_answer_is_one(url: str, receiver: Receiver) -> None:
    receiver.troubles = ["half"]
    assert tried(url) == Answer(200, {"content-length": "100"}, b"half of")


def test_no_more_of_an_answer_is_read_than_needed(url: str, receiver: Receiver) -> None:
    receiver.troubles = ["endless"]
    answer = tried(url)
    assert isinstance(answer, Answer)
    assert (answer.status, len(answer.body)) == (503, http.MAX_ANSWER)
    assert len(judged(answer).detail) < 400


def test_who_cannot_be_reached_is_tried_later() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        refused = tried(f"http://127.0.0.1:{free.getsockname()[1]}/hook/secret")
    nameless = tried("http://no-such-host.invalid/")
    too_long = tried(f"http://{'a' * 70}.example/")
    for outcome in (refused, nameless, too_long):
        assert isinstance(outcome, Outcome)
        assert outcome.result == "later"
        assert "secret" not in outcome.detail


def test_who_accepts_and_says_nothing_on_tls_is_tried_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        outcome = tried(f"https://127.0.0.1:{silent.getsockname()[1]}/", timeout=0.3)
    assert isinstance(outcome, Outcome)
    assert outcome.result == "later"


def test_a_name_that_is_looked_up_forever_costs_no_more_than_the_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()

    def lookup(*_: object, **__: object) -> list[Any]:
        release.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    outcome = tried("http://slow.example/", timeout=0.2)
    release.set()
    assert isinstance(outcome, Outcome)
    assert outcome.result == "later"


@pytest.mark.parametrize(
    "url", ["", "ftp://a.example", "http://", "http://u:p@a.example/", "http://a.example:x/", "あ"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    outcome = tried(url)
    assert isinstance(outcome, Outcome)
    assert outcome.result == "refused"


def test_a_secret_with_a_line_end_is_no_second_header(url: str, receiver: Receiver) -> None:
    for secret in ("a\r\nX-Evil: 1", "ひみつ"):
        with pytest.raises(Undelivered) as caught:
            post(url, b"", {"Authorization": secret}, allow_private=True)
        assert caught.value.outcome.result == "refused"
    assert receiver.requests == []


def test_what_a_status_means() -> None:
    def said(status: int, **headers: str) -> Outcome:
        return judged(Answer(status, headers, "だめ\x1b[31m\n です".encode()))

    assert [said(code).result for code in (200, 202, 204)] == ["sent"] * 3
    assert [said(code).result for code in (400, 401, 403, 404, 410, 413, 422)] == ["refused"] * 7
    assert [said(code).result for code in (408, 425, 429, 500, 502, 503, 504)] == ["later"] * 7
    assert said(400).detail == "answered 400: だめ [31m です"
    assert judged(Answer(429, {"retry-after": "30"}, b"")).wait == 30
    assert judged(Answer(503, {"retry-after": "soon"}, b"")).wait == 0
    at = email.utils.format_datetime(clock.now() + timedelta(seconds=100))
    assert 90 < judged(Answer(503, {"retry-after": at}, b"")).wait <= 100
    past = email.utils.format_datetime(clock.now() - timedelta(seconds=100))
    assert judged(Answer(503, {"retry-after": past}, b"")).wait == 0


def test_the_certificate_is_that_of_the_name(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though we connect to an address, the name is what TLS asks for and checks."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    names: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    receiver = Receiver()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    http._trusted.cache_clear()
    with receiver.serving(context) as plain:
        port = plain.rpartition(":")[2]
        by_name, by_address = tried(f"https://localhost:{port}/"), tried(f"https://127.0.0.1:{port}/")
    http._trusted.cache_clear()
    assert isinstance(by_name, Answer)
    assert by_name.status == 200
    assert names[0] == "localhost"
    assert isinstance(by_address, Outcome)
    assert by_address.result == "later"
    assert "certificate" in by_address.detail
    assert len(receiver.requests) == 1
