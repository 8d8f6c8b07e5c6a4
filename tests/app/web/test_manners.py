"""What holds for every answer."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.testclient import TestClient

from kakeibo.app.web.manners import LARGEST_BODY, SECURITY

EVERYTHING = [
    "/",
    "/journeys",
    "/journeys/play-video",
    "/journeys/nobody",
    "/statement",
    "/alerts",
    "/glossary",
    "/metrics",
    "/healthz",
    "/static/web.css",
    "/api/v1/report",
    "/api/v1/openapi.json",
    "/nothing",
    "/api/v1/nothing",
]


def test_every_answer_tells_the_browser_what_it_may_not_do(client: TestClient) -> None:
    for path in EVERYTHING:
        headers = client.get(path).headers
        assert {name: headers[name] for name in SECURITY} == SECURITY, path
        assert "unsafe" not in headers["content-security-policy"]
        assert "server" not in headers


def test_a_name_that_is_not_ours_is_refused(client: TestClient) -> None:
    for path in EVERYTHING:
        for host in ("evil.example", "127.0.0.1.evil.example", "", "localhost.evil.example:80"):
            assert client.get(path, headers={"host": host}).status_code == 421, (path, host)
        for host in ("localhost:8080", "[::1]:8080"):
            assert client.get(path, headers={"host": host}).status_code != 421, (path, host)


LANGUAGES = [
    ("?lang=en", "ja", "en"),
    ("?lang=ja", "en", "ja"),
    ("", "en-GB,en;q=0.9,ja;q=0.8", "en"),
    ("", "ja;q=0.9,en;q=0.8", "ja"),
    ("", "de, ja;q=0.1", "ja"),
    ("", "en;q=0", "ja"),  # none that is wanted: the organisation's
    ("", "fr", "ja"),
    ("?lang=fr", "en;q=nonsense, *", "ja"),
]


def test_the_language_is_the_asked_the_readers_or_the_organisations(client: TestClient) -> None:
    for query, header, expected in LANGUAGES:
        page = client.get(f"/glossary{query}", headers={"accept-language": header}).text
        assert f'<html lang="{expected}">' in page, (query, header)


def test_too_large_a_body_is_refused_before_it_is_read(client: TestClient) -> None:
    for path in ("/", "/api/v1/incoming/alertmanager", "/nothing"):
        assert client.post(path, headers={"content-length": str(LARGEST_BODY + 1)}).status_code == 413
        assert client.post(path, headers={"content-length": "many"}).status_code == 413


def test_a_body_of_unknown_length_is_cut_off(client: TestClient) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(LARGEST_BODY // 1000 + 2):
            yield b" " * 1000

    refused = client.post(
        "/api/v1/incoming/alertmanager", content=endless(), headers={"authorization": "Bearer sesame"}
    )
    assert refused.status_code == 413


def test_a_long_address_is_refused(client: TestClient) -> None:
    assert client.get("/?q=" + "x" * 5000).status_code == 414


def test_styles_are_kept_by_their_content_and_no_path_leads_elsewhere(client: TestClient) -> None:
    page = client.get("/glossary").text
    for name in ("letters.css", "web.css", "live.js", "icon.svg"):
        [address] = {part for part in page.split('"') if part.startswith(f"/static/{name}?v=")}
        assert "immutable" in client.get(address).headers["cache-control"]
        assert client.get(f"/static/{name}").headers["cache-control"] == "no-cache"
    for path in ("/static/..%2f..%2fdesk.py", "/static/desk.py", "/static/%2e%2e/desk.py", "/static//etc/passwd"):
        assert client.get(path).status_code == 404
