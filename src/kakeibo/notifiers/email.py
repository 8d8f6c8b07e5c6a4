"""E-mail by SMTP: text and a simple HTML part, one thread for each alert, never answered by machines."""

from __future__ import annotations

import hashlib
import html
import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any, ClassVar, Final

from kakeibo import clock
from kakeibo.errors import OptionError
from kakeibo.i18n import t
from kakeibo.model import Channel
from kakeibo.notifiers import options
from kakeibo.notifiers.kinds import Message, Notifier, Outcome, Targets

_TIMEOUT: Final = 20.0
"""Seconds for all steps together."""
_MAIL: Final = re.compile(r"[^@\s<>,;\"\\()]+@[^@\s<>,;\"\\()]+")
_PORTS: Final = {"starttls": 587, "tls": 465, "none": 25}


class Email(Notifier):
    KIND = "email"
    REQUIRED = ("host", "from")
    TARGET = "own"
    OPTIONS: ClassVar[dict[str, dict[str, Any]]] = {
        "host": {"type": "string", "description": "The mail server."},
        "port": {
            "type": "integer",
            "minimum": 1,
            "maximum": 65535,
            "description": "Its port. Left out: 587; with tls 465, with none 25.",
        },
        "security": {
            "type": "string",
            "enum": list(_PORTS),
            "description": "starttls, tls from the first byte, or none. Left out: starttls.",
        },
        "from": {"type": "string", "pattern": _MAIL.pattern, "description": "The sender's address."},
        "to": {"type": "string", "pattern": _MAIL.pattern, "description": "Who gets it unless a target is named."},
        "username": {"type": "string", "description": "The user, where the server asks for one."},
        "password_env": options.variable("the user's password"),
    }

    def __init__(self, channel: Channel) -> None:
        super().__init__(channel)
        if "username" in channel.options and self.text("security") == "none":
            message = t("a password is not sent in the clear")
            raise OptionError(message, t("write security: starttls, or remove username:"), ("username",))

    @property
    def targets(self) -> Targets:
        return "own" if self.text("to") else "needed"

    def carry(self, target: str, message: Message) -> Outcome:
        receiver = target or self.text("to")
        if not _MAIL.fullmatch(receiver):
            return Outcome("refused", t("this is no mail address"))
        sender = self.text("from")
        letter = written(message, sender, receiver)
        password = self.secret("password_env")
        step = _Step(clock.monotonic() + _TIMEOUT)
        try:
            with self._connected(step) as server:
                if user := self.text("username"):
                    step.next(server)
                    server.login(user, password)
                return _handed_over(server, step, sender, receiver, letter.as_bytes())
        except UnicodeEncodeError:
            return Outcome("refused", t("user and password for a mail server are written in ASCII"))
        except smtplib.SMTPNotSupportedError as error:  # it offers no STARTTLS, or no log-in without it
            return Outcome("refused", str(error))
        except smtplib.SMTPResponseException as error:
            return _judged(error.smtp_code, error.smtp_error)
        except (smtplib.SMTPException, OSError) as error:
            why = str(error) or type(error).__name__
            if step.handed_over:
                return Outcome("unknown", t("the mail was handed over, but no answer came ({why})", why=why))
            return Outcome("later", t("{url} cannot be reached: {why}", url=self.text("host"), why=why))

    @contextmanager
    def _connected(self, step: _Step) -> Iterator[smtplib.SMTP]:
        host, security = self.text("host"), self.text("security", "starttls")
        port, trusted = int(self.text("port") or _PORTS[security]), ssl.create_default_context()
        if security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=_TIMEOUT, context=trusted)
        else:
            server = smtplib.SMTP(host, port, timeout=_TIMEOUT)
        try:
            if security == "starttls":
                step.next(server)
                server.starttls(context=trusted)
            yield server
            with suppress(smtplib.SMTPException, OSError):  # what it says to good-bye changes nothing
                server.quit()
        finally:
            server.close()


class _Step:
    """Each step gets the time that is left; `handed_over` once the server has all of the mail."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self.handed_over = False

    def next(self, server: smtplib.SMTP) -> None:
        left = self._deadline - clock.monotonic()
        if left <= 0:
            raise TimeoutError(t("timed out"))
        if server.sock:
            server.sock.settimeout(left)


def _handed_over(server: smtplib.SMTP, step: _Step, sender: str, receiver: str, letter: bytes) -> Outcome:
    server.ehlo_or_helo_if_needed()
    for command, address in ((server.mail, sender), (server.rcpt, receiver)):
        step.next(server)
        code, words = command(address)
        if code >= 300:
            return _judged(code, words)
    step.next(server)
    step.handed_over = True
    code, words = server.data(letter)
    return _judged(code, words)


def _judged(code: int, words: bytes | str) -> Outcome:
    """4xx is a passing refusal, 5xx a lasting one (RFC 5321, 4.2.1)."""
    said = " ".join((words.decode("utf-8", "replace") if isinstance(words, bytes) else words).split())
    if code < 400:
        return Outcome("sent", said)
    return Outcome("refused" if code >= 500 else "later", t("answered {code}: {words}", code=code, words=said))


def written(message: Message, sender: str, receiver: str) -> EmailMessage:
    """The mail. Its References name a mail that never was, the same for all of an alert: that makes them a thread."""
    letter = EmailMessage(policy=SMTP)
    domain = sender.rpartition("@")[2]
    thread = f"<{_digest(message.group)}@{domain}>"
    letter["From"] = Address("kakeibo", addr_spec=sender)
    letter["To"] = Address(addr_spec=receiver)
    letter["Subject"] = " ".join(message.subject.split())
    letter["Date"] = format_datetime(clock.now())
    letter["Message-ID"] = f"<{_digest(message.id)}@{domain}>"
    letter["References"] = thread
    letter["In-Reply-To"] = thread
    letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers, please
    letter["Content-Language"] = message.language
    text, page = as_text(message), as_html(message)
    letter.set_content(text, cte=_encoding(text))
    letter.add_alternative(page, subtype="html", cte=_encoding(page))
    return letter


def as_text(message: Message) -> str:
    lines = [message.summary, ""]
    lines += [f"{label}: {value}" for label, value in message.facts]
    lines += ["", *(f"{label}: {address}" for label, address in _addresses(message))]
    return "\n".join(lines).strip() + "\n"


def as_html(message: Message) -> str:
    """Only what every mail program shows."""
    rows = "".join(
        f"<tr><th align=left>{html.escape(label)}</th><td>{html.escape(value)}</td></tr>"
        for label, value in message.facts
    )
    links = "".join(
        f'<li><a href="{html.escape(address)}">{html.escape(label)}</a></li>'
        for label, address in _addresses(message)
        if options.is_address(address)
    )
    table = f"<table cellpadding=4>{rows}</table>" if rows else ""
    listed = f"<ul>{links}</ul>" if links else ""
    return f'<html lang="{message.language}"><body><p>{html.escape(message.summary)}</p>{table}{listed}</body></html>\n'


def _addresses(message: Message) -> list[tuple[str, str]]:
    return [*message.links, *((one.label, one.link) for one in message.actions if one.link)]


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def _encoding(text: str) -> str:
    return "quoted-printable" if text.isascii() else "base64"
