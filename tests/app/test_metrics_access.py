"""A metrics server that does not let everybody in: a password, a token, a certificate of our own; probes beside it."""

from __future__ import annotations

import base64
import json
import re
import ssl
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.app.conftest import Site
from tests.app.test_metrics import BOOK, NOW, history
from tests.prometheus_server import serving, write_history

PASSWORD = "secret"
HASHED = "$2b$12$VkudY4vVSiaecl/v7mBavu5g2STT5CujnX5TUqOgGm1sUokrPAL4q"
"""bcrypt of it, as Prometheus wants it."""
WEB = f"""\
tls_server_config: {{cert_file: server.pem, key_file: server.key}}
basic_auth_users: {{kakeibo: "{HASHED}"}}
"""


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ca.pem and the certificate that it signed for 127.0.0.1; and stranger.pem, which signed nothing."""
    folder = tmp_path_factory.mktemp("locked")
    for name in ("ca", "stranger"):
        openssl(
            folder, f"req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={name} -keyout {name}.key -out {name}.pem"
        )
    openssl(folder, "req -newkey rsa:2048 -nodes -subj /CN=prometheus -keyout server.key -out server.csr")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1", encoding="utf-8")
    signed = "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.pem"
    openssl(folder, signed)
    return folder


def openssl(folder: Path, arguments: str) -> None:
    subprocess.run(["openssl", *arguments.split()], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def locked(certified: Path) -> Iterator[str]:
    """A server with a password, behind TLS."""
    write_history(certified, history())
    with serving(certified, web=WEB) as address:
        yield address


def written(site: Site, url: str, options: str) -> None:
    book = BOOK.format(url=url).replace(f'"{url}"', f'"{url}", {options}')
    (site.folder / "kakeibo.yaml").write_text(book, encoding="utf-8")


def counted(site: Site) -> bool:
    rows = json.loads(site.run("report", "--json", "--at", "latest").out)["slos"]
    return all(row["valid"] > 900 and row["bad"] > 200 for row in rows)


def test_a_password_and_a_certificate_of_our_own(
    site: Site, locked: str, certified: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METRICS_PASSWORD", PASSWORD)
    written(site, locked, f"username: kakeibo, password_env: METRICS_PASSWORD, ca: {certified / 'ca.pem'}")
    told = site.run("ingest")
    assert (told.code, PASSWORD in told.out + told.err) == (0, False)
    assert counted(site)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("ca: {folder}/ca.pem", "401"),
        ("username: kakeibo, password_env: WRONG_PASSWORD, ca: {folder}/ca.pem", "401"),
        ("username: kakeibo, password_env: METRICS_PASSWORD", "to trust: ca:"),
        ("username: kakeibo, password_env: METRICS_PASSWORD, ca: {folder}/stranger.pem", "certificate"),
        ("username: kakeibo, password_env: METRICS_PASSWORD, ca: {folder}/none.pem", "none.pem"),
        ("username: kakeibo, password_env: METRICS_PASSWORD, ca: {folder}/names", "names"),
    ],
)
def test_who_is_not_let_in_is_told_why(
    site: Site, locked: str, certified: Path, monkeypatch: pytest.MonkeyPatch, options: str, message: str
) -> None:
    monkeypatch.setenv("METRICS_PASSWORD", PASSWORD)
    monkeypatch.setenv("WRONG_PASSWORD", "guessed")
    written(site, locked, options.format(folder=certified))
    told = site.run("ingest")
    assert told.code == 1
    assert message in told.err
    assert not {PASSWORD, "guessed", "Traceback"} & set(re.findall(r"\w+", told.out + told.err))


@contextmanager
def gate(address: str, ca: Path) -> Iterator[str]:
    """What lets in a token and no password, as proxies before Prometheus do: it knows no tokens itself."""
    trusted, password = ssl.create_default_context(cafile=ca), base64.b64encode(f"kakeibo:{PASSWORD}".encode()).decode()

    class Gate(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])) if "Content-Length" in self.headers else None
            if self.headers["Authorization"] != "Bearer let-me-in":
                self.send_error(401)
                return
            headers = {"Authorization": f"Basic {password}"}
            if body is not None:
                headers["Content-Type"] = self.headers["Content-Type"]
            asked = urllib.request.Request(address + self.path, body, headers)
            with urllib.request.urlopen(asked, context=trusted) as answer:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(answer.read())

        do_GET = do_POST  # noqa: N815 - named by the standard library

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Gate)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_token(site: Site, locked: str, certified: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with gate(locked, certified / "ca.pem") as address:
        written(site, address, "token_env: METRICS_TOKEN")
        monkeypatch.setenv("METRICS_TOKEN", "let-me-out")
        refused = site.run("ingest")
        assert (refused.code, "(401)" in refused.err, "let-me-out" in refused.err) == (1, True, False)
        monkeypatch.setenv("METRICS_TOKEN", "let-me-in")
        assert site.run("ingest").code == 0
        assert counted(site)


def test_probes_beside_a_metrics_server(
    site: Site, locked: str, certified: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Users are counted by the server, probes in a log: both are added up, by event and by slice."""
    monkeypatch.setenv("METRICS_PASSWORD", PASSWORD)
    written(site, locked, f"username: kakeibo, password_env: METRICS_PASSWORD, ca: {certified / 'ca.pem'}")
    book = (site.folder / "kakeibo.yaml").read_text(encoding="utf-8")
    book = book.replace("journeys:\n", "  probing: {type: ndjson, path: logs/probes.json}\njourneys:\n")
    book = book.replace("sources: {metrics: {", "sources:\n  metrics: {").replace("pem}}", "pem}")
    book = book.replace(
        "    source: metrics\n", "    source: metrics\n    probes: {source: probing, good: ok = 'yes', every: 5m}\n"
    )
    (site.folder / "kakeibo.yaml").write_text(book, encoding="utf-8")
    probes = [{"time": (NOW - 100 + n) * 60, "ok": "no" if n % 10 == 0 else "yes"} for n in range(0, 95, 5)]
    (site.folder / "logs").mkdir(exist_ok=True)
    (site.folder / "logs" / "probes.json").write_text("".join(json.dumps(p) + "\n" for p in probes), encoding="utf-8")
    assert site.run("check").code == 0
    told = site.run("ingest")
    assert told.code == 0, told
    row = json.loads(site.run("report", "--json", "--at", "latest").out)["slos"][0]
    assert (row["probes"]["valid"], row["probes"]["bad"]) == (19, 10)
    assert row["valid"] > 900 + 19
    explained = json.loads(site.run("explain", "play/availability", "--json").out)
    assert {part["slo"]: part["bad"] for part in explained["parts"]}["play/availability/probes"] == 10
    assert sum(part["valid"] for part in explained["parts"]) == row["valid"]
