"""The one origin: page, API, signed links and pictures."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from infra.local import site

SEEN: list[tuple[str, str, bytes, str | None]] = []


class Upstream(BaseHTTPRequestHandler):
    """Plays the API and the bucket: tells what it was asked."""

    def do_POST(self) -> None:
        self._tell()

    def do_GET(self) -> None:
        self._tell()

    def _tell(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        SEEN.append((self.command, self.path, body, self.headers.get("Authorization")))
        self.send_response(302 if "/l/" in self.path else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Location", "https://elsewhere.example.com")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def serve(handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture
def port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    SEEN.clear()
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "index.html").write_text("<h1>Caring</h1>")
    (tmp_path / "web" / "logo.png").write_bytes(b"\x89PNG")
    (tmp_path / "secret").write_text("not yours")
    monkeypatch.setattr(site, "WEB", tmp_path / "web")
    upstream = serve(Upstream)
    base = f"http://127.0.0.1:{upstream.server_address[1]}"
    attributes = {"api_url": f"{base}/_aws/execute-api/abc/api", "aws_endpoint_url": base, "bucket": "data"}
    server = serve(type("Configured", (site.Handler,), attributes))
    yield int(server.server_address[1])
    for one in (server, upstream):
        one.shutdown()
        one.server_close()


def ask(port: int, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request(method, path, body, {"Authorization": "Bearer token"})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content, answer.headers


def test_the_page_comes_from_web(port: int) -> None:
    status, content, headers = ask(port, "GET", "/")
    assert (status, content) == (200, b"<h1>Caring</h1>")
    assert headers["Content-Type"].startswith("text/html")


def test_api_calls_reach_the_api_with_query_body_and_token(port: int) -> None:
    assert ask(port, "POST", "/api/consents?a=1", b'{"granted":false}')[0] == 200
    assert SEEN == [("POST", "/_aws/execute-api/abc/api/consents?a=1", b'{"granted":false}', "Bearer token")]


def test_a_signed_link_reaches_the_api_and_its_redirect_the_browser(port: int) -> None:
    status, _, headers = ask(port, "GET", "/l/token.signature")
    assert (status, headers["Location"]) == (302, "https://elsewhere.example.com")
    assert SEEN[0][1] == "/_aws/execute-api/abc/api/l/token.signature"


def test_a_picture_is_ours_or_the_bucket_s(port: int) -> None:
    assert ask(port, "GET", "/media/logo.png")[1] == b"\x89PNG"
    ask(port, "GET", "/media/m1/promo.png")
    assert SEEN == [("GET", "/data/media/m1/promo.png", b"", None)]


@pytest.mark.parametrize("path", ["/../secret", "/%2e%2e/secret", "/media/../../secret", "/nothing"])
def test_nothing_outside_web_is_served(port: int, path: str) -> None:
    status, content, _ = ask(port, "GET", path)
    assert b"not yours" not in content
    assert status in (200, 404)


def test_an_api_that_is_away_is_said_in_the_error_form(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "TIMEOUT_SECONDS", 1)
    gone = serve(type("Gone", (site.Handler,), {"api_url": "http://127.0.0.1:1", "aws_endpoint_url": "", "bucket": ""}))
    status, content, _ = ask(int(gone.server_address[1]), "GET", "/api/health")
    gone.shutdown()
    gone.server_close()
    assert status == 502
    assert b'"code":"not_reachable"' in content
