"""A mail server: what it received, as mails; and refusals on demand."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from tests.prometheus_server import free_port

USER, PASSWORD = "kakeibo", "mail-secret"


class Mailbox:
    """`refusing`: what the next mails are answered at "rcpt" or "data", such as {"rcpt": "550 no such user"}."""

    def __init__(self) -> None:
        self.received: list[tuple[str, EmailMessage]] = []
        self.refusing: dict[str, str] = {}

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's names
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        if "rcpt" in self.refusing:
            return self.refusing["rcpt"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        del server, session
        if "data" in self.refusing:
            return self.refusing["data"]
        assert isinstance(envelope.content, bytes)
        assert envelope.content.isascii()  # nobody said that it takes 8 bits
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.received.append((envelope.rcpt_tos[0], mail))
        return "250 OK queued as 1"

    @contextmanager
    def serving(self, **settings: Any) -> Iterator[int]:
        """The port of the server."""
        port = free_port()
        controller = Controller(self, hostname="127.0.0.1", port=port, **settings)
        controller.start()
        try:
            yield port
        finally:
            controller.stop()


def known(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    del server, session, envelope, mechanism
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)
