"""An HTTP server that takes POSTs, notes them, and can be told to fail, hang, answer late, or answer garbage."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

MAX_BODY = 512 * 1024


@dataclass(frozen=True)
class Request:
    path: str
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"

    def json(self) -> Any:
        return json.loads(self.body.decode("utf-8"))


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def reply_json(document: object, status: int = 200, **headers: str) -> Reply:
    return Reply(status, json.dumps(document, ensure_ascii=False), {"Content-Type": "application/json", **headers})


Trouble = Reply | Literal["hang", "garbage", "hang up", "half", "endless"]
"""What is done instead of an answer: hang (say nothing until the server closes), garbage (no HTTP), hang up (close the
connection), half (a status, and half of the promised body), endless (a body without end)."""


class Receiver:
    """Answers what `check` says. `troubles` are done in place of it, one for each request; `losses` in place of its
    answer, once it has done its work."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.troubles: list[Trouble] = []
        self.losses: list[Trouble | None] = []
        self.closing = threading.Event()

    def check(self, request: Request) -> Reply:
        """What the real server would answer."""
        del request
        return Reply(200, "ok")

    @contextmanager
    def serving(self, tls: ssl.SSLContext | None = None) -> Iterator[str]:
        """The address of the server."""
        handler = type("Handler", (_Handler,), {"receiver": self})
        server = _Server(("127.0.0.1", 0), handler)
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            self.closing.set()
            server.shutdown()
            server.server_close()
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever asked has gone: that is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    receiver: Receiver

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        assert length <= MAX_BODY
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.path, headers, self.rfile.read(length), self.command)
        self.receiver.requests.append(request)
        trouble = self.receiver.troubles.pop(0) if self.receiver.troubles else None
        if isinstance(trouble, str):
            self._make(trouble)
            return
        reply = trouble or self.receiver.check(request)
        loss = self.receiver.losses.pop(0) if self.receiver.losses else None
        if isinstance(loss, str):
            self._make(loss)
        else:
            self._say(loss or reply)

    do_GET = do_PATCH = do_POST  # noqa: N815

    def _say(self, reply: Reply) -> None:
        body = reply.body.encode()
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _make(self, trouble: str) -> None:
        self.close_connection = True
        if trouble == "hang":
            self.receiver.closing.wait(30)
        elif trouble == "garbage":
            self.wfile.write(b"\x00\x01 what?\r\n\r\n")
        elif trouble == "half":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of")
        elif trouble == "endless":
            self.wfile.write(b"HTTP/1.1 503 Busy\r\n\r\n")
            while not self.receiver.closing.is_set():
                self.wfile.write(b"x" * 65536)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the test run has its own words."""
