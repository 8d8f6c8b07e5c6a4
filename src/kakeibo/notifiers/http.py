"""Outgoing HTTP that cannot be led astray: one request, to an address that was checked when we connected to it.

A receiver's name is looked up once, and we connect to the very address that was checked: an answer that changes
meanwhile leads nowhere else. The name stays in the Host header and in the TLS handshake. Redirects are not followed.
Everything together takes no longer than the time-out, and no more of an answer is read than anybody needs.
"""

from __future__ import annotations

import email.utils
import ipaddress
import queue
import socket
import ssl
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, ClassVar, Final

import httpcore2
import msgspec

from kakeibo import __version__, clock
from kakeibo.i18n import t
from kakeibo.notifiers import options
from kakeibo.notifiers.kinds import Notifier, Outcome, Undelivered, cut

TIMEOUT: Final = 10
"""Seconds for name, connection, request and answer together, unless the channel says otherwise."""
MAX_ANSWER: Final = 64 * 1024
"""Bytes of an answer that are read."""
_QUOTED: Final = 300

_LATER: Final = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Question:
    """A request; of its answer, `most` bytes are read."""

    method: str
    url: str
    body: bytes
    headers: Mapping[str, str]
    most: int = MAX_ANSWER


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver answered: header names in lower case, the beginning of the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """Its words on one line, as far as they are printable."""
        words = self.body.decode("utf-8", "replace")
        return cut(" ".join("".join(c if c.isprintable() else " " for c in words).split()), _QUOTED)

    def json(self) -> dict[str, Any]:
        """The object it is; empty when it is none."""
        try:
            found = msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return {}
        return found if isinstance(found, dict) else {}


def post(
    url: str, body: bytes, headers: Mapping[str, str], *, timeout: float = TIMEOUT, allow_private: bool = False
) -> Answer:
    """The answer to one POST; raises as `ask` does."""
    return ask(Question("POST", url, body, headers), timeout=timeout, allow_private=allow_private)


def ask(question: Question, *, timeout: float = TIMEOUT, allow_private: bool = False) -> Answer:
    """The answer to one request. Raises Undelivered: later, when nothing was sent; unknown, when it was written and no
    answer came; refused, when the address is not to be used."""
    url, headers = question.url, question.headers
    if not options.is_address(url):
        raise Undelivered(Outcome("refused", t("that is no address")))
    if not all(value.isascii() and value.isprintable() for value in headers.values()):
        raise Undelivered(Outcome("refused", t("a secret has characters that cannot be sent in a header")))
    guard = _Guard(clock.monotonic() + timeout, allow_private)
    written = {"User-Agent": f"kakeibo/{__version__}", **headers}
    try:
        with httpcore2.ConnectionPool(ssl_context=_trusted(), network_backend=guard, max_connections=1) as pool:
            return _answer(pool, replace(question, headers=written))
    except _Forbidden as error:
        mend = t("is it meant? then write allow_private: true in the channel")
        message = t(
            "{host} is not an address of the public internet ({address})", host=error.host, address=error.address
        )
        raise Undelivered(Outcome("refused", f"{message}: {mend}")) from None
    except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
        why = str(error) or type(error).__name__
        if guard.written:
            message = t(
                "the request was sent, but no answer was understood ({why}): it may have been delivered", why=why
            )
            raise Undelivered(Outcome("unknown", message)) from None
        raise Undelivered(Outcome("later", t("{url} cannot be reached: {why}", url=_place(url), why=why))) from None


def judged(answer: Answer, reference: str = "", words: str = "") -> Outcome:
    """What an answer means by its status. `words`: what the receiver says, where that is not simply its body."""
    code, words = answer.status, words or answer.text
    if 200 <= code < 300:
        return Outcome("sent", words, reference)
    if 300 <= code < 400:
        there = _place(answer.headers.get("location", "?"))
        return Outcome("refused", t("it redirects to {there}, which is not followed: write that address", there=there))
    detail = t("answered {code}: {words}", code=code, words=words)
    if code >= 500 or code in _LATER:
        return Outcome("later", detail, wait=waiting(answer))
    return Outcome("refused", detail)


