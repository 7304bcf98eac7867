"""One origin for page, API and signed links: what CloudFront does on AWS, this small server does on a laptop.

/api/… and /l/… go to the API, /media/… is a file of web/ or else an object under media/ of the data bucket, and
everything else is a file of web/.
"""

from __future__ import annotations

import argparse
import http.client
import mimetypes
import signal
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from infra.local.state import ROOT

WEB = ROOT / "web"
TIMEOUT_SECONDS = 35  # API Gateway gives up after 29
_HOP_BY_HOP = {
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "host",
    "content-length",
}


class Handler(BaseHTTPRequestHandler):
    """One request; the class attributes are set once, before the server starts."""

    api_url: str
    aws_endpoint_url: str
    bucket: str
    protocol_version = "HTTP/1.1"
    server_version = "caring"

    def _dispatch(self) -> None:
        path = unquote(urlsplit(self.path).path)
        if path == "/healthz":
            self._answer(HTTPStatus.OK, b"ok", "text/plain")
        elif path.startswith("/api/"):
            self._forward(self.api_url + self.path.removeprefix("/api"))
        elif path.startswith("/l/"):
            self._forward(self.api_url + self.path)
        elif self.command not in ("GET", "HEAD"):
            self._answer(HTTPStatus.METHOD_NOT_ALLOWED, b"", "text/plain")
        elif file := _file(path.removeprefix("/media")):
            self._answer(HTTPStatus.OK, file.read_bytes(), mimetypes.guess_type(file.name)[0] or "text/plain")
        elif path.startswith("/media/"):
            self._forward(f"{self.aws_endpoint_url}/{self.bucket}{urlsplit(self.path).path}", pass_headers=False)
        else:
            self._answer(HTTPStatus.NOT_FOUND, b"not found", "text/plain")

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _dispatch  # noqa: N815 (http.server's names)

    def _forward(self, url: str, *, pass_headers: bool = True) -> None:
        target = urlsplit(url)
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else None
        headers = {k: v for k, v in self.headers.items() if pass_headers and k.lower() not in _HOP_BY_HOP}
        connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=TIMEOUT_SECONDS)
        try:
            query = f"?{target.query}" if target.query else ""
            connection.request(self.command, target.path + query, body, headers)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            message = b'{"code":"not_reachable","message":"the API does not answer: is the laptop cloud up?"}'
            self.log_error("%s", error)
            self._answer(HTTPStatus.BAD_GATEWAY, message, "application/json")
            return
        finally:
            connection.close()
        self.send_response(response.status)
        for name, value in response.getheaders():
            if name.lower() not in _HOP_BY_HOP | {"server", "date"}:
                self.send_header(name, value)
        self._finish(content)

    def _answer(self, status: HTTPStatus, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind if "/json" in kind or "image" in kind else f"{kind}; charset=utf-8")
        self.send_header("Cache-Control", "no-store")
        self._finish(content)

    def _finish(self, content: bytes) -> None:
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """One line without the query, in which a telephone number may stand."""
        line = (format % args).partition("?")[0]
        sys.stderr.write(f"{self.log_date_time_string()} {line}\n")


def _file(path: str) -> Path | None:
    """The file of web/ that a path names; None when there is none, or when the path leads out of web/."""
    wanted = (WEB / path.lstrip("/")).resolve()
    if wanted.is_dir():
        wanted = wanted / "index.html"
    return wanted if wanted.is_relative_to(WEB) and wanted.is_file() else None


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--api-url", required=True)
    parser.add_argument("--aws-endpoint-url", required=True)
    parser.add_argument("--bucket", required=True)
    arguments = parser.parse_args()
    Handler.api_url = arguments.api_url.rstrip("/")
    Handler.aws_endpoint_url = arguments.aws_endpoint_url.rstrip("/")
    Handler.bucket = arguments.bucket
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ThreadingHTTPServer(("127.0.0.1", arguments.port), Handler).serve_forever()


if __name__ == "__main__":
    main()
