"""A provider on a loopback port that answers as a test wants, or does not answer; and clients that talk to it."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
from botocore.config import Config

from caring.channels.types import Outgoing

CHANNELS = {
    "whatsapp": Outgoing("whatsapp", "+6281234567890", "run-1-w1_131545290415", "Halo"),
    "sms": Outgoing("sms", "+6281234567890", "run-1-w1_131545290415", "Halo"),
    "email": Outgoing("email", "siti@example.com", "run-1-w1_131545290415", "Halo", subject="Tagihan"),
    "voice": Outgoing("voice", "+6281234567890", "run-1-w1_131545290415", "Halo"),
}


class Provider:
    """Answers every request with `status`, `body` and the error header `code`; counts and keeps the requests."""

    def __init__(self) -> None:
        self.status, self.body, self.code = 200, b'{"MessageId": "m-1", "messageId": "m-1"}', ""
        self.act: Callable[[BaseHTTPRequestHandler], None] | None = None
        self.requests: list[Any] = []
        self.release = threading.Event()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                provider.requests.append(json.loads(raw))
                if provider.act:
                    provider.act(self)
                    return
                self.send_response(provider.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(provider.body)))
                if provider.code:
                    self.send_header("x-amzn-ErrorType", provider.code)
                self.end_headers()
                self.wfile.write(provider.body)

            def log_message(self, *_: object) -> None:
                """Keep the tests' output clean."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def fail(self, status: int, code: str, **fields: Any) -> None:
        """Answer with an error of AWS's JSON protocols."""
        self.status, self.code = status, code
        self.body = json.dumps({"__type": code, "message": "no", "Message": "no"} | fields).encode()

    def clients(self, service: str) -> Any:
        """A client with one attempt and short time-outs."""
        return client(service, f"http://127.0.0.1:{self.server.server_port}")

    def stop(self) -> None:
        """Let hanging answers go and close the port."""
        self.release.set()
        self.server.shutdown()
        self.server.server_close()


def client(service: str, url: str) -> Any:
    """A provider's client as the sender makes it, but for a given address and with short time-outs."""
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="ap-southeast-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(retries={"total_max_attempts": 1}, connect_timeout=0.5, read_timeout=0.3),
    )


def free_port() -> int:
    """A loopback port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def reset_connection(handler: BaseHTTPRequestHandler) -> None:
    """Break the connection with a TCP reset after the request was read."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.connection.close()


def half_an_answer(handler: BaseHTTPRequestHandler) -> None:
    """Promise a long answer, send its beginning and close."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"MessageId": ')
    handler.wfile.flush()
    handler.close_connection = True
