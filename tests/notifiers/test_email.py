"""E-mail: what arrives, threads, and what the server's refusals mean."""

from __future__ import annotations

import socket
import ssl
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from tests.notifiers.made import FIRING, LONG, OVER, made
from tests.servers.mail import PASSWORD, USER, Mailbox, known

from kakeibo.errors import OptionError
from kakeibo.notifiers import email

FROM = "kakeibo@manabi.example"


@pytest.fixture
def box() -> Mailbox:
    return Mailbox()


def sent(box: Mailbox, *targets: str, **options: object) -> list[str]:
    with box.serving() as port:
        channel = made("email", host="127.0.0.1", port=port, security="none", **{"from": FROM, **options})
        return [channel.send(target, FIRING).result for target in targets]


def test_a_mail(box: Mailbox) -> None:
    assert sent(box, "player@example.org") == ["sent"]
    ((to, mail),) = box.received
    assert to == "player@example.org"
    assert mail["Subject"] == FIRING.subject
    assert mail["From"] == f"kakeibo <{FROM}>"
    assert mail["Auto-Submitted"] == "auto-generated"
    text, page = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert page is not None
    assert text.get_content().replace("\r\n", "\n") == (
        "動画を再生できる（成功）: 直近1時間の 3.2% が失敗しています <b>&。\n\n失敗: 3.2%\n残り: 41%\n\n"
        "手順書: https://wiki.example/learning?a=1&b=2\n対応します: https://kakeibo.example/alerts\n"
    )
    assert "&lt;b&gt;&amp;" in page.get_content()
    assert '<a href="https://wiki.example/learning?a=1&amp;b=2">手順書</a>' in page.get_content()


def test_all_of_an_alert_is_one_thread() -> None:
    first, again, over, other = (
        email.written(message, FROM, "a@example.org")
        for message in (FIRING, FIRING, OVER, replace(FIRING, id="x", group="other"))
    )
    assert first["Message-ID"] == again["Message-ID"] != over["Message-ID"]
    assert first["References"] == over["References"] == over["In-Reply-To"] != other["References"]
    assert over["Message-ID"].endswith("@manabi.example>")


def test_a_subject_is_one_line() -> None:
    mail = email.written(replace(LONG, subject="a\r\nBcc: all@example.org"), FROM, "a@example.org")
    assert mail["Bcc"] is None
    assert mail["Subject"] == "a Bcc: all@example.org"
    assert max(map(len, email.written(LONG, FROM, "a@example.org").as_bytes().splitlines())) <= 998


def test_a_dangerous_link_is_only_text() -> None:
    page = email.as_html(replace(FIRING, links=(("x", "javascript:alert(1)"),)))
    assert "javascript" not in page


def test_the_channels_own_receiver_and_none(box: Mailbox) -> None:
    assert sent(box, "", to="team@example.org") == ["sent"]
    assert [to for to, _ in box.received] == ["team@example.org"]
    assert sent(box, "", "a@b\r\nDATA", "a@b>,<c@d", "nobody") == ["refused"] * 4
    assert len(box.received) == 1


@pytest.mark.parametrize(
    ("step", "answer", "result"),
    [
        ("rcpt", "550 5.1.1 no such user", "refused"),
        ("rcpt", "450 4.2.0 greylisted, try again", "later"),
        ("data", "554 5.7.1 looks like spam", "refused"),
        ("data", "451 4.3.0 disk full", "later"),
    ],
)
def test_refusals(step: str, answer: str, result: str, box: Mailbox) -> None:
    box.refusing = {step: answer}
    with box.serving() as port:
        channel = made("email", host="127.0.0.1", port=port, security="none", **{"from": FROM})
        outcome = channel.send("a@example.org", FIRING)
    assert outcome.result == result
    assert answer[4:] in outcome.detail


def test_a_server_that_is_not_there_is_tried_later() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        channel = made("email", host="127.0.0.1", port=free.getsockname()[1], security="none", **{"from": FROM})
        assert channel.send("a@example.org", FIRING).result == "later"


@pytest.mark.parametrize(("upto", "result"), [(0, "later"), (2, "later"), (4, "unknown")])
def test_a_server_that_falls_silent(upto: int, result: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it has all of the mail nothing is delivered; after that nobody knows."""
    monkeypatch.setattr(email, "_TIMEOUT", 0.5)
    done = threading.Event()
    answers = ["220 hello", "250 hello", "250 ok", "250 ok", "354 go on"]

    def serve(server: socket.socket) -> None:
        peer, _ = server.accept()
        with peer, peer.makefile("rwb", buffering=0) as stream:
            for answer in answers[: upto + 1]:
                stream.write(f"{answer}\r\n".encode())
                if answer != answers[upto]:
                    stream.readline()
            done.wait(20)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        port = server.getsockname()[1]
        outcome = made("email", host="127.0.0.1", port=port, security="none", **{"from": FROM}).send(
            "a@b.example", FIRING
        )
        done.set()
        thread.join()
    assert outcome.result == result


def test_by_starttls_with_a_password(certificate: Path, box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with box.serving(tls_context=context, require_starttls=True, authenticator=known, auth_required=True) as port:
        options = {"port": port, "from": FROM, "username": USER, "password_env": "MAIL_PASSWORD"}
        channel, by_address = (made("email", host=host, **options) for host in ("localhost", "127.0.0.1"))
        outcomes = []
        for password in (PASSWORD, "wrong", "ひみつ"):
            monkeypatch.setenv("MAIL_PASSWORD", password)
            outcomes.append(channel.send("a@example.org", FIRING))
        not_its_name = by_address.send("a@example.org", FIRING)
        with pytest.raises(OptionError, match="in the clear"):
            made("email", host="localhost", security="none", **options)
    assert [outcome.result for outcome in outcomes] == ["sent", "refused", "refused"]
    assert "535" in outcomes[1].detail
    assert not_its_name.result == "later"
    assert len(box.received) == 1