def waiting(answer: Answer) -> float:
    """Seconds of Retry-After, which is a number or a date; 0 when there is none."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        return max(0.0, (email.utils.parsedate_to_datetime(text) - clock.now()).total_seconds())
    except (ValueError, TypeError):  # no date, or one without a zone
        return 0.0


class WebNotifier(Notifier):
    """A channel that is one POST. `WEB` are the options that they have in common."""

    WEB: ClassVar[dict[str, dict[str, Any]]] = {
        "timeout": {
            "type": "integer",
            "minimum": 1,
            "maximum": 30,
            "description": "Seconds after which a try is given up. Left out: 10.",
        },
        "allow_private": {
            "type": "boolean",
            "description": "Whether the receiver may be in our own network. Left out: false.",
        },
    }

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        given = self.channel.options
        seconds, private = given.get("timeout", TIMEOUT), given.get("allow_private", False)
        return post(url, body, headers, timeout=float(str(seconds)), allow_private=private is True)

    def post_json(self, url: str, document: object, headers: Mapping[str, str] | None = None) -> Answer:
        body = msgspec.json.encode(document)
        return self.post(url, body, {"Content-Type": "application/json; charset=utf-8", **(headers or {})})

    def address(self) -> str:
        """The channel's own address, written or named."""
        return self.text("url") or self.secret("url_env")


def allowed(address: str, *, allow_private: bool) -> bool:
    """Whether we may connect to an IP address. Never to one that is no single other machine's (multicast,
    unspecified, link-local with its metadata services); to private and loopback ones only with `allow_private`."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    within = _embedded(ip) if isinstance(ip, ipaddress.IPv6Address) else None
    if within is not None:
        return allowed(str(within), allow_private=allow_private)
    if ip.is_multicast or ip.is_unspecified or ip.is_link_local:
        return False
    if ip.is_global:
        return True
    return allow_private and (ip.is_loopback or not ip.is_reserved)


_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


def _embedded(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that packets to this one end up at."""
    if ip in _NAT64 or (int(ip) >> 32 == 0 and int(ip) > 1):  # the second: IPv4-compatible, long out of use
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)


class _Forbidden(Exception):  # noqa: N818
    def __init__(self, host: str, address: str) -> None:
        super().__init__(host)
        self.host = host
        self.address = address


class _Guard(httpcore2.SyncBackend):
    """Connects to checked addresses alone, and lets nothing last beyond `deadline` (of the clock that never jumps)."""

    def __init__(self, deadline: float, allow_private: bool) -> None:
        self._deadline = deadline
        self._allow_private = allow_private
        self.written = False

    def left(self, late: type[Exception]) -> float:
        seconds = self._deadline - clock.monotonic()
        if seconds <= 0:
            raise late(t("timed out"))
        return seconds

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        del timeout
        found = _looked_up(host, port, self.left(httpcore2.ConnectTimeout))
        fitting = [address for address in found if allowed(address, allow_private=self._allow_private)]
        if not fitting:
            raise _Forbidden(host, found[0])
        failure: Exception = httpcore2.ConnectError(host)
        for address in fitting:
            try:
                left = self.left(httpcore2.ConnectTimeout)
                stream = super().connect_tcp(address, port, left, local_address, socket_options)
                return _Stream(stream, self)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure


class _Stream(httpcore2.NetworkStream):
    """A connection whose every step has only the time that is left, and that remembers whether anything was said."""

    def __init__(self, stream: httpcore2.NetworkStream, guard: _Guard) -> None:
        self._stream = stream
        self._guard = guard

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        del timeout
        return self._stream.read(max_bytes, self._guard.left(httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        del timeout
        left = self._guard.left(httpcore2.WriteTimeout)
        self._guard.written = True
        self._stream.write(buffer, left)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        del timeout
        left = self._guard.left(httpcore2.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left), self._guard)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _answer(pool: httpcore2.ConnectionPool, question: Question) -> Answer:
    headers, body = list(question.headers.items()), question.body
    with pool.stream(question.method, question.url, headers=headers, content=body) as response:
        found = b""
        try:
            for piece in response.iter_stream():
                found += piece
                if len(found) >= question.most:
                    break
        except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError):
            pass  # the status has said what became of it
        told = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
        return Answer(response.status, told, found[: question.most])


def _looked_up(host: str, port: int, seconds: float) -> list[str]:
    """The addresses of a name. The system's look-up knows no time limit, so that we wait beside it."""
    answers: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put(list(dict.fromkeys(str(entry[4][0]) for entry in found)))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=look_up, name="look-up", daemon=True).start()
    try:
        found = answers.get(timeout=seconds)
    except queue.Empty:
        raise httpcore2.ConnectTimeout(t("timed out")) from None
    if isinstance(found, Exception):
        raise httpcore2.ConnectError(getattr(found, "strerror", None) or str(found))
    return found


@cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()


def _place(url: str) -> str:
    """Scheme and host of an address: its path and query are often secret."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}" if rest else url.partition("?")[0]
